// SPDX-License-Identifier: Apache-2.0
// The table of configuration keys, and what a value of each must look like.
#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "host/base/did_you_mean.hpp"
#include "host/base/text.hpp"
#include "host/config/config.hpp"

namespace tento::host {

std::span<const ConfigKey> config_keys() {
  static constexpr LimitSettings usual;
  static const auto keys = std::to_array<ConfigKey>({
      {"data_dir", ConfigKeyType::path, "TENTO_DATA_DIR", "data-dir", {}, "folder of the store"},
      {"plugin_dirs",
       ConfigKeyType::path_list,
       "TENTO_PLUGIN_PATH",
       "plugin-dir",
       {},
       "folders searched for providers, in order"},
      {"on_missing_deps",
       ConfigKeyType::choice,
       "TENTO_ON_MISSING_DEPS",
       "on-missing",
       {"stop", "quarantine"},
       "what to do when a provider needs an interface this host lacks"},
      {"owner", ConfigKeyType::text, "TENTO_OWNER", "owner", {}, "user whose rows are meant; without it the first one"},
      {"time_zone", ConfigKeyType::time_zone, "TENTO_TIME_ZONE", "", {}, "IANA time zone of the owner"},
      {"plugins.image_dir",
       ConfigKeyType::path,
       "TENTO_IMAGE_DIR",
       "",
       {},
       "folder of its own for the private copies of providers; where code may be run from"},
      {"plugins.watch", ConfigKeyType::boolean, "", "", {}, "notice what changes in the folders while the host runs"},
      {"plugins.require_pins", ConfigKeyType::boolean, "", "", {}, "load only files whose digest is pinned"},
      {"plugins.allow", ConfigKeyType::feature_list, "", "", {}, "features granted, `<provider id>:<feature>`"},
      {"vault.key_file",
       ConfigKeyType::path,
       "TENTO_VAULT_KEY_FILE",
       "",
       {},
       "file with the keys that credentials are sealed with; one per data folder"},
      {"accounts.path_roots",
       ConfigKeyType::path_list,
       "",
       "",
       {},
       "folders of this disk that users may connect paths of; without one, only who runs the host"},
      {"http.ca_file", ConfigKeyType::path, "TENTO_CA_FILE", "", {}, "PEM bundle trusted instead of the system's"},
      {"http.proxy", ConfigKeyType::proxy, "", "", {}, "proxy of all requests, `http://[user:password@]host:port`"},
      {"http.no_proxy", ConfigKeyType::text, "", "", {}, "hosts, domains, addresses and blocks that go direct"},
      {"server.listen",
       ConfigKeyType::text,
       "TENTO_LISTEN",
       "listen",
       {},
       "address and port of `tento serve`, `127.0.0.1:7700`"},
      {"server.public_url",
       ConfigKeyType::url,
       "TENTO_PUBLIC_URL",
       "",
       {},
       "how others reach the server, `https://tento.example`; for links, callbacks and the Host check"},
      {"server.certificate", ConfigKeyType::path, "", "", {}, "PEM file with the certificate chain; makes it HTTPS"},
      {"server.private_key", ConfigKeyType::path, "", "", {}, "PEM file with the certificate's key"},
      {"server.hosts", ConfigKeyType::host_list, "", "", {}, "further names of the server, `name` or `name:port`"},
      {"server.cors_origins", ConfigKeyType::host_list, "", "", {}, "origins whose pages may use the server"},
      {"server.open_loopback", ConfigKeyType::boolean, "", "", {}, "ask no token of who comes from this machine"},
      {"audit.keep_days",
       ConfigKeyType::number,
       "",
       "",
       {},
       "days that entries of the audit log are kept by `tento serve`; 0 = for ever",
       {.standard = 365}},
      {"changes.keep_days",
       ConfigKeyType::number,
       "",
       "",
       {},
       "days that changes are kept for whoever reads on from a cursor; 0 = for ever",
       {.standard = 90}},
      {"limits.syncs",
       ConfigKeyType::number,
       "",
       "",
       {},
       "syncs that run at once; one provider has all of them but one",
       {.least = 1, .most = 64, .standard = usual.syncs}},
      {"limits.queued_syncs",
       ConfigKeyType::number,
       "",
       "",
       {},
       "syncs that were asked for and have not begun, in all",
       {.least = 10, .standard = usual.queued_syncs}},
      {"limits.queued_syncs_per_user",
       ConfigKeyType::number,
       "",
       "",
       {},
       "the same of one user",
       {.least = 10, .standard = usual.queued_syncs_per_user}},
      {"limits.connections",
       ConfigKeyType::number,
       "",
       "",
       {},
       "connections of `tento serve` at once; as far as the limit of open files allows",
       {.least = 16, .most = 100'000, .standard = usual.connections}},
      {"limits.requests_at_work",
       ConfigKeyType::number,
       "",
       "",
       {},
       "requests that wait for a disk or a provider at once; each has a thread, and one caller three quarters of them",
       {.least = 4, .most = 512, .standard = usual.requests_at_work}},
      {"limits.requests_in_line",
       ConfigKeyType::number,
       "",
       "",
       {},
       "requests that wait for one of these threads; beyond it 503",
       {.least = 4, .most = 100'000, .standard = usual.requests_in_line}},
      {"limits.waits",
       ConfigKeyType::number,
       "",
       "",
       {},
       "requests that wait for something to happen (Prefer: wait) at once, in all; they hold no thread",
       {.least = 1, .most = 100'000, .standard = usual.waits}},
      {"limits.waits_per_caller",
       ConfigKeyType::number,
       "",
       "",
       {},
       "the same of one caller",
       {.least = 1, .most = 100'000, .standard = usual.waits_per_caller}},
      {"limits.streams",
       ConfigKeyType::number,
       "",
       "",
       {},
       "long answers that are being read at once, in all",
       {.least = 1, .most = 100'000, .standard = usual.streams}},
      {"limits.streams_per_caller",
       ConfigKeyType::number,
       "",
       "",
       {},
       "the same of one caller",
       {.least = 1, .most = 100'000, .standard = usual.streams_per_caller}},
      {"limits.body_mib",
       ConfigKeyType::number,
       "",
       "",
       {},
       "MiB of the body of one request",
       {.least = 1, .most = 1'024, .standard = usual.body_bytes >> 20}},
      {"limits.bodies_mib",
       ConfigKeyType::number,
       "",
       "",
       {},
       "MiB of the bodies that are held at once, in all; limits.body_mib at least",
       {.least = 1, .most = 65'536, .standard = usual.bodies_bytes >> 20}},
      {"limits.bodies_per_caller_mib",
       ConfigKeyType::number,
       "",
       "",
       {},
       "the same of one caller",
       {.least = 1, .most = 65'536, .standard = usual.bodies_per_caller_bytes >> 20}},
      {"log.level",
       ConfigKeyType::choice,
       "TENTO_LOG_LEVEL",
       "log-level",
       {"trace", "debug", "info", "warn", "error", "off"},
       "how much is logged to standard error"},
      {"log.format", ConfigKeyType::choice, "TENTO_LOG_FORMAT", "log-format", {"text", "json"}, "shape of a log line"},
      {"debug.provider",
       ConfigKeyType::text,
       "TENTO_DEBUG_PROVIDER",
       "debug-provider",
       {},
       "provider whose calls have no deadline, or `all`; the process can be debugged then, and dump its memory"},
      {"log.color", ConfigKeyType::choice, "", "", {"auto", "never"}, "colours in log lines and tables on a terminal"},
  });
  return keys;
}

bool is_list(ConfigKeyType type) {
  return type == ConfigKeyType::path_list || type == ConfigKeyType::feature_list || type == ConfigKeyType::host_list;
}

bool looks_secret(std::string_view key) {
  const std::string name = lower(key);
  static constexpr std::array<std::string_view, 6> words{"secret",     "token",   "password",
                                                         "passphrase", "private", "api_key"};
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return name.find(w) != std::string::npos; });
}

namespace {

Error bad_value(const ConfigKey& key, std::string_view where, const std::string& why, std::string remedy) {
  Error e = fail(ErrorCode::invalid_argument, ErrorClass::config,
                 std::string(where) + ": " + std::string(key.name) + ": " + why, std::string(config_tag))
                .value();
  e.remedy = std::move(remedy);
  return e;
}

bool in_range(const std::string& text, const NumberRange& range) {
  constexpr std::size_t most_digits = 6;
  if (text.empty() || text.size() > most_digits || text.find_first_not_of("0123456789") != std::string::npos)
    return false;
  const auto number = std::stoll(text);
  return number >= range.least && number <= range.most;
}

bool known_zone(const std::string& name) {
  try {
    return date::locate_zone(name) != nullptr;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

Result<void> check_config_value(const ConfigKey& key, const ConfigValue& value, std::string_view where) {
  if (key.type == ConfigKeyType::boolean) {
    if (!std::holds_alternative<bool>(value))
      return fail(bad_value(key, where, "must be true or false", "write true or false"));
    return {};
  }
  if (is_list(key.type)) {
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    if (list == nullptr) return fail(bad_value(key, where, "must be a list of strings", "write [\"one\", \"two\"]"));
    for (const auto& item : *list) {
      if (item.empty()) return fail(bad_value(key, where, "an entry is empty", "remove the empty entry"));
      if (key.type == ConfigKeyType::feature_list && item.find(':') == std::string::npos)
        return fail(bad_value(key, where, "\"" + item + "\" is not \"<provider id>:<feature>\"",
                              "name the provider and the feature it may use"));
    }
    return {};
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return fail(bad_value(key, where, "must be a string", "put it in quotes"));
  if (text->empty()) return fail(bad_value(key, where, "is empty", "give it a value or leave it out"));
  if (key.type == ConfigKeyType::choice &&
      std::find(key.choices.begin(), key.choices.end(), *text) == key.choices.end()) {
    const std::vector<std::string> words(key.choices.begin(), key.choices.end());
    const std::string list = join(words);
    return fail(bad_value(key, where, "\"" + *text + "\" is not one of " + list + did_you_mean(*text, words),
                          "use one of " + list));
  }
  if (key.type == ConfigKeyType::number && !in_range(*text, key.range)) {
    const auto range = std::to_string(key.range.least) + " to " + std::to_string(key.range.most);
    return fail(bad_value(key, where, "\"" + *text + "\" is not a whole number from " + range,
                          "write a whole number from " + range));
  }
  if (key.type == ConfigKeyType::url &&
      (!(text->starts_with("http://") || text->starts_with("https://")) || text->ends_with('/')))
    return fail(bad_value(key, where, "\"" + *text + "\" is not the URL of a server",
                          "write https://name or http://name:port, without a slash at the end"));
  // What it says is not repeated: it may hold a password.
  if (key.type == ConfigKeyType::proxy && !text->starts_with("http://"))
    return fail(bad_value(key, where, "is not an http URL", "write http://host:port"));
  if (key.type == ConfigKeyType::time_zone && !known_zone(*text))
    return fail(
        bad_value(key, where, "\"" + *text + "\" is not a time zone", "use an IANA name such as Europe/Berlin"));
  return {};
}

}  // namespace tento::host
