// SPDX-License-Identifier: Apache-2.0
// What a handler works with: the engine (configuration and a host opened when first needed) and the caller.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <tento/sdk/result.hpp>

#include "host/access/access.hpp"
#include "host/base/log.hpp"
#include "host/config/config.hpp"
#include "host/embed/boot.hpp"
#include "host/embed/host.hpp"
#include "host/operations/operation.hpp"
#include "host/operations/progress.hpp"

namespace tento::host {

class Vault;

// Who asks, and what the face lends to the handler. Empty functions = the face has none.
struct Caller {
  ActorInfo actor;
  Principal principal = {};  // what they may do, and for whom; as it is, everything
  std::function<void(const Progress&)> progress;
  // How long it waits for what is under way, such as a sync; absent = until it has ended. What is not done by then goes
  // on, and the output says so.
  std::optional<std::int64_t> patience_ms = {};
  // Where a service can send a browser back to, `http://127.0.0.1:7700`; what it is asked for begins to answer there.
  std::function<Result<std::string>()> callback_base = {};
  // While something long runs: what to do when the person interrupts. Null to take it back.
  std::function<void(std::function<void()>)> on_interrupt;
};

// The tag of a boot check that failed; programs end with 78 on it.
inline constexpr std::string_view boot_tag = "boot_check";

// The configuration, and the host over it, opened as far as an operation needs it.
class Engine {
 public:
  Engine(Config config, Log log);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] const Config& config() const { return config_; }
  // Counts from now on what happens; before anything is opened. Null until then.
  void measure(std::shared_ptr<Metrics> metrics) { metrics_ = std::move(metrics); }
  [[nodiscard]] const std::shared_ptr<Metrics>& metrics() const { return metrics_; }
  // Loads and checks the providers, without the store: works beside a running host, and when the store is broken.
  Result<BootReport> boot();
  // The store, without any provider.
  Result<Store*> store();
  // What accounts authenticate with, without any provider.
  Result<Vault*> vault();
  // The host, started. A failed boot check is an error with the tag boot_tag that names all that is missing.
  Result<Host*> host();
  // The owner that the configuration names.
  Result<UserRecord> owner();
  // What has been started; null before host().
  [[nodiscard]] Host* running() { return started_ ? host_.get() : nullptr; }
  // Ends what was opened. False: calls are stuck; leave by _exit.
  bool shutdown(std::int64_t deadline_ms);

 private:
  Result<Host*> opened();
  HostOptions options() const;

  Config config_;
  std::shared_ptr<Metrics> metrics_;
  Log log_;
  std::unique_ptr<DepsRegistry> boot_deps_;
  std::unique_ptr<Boot> boot_;
  std::unique_ptr<Host> host_;
  bool started_ = false;
  bool boot_ok_ = false;  // once started
};

struct Context {
  Engine& engine;
  Caller& caller;
  // What the audit log is told instead of the arguments.
  std::optional<std::string> audit_target = {};
  // The owner whose rows are meant: the caller's own, or the one that the configuration names.
  Result<UserRecord> owner();
};

// A user by name; not_found `no_such_user` with the nearest name.
[[nodiscard]] Result<UserRecord> user_named(Store& store, std::string_view name);

// The error of a boot check that failed.
[[nodiscard]] Error boot_error(const BootReport& report);

}  // namespace tento::host
