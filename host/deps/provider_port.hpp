// SPDX-License-Identifier: Apache-2.0
// One provider's side of the deps: the calls it has, and the lookup that each of them hands out.
#pragma once

#include <tento/deps.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/deps/call_context.hpp"
#include "host/deps/deps_registry.hpp"
#include "host/loader/provider.hpp"
#include "host/store/cell_store.hpp"

namespace tento::host {

// What the deps of every provider stand on. Lives as long as the ports.
struct DepsEnv {
  CellStore* store = nullptr;
  const DepsRegistry* registry = nullptr;
  std::function<void(LogLevel, const std::string&)> log;  // never empty
  std::function<std::int64_t()> now_unix_us;              // never empty
  // The client of an integration of the call's provider, for the call's account; what it gives is kept in the context.
  std::function<Result<tento_client*>(CallContext&, const tento_call*, std::string_view integration)> client_for;
  mutable std::atomic<std::uint64_t> next_call{1};
};

// The ABI half of a call. Its memory stays until the port goes and is used again as late as possible, so that a
// provider that keeps a call beyond its end reads "ended" from it and nothing else.
struct CallSlot : tento_call {
  tento_lookup lookup{};
  tento_owner abi_owner{};
  tento_actor abi_actor{};
  tento_account abi_account{};
  class ProviderPort* port = nullptr;
  std::shared_ptr<CallContext> context;  // of this call, or of the last one the slot had
  std::atomic<bool> live{false};
};

class ProviderPort {
 public:
  ProviderPort(std::shared_ptr<Provider> provider, std::shared_ptr<const DepsEnv> env);
  ~ProviderPort();
  ProviderPort(const ProviderPort&) = delete;
  ProviderPort& operator=(const ProviderPort&) = delete;

  // A capability for the context. From `end` on every dep answers STOPPED to it.
  [[nodiscard]] CallSlot* begin(std::shared_ptr<CallContext> context);
  void end(CallSlot* slot);
  // The context of a call that this provider has, or null: it ended, or it is none of its calls. Dereferences nothing
  // that the port did not make.
  [[nodiscard]] std::shared_ptr<CallContext> find(const tento_call* call);

  [[nodiscard]] Provider& provider() const { return *provider_; }
  [[nodiscard]] const std::string& id() const { return provider_->note().id; }
  [[nodiscard]] const DepsEnv& env() const { return *env_; }
  void log(LogLevel level, const std::string& text) const { env_->log(level, id() + ": " + text); }

 private:
  std::shared_ptr<Provider> provider_;
  std::shared_ptr<const DepsEnv> env_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CallSlot>> slots_;  // sorted by address
  std::deque<CallSlot*> free_;                    // taken from the front, given back at the end
};

}  // namespace tento::host
