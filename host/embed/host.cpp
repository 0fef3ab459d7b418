// SPDX-License-Identifier: Apache-2.0
// The composition root: opens the store, loads the providers, checks that nothing is missing, publishes the routes.
#include "host/embed/host.hpp"

#include <chrono>
#include <mutex>
#include <utility>

#include "host/accounts/vault.hpp"
#include "host/base/clock.hpp"
#include "host/embed/boot.hpp"
#include "host/metrics/metrics.hpp"
#include "host/store/listeners.hpp"
#include "host/store/store_files.hpp"

namespace tento::host {
namespace {}  // namespace

struct Host::Impl {
  HostOptions options;
  std::unique_ptr<Store> store;
  std::mutex opening_vault;
  std::unique_ptr<Vault> vault;
  DepsRegistry deps;
  std::unique_ptr<Boot> boot;
  std::shared_ptr<Listeners<HostNews>> listeners = std::make_shared<Listeners<HostNews>>();
  std::unique_ptr<Accounts> accounts;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<AccountService> account_service;
  std::unique_ptr<Orchestrator> orchestrator;
  bool syncing = false;
  bool down = false;
};

Host::Host(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Host::~Host() {
  constexpr std::int64_t last_deadline_ms = 5000;
  // With calls still stuck, what they use has to outlive them: it is left to the end of the process.
  if (impl_ && !impl_->down && !shutdown(last_deadline_ms)) static_cast<void>(impl_.release());
}

Result<std::unique_ptr<Host>> Host::open(HostOptions options) {
  TENTO_TRY(make_private_folder(options.data_dir));
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  StoreConfig store;
  store.folder = impl->options.data_dir.string();
  store.lock_wait_ms = impl->options.lock_wait_ms;
  store.time_zone = impl->options.time_zone;
  if (const auto metrics = impl->options.metrics)
    store.on_write = [metrics](double seconds) { metrics->store_wrote(seconds); };
  TENTO_TRY_ASSIGN(impl->store, open_store(store));
  TENTO_TRY(register_standard_deps(impl->deps));
  return std::make_unique<Host>(std::move(impl));
}

DepsRegistry& Host::deps() {
  return impl_->deps;
}
Store& Host::store() {
  return *impl_->store;
}
Result<Vault*> Host::vault() {
  Impl& self = *impl_;
  const std::scoped_lock lock(self.opening_vault);
  if (!self.vault) {
    VaultOptions options;
    options.key_file =
        self.options.vault_key_file.empty() ? self.options.data_dir / "vault.key" : self.options.vault_key_file;
    options.key_file_is_given = self.options.vault_key_file_is_given;
    options.log = self.options.log;
    TENTO_TRY_ASSIGN(self.vault, Vault::open(*self.store, std::move(options)));
  }
  return self.vault.get();
}
Dispatcher& Host::dispatcher() {
  return *impl_->dispatcher;
}
Accounts& Host::accounts() {
  return *impl_->accounts;
}
AccountService& Host::account_service() {
  return *impl_->account_service;
}
Orchestrator& Host::orchestrator() {
  return *impl_->orchestrator;
}
BootReport Host::report() const {
  return impl_->boot ? impl_->boot->report() : BootReport{};
}

Subscription Host::listen(HostListener listener) {
  return Listeners<HostNews>::add(impl_->listeners, std::move(listener));
}

// Of a job while a provider is debugged: years.
constexpr std::int64_t longest_job_ms = std::int64_t{1} << 40;

Result<BootReport> Host::start() {
  Impl& self = *impl_;
  if (self.boot) {
    return fail(ErrorCode::conflict, ErrorClass::internal, "the host was started already; start() is called once");
  }
  TENTO_TRY_ASSIGN(self.boot, Boot::run(self.options, self.deps));
  auto report = self.boot->report();

  DispatcherOptions dispatching;
  dispatching.log = self.options.log;
  dispatching.guard = self.options.guard;
  dispatching.debugged = self.options.debug_provider;
  auto http = self.options.http;
  if (const auto metrics = self.options.metrics) {
    http.on_answer = [metrics](std::string_view provider, unsigned status) { metrics->request_sent(provider, status); };
    http.on_wait = [metrics](double seconds) { metrics->waited_for_budget(seconds); };
    dispatching.on_call = [metrics](const std::string& provider, std::string_view outcome) {
      metrics->call_ended(provider, outcome);
    };
    dispatching.on_written = [metrics](const std::string& provider, const TxnCounts& counts) {
      metrics->cells_written(provider, counts);
    };
  }
  dispatching.http = std::make_shared<HttpService>(std::move(http));
  AccountsOptions keeping;
  keeping.oauth = self.options.oauth;
  keeping.credentials.now_unix_us = unix_now_us;
  keeping.credentials.log = self.options.log;
  keeping.find_auth = [table = report.table](std::string_view provider, std::string_view integration) {
    return find_auth(*table, provider, integration);
  };
  self.accounts = std::make_unique<Accounts>(
      *self.store, [this] { return vault(); }, dispatching.http, std::move(keeping));
  dispatching.credentials = self.accounts->credentials();
  dispatching.on_quarantine = [&self](const std::string& provider, const Rejection& why) {
    self.boot->mark(provider, ProviderState::quarantined, why);
    for (const auto& info : self.boot->report().providers)
      if (info.id() == provider && info.state == ProviderState::quarantined) self.listeners->tell({nullptr, &info});
  };
  self.dispatcher = make_dispatcher(*self.store, self.deps, std::move(dispatching));
  if (report.ok) self.dispatcher->publish(report.table);
  self.account_service =
      std::make_unique<AccountService>(*self.store, *self.dispatcher, *self.accounts, [this] { return vault(); });

  OrchestratorOptions syncing;
  syncing.log = self.options.log;
  syncing.now_unix_us = unix_now_us;
  if (!self.options.debug_provider.empty()) syncing.job_deadline_ms = longest_job_ms;
  if (const auto metrics = self.options.metrics)
    syncing.on_run_end = [metrics](const RunRecord& run) { metrics->run_ended(run); };
  syncing.on_run_move = [&self](const RunRecord& run) { self.listeners->tell({&run, nullptr}); };
  self.orchestrator = make_orchestrator(*self.store, *self.dispatcher, std::move(syncing));
  return report;
}

Result<void> Host::start_syncing() {
  if (impl_->syncing) return {};
  TENTO_TRY(vault());  // what is wrong with it is said now, not by every sync
  TENTO_TRY(impl_->orchestrator->start());
  impl_->syncing = true;
  return {};
}

bool Host::shutdown(std::int64_t deadline_ms) {
  Impl& self = *impl_;
  if (self.down) return true;
  if (self.account_service) self.account_service->stop();
  if (self.accounts) self.accounts->stop();
  if (self.syncing) self.orchestrator->stop();
  if (self.dispatcher && !self.dispatcher->shutdown(deadline_ms)) return false;
  // The dispatcher ends the providers it was given; the rest were never called.
  if (self.boot) self.boot->destroy(self.dispatcher && self.boot->report().ok);
  self.orchestrator.reset();
  self.account_service.reset();
  self.dispatcher.reset();
  // A process that ends by _exit closes no store. What fails here is made good at the next start.
  static_cast<void>(self.store->maintenance().settle());
  self.down = true;
  return true;
}

}  // namespace tento::host
