// SPDX-License-Identifier: Apache-2.0
// Settings as JSON, read by simdjson.
#include <simdjson.h>

#include <tento/sdk/settings.hpp>

#include <utility>

namespace tento {
namespace {

tl::unexpected<Error> wrong(std::string_view name, std::string_view wanted) {
  return fail(ErrorCode::invalid_data, ErrorClass::config,
              "the setting '" + std::string(name) + "' is not " + std::string(wanted) + "; correct it on the account");
}

}  // namespace

struct Settings::Document {
  simdjson::dom::parser parser;
  simdjson::dom::object object;  // points into the parser
};

Result<Settings> Settings::parse(std::string_view json) {
  const auto document = std::make_shared<Document>();
  simdjson::dom::element root;
  if (document->parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS ||
      root.get_object().get(document->object) != simdjson::SUCCESS) {
    return fail(ErrorCode::invalid_data, ErrorClass::config, "the account's settings are not a JSON object");
  }
  Settings out;
  out.document_ = document;
  return out;
}

template <class T>
Result<std::optional<T>> Settings::get(std::string_view name, std::string_view wanted) const {
  simdjson::dom::element element;
  if (document_ == nullptr || document_->object.at_key(name).get(element) != simdjson::SUCCESS || element.is_null())
    return std::optional<T>();
  T out;
  if (element.get(out) != simdjson::SUCCESS) return wrong(name, wanted);
  return std::optional<T>(std::move(out));
}

Result<std::optional<std::string>> Settings::string(std::string_view name) const {
  TENTO_TRY_ASSIGN(const auto found, get<std::string_view>(name, "a text"));
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(std::string(*found));
}

Result<std::string> Settings::required_string(std::string_view name) const {
  TENTO_TRY_ASSIGN(std::optional<std::string> found, string(name));
  if (!found || found->empty()) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config,
                "the setting '" + std::string(name) + "' is missing; set it on the account");
  }
  return std::move(*found);
}

Result<std::optional<std::int64_t>> Settings::integer(std::string_view name) const {
  return get<std::int64_t>(name, "a whole number");
}

Result<std::optional<double>> Settings::number(std::string_view name) const {
  return get<double>(name, "a number");
}

Result<std::optional<bool>> Settings::boolean(std::string_view name) const {
  return get<bool>(name, "true or false");
}

Result<std::vector<std::string>> Settings::list(std::string_view name) const {
  std::vector<std::string> out;
  TENTO_TRY_ASSIGN(const auto found, get<simdjson::dom::array>(name, "a list of texts"));
  if (!found) return out;
  for (const simdjson::dom::element item : *found) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return wrong(name, "a list of texts");
    out.emplace_back(text);
  }
  return out;
}

}  // namespace tento
