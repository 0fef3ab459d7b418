// SPDX-License-Identifier: Apache-2.0
// Checks and converts settings, one by one.
#include "host/operations/settings.hpp"

#include <algorithm>
#include <boost/regex.hpp>
#include <charconv>
#include <cmath>
#include <map>

#include "host/base/did_you_mean.hpp"
#include "host/base/error.hpp"
#include "host/base/json.hpp"
#include "host/base/text.hpp"
#include "host/egress/origins.hpp"
#include "host/loader/descriptors.hpp"
#include "host/operations/operation.hpp"

namespace tento::host {
namespace {

constexpr std::size_t longest_value = 4096;

Error wrong(std::string_view name, const std::string& why, std::string remedy) {
  return usage_error("setting " + std::string(name) + ": " + why, std::move(remedy));
}

// The whole value has to match; a pattern that runs away is cut off by the library and counts as the provider's defect.
Result<void> check_pattern(const tento_setting& setting, const std::string& value) {
  if (setting.pattern.size == 0) return {};
  const std::string pattern(view(setting.pattern));
  try {
    if (boost::regex_match(value, boost::regex(pattern, boost::regex::ECMAScript))) return {};
    return fail(wrong(view(setting.name), "\"" + value + "\" does not match " + pattern,
                      "see {op:provider show} for what it takes"));
  } catch (const std::exception& e) {
    return fail(ErrorCode::invalid_data, ErrorClass::internal,
                "setting " + std::string(view(setting.name)) + ": the provider's pattern " + pattern +
                    " cannot be used: " + e.what());
  }
}

Result<void> append_number(std::string& out, const tento_setting& setting, const std::string& value) {
  const char* end = value.data() + value.size();
  if (setting.type == TENTO_SETTING_INTEGER) {
    std::int64_t n = 0;
    const auto [at, ec] = std::from_chars(value.data(), end, n);
    if (ec != std::errc() || at != end)
      return fail(wrong(view(setting.name), "\"" + value + "\" is not a whole number", "give a whole number"));
    out += std::to_string(n);
    return {};
  }
  double n = 0;
  const auto [at, ec] = std::from_chars(value.data(), end, n);
  if (ec != std::errc() || at != end || !std::isfinite(n))
    return fail(wrong(view(setting.name), "\"" + value + "\" is not a number", "give a number such as 1.5"));
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, n).ptr);
  return {};
}

bool lies_in(const std::filesystem::path& path, const std::filesystem::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

// What is kept is the path as it was written; what is judged is where it leads now.
Result<std::string> path_value(std::string_view name, const std::string& value, const PathRule& paths) {
  if (value.empty()) return fail(wrong(name, "is empty", "give a path"));
  auto path = (paths.folder / value).lexically_normal();
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
  if (!paths.roots) return path.string();
  std::error_code unreadable;
  const auto real = std::filesystem::weakly_canonical(path, unreadable);
  if (!unreadable)
    for (const auto& root : *paths.roots) {
      std::error_code missing;
      const auto real_root = std::filesystem::canonical(root, missing);
      if (!missing && lies_in(real, real_root)) return real.string();
    }
  // Whether there is something at the path is not for the caller to learn.
  return error(ErrorCode::forbidden, ErrorClass::config,
               "setting " + std::string(name) +
                   ": this path of the host's disk is not among those that its users may connect")
      .tag("path_not_allowed")
      .remedy("ask who runs the host to add its folder to accounts.path_roots, or to connect it for you");
}

Result<void> append_value(std::string& out, const tento_setting& setting, const std::string& value,
                          const PathRule& paths) {
  const auto name = view(setting.name);
  if (value.size() > longest_value) return fail(wrong(name, "longer than 4096 bytes", "shorten it"));
  if (value.find('\0') != std::string::npos) return fail(wrong(name, "has a NUL in it", "remove it"));
  TENTO_TRY(check_pattern(setting, value));
  switch (setting.type) {
    case TENTO_SETTING_INTEGER:
    case TENTO_SETTING_NUMBER:
      return append_number(out, setting, value);
    case TENTO_SETTING_BOOLEAN:
      if (value == "true" || value == "yes" || value == "1")
        out += "true";
      else if (value == "false" || value == "no" || value == "0")
        out += "false";
      else
        return fail(wrong(name, "\"" + value + "\" is neither true nor false", "write true or false"));
      return {};
    case TENTO_SETTING_CHOICE: {
      std::vector<std::string> words;
      for (const auto& c : choices(setting)) words.emplace_back(view(c));
      if (std::find(words.begin(), words.end(), value) == words.end()) {
        const std::string all = join(words);
        return fail(
            wrong(name, "\"" + value + "\" is not one of " + all + did_you_mean(value, words), "use one of " + all));
      }
      append_json_string(out, value);
      return {};
    }
    case TENTO_SETTING_PATH: {
      TENTO_TRY_ASSIGN(const auto path, path_value(name, value, paths));
      append_json_string(out, path);
      return {};
    }
    case TENTO_SETTING_URL:
      if (!value.starts_with("https://") && !value.starts_with("http://"))
        return fail(wrong(name, "\"" + value + "\" is not an http or https URL", "write it with https://"));
      if ((setting.flags & TENTO_SETTING_ORIGIN) != 0) {
        const auto origin = own_origin(value);
        if (!origin) return fail(wrong(name, origin.error().message, "write the server's address with https://"));
      }
      append_json_string(out, value);
      return {};
    default:
      append_json_string(out, value);
      return {};
  }
}

void append_list(std::string& out, const std::vector<std::string>& values) {
  out += '[';
  bool first = true;
  for (const auto& text : values) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto at = rest.find(',');
      const auto item = rest.substr(0, at);
      if (!item.empty()) {
        if (!first) out += ',';
        append_json_string(out, item);
        first = false;
      }
      if (at == std::string_view::npos) break;
      rest.remove_prefix(at + 1);
    }
  }
  out += ']';
}

using Given = std::map<std::string, std::vector<std::string>, std::less<>>;

Result<Given> read_given(std::span<const tento_setting* const> table, const std::vector<std::string>& given) {
  Given values;
  std::vector<std::string> names;
  for (const auto* s : table)
    if (s->type != TENTO_SETTING_SECRET) names.emplace_back(view(s->name));
  for (const auto& text : given) {
    const auto at = text.find('=');
    // Without a name the text may be anything, a secret too: it is not repeated.
    if (at == std::string::npos || at == 0)
      return fail(usage_error("{param:set} takes name=value", "write {param:set} name=value"));
    const auto name = text.substr(0, at);
    const auto it = std::find_if(table.begin(), table.end(), [&](const auto* s) { return view(s->name) == name; });
    if (it == table.end()) {
      const std::string all = join(names);
      return fail(usage_error("unknown setting \"" + name + "\"" + did_you_mean(name, names),
                              all.empty() ? "this account has no settings" : "it has " + all));
    }
    if ((*it)->type == TENTO_SETTING_SECRET)
      return fail(usage_error("setting " + name + " is a secret; other users of this machine can read arguments",
                              "give it with {param:secret}"));
    auto& list = values[name];
    if (!list.empty() && (*it)->type != TENTO_SETTING_LIST)
      return fail(wrong(name, "is given more than once", "give it once"));
    list.push_back(text.substr(at + 1));
  }
  return values;
}

}  // namespace

Result<std::string> settings_to_json(std::span<const tento_setting* const> table, const std::vector<std::string>& given,
                                     const PathRule& paths) {
  TENTO_TRY_ASSIGN(auto values, read_given(table, given));
  std::string out = "{";
  for (const auto* setting : table) {
    if (setting->type == TENTO_SETTING_SECRET) continue;
    const auto name = view(setting->name);
    auto it = values.find(name);
    if (it == values.end()) {
      if (setting->default_value.size == 0) {
        if ((setting->flags & TENTO_SETTING_REQUIRED) != 0)
          return fail(wrong(
              name, "is missing",
              "add {param:set} " + std::string(name) + "=" + (setting->type == TENTO_SETTING_PATH ? "PATH" : "VALUE")));
        continue;
      }
      it = values.emplace(std::string(name), std::vector<std::string>{std::string(view(setting->default_value))}).first;
    }
    if (out.size() > 1) out += ',';
    append_json_string(out, name);
    out += ':';
    if (setting->type == TENTO_SETTING_LIST) {
      for (const auto& value : it->second) TENTO_TRY(check_pattern(*setting, value));
      append_list(out, it->second);
    } else {
      TENTO_TRY(append_value(out, *setting, it->second.front(), paths));
    }
  }
  return out + "}";
}

}  // namespace tento::host
