// SPDX-License-Identifier: Apache-2.0
// Making, keeping and releasing clients.
#include "host/dispatch/clients.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/dispatch/slot_call.hpp"

namespace tento::host {
namespace {

constexpr std::size_t most_clients = 256;  // of one provider; the least recently used go first

}  // namespace

ClientHolder::~ClientHolder() {
  if (integration_.release == nullptr) return;
  try {
    may_throw(integration_.release)(port_.provider().instance(), client_);
  } catch (...) {
    static_cast<void>(exception_error(port_, "release"));
  }
}

Result<ClientPtr> make_client(const ProviderPort& port, const tento_integration& integration,
                              const CallContext& context, const tento_call* call, bool for_write) {
  const auto slot = for_write ? integration.client_for_write : integration.client;
  const std::string_view name = for_write ? "client_for_write" : "client";
  if (slot == nullptr) {
    return fail(ErrorCode::unsupported, ErrorClass::config,
                "the integration " + quote(view(integration.id)) + " of " + port.id() +
                    (for_write ? " takes no writes without an account" : " makes no clients"),
                for_write ? "no_system_writes" : "no_client");
  }
  tento_param account{};
  tento_integration_ctx ctx{};
  ctx.struct_size = sizeof ctx;
  ctx.call = call;
  ctx.integration = &integration;
  if (context.subject.account != nullptr && integration.account_param.size != 0) {
    account = {integration.account_param, str(context.subject.account->auth_id)};
    ctx.params = &account;
    ctx.param_count = 1;
  }
  tento_client* made = nullptr;
  TENTO_TRY(call_slot(port, name, slot, port.provider().instance(), &std::as_const(ctx), &made));
  if (made == nullptr) {
    port.log(LogLevel::error, "said OK in its slot " + std::string(name) + " and gave no client");
    return fail(ErrorCode::invalid_data, ErrorClass::internal,
                port.id() + " said OK in its slot " + std::string(name) + " and gave no client", "no_client");
  }
  return std::make_shared<ClientHolder>(port, integration, made);
}

Result<ClientPtr> Clients::get(const ProviderPort& port, const tento_integration& integration,
                               const CallContext& context, const tento_call* call) {
  const AccountRecord* account = context.subject.account;
  const Uuid& owner = context.subject.owner->id;
  const std::string_view auth_id = account == nullptr ? std::string_view() : account->auth_id;
  const std::uint64_t generation = account == nullptr ? 0 : account->generation;
  const std::string_view settings = account == nullptr ? std::string_view() : account->settings_json;

  ClientPtr stale;  // released outside the lock
  std::list<Entry>::iterator mine;
  {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
        return e.integration == &integration && e.owner == owner && e.auth_id == auth_id && !e.forgotten;
      });
      if (found == entries_.end()) break;
      if (found->client && found->generation == generation && found->settings == settings) {
        entries_.splice(entries_.begin(), entries_, found);
        return found->client;
      }
      if (found->client) {
        // Made with settings or a credential that have changed since.
        stale = std::move(found->client);
        entries_.erase(found);
        break;
      }
      if (context.stopped()) return stopped();
      if (context.deadline_ns == INT64_MAX) {
        made_.wait(lock);
      } else {
        using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as deadlines are
        made_.wait_until(lock, Clock::time_point(std::chrono::nanoseconds(context.deadline_ns)));
      }
    }
    mine =
        entries_.insert(entries_.begin(),
                        Entry{&integration, owner, std::string(auth_id), generation, std::string(settings), {}, false});
  }
  stale.reset();

  auto made = make_client(port, integration, context, call, false);
  ClientPtr evicted;
  const std::lock_guard lock(mutex_);
  if (!made || mine->forgotten) {
    entries_.erase(mine);
  } else {
    mine->client = *made;
    if (entries_.size() > most_clients && entries_.back().client) {
      evicted = std::move(entries_.back().client);
      entries_.pop_back();
    }
  }
  made_.notify_all();
  return made;
}

void Clients::wake() {
  const std::lock_guard lock(mutex_);
  made_.notify_all();
}

std::list<ClientPtr> Clients::take_account(const Uuid& owner, std::string_view auth_id) {
  std::list<ClientPtr> out;
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const bool is = entry->owner == owner && entry->auth_id == auth_id;
    if (is && entry->client) {
      out.push_back(std::move(entry->client));
      entry = entries_.erase(entry);
      continue;
    }
    if (is) entry->forgotten = true;
    ++entry;
  }
  return out;
}

std::list<ClientPtr> Clients::take_all() {
  std::list<ClientPtr> out;
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->client) {
      out.push_back(std::move(entry->client));
      entry = entries_.erase(entry);
      continue;
    }
    entry->forgotten = true;
    ++entry;
  }
  return out;
}

}  // namespace tento::host
