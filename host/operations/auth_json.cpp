// SPDX-License-Identifier: Apache-2.0
// From the provider's auth data to JSON.
#include "host/operations/auth_json.hpp"

#include <boost/json.hpp>
#include <charconv>

#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

namespace json = boost::json;

json::value text_or_null(tento_str text) {
  if (text.size == 0) return nullptr;
  return json::string(std::string(view(text)));
}

// The default as a value of the setting's type; null where the text is none.
json::value default_of(const tento_setting& setting) {
  const auto text = view(setting.default_value);
  switch (setting.type) {
    case TENTO_SETTING_BOOLEAN:
      return text == "true" || text == "yes" || text == "1";
    case TENTO_SETTING_INTEGER: {
      std::int64_t number = 0;
      const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
      return ec == std::errc() && at == text.data() + text.size() ? json::value(number) : json::value(nullptr);
    }
    case TENTO_SETTING_NUMBER: {
      double number = 0;
      const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
      return ec == std::errc() && at == text.data() + text.size() ? json::value(number) : json::value(nullptr);
    }
    default:
      return json::string(std::string(text));
  }
}

// Secrets are not among them: they go another way.
json::object schema_of(const tento_auth& auth) {
  json::object properties;
  json::array required;
  for (const auto* setting : settings(auth)) {
    if (setting->type == TENTO_SETTING_SECRET) continue;
    json::object one;
    switch (setting->type) {
      case TENTO_SETTING_INTEGER:
        one["type"] = "integer";
        break;
      case TENTO_SETTING_NUMBER:
        one["type"] = "number";
        break;
      case TENTO_SETTING_BOOLEAN:
        one["type"] = "boolean";
        break;
      case TENTO_SETTING_LIST:
        one["type"] = "array";
        one["items"] = json::object{{"type", "string"}};
        break;
      default:
        one["type"] = "string";
    }
    if (setting->type == TENTO_SETTING_URL) one["format"] = "uri";
    if (setting->type == TENTO_SETTING_CHOICE) {
      json::array choices;
      for (const auto& choice : host::choices(*setting)) choices.emplace_back(std::string(view(choice)));
      one["enum"] = std::move(choices);
    }
    if (setting->label.text.size != 0) one["title"] = text_or_null(setting->label.text);
    if (setting->help.text.size != 0) one["description"] = text_or_null(setting->help.text);
    // The schema's pattern is found anywhere in the text; a setting's is all of it.
    if (setting->pattern.size != 0 && setting->type != TENTO_SETTING_LIST)
      one["pattern"] = "^(?:" + std::string(view(setting->pattern)) + ")$";
    if (setting->default_value.size != 0 && setting->type != TENTO_SETTING_LIST) one["default"] = default_of(*setting);
    const std::string name(view(setting->name));
    properties[name] = std::move(one);
    if ((setting->flags & TENTO_SETTING_REQUIRED) != 0 && setting->default_value.size == 0) required.emplace_back(name);
  }
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

json::array groups_of(const tento_auth& auth) {
  json::array out;
  for (std::uint64_t i = 0; auth.groups != nullptr && i < auth.group_count; ++i) {
    const auto& group = *auth.groups[i];
    json::array scopes;
    for (std::uint64_t s = 0; s < group.scope_count; ++s) scopes.emplace_back(std::string(view(group.scopes[s])));
    out.push_back(json::object{{"name", std::string(view(group.name))},
                               {"help", text_or_null(group.help.text)},
                               {"required", group.required != 0},
                               {"scopes", std::move(scopes)}});
  }
  return out;
}

}  // namespace

std::string connect_json(const tento_auth* auth) {
  if (auth == nullptr) return "null";
  const bool oauth = auth->how == TENTO_AUTH_OAUTH2;
  const json::object out{
      {"title", text_or_null(auth->card_title.text)},
      {"text", text_or_null(auth->card_text.text)},
      {"icon", text_or_null(auth->icon_svg)},
      {"colour", text_or_null(auth->colour)},
      {"docs", text_or_null(auth->docs_url)},
      {"takes_token", auth->how == TENTO_AUTH_TOKEN || (oauth && (auth->flags & TENTO_AUTH_TAKES_TOKEN) != 0)},
      {"device", oauth && (auth->grants & TENTO_GRANT_DEVICE) != 0},
      {"scopes", groups_of(*auth)},
      {"settings_schema", schema_of(*auth)}};
  return json::serialize(out);
}

}  // namespace tento::host
