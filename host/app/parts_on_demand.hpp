// SPDX-License-Identifier: Apache-2.0
// As much of a host as a command needs: `provider list` works without a store, and `account list` without providers.
#pragma once

#include <memory>

#include "host/app/app.hpp"

namespace tento::host {

// Opens each part when it is first asked for. One thread asks.
class PartsOnDemand final : public Parts {
 public:
  explicit PartsOnDemand(AppOptions options) : options_(std::move(options)) {}
  [[nodiscard]] const Config& config() const override { return options_.config; }
  Result<BootReport> boot() override;
  Result<std::vector<ProviderChange>> reload_providers() override;
  Result<StoreParts> open_store() override;
  Result<Host> open_host() override;
  [[nodiscard]] std::optional<Host> running() const override;
  // The whole app.
  Result<App*> open_app();
  // Ends what was opened. False: calls are stuck; leave by _exit.
  bool shutdown(std::int64_t deadline_ms);

 private:
  Result<void> open_boot();

  const AppOptions options_;
  std::unique_ptr<OpenedStore> store_;  // until there is an app, which has it then
  std::unique_ptr<Boot> boot_;          // as the store
  std::unique_ptr<App> app_;
};

}  // namespace tento::host
