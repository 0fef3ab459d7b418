// SPDX-License-Identifier: Apache-2.0
// Puts the parts together, from the store up, and takes them apart in the other order.
#include "host/app/app.hpp"

#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "host/app/guards.hpp"
#include "host/app/upkeep.hpp"
#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/loader/folder_watch.hpp"

namespace tento::host {
namespace {

Upkeep::Days upkeep_days(const Config& config) {
  return {config.audit_keep_days, config.changes_keep_days};
}

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

// Of one look at the folders: somebody may have put thousands of files there that are no providers.
constexpr std::size_t most_refusals_told = 20;

std::shared_ptr<HttpService> make_http(const AppOptions& options) {
  const Config& config = options.config;
  HttpSettings out;
  out.client.user_agent = "tento/" + std::string(host_version());
  out.client.ca_file = config.http_ca_file.string();
  out.client.proxy.http_url = out.client.proxy.https_url = config.http_proxy;
  out.client.proxy.no_proxy = config.http_no_proxy;
  for (const auto& [id, said] : config.endpoints)
    out.providers[id] = {said.endpoint, said.endpoints, said.allow_insecure};
  out.on_answer = [metrics = options.metrics](std::string_view provider, unsigned status) {
    metrics->request_sent(provider, status);
  };
  out.on_wait = [metrics = options.metrics](double seconds) { metrics->waited_for_budget(seconds); };
  return std::make_shared<HttpService>(std::move(out));
}

AccountsOptions accounts_options(const AppOptions& options, FindAuth find) {
  AccountsOptions out;
  for (const auto& [id, said] : options.config.providers)
    out.oauth[id] = oauth_settings(said, options.config.file.parent_path());
  out.credentials.now_unix_us = unix_now_us;
  out.credentials.log = options.log;
  out.find_auth = std::move(find);
  return out;
}

DispatcherOptions dispatcher_options(const AppOptions& options, UserStore& users) {
  DispatcherOptions out;
  out.log = options.log;
  out.guard = guard_of(options, users);
  out.debugged = debugged_provider(options.config);
  out.on_call = [metrics = options.metrics](const std::string& provider, std::string_view outcome) {
    metrics->call_ended(provider, outcome);
  };
  out.on_written = [metrics = options.metrics](const std::string& provider, const TxnCounts& counts) {
    metrics->cells_written(provider, counts);
  };
  return out;
}

OrchestratorOptions orchestrator_options(const AppOptions& options) {
  constexpr std::int64_t years_ms = std::int64_t{1} << 40;  // of a job while a provider is debugged
  OrchestratorOptions out;
  out.log = options.log;
  out.now_unix_us = unix_now_us;
  const auto& limits = options.config.limits;
  out.workers = limits.syncs;
  out.asked = {limits.queued_syncs_per_user, limits.queued_syncs};
  if (!debugged_provider(options.config).empty()) out.job_deadline_ms = years_ms;
  out.retry = std::make_shared<Backoff>();
  out.on_run_end = [metrics = options.metrics](const RunRecord& run) { metrics->run_ended(run); };
  return out;
}

PeriodicSyncOptions periodic_options(const AppOptions& options) {
  PeriodicSyncOptions out;
  out.now_unix_us = unix_now_us;
  out.log = options.log;
  out.interval_s = [rows = options.config.rows](std::string_view provider, std::string_view pattern) -> std::int64_t {
    const auto of_provider = rows.find(provider);
    if (of_provider == rows.end()) return -1;
    const auto found = of_provider->second.find(pattern);
    return found == of_provider->second.end() ? -1 : found->second.interval_s.value_or(-1);
  };
  return out;
}

}  // namespace

// Threads of calls that are stuck may use any of it, so that it can outlive the App; see ~App().
struct App::Impl {
  Impl(AppOptions with, std::unique_ptr<OpenedStore> over, std::unique_ptr<Boot> loaded)
      : options(std::move(with)), opened(std::move(over)), boot(std::move(loaded)) {}

  AppOptions options;
  std::unique_ptr<OpenedStore> opened;
  std::unique_ptr<Boot> boot;
  const StoreParts store = opened->parts();
  AdminService admin{store.store, [this] { return store.vault.open(); },
                     [this](const AccountKey& account) {
                       dispatcher->forget_account(account.owner, account.provider, account.auth_id);
                     }};
  std::shared_ptr<Listeners<HostEvent>> events = std::make_shared<Listeners<HostEvent>>();
  std::shared_ptr<HttpService> http = make_http(options);
  Accounts accounts{store.store, [this] { return store.vault.open(); }, http,
                    accounts_options(options, [this](std::string_view provider, std::string_view integration) {
                      return find_auth(*dispatcher->table(), provider, integration);
                    })};
  std::unique_ptr<Dispatcher> dispatcher = make_dispatcher();
  AccountService account_service{store.store, *dispatcher, accounts, [this] { return store.vault.open(); },
                                 [this] { periodic.wake(); }};
  std::unique_ptr<Orchestrator> orchestrator = make_orchestrator();
  RowService row_service{store.store, *dispatcher, *orchestrator};
  RowDocuments row_documents{store.store, *dispatcher, row_service};
  SyncService sync_service{store.store, *dispatcher, *orchestrator, [this] { return start_syncing(host); }};
  RowWrites row_writes{store.store, *dispatcher, sync_service};
  PeriodicSync periodic{store.store, *dispatcher, *orchestrator, periodic_options(options)};
  const Host host{store.store,     store.vault, store.directory, admin,      *dispatcher,  *orchestrator, accounts,
                  account_service, row_service, row_documents,   row_writes, sync_service, periodic,      events};
  Timetable timetable = {};
  Upkeep upkeep{store.store, admin, options.log, upkeep_days(options.config)};
  std::unique_ptr<FolderWatch> watch = nullptr;
  bool started = false;
  bool down = false;

  std::unique_ptr<Dispatcher> make_dispatcher() {
    auto settings = dispatcher_options(options, store.store.users());
    settings.http = http;
    settings.credentials = accounts.credentials();
    settings.on_quarantine = [this](const Provider& provider, const Rejection& why) { quarantined(provider, why); };
    auto out = host::make_dispatcher(store.store, boot->registry(), std::move(settings));
    out->publish(boot->report().table);
    return out;
  }
  std::unique_ptr<Orchestrator> make_orchestrator() {
    auto settings = orchestrator_options(options);
    settings.on_run_move = [this](const RunRecord& run) { events->tell({&run, nullptr}); };
    return host::make_orchestrator(store.store, *dispatcher, std::move(settings));
  }
  void quarantined(const Provider& provider, const Rejection& why) {
    boot->quarantine(provider, why);
    for (const auto& info : boot->report().providers)
      if (info.sha256 == provider.sha256() && info.state == ProviderState::quarantined) events->tell({nullptr, &info});
  }
  void watch_folders() {
    if (!options.config.watch_plugins) return;
    auto begun = FolderWatch::start({options.config.plugin_dirs, boot->began_us(),
                                     [this](const auto& unsettled) { static_cast<void>(reload_providers(unsettled)); },
                                     options.log});
    if (begun)
      watch = std::move(*begun);
    else if (options.log)
      options.log(
          LogLevel::warn,
          begun.error().message + ". What to do: reload the providers by hand after a change of the plugin folders");
  }
  std::vector<ProviderChange> reload_providers(const std::set<std::filesystem::path>& unsettled) {
    bool others = false;
    auto changes = boot->reload(options, unsettled, [this, &others](std::shared_ptr<const RouteTable> table) {
      dispatcher->publish(std::move(table));
      row_documents.forget();
      others = true;
    });
    // Rows may have a provider again, another pace, or cells of an older version than what it brings now.
    if (others)
      if (const auto judged = periodic.judge_anew(); !judged && options.log)
        options.log(LogLevel::error, "sync: rows wait for a restart to sync by themselves: " + judged.error().message);
    std::size_t refused = 0;
    for (const auto& change : changes) {
      const bool of_file = change.info.rejection.has_value();
      if (!of_file || ++refused <= most_refusals_told) events->tell({nullptr, &change.info});
    }
    return changes;
  }
};

Result<std::unique_ptr<App>> App::open(AppOptions options) {
  TENTO_TRY_ASSIGN(auto store, OpenedStore::open(options));
  TENTO_TRY_ASSIGN(auto boot, Boot::run(options));
  if (const auto report = boot->report(); !report.ok) {
    boot->destroy(false);
    return fail(boot_error(report));
  }
  return std::make_unique<App>(std::move(options), std::move(store), std::move(boot));
}

App::App(AppOptions options, std::unique_ptr<OpenedStore> store, std::unique_ptr<Boot> boot)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(store), std::move(boot))) {}

App::~App() {
  constexpr std::int64_t last_deadline_ms = 5000;
  // With calls still stuck, what they use has to outlive them: it is left to the end of the process.
  if (!shutdown(last_deadline_ms)) static_cast<void>(impl_.release());
}

const Host& App::host() const {
  return impl_->host;
}
Metrics& App::metrics() const {
  return *impl_->options.metrics;
}
const Log& App::log() const {
  return impl_->options.log;
}
Timetable& App::timetable() const {
  return impl_->timetable;
}
const Config& App::config() const {
  return impl_->options.config;
}
Result<BootReport> App::boot() {
  return impl_->boot->report();
}
Result<std::vector<ProviderChange>> App::reload_providers() {
  return impl_->reload_providers({});
}
Result<StoreParts> App::open_store() {
  const Impl& self = *impl_;
  return StoreParts{self.host.store, self.host.vault, self.host.directory, self.host.admin};
}

Result<void> App::start() {
  if (impl_->started) return {};
  TENTO_TRY(impl_->opened->require_writing());
  TENTO_TRY(start_syncing(impl_->host));
  TENTO_TRY(impl_->account_service.resume_devices());
  TENTO_TRY(impl_->periodic.start());
  impl_->upkeep.start(impl_->timetable);
  impl_->watch_folders();
  impl_->started = true;
  return {};
}

void App::reload(const Config& fresh) {
  impl_->upkeep.keep_for(upkeep_days(fresh));
}

bool App::shutdown(std::int64_t deadline_ms) {
  Impl& self = *impl_;
  if (self.down) return true;
  self.watch.reset();
  self.upkeep.stop();
  self.periodic.stop();
  self.account_service.stop();
  self.accounts.stop();
  self.orchestrator->stop();
  if (!self.dispatcher->shutdown(deadline_ms)) return false;
  // The dispatcher ends the providers it was given; the rest were never called.
  self.boot->destroy(true);
  self.opened->settle();
  self.down = true;
  return true;
}

}  // namespace tento::host
