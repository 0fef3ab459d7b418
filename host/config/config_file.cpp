// SPDX-License-Identifier: Apache-2.0
// Reads the TOML file into checked values with their lines. The library's exceptions end here.
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>

#include "host/base/did_you_mean.hpp"
#include "host/base/text.hpp"
#include "host/config/config.hpp"

namespace tento::host {
namespace {

Error file_error(const std::string& message, std::string remedy) {
  Error e = fail(ErrorCode::invalid_argument, ErrorClass::config, message, std::string(config_tag)).value();
  e.remedy = std::move(remedy);
  return e;
}

// Collects every problem, so that a person mends the file once.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Result<ConfigFile> read(const toml::table& root) {
    table(root, "");
    if (!problems_.empty()) return fail(file_error(problems_, remedy_));
    return std::move(file_);
  }

 private:
  std::string where(const toml::node& node) const { return name_ + ":" + std::to_string(node.source().begin.line); }

  void problem(const std::string& message, std::string_view remedy) {
    if (!problems_.empty()) problems_ += "; ";
    problems_ += message;
    if (remedy_.empty()) remedy_ = remedy;
  }

  static const ConfigKey* known(std::string_view key) {
    for (const auto& k : config_keys())
      if (k.name == key) return &k;
    return nullptr;
  }

  static bool is_section(const std::string& key) {
    return std::any_of(config_keys().begin(), config_keys().end(),
                       [&](const ConfigKey& k) { return k.name.starts_with(key + "."); });
  }

  void table(const toml::table& t, const std::string& prefix) {
    for (const auto& [name, node] : t) {
      const std::string key = prefix.empty() ? std::string(name.str()) : prefix + "." + std::string(name.str());
      if (key == "plugins.pins") {
        pins(node);
      } else if (key == "guards") {
        guards(node);
      } else if (key == "providers") {
        providers(node);
      } else if (const auto* spec = known(key)) {
        value(*spec, node);
      } else if (const auto* inner = node.as_table(); inner != nullptr && is_section(key)) {
        table(*inner, key);
      } else {
        unknown(key, node);
      }
    }
  }

  void unknown(const std::string& key, const toml::node& node) {
    std::vector<std::string> names{"plugins.pins", "guards", "providers"};
    for (const auto& k : config_keys()) {
      names.emplace_back(k.name);
      if (const auto dot = k.name.find('.'); dot != std::string_view::npos) names.emplace_back(k.name.substr(0, dot));
    }
    auto suggestion = did_you_mean(key, names);
    // `require_pins` at the top level is meant as `plugins.require_pins`.
    if (suggestion.empty() || key.find('.') == std::string::npos)
      for (const auto& n : names)
        if (n.ends_with("." + key)) suggestion = "; did you mean \"" + n + "\"?";
    problem(where(node) + ": unknown key \"" + key + "\"" + suggestion,
            "rename or remove the key; `tento config show` lists the known ones");
  }

  static std::optional<ConfigValue> convert(const ConfigKey& spec, const toml::node& node) {
    if (const auto* n = node.as_integer(); n != nullptr && spec.type == ConfigKeyType::number)
      return ConfigValue(std::to_string(n->get()));
    if (const auto* s = node.as_string()) return ConfigValue(s->get());
    if (const auto* b = node.as_boolean()) return ConfigValue(b->get());
    if (const auto* a = node.as_array()) {
      std::vector<std::string> list;
      for (const auto& item : *a) {
        const auto* s = item.as_string();
        if (s == nullptr) return std::nullopt;
        list.push_back(s->get());
      }
      return ConfigValue(std::move(list));
    }
    return std::nullopt;
  }

  void value(const ConfigKey& spec, const toml::node& node) {
    auto v = convert(spec, node).value_or(ConfigValue(std::string()));
    if (auto checked = check_config_value(spec, v, where(node)); !checked) {
      problem(checked.error().message, checked.error().remedy);
      return;
    }
    file_.values.emplace(std::string(spec.name),
                         ConfigFileValue{std::move(v), static_cast<std::uint32_t>(node.source().begin.line)});
  }

  void pins(const toml::node& node) {
    const auto* t = node.as_table();
    if (t == nullptr)
      return problem(where(node) + ": plugins.pins must be a table", "write pins = { id = \"<sha256>\" }");
    for (const auto& [id, value] : *t) {
      const auto* s = value.as_string();
      const auto hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
      if (s == nullptr || s->get().size() != 64 || !std::all_of(s->get().begin(), s->get().end(), hex)) {
        problem(where(value) + ": plugins.pins." + std::string(id.str()) +
                    " is not a SHA-256 digest (64 hexadecimal digits)",
                "take the digest from `sha256sum FILE` or `tento provider list`");
        continue;
      }
      std::string digest = lower(s->get());
      file_.pins.emplace_back(
          std::string(id.str()),
          ConfigFileValue{std::move(digest), static_cast<std::uint32_t>(value.source().begin.line)});
    }
  }

  // A table of guards and for whom they hold.
  void guards(const toml::node& node) {
    constexpr std::string_view remedy =
        "write a scope (\"admin\", \"sync\", \"write\" or \"read\"), a list of users ([\"anna\"]), or \"nobody\"";
    const auto* t = node.as_table();
    if (t == nullptr)
      return problem(where(node) + ": guards must be a table", "write [guards] and `name = \"admin\"` below it");
    for (const auto& [name, who] : *t) {
      std::optional<ConfigValue> value;
      if (const auto* s = who.as_string(); s != nullptr && (s->get() == "nobody" || parse_scope(s->get())))
        value = s->get();
      if (const auto* a = who.as_array(); a != nullptr && !a->empty()) {
        std::vector<std::string> users;
        for (const auto& user : *a)
          if (const auto* s = user.as_string(); s != nullptr && !s->get().empty()) users.push_back(s->get());
        if (users.size() == a->size()) value = std::move(users);
      }
      if (!value) {
        problem(where(who) + ": guards." + std::string(name.str()) + " does not say for whom it holds", remedy);
        continue;
      }
      file_.guards.emplace_back(
          std::string(name.str()),
          ConfigFileValue{std::move(*value), static_cast<std::uint32_t>(who.source().begin.line)});
    }
  }

  void providers(const toml::node& node) {
    const auto* t = node.as_table();
    if (t == nullptr) return problem(where(node) + ": providers must be a table", "write [providers.<id>]");
    for (const auto& [id, section] : *t) {
      const auto* values = section.as_table();
      if (values == nullptr) {
        problem(where(section) + ": providers." + std::string(id.str()) + " must be a table",
                "write [providers.<id>] with the keys below it");
        continue;
      }
      for (const auto& [key, value] : *values) provider_value(std::string(id.str()), std::string(key.str()), value);
    }
  }

  void provider_value(const std::string& id, const std::string& key, const toml::node& value) {
    const std::string name = "providers." + id + "." + key;
    if (key == "endpoints") return endpoints(id, value);
    if (key == "rows") return rows(id, value);
    if (key == "allow_insecure") {
      const auto* b = value.as_boolean();
      if (b == nullptr) return problem(where(value) + ": " + name + " must be true or false", "write true or false");
      return keep(id, key, b->get(), value);
    }
    const auto* s = value.as_string();
    if (s == nullptr) return problem(where(value) + ": " + name + " must be a string", "put it in quotes");
    if (key == "endpoint" && !is_http_url(s->get())) return no_url(name, value);
    keep(id, key, s->get(), value);
  }

  // A table of origins and what stands in their place.
  void endpoints(const std::string& id, const toml::node& node) {
    const std::string name = "providers." + id + ".endpoints";
    const auto* t = node.as_table();
    if (t == nullptr) {
      return problem(where(node) + ": " + name + " must be a table",
                     "write [" + name + "] and \"https://origin\" = \"http://127.0.0.1:port\" below it");
    }
    for (const auto& [origin, to] : *t) {
      const std::string key = "endpoints.\"" + std::string(origin.str()) + "\"";
      const auto* s = to.as_string();
      if (!is_http_url(origin.str()) || s == nullptr || !is_http_url(s->get())) {
        no_url("providers." + id + "." + key, to);
      } else {
        keep(id, key, s->get(), to);
      }
    }
  }

  // A table of patterns, each with a table of what is set for its rows.
  void rows(const std::string& id, const toml::node& node) {
    const std::string name = "providers." + id + ".rows";
    const auto* patterns = node.as_table();
    if (patterns == nullptr)
      return problem(where(node) + ": " + name + " must be a table",
                     "write [" + name + ".\"<pattern>\"] and interval = \"15m\" below it");
    for (const auto& [pattern, of_pattern] : *patterns) {
      const std::string key = "rows.\"" + std::string(pattern.str()) + "\"";
      const auto* settings = of_pattern.as_table();
      if (settings == nullptr) {
        problem(where(of_pattern) + ": providers." + id + "." + key + " must be a table",
                "write interval = \"15m\" in it");
        continue;
      }
      for (const auto& [setting, value] : *settings) {
        const std::string full = key + "." + std::string(setting.str());
        if (setting.str() != "interval") {
          problem(where(value) + ": unknown key \"providers." + id + "." + full + "\"", "rows have the key interval");
          continue;
        }
        const auto* text = value.as_string();
        const auto seconds = text == nullptr ? std::nullopt : parse_seconds(text->get());
        if (text == nullptr || (text->get() != "never" && seconds.value_or(0) == 0)) {
          problem(where(value) + ": providers." + id + "." + full + " is not an interval",
                  "write \"90s\", \"15m\", \"2h\", \"1d\", or \"never\"");
          continue;
        }
        keep(id, full, text->get(), value);
      }
    }
  }

  void keep(const std::string& id, const std::string& key, ConfigValue value, const toml::node& node) {
    file_.providers[id].emplace(
        key, ConfigFileValue{std::move(value), static_cast<std::uint32_t>(node.source().begin.line)});
  }

  void no_url(const std::string& name, const toml::node& node) {
    problem(where(node) + ": " + name + " is not an http or https URL without user, query and fragment",
            "write \"http://127.0.0.1:port\" or \"https://host/path\"");
  }

  // As far as a file can tell; the rest is checked where it is used.
  static bool is_http_url(std::string_view text) {
    const std::size_t begin = text.starts_with("https://")  ? 8
                              : text.starts_with("http://") ? 7
                                                            : std::string_view::npos;
    return begin < text.size() && text[begin] != '/' && text.find_first_of("@?# ") == std::string_view::npos;
  }

  std::string name_;
  ConfigFile file_;
  std::string problems_;
  std::string remedy_;
};

}  // namespace

Result<ConfigFile> parse_config_file(std::string_view text, std::string_view name) {
  try {
    const toml::table root = toml::parse(text, std::string(name));
    return Reader(name).read(root);
  } catch (const toml::parse_error& e) {
    return fail(file_error(
        std::string(name) + ":" + std::to_string(e.source().begin.line) + ": " + std::string(e.description()),
        "mend the line (TOML 1.0)"));
  } catch (const std::exception& e) {
    return fail(file_error(std::string(name) + ": " + e.what(), "mend the file (TOML 1.0)"));
  }
}

}  // namespace tento::host
