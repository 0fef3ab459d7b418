// SPDX-License-Identifier: Apache-2.0
// The composition root: opens the store, loads the providers, checks that nothing is missing, publishes the routes.
#include "host/embed/host.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <utility>

namespace tento::host {
namespace {

constexpr std::string_view lifetime_ids[] = {TENTO_IFACE_ID_tento_log, TENTO_IFACE_ID_tento_clock};

// What `create` gets: log and clock, for as long as the process lives.
tento_status find_for_life(const tento_lookup* lookup, tento_str id, std::uint32_t min_size,
                           tento_iface* out) noexcept {
  if (std::find(std::begin(lifetime_ids), std::end(lifetime_ids), view(id)) == std::end(lifetime_ids)) {
    return TENTO_FAILED;
  }
  const auto found = static_cast<const DepsRegistry*>(lookup->self)->expect(view(id), min_size);
  if (!found) return TENTO_FAILED;
  *out = *found;
  return TENTO_OK;
}

std::int64_t unix_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

struct Host::Impl {
  HostOptions options;
  std::unique_ptr<CellStore> store;
  DepsRegistry deps;
  tento_lookup lifetime{};
  std::vector<std::shared_ptr<Provider>> providers;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<Orchestrator> orchestrator;
  // Quarantine is told from worker threads while others read the report.
  mutable std::mutex report_lock;
  BootReport report;
  bool down = false;

  void log(LogLevel level, const std::string& text) const {
    if (options.log) options.log(level, text);
  }

  void mark(std::string_view provider, ProviderState state, const Rejection& why) {
    const std::scoped_lock hold(report_lock);
    for (auto& info : report.providers) {
      if (info.state == ProviderState::loaded && info.id() == provider) {
        info.state = state;
        info.rejection = why;
      }
    }
  }

  void drop(const std::set<std::string, std::less<>>& ids) {
    std::erase_if(providers, [&](const auto& p) { return ids.contains(p->note().id); });
  }

  // Steps 9 and 10, repeated until what is left has neither clashes nor missing interfaces.
  std::shared_ptr<const RouteTable> check_routes() {
    for (;;) {
      SchemaResult schema = build_route_table(providers, options.guards);
      std::set<std::string, std::less<>> bad;
      for (const auto& problem : schema.problems) {
        mark(problem.provider, ProviderState::rejected, problem.rejection);
        log(LogLevel::error, "provider " + problem.provider + " rejected (" + problem.rejection.code +
                                 "): " + problem.rejection.reason + " - " + problem.rejection.remedy);
        bad.insert(problem.provider);
      }
      if (!bad.empty()) {
        drop(bad);
        continue;
      }
      auto missing = deps.ensure_all_registered(*schema.table);
      if (missing.empty()) return std::move(schema.table);
      report.missing.insert(report.missing.end(), missing.begin(), missing.end());
      if (options.on_missing_deps == OnMissingDeps::stop) return std::move(schema.table);
      for (const auto& dep : missing) bad.insert(dep.provider);
      const std::string all = describe(missing);
      log(LogLevel::error, all);
      for (const auto& id : bad) {
        std::vector<MissingDep> own;
        std::copy_if(missing.begin(), missing.end(), std::back_inserter(own),
                     [&](const MissingDep& m) { return m.provider == id; });
        mark(id, ProviderState::quarantined,
             {"missing_deps", describe(own), "register the interface in the host, or remove the provider"});
      }
      drop(bad);
    }
  }
};

Host::Host(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Host::~Host() {
  if (impl_ && !impl_->down) shutdown(5000);
}

Result<std::unique_ptr<Host>> Host::open(HostOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  StoreOptions store_options;
  store_options.folder = impl->options.data_dir.string();
  store_options.lock_wait_ms = impl->options.lock_wait_ms;
  TENTO_TRY_ASSIGN(impl->store, open_sqlite_store(store_options));
  TENTO_TRY(register_standard_deps(impl->deps));
  impl->lifetime.struct_size = sizeof(tento_lookup);
  impl->lifetime.self = &impl->deps;
  impl->lifetime.get = find_for_life;
  return std::make_unique<Host>(std::move(impl));
}

DepsRegistry& Host::deps() {
  return impl_->deps;
}
CellStore& Host::store() {
  return *impl_->store;
}
Dispatcher& Host::dispatcher() {
  return *impl_->dispatcher;
}
Orchestrator& Host::orchestrator() {
  return *impl_->orchestrator;
}

BootReport Host::report() const {
  const std::scoped_lock hold(impl_->report_lock);
  return impl_->report;
}

Result<BootReport> Host::start() {
  Impl& self = *impl_;
  if (self.dispatcher) {
    return fail(ErrorCode::conflict, ErrorClass::internal, "the host was started already; start() is called once");
  }

  LoaderOptions loading;
  loading.folders = self.options.plugin_dirs;
  loading.images = self.options.data_dir / "images";
  loading.pins = self.options.pins;
  loading.require_pins = self.options.require_pins;
  loading.allowed_features = self.options.allowed_features;
  loading.lifetime_lookup = &self.lifetime;
  loading.log = self.options.log;
  LoadReport loaded = load_providers(loading);
  self.providers = std::move(loaded.providers);
  self.report.providers = std::move(loaded.infos);

  auto table = self.check_routes();
  self.report.ok = self.report.missing.empty() || self.options.on_missing_deps == OnMissingDeps::quarantine;
  if (!self.report.missing.empty()) self.report.message = describe(self.report.missing);

  DispatcherOptions dispatching;
  dispatching.log = self.options.log;
  dispatching.on_quarantine = [&self](const std::string& provider, const Rejection& why) {
    self.mark(provider, ProviderState::quarantined, why);
  };
  self.dispatcher = make_dispatcher(*self.store, self.deps, std::move(dispatching));
  if (self.report.ok) self.dispatcher->publish(std::move(table));

  OrchestratorOptions syncing;
  syncing.log = self.options.log;
  syncing.now_unix_us = unix_us;
  self.orchestrator = make_orchestrator(*self.store, *self.dispatcher, std::move(syncing));
  return report();
}

bool Host::shutdown(std::int64_t deadline_ms) {
  if (impl_->down) return true;
  impl_->down = true;
  if (impl_->orchestrator) impl_->orchestrator->stop();
  return !impl_->dispatcher || impl_->dispatcher->shutdown(deadline_ms);
}

}  // namespace tento::host
