// SPDX-License-Identifier: Apache-2.0
// The whole host as a library (libtento-host): open it, register further deps, start it, use it.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/accounts/accounts.hpp"
#include "host/base/log.hpp"
#include "host/capability/deps_registry.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/egress/service.hpp"
#include "host/loader/provider.hpp"
#include "host/services/account_service.hpp"
#include "host/store/store.hpp"
#include "host/sync/orchestrator.hpp"

namespace tento::host {

class Metrics;
class Vault;

enum class OnMissingDeps { stop, quarantine };

struct HostOptions {
  std::filesystem::path data_dir;
  std::filesystem::path image_dir;  // of the private copies of providers; empty = `images` in the data folder
  std::vector<std::filesystem::path> plugin_dirs;
  std::vector<std::pair<std::string, std::string>> pins;
  bool require_pins = false;
  std::vector<std::string> allowed_features;
  OnMissingDeps on_missing_deps = OnMissingDeps::stop;
  std::vector<std::string> guards;  // further guard names that `guard` evaluates; others are load errors
  // Whether a guard holds; called on any thread. Empty = `operator` holds for everybody but tokens that may not
  // operate, any other for nobody.
  std::function<bool(std::string_view guard, const UserRecord& owner, const ActorInfo& actor)> guard;
  std::string debug_provider;  // its calls have no deadline, nor have the jobs of syncs; `all`; empty = none
  std::int64_t lock_wait_ms = 5000;
  std::string time_zone;                                    // of an owner made now; empty = the system's
  std::filesystem::path vault_key_file;                     // empty = `vault.key` in the data folder
  bool vault_key_file_is_given = false;                     // by a service manager: never made, never written
  HttpSettings http;                                        // of the requests that providers send
  std::map<std::string, OAuthSettings, std::less<>> oauth;  // by provider id
  std::shared_ptr<Metrics> metrics;                         // what counts; null = nothing is counted
  Log log;
};

// What start() found, whether or not it could start.
struct BootReport {
  std::vector<ProviderInfo> providers;  // loaded and rejected
  std::vector<MissingDep> missing;
  bool ok = false;                                // the boot check passed
  std::string message;                            // why not, all of it
  std::vector<std::shared_ptr<Provider>> loaded;  // all that were made, in the table or not, sorted by id
  std::shared_ptr<const RouteTable> table;        // what may be dispatched; null before start()
};

// What happens beside commits. One of them is there; borrowed until the listener returns.
struct HostNews {
  const RunRecord* run = nullptr;          // began, moved or ended
  const ProviderInfo* provider = nullptr;  // is not what it was: see its state
};
// Called by the thread that makes the news: it must be quick, and may neither subscribe nor unsubscribe.
using HostListener = std::function<void(const HostNews&)>;

class Host {
 public:
  struct Impl;
  // For open(); nobody else can name an Impl.
  explicit Host(std::unique_ptr<Impl> impl);
  // Opens the store; loads nothing yet.
  static Result<std::unique_ptr<Host>> open(HostOptions options);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Before start(): the embedder's own interfaces.
  DepsRegistry& deps();
  // Loads, checks, publishes. An error is for what makes a report impossible; a failed boot check is in the report.
  Result<BootReport> start();
  // A copy: a provider can be quarantined while the host runs.
  [[nodiscard]] BootReport report() const;
  Store& store();
  // What accounts authenticate with is in it: opened when it is first asked for, and asked for again until that works.
  // Any thread. Errors: see Vault::open().
  Result<Vault*> vault();
  Dispatcher& dispatcher();
  Orchestrator& orchestrator();
  [[nodiscard]] Subscription listen(HostListener listener);
  // From start() on.
  Accounts& accounts();
  AccountService& account_service();
  // Starts the workers, once; picks up what a killed process left behind.
  Result<void> start_syncing();
  // Stops workers, destroys providers within the deadline. True when everything came back; else leave by _exit.
  bool shutdown(std::int64_t deadline_ms);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::host
