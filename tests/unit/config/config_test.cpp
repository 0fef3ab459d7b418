// SPDX-License-Identifier: Apache-2.0
// Configuration: precedence, sources, mistakes with suggestions, secrets that are never shown.
#include "host/config/config.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "host/base/did_you_mean.hpp"

using namespace tento::host;
namespace fs = std::filesystem;

namespace {

struct World {
  fs::path folder;
  std::map<std::string, std::string, std::less<>> env;
  ConfigInputs in;

  World() {
    std::string name = (fs::temp_directory_path() / "tento-config-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    env["HOME"] = (folder / "home").string();
    in.executable = "/opt/tento/bin/tento";
    in.environment = [this](std::string_view n) -> std::optional<std::string> {
      const auto it = env.find(n);
      return it == env.end() ? std::nullopt : std::optional<std::string>(it->second);
    };
  }
  ~World() { fs::remove_all(folder); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void file(std::string_view text) {
    const auto path = folder / "tento.toml";
    std::ofstream(path) << text;
    in.flags["config"] = {path.string()};
  }
  Config load() {
    auto c = load_config(in);
    if (!c) FAIL(c.error().message);
    return *c;
  }
  std::string error() {
    auto c = load_config(in);
    REQUIRE_FALSE(c);
    CHECK(c.error().tag == config_tag);
    CHECK_FALSE(c.error().remedy.empty());
    return c.error().message;
  }
};

const ConfigEntry& entry(const Config& c, std::string_view key) {
  for (const auto& e : c.entries)
    if (e.key == key) return e;
  FAIL("no entry");
  return c.entries.front();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("defaults follow the XDG folders and the place of the program") {
  World w;
  auto c = w.load();
  CHECK(c.data_dir == w.folder / "home/.local/share/tento");
  REQUIRE(c.plugin_dirs.size() == 2);
  CHECK(c.plugin_dirs[0] == "/opt/tento/lib/tento/plugins");
  CHECK(c.plugin_dirs[1] == w.folder / "home/.local/share/tento/plugins");
  CHECK(c.log_level == "warn");
  CHECK_FALSE(c.quarantine_on_missing_deps);
  CHECK(entry(c, "data_dir").source == "default");
  CHECK(c.file.empty());
  w.env["XDG_DATA_HOME"] = "/var/xdg";
  CHECK(w.load().data_dir == "/var/xdg/tento");
  w.env["XDG_DATA_HOME"] = "relative";
  CHECK(w.load().data_dir == w.folder / "home/.local/share/tento");
}

TEST_CASE("the default file is read when it is there") {
  World w;
  fs::create_directories(w.folder / "home/.config/tento");
  std::ofstream(w.folder / "home/.config/tento/tento.toml") << "data_dir = \"/srv/t\"\n";
  CHECK(w.load().data_dir == "/srv/t");
}

TEST_CASE("a flag wins over the environment, that over the file, that over the default") {
  World w;
  w.file("\ndata_dir = \"/from/file\"\n[log]\nlevel = \"debug\"\n");
  CHECK(w.load().data_dir == "/from/file");
  CHECK(entry(w.load(), "data_dir").source == (w.folder / "tento.toml").string() + ":2");
  w.env["TENTO_DATA_DIR"] = "/from/env";
  CHECK(w.load().data_dir == "/from/env");
  CHECK(entry(w.load(), "data_dir").source == "environment TENTO_DATA_DIR");
  w.in.flags["data-dir"] = {"/from/flag"};
  CHECK(w.load().data_dir == "/from/flag");
  CHECK(entry(w.load(), "data_dir").source == "flag --data-dir");
  CHECK(w.load().log_level == "debug");
  w.env["TENTO_DATA_DIR"] = "";
  w.in.flags.erase("data-dir");
  CHECK(w.load().data_dir == "/from/file");
}

TEST_CASE("plugin folders: a list in the file, colons in the environment, repeated flags") {
  World w;
  w.file("plugin_dirs = [\"/a\", \"sub\", \"~/mine\"]\n");
  auto c = w.load();
  CHECK(c.plugin_dirs == std::vector<fs::path>{"/a", w.folder / "sub", w.folder / "home/mine"});
  w.env["TENTO_PLUGIN_PATH"] = "/x::/y:";
  CHECK(w.load().plugin_dirs == std::vector<fs::path>{"/x", "/y"});
  w.in.flags["plugin-dir"] = {"/p", "/q"};
  CHECK(w.load().plugin_dirs == std::vector<fs::path>{"/p", "/q"});
}

TEST_CASE("pins, features and what is kept for providers") {
  World w;
  const std::string digest(64, 'A');
  w.file(
      "on_missing_deps = \"quarantine\"\ntime_zone = \"Europe/Berlin\"\n[plugins]\nrequire_pins = true\nwatch = "
      "false\nallow = "
      "[\"acme:raw-credentials\"]\npins = { acme = \"" +
      digest + "\" }\n[providers.acme]\nclient_id = \"abc\"\nclient_secret = \"hunter2\"\n");
  auto c = w.load();
  REQUIRE(c.pins.size() == 1);
  CHECK(c.pins[0].first == "acme");
  CHECK(c.pins[0].second == std::string(64, 'a'));
  CHECK(c.require_pins);
  CHECK_FALSE(c.watch_plugins);
  CHECK(World().load().watch_plugins);
  CHECK(c.allow == std::vector<std::string>{"acme:raw-credentials"});
  CHECK(c.quarantine_on_missing_deps);
  CHECK(c.time_zone == "Europe/Berlin");
  CHECK(c.providers.at("acme").at("client_id") == "abc");
  CHECK(display(entry(c, "providers.acme.client_id")) == "abc");
  CHECK(display(entry(c, "providers.acme.client_secret")) == "(hidden)");
  CHECK(display(entry(c, "plugins.require_pins")) == "true");
  CHECK(looks_secret("Api_Token"));
  CHECK_FALSE(looks_secret("endpoint"));
}

TEST_CASE("endpoints of providers and the client's settings") {
  World w;
  w.file(
      "[http]\nca_file = \"ca.pem\"\nproxy = \"http://joe:hunter2@proxy:3128\"\nno_proxy = \"localhost,.a.example\"\n"
      "[providers.acme]\nendpoint = \"http://127.0.0.1:4100\"\nallow_insecure = true\nclient_id = \"abc\"\n"
      "[providers.other.endpoints]\n\"https://a.example\" = \"https://b.example/v3\"\n");
  const auto c = w.load();
  CHECK(c.http_ca_file == w.folder / "ca.pem");
  CHECK(c.http_proxy == "http://joe:hunter2@proxy:3128");
  CHECK(c.http_no_proxy == "localhost,.a.example");
  CHECK(display(entry(c, "http.proxy")) == "(hidden)");
  CHECK(c.endpoints.at("acme").endpoint == "http://127.0.0.1:4100");
  CHECK(c.endpoints.at("acme").allow_insecure);
  CHECK(c.endpoints.at("other").endpoints.at("https://a.example") == "https://b.example/v3");
  CHECK_FALSE(c.endpoints.at("other").allow_insecure);
  CHECK(display(entry(c, "providers.acme.endpoint")) == "http://127.0.0.1:4100");
  CHECK(display(entry(c, "providers.acme.allow_insecure")) == "true");
  CHECK(display(entry(c, "providers.other.endpoints.\"https://a.example\"")) == "https://b.example/v3");
  CHECK(entry(c, "providers.other.endpoints.\"https://a.example\"").source.ends_with("tento.toml:10"));
  CHECK(c.providers.at("acme").size() == 1);
}

TEST_CASE("guards hold for a scope, for users, or for nobody; rows have intervals") {
  World w;
  w.file(
      "[guards]\nforecast = \"admin\"\nfamily = [\"anna\", \"bob\"]\nlocked = \"nobody\"\n"
      "[providers.acme]\nclient_id = \"abc\"\n[providers.acme.rows.\":~acme:{authId}:sleep\"]\ninterval = \"15m\"\n"
      "[providers.acme.rows]\n\":~acme:{authId}:old\" = { interval = \"never\" }\n");
  const auto c = w.load();
  CHECK(c.guards.at("forecast").scope == Scope::admin);
  CHECK(c.guards.at("forecast").users.empty());
  CHECK(c.guards.at("family").users == std::vector<std::string>{"anna", "bob"});
  CHECK_FALSE(c.guards.at("family").scope);
  CHECK_FALSE(c.guards.at("locked").scope);
  CHECK(c.guards.at("locked").users.empty());
  CHECK(c.rows.at("acme").at(":~acme:{authId}:sleep").interval_s == 900);
  CHECK(c.rows.at("acme").at(":~acme:{authId}:old").interval_s == 0);
  CHECK(c.providers.at("acme").size() == 1);
  CHECK(display(entry(c, "guards.family")) == "anna, bob");
  CHECK(display(entry(c, "providers.acme.rows.\":~acme:{authId}:sleep\".interval")) == "15m");
  for (const char* text : {"forecast = \"everybody\"", "forecast = 3", "forecast = []", "forecast = [\"anna\", 3]",
                           "forecast = [\"\"]", "forecast = true"}) {
    CAPTURE(text);
    w.file(std::string("[guards]\n") + text + "\n");
    CHECK(contains(w.error(), "tento.toml:2: guards.forecast does not say for whom it holds"));
  }
  for (const char* text : {"interval = 900", "interval = \"0\"", "interval = \"-5m\"", "interval = \"soon\"",
                           "interval = \"99999999999999999999s\"", "interval = \"99999d\"", "pause = true"}) {
    CAPTURE(text);
    w.file(std::string("[providers.acme.rows.\":~acme:x\"]\n") + text + "\n");
    CHECK(contains(w.error(), "tento.toml:2: "));
    CHECK(contains(w.error(), "providers.acme.rows.\":~acme:x\"."));
  }
  w.file("guards = 3\n");
  CHECK(contains(w.error(), "tento.toml:1: guards must be a table"));
  w.file("[providers.acme]\nrows = \"15m\"\n");
  CHECK(contains(w.error(), "tento.toml:2: providers.acme.rows must be a table"));
}

TEST_CASE("endpoints that are none are refused with the line, and without what may be secret") {
  World w;
  for (const char* text :
       {"endpoint = 3", "endpoint = \"127.0.0.1:4100\"", "endpoint = \"http://\"", "endpoint = \"http:///x\"",
        "endpoint = \"http://u:hunter2@h\"", "endpoint = \"http://h/?key=hunter2\"", "allow_insecure = \"yes\"",
        "endpoints = \"http://h\"", "endpoints = { \"https://a\" = 3 }", "endpoints = { a = \"http://h\" }",
        "endpoints = { \"https://a\" = \"hunter2\" }"}) {
    CAPTURE(text);
    w.file(std::string("[providers.acme]\n") + text + "\n");
    CHECK(contains(w.error(), "tento.toml:2: providers.acme."));
    CHECK_FALSE(contains(w.error(), "hunter2"));
  }
  w.file("[http]\nproxy = \"hunter2@proxy\"\n");
  CHECK(contains(w.error(), "tento.toml:2: http.proxy: is not an http URL"));
  CHECK_FALSE(contains(w.error(), "hunter2"));
}

TEST_CASE("an unknown key names its line and the nearest known key; all mistakes come at once") {
  World w;
  w.file("dat_dir = \"/x\"\n[plugins]\nrequire_pin = true\n[log]\nlevel = \"lound\"\n");
  const auto e = w.error();
  CHECK(contains(e, "tento.toml:1: unknown key \"dat_dir\"; did you mean \"data_dir\"?"));
  CHECK(contains(e, "tento.toml:3: unknown key \"plugins.require_pin\"; did you mean \"plugins.require_pins\"?"));
  CHECK(contains(e, "tento.toml:5: log.level: \"lound\" is not one of trace, debug"));
  w.file("require_pins = true\n");
  CHECK(contains(w.error(), "did you mean \"plugins.require_pins\"?"));
  w.file("zzzzzzzzzzzz = 1\n");
  CHECK_FALSE(contains(w.error(), "did you mean"));
}

TEST_CASE("values of the wrong kind are refused with the line") {
  World w;
  for (const char* text :
       {"data_dir = 3", "data_dir = \"\"", "plugin_dirs = \"/x\"", "plugin_dirs = [1]", "plugin_dirs = [\"\"]",
        "on_missing_deps = \"maybe\"", "time_zone = \"Mars/Base\"", "plugins = 3", "[plugins]\npins = 3",
        "[plugins]\npins = { a = \"12\" }", "[plugins]\nrequire_pins = \"yes\"", "[plugins]\nallow = [\"everything\"]",
        "providers = 1", "[providers]\nx = 1", "[providers.x]\ny = 1", "data_dir = ", "[log\n"}) {
    CAPTURE(text);
    w.file(text);
    CHECK(contains(w.error(), "tento.toml:"));
  }
}

TEST_CASE("limits are numbers within their ranges, and as large as most need where nobody says anything") {
  World w;
  const auto usual = w.load().limits;
  CHECK(usual.syncs == LimitSettings{}.syncs);
  CHECK(usual.body_bytes == LimitSettings{}.body_bytes);
  CHECK(usual.bodies_bytes == LimitSettings{}.bodies_bytes);
  CHECK(w.load().changes_keep_days == 90);
  for (const auto& key : config_keys())
    if (key.type == ConfigKeyType::number) {
      CAPTURE(key.name);
      CHECK(key.range.least <= key.range.standard);
      CHECK(key.range.standard <= key.range.most);
      CHECK(key.range.most <= 999'999);
    }
  w.file(
      "[limits]\nsyncs = 9\nqueued_syncs = 100\nqueued_syncs_per_user = 50\nconnections = 100\nrequests_at_work = 8\n"
      "requests_in_line = 16\nbody_mib = 300\nbodies_mib = 400\nbodies_per_caller_mib = 2\nwaits = 7\nwaits_per_caller "
      "= 3\nstreams = 9\nstreams_per_caller = 2\n");
  const auto said = w.load().limits;
  CHECK(said.syncs == 9);
  CHECK(said.queued_syncs == 100);
  CHECK(said.queued_syncs_per_user == 50);
  CHECK(said.connections == 100);
  CHECK(said.requests_at_work == 8);
  CHECK(said.requests_in_line == 16);
  CHECK(said.waits == 7);
  CHECK(said.waits_per_caller == 3);
  CHECK(said.streams == 9);
  CHECK(said.streams_per_caller == 2);
  CHECK(said.body_bytes == std::size_t{300} << 20);
  CHECK(said.bodies_bytes == std::size_t{400} << 20);
  CHECK(said.bodies_per_caller_bytes == said.body_bytes);  // one has room
  w.file("[limits]\nsyncs = 65\n");
  CHECK(w.error().find("tento.toml:2: limits.syncs: \"65\" is not a whole number from 1 to 64") != std::string::npos);
  w.file("[limits]\nbody_mib = 0\n");
  CHECK(w.error().find("is not a whole number from 1 to 1024") != std::string::npos);
  w.file("[limits]\nsyncs = -1\n");
  CHECK(w.error().find("is not a whole number") != std::string::npos);
  w.file("[limits]\nsync = 5\n");
  CHECK(w.error().find("limits.syncs") != std::string::npos);
}

TEST_CASE("a secret of the file is not in the error about it") {
  World w;
  w.file("[providers.acme]\nclient_secret = [\"hunter2\"]\n");
  CHECK_FALSE(contains(w.error(), "hunter2"));
}

TEST_CASE("a named file must exist and be readable; an empty one sets nothing") {
  World w;
  w.in.flags["config"] = {(w.folder / "absent.toml").string()};
  CHECK(contains(w.error(), "does not exist"));
  w.in.flags["config"] = {w.folder.string()};
  CHECK(contains(w.error(), "cannot be read"));
  w.file("");
  CHECK(w.load().log_level == "warn");
  w.in.flags.clear();
  w.env["TENTO_CONFIG"] = (w.folder / "absent.toml").string();
  CHECK(contains(w.error(), "TENTO_CONFIG"));
}

TEST_CASE("flags and environment are checked like the file") {
  World w;
  w.in.flags["log-level"] = {"inf"};
  CHECK(contains(w.error(), "flag --log-level: log.level: \"inf\" is not one of"));
  CHECK(contains(w.error(), "did you mean \"info\"?"));
  w.in.flags.clear();
  w.env["TENTO_TIME_ZONE"] = "Nowhere";
  CHECK(contains(w.error(), "environment TENTO_TIME_ZONE"));
}

TEST_CASE("the nearest word") {
  const std::vector<std::string> words{"list", "show", "connect", "disconnect"};
  CHECK(nearest("lsit", words) == "list");
  CHECK(nearest("conect", words) == "connect");
  CHECK(nearest("conn", words) == "connect");
  CHECK(nearest("xyzzy", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(edit_distance("abcd", "acbd") == 1);
  CHECK(edit_distance("", "abc") == 3);
}

TEST_CASE("the vault's key file is in the data folder, where it is said to be, or where the service manager put it") {
  World w;
  w.env["TENTO_DATA_DIR"] = (w.folder / "d").string();
  CHECK(w.load().vault_key_file == w.folder / "d/vault.key");
  CHECK_FALSE(w.load().vault_key_file_is_given);
  CHECK(entry(w.load(), "vault.key_file").source == "default");

  const auto given = w.folder / "given";
  fs::create_directory(given);
  w.env["CREDENTIALS_DIRECTORY"] = given.string();
  CHECK(w.load().vault_key_file == w.folder / "d/vault.key");  // nothing is there for us
  std::ofstream(given / "tento-vault-key") << "x";
  CHECK(w.load().vault_key_file == given / "tento-vault-key");
  CHECK(w.load().vault_key_file_is_given);
  CHECK(entry(w.load(), "vault.key_file").source == "environment CREDENTIALS_DIRECTORY");

  w.file("[vault]\nkey_file = \"k\"\n");
  CHECK(w.load().vault_key_file == w.folder / "k");
  CHECK_FALSE(w.load().vault_key_file_is_given);
  w.env["TENTO_VAULT_KEY_FILE"] = (given / "other").string();
  CHECK(w.load().vault_key_file == given / "other");
  CHECK(w.load().vault_key_file_is_given);
}

TEST_CASE("private copies of providers are in the data folder, or where they are said to be") {
  World w;
  w.env["TENTO_DATA_DIR"] = (w.folder / "d").string();
  CHECK(w.load().image_dir == w.folder / "d/images");
  w.file("[plugins]\nimage_dir = \"elsewhere\"\n");
  CHECK(w.load().image_dir == w.folder / "elsewhere");
  w.env["TENTO_IMAGE_DIR"] = (w.folder / "i").string();
  CHECK(w.load().image_dir == w.folder / "i");
  CHECK(entry(w.load(), "plugins.image_dir").source == "environment TENTO_IMAGE_DIR");
}
