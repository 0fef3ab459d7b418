// SPDX-License-Identifier: Apache-2.0
// Merges flags, environment, file and defaults into one Config.
#include "host/config/config.hpp"

#include <fstream>
#include <sstream>
#include <system_error>

#include "host/base/text.hpp"

namespace tento::host {
namespace fs = std::filesystem;
namespace {

Error config_error(std::string message, std::string remedy) {
  Error e = fail(ErrorCode::invalid_argument, ErrorClass::config, std::move(message), std::string(config_tag)).value();
  e.remedy = std::move(remedy);
  return e;
}

class Merge {
 public:
  explicit Merge(const ConfigInputs& inputs) : in_(inputs) {}

  Result<Config> run() {
    TENTO_TRY(read_file());
    for (const auto& key : config_keys()) TENTO_TRY(merge(key));
    for (auto& [id, value] : file_.pins) {
      config_.pins.emplace_back(id, std::get<std::string>(value.value));
      add("plugins.pins." + id, value.value, file_source(value));
    }
    for (auto& [name, value] : file_.guards) {
      config_.guards.emplace(name, guard_rule(value.value));
      add("guards." + name, value.value, file_source(value));
    }
    for (auto& [id, values] : file_.providers)
      for (auto& [key, value] : values) {
        take_provider_value(id, key, value.value);
        add("providers." + id + "." + key, value.value, file_source(value), looks_secret(key));
      }
    assign();
    return std::move(config_);
  }

 private:
  static GuardRule guard_rule(const ConfigValue& value) {
    GuardRule out;
    if (const auto* users = std::get_if<std::vector<std::string>>(&value))
      out.users = *users;
    else
      out.scope = parse_scope(std::get<std::string>(value));  // none of `nobody`
    return out;
  }

  void take_provider_value(const std::string& id, const std::string& key, const ConfigValue& value) {
    if (const auto* allowed = std::get_if<bool>(&value)) {
      config_.endpoints[id].allow_insecure = *allowed;
      return;
    }
    const auto& text = std::get<std::string>(value);
    constexpr std::string_view table = "endpoints.\"", rows_table = "rows.\"";
    if (key == "endpoint") {
      config_.endpoints[id].endpoint = text;
    } else if (key.starts_with(table)) {
      config_.endpoints[id].endpoints[key.substr(table.size(), key.size() - table.size() - 1)] = text;
    } else if (key.starts_with(rows_table)) {
      const auto pattern = key.substr(rows_table.size(), key.rfind('"') - rows_table.size());
      config_.rows[id][pattern].interval_s = text == "never" ? 0 : parse_seconds(text);
    } else {
      config_.providers[id][key] = text;
    }
  }

  std::optional<std::string> env(std::string_view name) const {
    if (!in_.environment || name.empty()) return std::nullopt;
    auto v = in_.environment(name);
    if (v && v->empty()) return std::nullopt;  // unset and empty mean the same in shells
    return v;
  }
  const std::vector<std::string>* flag(std::string_view name) const {
    const auto it = in_.flags.find(name);
    return it == in_.flags.end() || it->second.empty() ? nullptr : &it->second;
  }

  fs::path home() const { return fs::path(env("HOME").value_or("/")); }
  // XDG Base Directory Specification: a relative path in the variable is to be ignored.
  fs::path xdg(std::string_view variable, std::string_view below_home) const {
    if (auto v = env(variable); v && fs::path(*v).is_absolute()) return fs::path(*v);
    return home() / below_home;
  }
  fs::path expand(const std::string& text, const fs::path& base) const {
    if (text == "~") return home();
    if (text.starts_with("~/")) return (home() / text.substr(2)).lexically_normal();
    const fs::path p(text);
    return (p.is_absolute() ? p : base / p).lexically_normal();
  }

  Result<void> read_file() {
    fs::path path;
    std::string_view named;  // by what; empty = the default place, which may be empty
    if (const auto* f = flag("config")) {
      path = f->back();
      named = "flag --config";
    } else if (auto e = env("TENTO_CONFIG")) {
      path = *e;
      named = "environment TENTO_CONFIG";
    } else {
      path = xdg("XDG_CONFIG_HOME", ".config") / "tento" / "tento.toml";
    }
    std::error_code ec;
    if (!path.is_absolute()) path = fs::current_path(ec) / path;
    path = path.lexically_normal();
    if (!fs::exists(path, ec)) {
      if (named.empty()) return {};
      return fail(config_error(std::string(named) + ": configuration file " + path.string() + " does not exist",
                               "create it or name another"));
    }
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    if (!in || fs::is_directory(path, ec) || !(text << in.rdbuf()).good()) {
      if (fs::is_regular_file(path, ec) && fs::file_size(path, ec) == 0) {  // an empty file sets nothing
        config_.file = path;
        return {};
      }
      return fail(config_error("configuration file " + path.string() + " cannot be read",
                               "make it a file that this user may read"));
    }
    TENTO_TRY_ASSIGN(file_, parse_config_file(text.str(), path.string()));
    config_.file = path;
    return {};
  }

  std::string file_source(const ConfigFileValue& v) const {
    return config_.file.string() + ":" + std::to_string(v.line);
  }

  void add(std::string key, ConfigValue value, std::string source, bool secret = false) {
    config_.entries.push_back({std::move(key), std::move(value), std::move(source), secret});
  }

  static std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
      const auto at = text.find(separator);
      if (at != 0 && !text.empty()) parts.emplace_back(text.substr(0, at));
      if (at == std::string_view::npos) return parts;
      text.remove_prefix(at + 1);
    }
  }

  ConfigValue make_absolute(const ConfigKey& key, ConfigValue value, const fs::path& base) const {
    if (key.type == ConfigKeyType::path) value = expand(std::get<std::string>(value), base).string();
    if (key.type == ConfigKeyType::path_list)
      for (auto& item : std::get<std::vector<std::string>>(value)) item = expand(item, base).string();
    return value;
  }

  Result<void> merge(const ConfigKey& key) {
    std::error_code ec;
    const auto here = fs::current_path(ec);
    const bool list = is_list(key.type);
    if (const auto* given = flag(key.flag); given != nullptr && !key.flag.empty()) {
      const std::string where = "flag --" + std::string(key.flag);
      const ConfigValue value = list ? ConfigValue(*given) : ConfigValue(given->back());
      TENTO_TRY(check_config_value(key, value, where));
      add(std::string(key.name), make_absolute(key, value, here), where);
    } else if (auto text = env(key.environment)) {
      const std::string where = "environment " + std::string(key.environment);
      const ConfigValue value = list ? ConfigValue(split(*text, ':')) : ConfigValue(*text);
      TENTO_TRY(check_config_value(key, value, where));
      add(std::string(key.name), make_absolute(key, value, here), where);
    } else if (const auto it = file_.values.find(key.name); it != file_.values.end()) {
      add(std::string(key.name), make_absolute(key, it->second.value, config_.file.parent_path()),
          file_source(it->second));
    } else if (const auto handed = given_key_file(); key.name == "vault.key_file" && !handed.empty()) {
      add(std::string(key.name), handed.string(), "environment CREDENTIALS_DIRECTORY");
    } else {
      add(std::string(key.name), default_of(key), "default");
    }
    // A proxy's URL may hold a password.
    if (key.type == ConfigKeyType::proxy)
      config_.entries.back().secret =
          std::get<std::string>(config_.entries.back().value).find('@') != std::string::npos;
    return {};
  }

  // What systemd hands to a service whose unit says LoadCredential=tento-vault-key:...
  fs::path given_key_file() const {
    const auto folder = env("CREDENTIALS_DIRECTORY");
    std::error_code ec;
    if (!folder || !fs::exists(fs::path(*folder) / "tento-vault-key", ec)) return {};
    return fs::path(*folder) / "tento-vault-key";
  }

  ConfigValue default_of(const ConfigKey& key) const {
    const auto data = xdg("XDG_DATA_HOME", ".local/share") / "tento";
    if (key.name == "data_dir") return data.string();
    if (key.name == "plugin_dirs") {
      std::vector<std::string> dirs;
      if (!in_.executable.empty())
        dirs.push_back((in_.executable.parent_path() / ".." / "lib" / "tento" / "plugins").lexically_normal().string());
      dirs.push_back((data / "plugins").string());
      return dirs;
    }
    if (key.name == "on_missing_deps") return std::string("stop");
    if (key.name == "log.level") return std::string("warn");
    if (key.name == "log.format") return std::string("text");
    if (key.name == "log.color") return std::string(env("NO_COLOR") ? "never" : "auto");
    if (key.name == "plugins.image_dir")
      return (fs::path(std::get<std::string>(value("data_dir"))) / "images").string();
    if (key.name == "vault.key_file")
      return (fs::path(std::get<std::string>(value("data_dir"))) / "vault.key").string();
    if (key.name == "plugins.watch") return true;
    if (key.type == ConfigKeyType::boolean) return false;
    if (key.type == ConfigKeyType::number) return std::to_string(key.range.standard);
    if (key.name == "server.listen") return std::string("127.0.0.1:7700");
    if (is_list(key.type)) return std::vector<std::string>{};
    return std::string();
  }

  const ConfigValue& value(std::string_view key) const {
    for (const auto& e : config_.entries)
      if (e.key == key) return e.value;
    return config_.entries.front().value;  // not reached: every key was merged
  }

  // Checked when it was read: digits alone.
  [[nodiscard]] std::int64_t number(std::string_view key) const {
    return std::stoll(std::get<std::string>(value(key)));
  }

  void assign() {
    config_.data_dir = std::get<std::string>(value("data_dir"));
    for (const auto& d : std::get<std::vector<std::string>>(value("plugin_dirs"))) config_.plugin_dirs.emplace_back(d);
    config_.image_dir = std::get<std::string>(value("plugins.image_dir"));
    config_.watch_plugins = std::get<bool>(value("plugins.watch"));
    config_.require_pins = std::get<bool>(value("plugins.require_pins"));
    config_.allow = std::get<std::vector<std::string>>(value("plugins.allow"));
    config_.quarantine_on_missing_deps = std::get<std::string>(value("on_missing_deps")) == "quarantine";
    config_.log_level = std::get<std::string>(value("log.level"));
    config_.log_json = std::get<std::string>(value("log.format")) == "json";
    config_.color = std::get<std::string>(value("log.color")) == "auto";
    config_.owner = std::get<std::string>(value("owner"));
    config_.time_zone = std::get<std::string>(value("time_zone"));
    config_.vault_key_file = std::get<std::string>(value("vault.key_file"));
    const auto credentials = env("CREDENTIALS_DIRECTORY");
    config_.vault_key_file_is_given =
        credentials && config_.vault_key_file.parent_path() == fs::path(*credentials).lexically_normal();
    config_.http_ca_file = std::get<std::string>(value("http.ca_file"));
    config_.http_proxy = std::get<std::string>(value("http.proxy"));
    config_.http_no_proxy = std::get<std::string>(value("http.no_proxy"));
    config_.listen = std::get<std::string>(value("server.listen"));
    config_.public_url = std::get<std::string>(value("server.public_url"));
    config_.certificate = std::get<std::string>(value("server.certificate"));
    config_.private_key = std::get<std::string>(value("server.private_key"));
    for (const auto& root : std::get<std::vector<std::string>>(value("accounts.path_roots")))
      config_.path_roots.emplace_back(root);
    config_.server_hosts = std::get<std::vector<std::string>>(value("server.hosts"));
    config_.cors_origins = std::get<std::vector<std::string>>(value("server.cors_origins"));
    config_.audit_keep_days = number("audit.keep_days");
    config_.changes_keep_days = number("changes.keep_days");
    const auto size = [this](std::string_view key) { return static_cast<std::size_t>(number(key)); };
    auto& limits = config_.limits;
    limits.syncs = size("limits.syncs");
    limits.queued_syncs = size("limits.queued_syncs");
    limits.queued_syncs_per_user = size("limits.queued_syncs_per_user");
    limits.connections = size("limits.connections");
    limits.requests_at_work = size("limits.requests_at_work");
    limits.requests_in_line = size("limits.requests_in_line");
    limits.waits = size("limits.waits");
    limits.waits_per_caller = size("limits.waits_per_caller");
    limits.streams = size("limits.streams");
    limits.streams_per_caller = size("limits.streams_per_caller");
    limits.body_bytes = size("limits.body_mib") << 20;
    limits.bodies_bytes = std::max(size("limits.bodies_mib") << 20, limits.body_bytes);
    limits.bodies_per_caller_bytes = std::max(size("limits.bodies_per_caller_mib") << 20, limits.body_bytes);
    config_.open_loopback = std::get<bool>(value("server.open_loopback"));
  }

  const ConfigInputs& in_;
  ConfigFile file_;
  Config config_;
};

}  // namespace

Result<Config> load_config(const ConfigInputs& inputs) {
  return Merge(inputs).run();
}

std::string debugged_provider(const Config& config) {
  for (const auto& entry : config.entries)
    if (entry.key == "debug.provider") return std::get<std::string>(entry.value);
  return {};
}

std::string display(const ConfigEntry& entry) {
  if (entry.secret) return "(hidden)";
  if (const auto* b = std::get_if<bool>(&entry.value)) return *b ? "true" : "false";
  if (const auto* list = std::get_if<std::vector<std::string>>(&entry.value)) {
    return join(*list);
  }
  return std::get<std::string>(entry.value);
}

}  // namespace tento::host
