// SPDX-License-Identifier: Apache-2.0
// Calls as capabilities: handing them out, finding them again, and what a call's lookup finds.
#include "host/capability/provider_port.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/capability/standard_deps.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

tento_check check(const tento_call* call) noexcept {
  const auto* slot = static_cast<const CallSlot*>(call);
  return slot->live() ? slot->context.check() : tento_check{TENTO_CHECK_CANCELLED};
}

bool declared(const tento_integration& integration, std::string_view id) {
  const auto all = needs(integration);
  return std::any_of(all.begin(), all.end(), [id](const tento_need& need) { return view(need.id) == id; });
}

tento_status lookup(const tento_lookup* lookup, tento_str id, std::uint32_t min_size, tento_iface* out) noexcept {
  try {
    if (lookup == nullptr || out == nullptr) return TENTO_FAILED;
    auto* slot = static_cast<CallSlot*>(lookup->self);
    const CallRef context = slot->port->find(slot);
    if (!context) return TENTO_FAILED;
    const std::string_view name = view(id);
    if (!declared(*context->subject.integration, name)) {
      slot->port->log(LogLevel::warn, "asked for the interface " + quote(name) + ", which its integration " +
                                          quote(view(context->subject.integration->id)) + " does not declare");
      return TENTO_FAILED;
    }
    auto found = slot->port->env().registry->expect(name, min_size);
    if (!found) return TENTO_FAILED;
    *out = *found;
    // The host's own interfaces serve each provider through its port.
    if (is_standard_vtable(found->vtable)) out->self = slot->port;
    return TENTO_OK;
  } catch (...) {
    return TENTO_FAILED;
  }
}

}  // namespace

ProviderPort::ProviderPort(std::shared_ptr<Provider> provider, std::shared_ptr<const DepsEnv> env)
    : provider_(std::move(provider)),
      env_(std::move(env)),
      first_id_(env_->next_port.fetch_add(1, std::memory_order_relaxed) * calls_per_port) {}

ProviderPort::~ProviderPort() = default;

void CallRef::release() noexcept {
  std::uint32_t seen = slot_->state.load(std::memory_order_acquire);
  for (;;) {
    if (seen == 1) {
      // The last one: nobody can find a call that is not live, so nobody joins any more.
      slot_->context.disarm();
      slot_->state.store(0, std::memory_order_release);
      return;
    }
    if (slot_->state.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel)) return;
  }
}

CallSlot* ProviderPort::take(std::uint64_t turn) {
  const auto taken = [](CallSlot& slot) {
    std::uint32_t expected = 0;
    return slot.state.compare_exchange_strong(expected, 1, std::memory_order_acq_rel);
  };
  std::atomic<Chunk*>* link = &first_;
  for (Chunk* chunk = link->load(std::memory_order_acquire); chunk != nullptr;
       chunk = link->load(std::memory_order_acquire)) {
    for (std::size_t i = 0; i < slots_per_chunk; ++i) {
      CallSlot& slot = chunk->slots[(turn + i) % slots_per_chunk];
      if (taken(slot)) return &slot;
    }
    link = &chunk->next;
  }
  const std::lock_guard lock(mutex_);
  auto made = std::make_unique<Chunk>();
  CallSlot& slot = made->slots[turn % slots_per_chunk];
  slot.state.store(1, std::memory_order_relaxed);
  while (link->load(std::memory_order_relaxed) != nullptr) link = &link->load(std::memory_order_relaxed)->next;
  link->store(made.get(), std::memory_order_release);
  chunks_.push_back(std::move(made));
  return &slot;
}

CallRef ProviderPort::begin(CallSubject&& subject, const ActorInfo& actor, std::int64_t deadline_ns,
                            std::shared_ptr<CallControl> control) {
  const std::uint64_t turn = turn_.fetch_add(1, std::memory_order_relaxed);
  CallRef ref(take(turn));
  CallSlot& slot = *ref.slot();
  slot.context.arm(std::move(subject), actor, deadline_ns, std::move(control));
  const CallSubject& what = slot.context.subject;
  const ActorInfo& who = slot.context.actor;
  slot.abi_owner = {sizeof slot.abi_owner, 0, what.owner->id.to_abi(), str(what.owner->name),
                    str(what.owner->time_zone)};
  slot.abi_actor = {sizeof slot.abi_actor, who.kind, who.id.to_abi(), str(who.name)};
  slot.port = this;
  slot.lookup = {sizeof slot.lookup, 0, &slot, &lookup};
  if (what.account != nullptr) fill_account(slot.abi_account, *what.account, *what.owner);

  auto& call = static_cast<tento_call&>(slot);
  call.struct_size = sizeof call;
  call.reserved = 0;
  call.id = first_id_ + turn;
  call.deadline_ns = deadline_ns;
  call.deps = &slot.lookup;
  call.owner = &slot.abi_owner;
  call.actor = &slot.abi_actor;
  call.account = what.account == nullptr ? nullptr : &slot.abi_account;
  call.check = &check;
  slot.state.store(CallSlot::live_flag | 1, std::memory_order_release);
  return ref;
}

void ProviderPort::end(const CallRef& call) {
  // A call that is not live is not found any more: the only holder stays the only one.
  const std::uint32_t before = call.slot()->state.fetch_and(~CallSlot::live_flag, std::memory_order_acq_rel);
  call->finish((before & ~CallSlot::live_flag) == 1);
}

CallRef ProviderPort::find(const tento_call* call) {
  for (Chunk* chunk = first_.load(std::memory_order_acquire); chunk != nullptr;
       chunk = chunk->next.load(std::memory_order_acquire)) {
    const auto from = reinterpret_cast<std::uintptr_t>(chunk->slots.data());
    const std::uintptr_t at = reinterpret_cast<std::uintptr_t>(static_cast<const CallSlot*>(call)) - from;
    if (at >= sizeof chunk->slots || at % sizeof(CallSlot) != 0) continue;
    CallSlot& slot = chunk->slots[at / sizeof(CallSlot)];
    std::uint32_t seen = slot.state.load(std::memory_order_acquire);
    while ((seen & CallSlot::live_flag) != 0) {
      if (slot.state.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) return CallRef(&slot);
    }
    return {};
  }
  return {};
}

}  // namespace tento::host
