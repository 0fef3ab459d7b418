// SPDX-License-Identifier: Apache-2.0
// Opens parts one by one, and makes an app of them when all are there.
#include "host/app/parts_on_demand.hpp"

#include "host/base/error.hpp"

namespace tento::host {

Result<void> PartsOnDemand::open_boot() {
  if (!boot_) {
    TENTO_TRY_ASSIGN(boot_, Boot::run(options_));
  }
  return {};
}

Result<BootReport> PartsOnDemand::boot() {
  if (app_) return app_->boot();
  TENTO_TRY(open_boot());
  return boot_->report();
}

Result<std::vector<ProviderChange>> PartsOnDemand::reload_providers() {
  if (app_) return app_->reload_providers();
  return error(ErrorCode::not_found, ErrorClass::config,
               "no host runs with the data folder " + options_.config.data_dir.string())
      .tag("no_host")
      .remedy("start one; it loads what is in the plugin folders then");
}

Result<StoreParts> PartsOnDemand::open_store() {
  if (app_) return app_->open_store();
  if (!store_) {
    TENTO_TRY_ASSIGN(store_, OpenedStore::open(options_));
  }
  return store_->parts();
}

Result<App*> PartsOnDemand::open_app() {
  if (!app_) {
    TENTO_TRY(open_store());
    TENTO_TRY(open_boot());
    if (const auto report = boot_->report(); !report.ok) return fail(boot_error(report));
    app_ = std::make_unique<App>(options_, std::move(store_), std::move(boot_));
  }
  return app_.get();
}

Result<Host> PartsOnDemand::open_host() {
  TENTO_TRY_ASSIGN(const auto* app, open_app());
  return app->host();
}

std::optional<Host> PartsOnDemand::running() const {
  return app_ ? app_->running() : std::nullopt;
}

bool PartsOnDemand::shutdown(std::int64_t deadline_ms) {
  if (app_) return app_->shutdown(deadline_ms);
  if (boot_) boot_->destroy(false);
  if (store_) store_->settle();
  return true;
}

}  // namespace tento::host
