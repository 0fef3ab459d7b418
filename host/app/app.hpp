// SPDX-License-Identifier: Apache-2.0
// The composition root (libtento-host): configuration in, a whole host out. Serving makes it answer over HTTP.
#pragma once

#include <cstdint>
#include <memory>

#include "host/app/app_options.hpp"
#include "host/app/boot.hpp"
#include "host/app/opened_store.hpp"
#include "host/app/timetable.hpp"
#include "host/operations/context.hpp"

namespace tento::host {

class App final : public Parts {
 public:
  // Opens the store, loads and checks the providers, and makes what works with them. An app is whole, or there is none.
  // Errors: what opening a store says; a boot check that failed (boot_tag) names all that is missing.
  static Result<std::unique_ptr<App>> open(AppOptions options);
  // The same of what is opened already, with these options. The boot check has passed.
  App(AppOptions options, std::unique_ptr<OpenedStore> store, std::unique_ptr<Boot> boot);
  ~App() override;
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  [[nodiscard]] const Host& host() const;
  [[nodiscard]] Metrics& metrics() const;
  [[nodiscard]] const Log& log() const;
  // What is to be done again and again while the app runs.
  [[nodiscard]] Timetable& timetable() const;

  // For an app that lasts: starts to sync, goes on with connections that were under way, and looks after the store.
  // Only the first call does anything.
  Result<void> start();
  // Takes over what of a configuration that was read again can change while the app runs.
  void reload(const Config& fresh);
  // Ends everything within the deadline; whoever serves it has ended before. True when every call came back from its
  // provider; else leave by _exit.
  bool shutdown(std::int64_t deadline_ms);

  [[nodiscard]] const Config& config() const override;
  // A copy: a provider can be quarantined while the host runs.
  Result<BootReport> boot() override;
  Result<std::vector<ProviderChange>> reload_providers() override;
  Result<StoreParts> open_store() override;
  Result<Host> open_host() override { return host(); }
  [[nodiscard]] std::optional<Host> running() const override { return host(); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::host
