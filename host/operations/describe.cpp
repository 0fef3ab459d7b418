// SPDX-License-Identifier: Apache-2.0
// Words for what providers describe.
#include "host/operations/describe.hpp"

#include "host/base/json.hpp"
#include "host/base/text.hpp"

namespace tento::host {

std::vector<std::string> verb_names(std::uint32_t verbs) {
  std::vector<std::string> names;
  if ((verbs & TENTO_VERB_GET) != 0) names.emplace_back("get");
  if ((verbs & TENTO_VERB_POST) != 0) names.emplace_back("post");
  if ((verbs & TENTO_VERB_PATCH) != 0) names.emplace_back("patch");
  if ((verbs & TENTO_VERB_DELETE) != 0) names.emplace_back("delete");
  return names;
}

std::string_view how_name(tento_auth_how how) {
  switch (how) {
    case TENTO_AUTH_NONE:
      return "none";
    case TENTO_AUTH_TOKEN:
      return "token";
    case TENTO_AUTH_BASIC:
      return "basic";
    case TENTO_AUTH_OAUTH2:
      return "oauth2";
    default:
      return "unknown";
  }
}

std::string_view setting_type_name(tento_setting_type type) {
  switch (type) {
    case TENTO_SETTING_INTEGER:
      return "integer";
    case TENTO_SETTING_NUMBER:
      return "number";
    case TENTO_SETTING_BOOLEAN:
      return "boolean";
    case TENTO_SETTING_CHOICE:
      return "choice";
    case TENTO_SETTING_PATH:
      return "path";
    case TENTO_SETTING_URL:
      return "url";
    case TENTO_SETTING_SECRET:
      return "secret";
    case TENTO_SETTING_LIST:
      return "list";
    default:
      return "string";
  }
}

std::vector<std::string> guard_names(const tento_row& row, std::uint32_t verbs) {
  std::vector<std::string> names;
  for (const auto& guard : guards(row)) {
    std::string name(view(guard.name));
    if ((guard.verbs & verbs) != verbs) {
      const std::string some = join(verb_names(guard.verbs & verbs));
      name += " (" + some + ")";
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> stage_names(const tento_sync_shape* shape) {
  std::vector<std::string> names;
  if (shape != nullptr)
    for (const auto* stage : stages(*shape)) names.emplace_back(view(stage->name));
  return names;
}

std::string settings_json(const tento_auth* auth) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  if (auth != nullptr)
    for (const auto* setting : settings(*auth)) {
      json.begin_object()
          .member("name", view(setting->name))
          .member("type", setting_type_name(setting->type))
          .member("required", (setting->flags & TENTO_SETTING_REQUIRED) != 0)
          .member_or_null("default", view(setting->default_value))
          .member("label", view(setting->label.text))
          .member("help", view(setting->help.text))
          .key("choices")
          .begin_array();
      for (const auto& choice : choices(*setting)) json.text(view(choice));
      json.end_array().end_object();
    }
  json.end_array();
  return out;
}

}  // namespace tento::host
