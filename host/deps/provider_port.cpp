// SPDX-License-Identifier: Apache-2.0
// Calls as capabilities: handing them out, finding them again, and what a call's lookup finds.
#include "host/deps/provider_port.hpp"

#include <algorithm>
#include <utility>

#include "host/deps/standard_deps.hpp"
#include "host/loader/descriptors.hpp"
#include "host/schema/plain_text.hpp"

namespace tento::host {
namespace {

// So many ended calls stay readable before a slot is used again.
constexpr std::size_t kSpareSlots = 32;

tento_check check(const tento_call* call) noexcept {
  const auto* slot = static_cast<const CallSlot*>(call);
  if (!slot->live.load(std::memory_order_acquire)) return TENTO_CHECK_CANCELLED;
  return slot->context->check();
}

bool declared(const tento_integration& integration, std::string_view id) {
  const auto all = needs(integration);
  return std::any_of(all.begin(), all.end(), [id](const tento_need& need) { return view(need.id) == id; });
}

tento_status lookup(const tento_lookup* lookup, tento_str id, std::uint32_t min_size, tento_iface* out) noexcept {
  try {
    if (lookup == nullptr || out == nullptr) return TENTO_FAILED;
    auto* slot = static_cast<CallSlot*>(lookup->self);
    const auto context = slot->port->find(slot);
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
    : provider_(std::move(provider)), env_(std::move(env)) {}

ProviderPort::~ProviderPort() = default;

CallSlot* ProviderPort::begin(std::shared_ptr<CallContext> context) {
  CallSlot* slot = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (free_.size() < kSpareSlots) {
      auto made = std::make_unique<CallSlot>();
      slot = made.get();
      slots_.insert(std::lower_bound(slots_.begin(), slots_.end(), made), std::move(made));
    } else {
      slot = free_.front();
      free_.pop_front();
    }
  }
  const CallSubject& subject = context->subject;
  slot->abi_owner = {sizeof slot->abi_owner, 0, subject.owner->id.to_abi(), str(subject.owner->name),
                     str(subject.owner->time_zone)};
  slot->abi_actor = {sizeof slot->abi_actor, context->actor.kind, context->actor.id.to_abi(), str(context->actor.name)};
  slot->port = this;
  slot->lookup = {sizeof slot->lookup, 0, slot, &lookup};
  if (subject.account != nullptr) slot->abi_account = host::abi_account(*subject.account, *subject.owner);

  auto& call = static_cast<tento_call&>(*slot);
  call.struct_size = sizeof call;
  call.reserved = 0;
  call.id = env_->next_call.fetch_add(1, std::memory_order_relaxed);
  call.deadline_ns = context->deadline_ns;
  call.deps = &slot->lookup;
  call.owner = &slot->abi_owner;
  call.actor = &slot->abi_actor;
  call.account = subject.account == nullptr ? nullptr : &slot->abi_account;
  call.check = &check;
  // Nobody reads the context of a slot that is not live, and who read it before the slot ended has let the lock go.
  slot->context = std::move(context);
  slot->live.store(true, std::memory_order_release);
  return slot;
}

void ProviderPort::end(CallSlot* slot) {
  // The context stays in the slot until it is used again, so that a late `check` reads memory that is there.
  slot->live.store(false, std::memory_order_release);
  slot->context->finish();
  const std::lock_guard lock(mutex_);
  free_.push_back(slot);
}

std::shared_ptr<CallContext> ProviderPort::find(const tento_call* call) {
  const std::lock_guard lock(mutex_);
  const auto* wanted = static_cast<const CallSlot*>(call);
  const auto found =
      std::lower_bound(slots_.begin(), slots_.end(), wanted,
                       [](const std::unique_ptr<CallSlot>& slot, const CallSlot* w) { return slot.get() < w; });
  if (found == slots_.end() || found->get() != wanted) return nullptr;
  return wanted->live.load(std::memory_order_acquire) ? wanted->context : nullptr;
}

}  // namespace tento::host
