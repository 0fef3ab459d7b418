// SPDX-License-Identifier: Apache-2.0
// The settings of an account, by name and type.
#include "settings.hpp"

#include <tento/sdk/settings.hpp>

namespace tento::git {

Result<Source> read_settings(const CallCtx& ctx) {
  TENTO_TRY_ASSIGN(const Settings settings, Settings::of(ctx));
  TENTO_TRY_ASSIGN(const auto path, settings.string("path"));
  if (!path || path->empty()) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config,
                "This account has no path. Connect it again with --set path=/path/of/the/repository", "git_no_path");
  }
  TENTO_TRY_ASSIGN(auto refs, settings.list("refs"));
  std::erase(refs, "");
  return Source{*path, std::move(refs)};
}

}  // namespace tento::git
