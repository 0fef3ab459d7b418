// SPDX-License-Identifier: Apache-2.0
// Opens as much of the host as an operation needs, once.
#include "host/base/error.hpp"
#include "host/base/log.hpp"
#include "host/operations/context.hpp"

#include <algorithm>
#include <system_error>

#include "host/base/did_you_mean.hpp"
#include "host/base/text.hpp"
#include "host/base/version.hpp"
#include "host/store/store.hpp"

namespace tento::host {

namespace {

OAuthSettings oauth_settings(const std::map<std::string, std::string>& said, const std::filesystem::path& folder) {
  const auto text = [&](const char* name) {
    const auto it = said.find(name);
    return it == said.end() ? std::string() : it->second;
  };
  OAuthSettings out;
  out.client_id = text("client_id");
  out.client_secret = text("client_secret");
  if (const auto file = text("client_secret_file"); !file.empty()) out.client_secret_file = folder / file;
  out.issuer = text("issuer");
  out.authorize_url = text("authorize_url");
  out.token_url = text("token_url");
  out.device_url = text("device_url");
  out.revoke_url = text("revoke_url");
  out.userinfo_url = text("userinfo_url");
  return out;
}

}  // namespace

Engine::Engine(Config config, Log log) : config_(std::move(config)), log_(std::move(log)) {}

Engine::~Engine() = default;

HostOptions Engine::options() const {
  HostOptions o;
  o.data_dir = config_.data_dir;
  o.image_dir = config_.image_dir;
  o.plugin_dirs = config_.plugin_dirs;
  // A folder that nobody named and nobody made is no news; `doctor` shows it all the same.
  const bool named = std::any_of(config_.entries.begin(), config_.entries.end(), [](const ConfigEntry& entry) {
    return entry.key == "plugin_dirs" && entry.source != "default";
  });
  if (!named)
    std::erase_if(o.plugin_dirs, [](const auto& folder) {
      std::error_code ignored;
      return !std::filesystem::exists(folder, ignored);
    });
  o.pins = config_.pins;
  o.require_pins = config_.require_pins;
  o.allowed_features = config_.allow;
  o.on_missing_deps = config_.quarantine_on_missing_deps ? OnMissingDeps::quarantine : OnMissingDeps::stop;
  o.time_zone = config_.time_zone;
  o.debug_provider = debugged_provider(config_);
  o.vault_key_file = config_.vault_key_file;
  o.vault_key_file_is_given = config_.vault_key_file_is_given;
  o.http.client.user_agent = "tento/" + std::string(host_version());
  o.http.client.ca_file = config_.http_ca_file.string();
  o.http.client.proxy.http_url = o.http.client.proxy.https_url = config_.http_proxy;
  o.http.client.proxy.no_proxy = config_.http_no_proxy;
  for (const auto& [id, said] : config_.providers) o.oauth[id] = oauth_settings(said, config_.file.parent_path());
  for (const auto& [id, said] : config_.endpoints)
    o.http.providers[id] = {said.endpoint, said.endpoints, said.allow_insecure};
  o.log = log_;
  o.metrics = metrics_;
  return o;
}

Result<BootReport> Engine::boot() {
  if (started_) return host_->report();
  if (!boot_) {
    auto deps = std::make_unique<DepsRegistry>();
    TENTO_TRY(register_standard_deps(*deps));
    TENTO_TRY_ASSIGN(boot_, Boot::run(options(), *deps));
    boot_deps_ = std::move(deps);
  }
  return boot_->report();
}

Result<Host*> Engine::opened() {
  if (!host_) {
    TENTO_TRY_ASSIGN(host_, Host::open(options()));
  }
  return host_.get();
}

Result<Store*> Engine::store() {
  TENTO_TRY_ASSIGN(auto* host, opened());
  return &host->store();
}

Result<Vault*> Engine::vault() {
  TENTO_TRY_ASSIGN(auto* host, opened());
  return host->vault();
}

Result<Host*> Engine::host() {
  TENTO_TRY_ASSIGN(auto* host, opened());
  if (!started_) {
    TENTO_TRY_ASSIGN(const auto report, host->start());
    started_ = true;
    boot_ok_ = report.ok;
  }
  if (!boot_ok_) return fail(boot_error(host->report()));
  return host;
}

Result<UserRecord> Engine::owner() {
  TENTO_TRY_ASSIGN(auto* records, store());
  if (!config_.owner.empty()) return user_named(*records, config_.owner);
  return records->users().default_user();
}

Result<UserRecord> Context::owner() {
  if (!caller.principal.owner.id.nil()) return caller.principal.owner;
  return engine.owner();
}

Result<UserRecord> user_named(Store& store, std::string_view name) {
  TENTO_TRY_ASSIGN(auto found, store.users().find_by_name(name));
  if (found) return std::move(*found);
  TENTO_TRY_ASSIGN(const auto owners, store.users().all());
  std::vector<std::string> names;
  for (const auto& owner : owners) names.push_back(owner.name);
  return error(ErrorCode::not_found, ErrorClass::config, "there is no user " + quote(name) + did_you_mean(name, names))
      .tag("no_such_user")
      .remedy("{op:user list} shows those there are");
}

bool Engine::shutdown(std::int64_t deadline_ms) {
  if (boot_) boot_->destroy(false);
  return !host_ || host_->shutdown(deadline_ms);
}

Error boot_error(const BootReport& report) {
  Error e;
  e.code = ErrorCode::not_found;
  e.error_class = ErrorClass::config;
  e.message = report.message;
  e.tag = boot_tag;
  e.remedy = "remove the files named, or set on_missing_deps = \"quarantine\" to start without them";
  return e;
}

}  // namespace tento::host
