// SPDX-License-Identifier: Apache-2.0
// What a handler works with: the caller, and the parts of the host that it needs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/access/access.hpp"
#include "host/capability/boot_report.hpp"
#include "host/config/config.hpp"
#include "host/operations/operation.hpp"
#include "host/operations/progress.hpp"
#include "host/services/host.hpp"

namespace tento::host {

// Who asks, and what the face lends to the handler. Empty functions = the face has none.
struct Caller {
  ActorInfo actor;
  Principal principal = {};  // what they may do, and for whom; as it is, everything
  std::function<void(const Progress&)> progress;
  // How long it waits for what is under way, such as a sync; absent = until it has ended. What is not done by then goes
  // on, and the output says so.
  std::optional<std::int64_t> preferred_wait_ms = {};
  // A page whose cells have so many bytes of data ends there, and says where the next begins.
  std::uint64_t most_page_bytes = UINT64_MAX;
  // Where a service can send a browser back to, `http://127.0.0.1:7700`; what it is asked for begins to answer there.
  std::function<Result<std::string>()> callback_base = {};
  // While something long runs: what to do when the person interrupts. Null to take it back.
  std::function<void(std::function<void()>)> on_interrupt;
};

// The user whose rows are meant: the caller's own, else the one that the configuration names, else the first one.
[[nodiscard]] Result<UserRecord> owner_of(const Caller& caller, const Config& config, const Directory& directory);

// What works without any provider.
struct StoreParts {
  Store& store;
  VaultOpener& vault;
  Directory& directory;
  AdminService& admin;
};

// The parts of a host, opened as far as somebody asks, or open already. Errors are those of opening.
class Parts {
 public:
  virtual ~Parts() = default;
  [[nodiscard]] virtual const Config& config() const = 0;
  // Loads and checks the providers, without the store: works beside a running host, and when the store is broken.
  virtual Result<BootReport> boot() = 0;
  // In a host that runs: takes what is in the plugin folders now through the loader's steps. Error `no_host` where none
  // runs.
  virtual Result<std::vector<ProviderChange>> reload_providers() = 0;
  virtual Result<StoreParts> open_store() = 0;
  // All of it, started. A failed boot check is an error with the tag boot_tag.
  virtual Result<Host> open_host() = 0;
  // What is started already; opens nothing.
  [[nodiscard]] virtual std::optional<Host> running() const = 0;
};

// What a handler works with. The kind of context that it takes says how much of the host it needs; see perform().
struct Context {
  Parts& parts;
  Caller& caller;
  // What the audit log is told instead of the arguments.
  std::optional<std::string> audit_target = {};
};

struct StoreContext : Context {
  StoreContext(const Context& context, const StoreParts& opened)
      : Context(context), directory(opened.directory), admin(opened.admin) {}
  Directory& directory;
  AdminService& admin;
  [[nodiscard]] Result<UserRecord> owner() const { return owner_of(caller, parts.config(), directory); }
};

struct HostContext : StoreContext {
  HostContext(const Context& context, const Host& opened)
      : StoreContext(context, {opened.store, opened.vault, opened.directory, opened.admin}), host(opened) {}
  const Host host;
};

// Whether the caller runs the host: at its own command line, or with an admin token of the first user. Others with the
// scope `admin` are admins of what is theirs. Forbidden, tag `host_admin`.
[[nodiscard]] Result<void> check_runs_host(const Context& context);

// For handlers that need more of the host only sometimes.
[[nodiscard]] Result<StoreContext> with_store(const Context& context);
[[nodiscard]] Result<HostContext> with_host(const Context& context);

}  // namespace tento::host
