// SPDX-License-Identifier: Apache-2.0
// The settings, read by Boost.JSON.
#include "settings.hpp"

#include <boost/json.hpp>

namespace tento::git {

Result<Source> read_settings(std::string_view settings_json) {
  boost::json::error_code error;
  const boost::json::value value =
      boost::json::parse(boost::json::string_view(settings_json.data(), settings_json.size()), error);
  const auto* settings = error ? nullptr : value.if_object();
  const auto* path = settings == nullptr ? nullptr : settings->if_contains("path");
  if (path == nullptr || !path->is_string() || path->get_string().empty()) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config,
                "This account has no path. Connect it again with --set path=/path/of/the/repository", "git_no_path");
  }
  Source source;
  source.path.assign(path->get_string().data(), path->get_string().size());
  if (const auto* refs = settings->if_contains("refs"); refs != nullptr && refs->is_array()) {
    for (const auto& name : refs->get_array()) {
      if (name.is_string() && !name.get_string().empty()) {
        source.refs.emplace_back(name.get_string().data(), name.get_string().size());
      }
    }
  }
  return source;
}

}  // namespace tento::git
