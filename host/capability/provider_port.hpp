// SPDX-License-Identifier: Apache-2.0
// One provider's side of the deps: the calls it has, and the lookup that each of them hands out.
#pragma once

#include <tento/deps.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/base/log.hpp"
#include "host/capability/call_context.hpp"
#include "host/capability/deps_registry.hpp"
#include "host/loader/provider.hpp"
#include "host/store/store.hpp"

namespace tento::host {

class Credentials;
class HttpService;

// What the deps of every provider stand on. Lives as long as the ports.
struct DepsEnv {
  Store* store = nullptr;
  const DepsRegistry* registry = nullptr;
  Log log;                                    // never empty
  std::function<std::int64_t()> now_unix_us;  // never empty
  // The client of an integration of the call's provider, for the call's account; what it gives is kept in the context.
  std::function<Result<tento_client*>(CallContext&, const tento_call*, std::string_view integration)> client_for;
  std::shared_ptr<HttpService> http;         // null = tento.http/1 answers that there is none
  std::shared_ptr<Credentials> credentials;  // null = no account can be used
  mutable std::atomic<std::uint64_t> next_port{1};
};

// A call as both sides know it. Its memory stays until the port goes and is used again as late as possible, so that a
// provider that keeps a call beyond its end reads "ended" from it and nothing else.
struct CallSlot : tento_call {
  static constexpr std::uint32_t live_flag = 1u << 31;  // the deps answer to it

  tento_lookup lookup{};
  tento_owner abi_owner{};
  tento_actor abi_actor{};
  tento_account abi_account{};
  class ProviderPort* port = nullptr;
  CallContext context;
  std::atomic<std::uint32_t> state{0};  // live_flag, and how many CallRefs there are; 0 = free for another call

  [[nodiscard]] bool live() const noexcept { return (state.load(std::memory_order_acquire) & live_flag) != 0; }
};

// One holder of a call. The slot serves no other call while there is one. Must not outlive the port.
class CallRef {
 public:
  CallRef() = default;
  CallRef(const CallRef& other) noexcept : slot_(other.slot_) {
    if (slot_ != nullptr) slot_->state.fetch_add(1, std::memory_order_relaxed);
  }
  CallRef(CallRef&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  CallRef& operator=(CallRef other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~CallRef() {
    if (slot_ != nullptr) release();
  }

  explicit operator bool() const noexcept { return slot_ != nullptr; }
  CallContext& operator*() const noexcept { return slot_->context; }
  CallContext* operator->() const noexcept { return &slot_->context; }
  [[nodiscard]] CallSlot* slot() const noexcept { return slot_; }

 private:
  friend class ProviderPort;
  explicit CallRef(CallSlot* held) noexcept : slot_(held) {}
  void release() noexcept;
  CallSlot* slot_ = nullptr;
};

class ProviderPort {
 public:
  ProviderPort(std::shared_ptr<Provider> provider, std::shared_ptr<const DepsEnv> env);
  ~ProviderPort();
  ProviderPort(const ProviderPort&) = delete;
  ProviderPort& operator=(const ProviderPort&) = delete;

  // A capability. From `end` on every dep answers STOPPED to it. `control` may be null.
  [[nodiscard]] CallRef begin(CallSubject&& subject, const ActorInfo& actor, std::int64_t deadline_ns,
                              std::shared_ptr<CallControl> control);
  static void end(const CallRef& call);
  // The call that this provider has, or none: it ended, or it is none of its calls. Dereferences nothing that the port
  // did not make.
  [[nodiscard]] CallRef find(const tento_call* call);

  [[nodiscard]] Provider& provider() const { return *provider_; }
  [[nodiscard]] const std::string& id() const { return provider_->note().id; }
  [[nodiscard]] const DepsEnv& env() const { return *env_; }
  void log(LogLevel level, const std::string& text) const { env_->log(level, id() + ": " + text); }

 private:
  // So many calls at least come before a slot is used again.
  static constexpr std::size_t slots_per_chunk = 32;
  // Ids of calls are of the whole process: each port has its own span of them, more than it will ever need.
  static constexpr std::uint64_t calls_per_port = 1'000'000'000'000;
  struct Chunk {
    std::array<CallSlot, slots_per_chunk> slots;
    std::atomic<Chunk*> next{nullptr};
  };
  // A free slot, taken for the caller; the search begins at `turn`.
  CallSlot* take(std::uint64_t turn);

  std::shared_ptr<Provider> provider_;
  std::shared_ptr<const DepsEnv> env_;
  std::atomic<std::uint64_t> turn_{0};  // how many calls there were
  std::uint64_t first_id_;
  std::atomic<Chunk*> first_{nullptr};  // a list that only grows
  std::mutex mutex_;                    // held while it grows
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace tento::host
