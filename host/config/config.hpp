// SPDX-License-Identifier: Apache-2.0
// What the host is told before it starts: flags win over the environment, that over the file, that over the defaults.
// Every value knows where it came from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/model/scope.hpp"

namespace tento::host {

using ConfigValue = std::variant<std::string, bool, std::vector<std::string>>;

// One effective value, for `config show`.
struct ConfigEntry {
  std::string key;  // `log.level`
  ConfigValue value;
  std::string source;   // `default`, `/etc/tento.toml:3`, `environment TENTO_DATA_DIR`, `flag --data-dir`
  bool secret = false;  // its value is never shown
};

// What the file says of one provider's network.
struct ProviderEndpoints {
  std::string endpoint;                                       // in place of the first origin it lists; empty = none
  std::map<std::string, std::string, std::less<>> endpoints;  // origin -> what stands in its place
  bool allow_insecure = false;                                // a credential may go there over plain http
};

// What the file says of one guard that a provider names: for whom it holds.
struct GuardRule {
  std::optional<Scope> scope;      // callers who have it; who runs the host has every one
  std::vector<std::string> users;  // else callers who are one of these; none = nobody
};

// What the file says of one provider's rows of one pattern.
struct RowSettings {
  std::optional<std::int64_t> interval_s;  // between syncs that nobody asks for; 0 = only when asked
};

// `[limits]`: bounds for which a host may need another number than most.
struct LimitSettings {
  std::size_t syncs = 4;              // jobs at once
  std::size_t queued_syncs = 20'000;  // that were asked for and have not begun
  std::size_t queued_syncs_per_user = 2'000;
  std::size_t connections = 8'192;
  std::size_t requests_at_work = 32;
  std::size_t requests_in_line = 256;
  std::size_t waits = 1'024;  // requests that wait and hold no thread
  std::size_t waits_per_caller = 256;
  std::size_t streams = 512;  // long answers that are being read
  std::size_t streams_per_caller = 64;
  std::size_t body_bytes = std::size_t{16} << 20;     // of one request
  std::size_t bodies_bytes = std::size_t{256} << 20;  // held at once
  std::size_t bodies_per_caller_bytes = std::size_t{64} << 20;
};

struct Config {
  std::filesystem::path file;  // the file that was read; empty when there was none
  std::filesystem::path data_dir;
  std::filesystem::path image_dir;  // of the private copies of providers
  std::vector<std::filesystem::path> plugin_dirs;
  std::vector<std::pair<std::string, std::string>> pins;  // provider id -> sha256
  bool watch_plugins = true;                              // while the host runs
  bool require_pins = false;
  std::vector<std::string> allow;  // `<provider id>:<feature>`
  bool quarantine_on_missing_deps = false;
  std::string owner;  // the user whose rows are meant; empty = the first one
  std::string log_level;
  bool log_json = false;
  bool color = true;                                                    // false: never, even on a terminal
  std::string time_zone;                                                // of the owner; empty = the system's
  std::map<std::string, std::map<std::string, std::string>> providers;  // free-form, per provider id
  std::map<std::string, ProviderEndpoints, std::less<>> endpoints;      // per provider id
  std::map<std::string, GuardRule, std::less<>> guards;
  std::map<std::string, std::map<std::string, RowSettings, std::less<>>, std::less<>> rows;  // provider id -> pattern
  std::filesystem::path vault_key_file;
  bool vault_key_file_is_given = false;  // by the service manager: it is not written
  std::filesystem::path http_ca_file;    // empty = the system's
  std::string http_proxy;                // empty = what the environment says
  std::string http_no_proxy;
  std::string listen;                 // of `tento serve`: ADDRESS:PORT
  std::string public_url;             // as others reach it; empty = from what it listens on
  std::filesystem::path certificate;  // PEM chain; empty = plain HTTP
  std::filesystem::path private_key;
  std::vector<std::string> server_hosts;  // further names of the server
  std::vector<std::string> cors_origins;  // whose pages may use it
  // Folders of this disk that users beside who runs the host may connect.
  std::vector<std::filesystem::path> path_roots;
  bool open_loopback = false;           // no token is asked of this machine
  std::int64_t audit_keep_days = 0;     // older entries of the audit log are dropped; 0 = none is
  std::int64_t changes_keep_days = 90;  // older changes are forgotten; 0 = none is
  LimitSettings limits;
  std::vector<ConfigEntry> entries;  // everything above with its source
};

enum class ConfigKeyType {
  text,
  path,
  path_list,
  feature_list,
  host_list,
  boolean,
  choice,
  time_zone,
  proxy,
  url,
  number
};
[[nodiscard]] bool is_list(ConfigKeyType type);

// Of a number: what it may be, and what it is where nobody says anything.
struct NumberRange {
  std::int64_t least = 0;
  std::int64_t most = 999'999;
  std::int64_t standard = 0;
};

// One key that may stand in the file. `[plugins.pins]`, `[guards]` and `[providers.<id>]` are tables of free names
// beside these.
struct ConfigKey {
  std::string_view name;
  ConfigKeyType type;
  std::string_view environment;  // empty = none
  std::string_view flag;         // without dashes; empty = none
  std::vector<std::string_view> choices;
  std::string_view help;
  NumberRange range = {};
};
[[nodiscard]] std::span<const ConfigKey> config_keys();

struct ConfigInputs {
  std::map<std::string, std::vector<std::string>, std::less<>> flags;       // `data-dir` -> values, as given
  std::function<std::optional<std::string>(std::string_view)> environment;  // null = none
  std::filesystem::path executable;                                         // for the default plugin folder
};

// Errors carry the tag `config`, class config, and say which file and line, what is wrong and what to do.
[[nodiscard]] Result<Config> load_config(const ConfigInputs& inputs);

// The provider that is being debugged, or `all`; empty = none (`debug.provider`).
[[nodiscard]] std::string debugged_provider(const Config& config);

// The tag of every error about configuration; programs end with 78 on it.
inline constexpr std::string_view config_tag = "config";

// Whether a free-form key looks like it holds a secret (`client_secret`, `api_token`).
[[nodiscard]] bool looks_secret(std::string_view key);

// A value as one line of text; secrets as `(hidden)`.
[[nodiscard]] std::string display(const ConfigEntry& entry);

// What the file gave, before precedence; for load_config and the fuzzer.
struct ConfigFileValue {
  ConfigValue value;
  std::uint32_t line = 0;
};
struct ConfigFile {
  std::map<std::string, ConfigFileValue, std::less<>> values;  // keys of config_keys()
  std::vector<std::pair<std::string, ConfigFileValue>> pins;
  std::vector<std::pair<std::string, ConfigFileValue>> guards;
  // Per provider id. The entries of the tables below it stand under `endpoints."https://..."` and
  // `rows."<pattern>".interval`.
  std::map<std::string, std::map<std::string, ConfigFileValue>> providers;
};
[[nodiscard]] Result<ConfigFile> parse_config_file(std::string_view text, std::string_view name);

// Checks a value against its key's choices and form; shared by file, environment and flags.
[[nodiscard]] Result<void> check_config_value(const ConfigKey& key, const ConfigValue& value, std::string_view where);

}  // namespace tento::host
