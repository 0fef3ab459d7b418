// SPDX-License-Identifier: Apache-2.0
// The state of a call.
#include "host/deps/call_context.hpp"

#include <openssl/crypto.h>

#include <ctime>
#include <utility>

namespace tento::host {

CallContext::CallContext(CallSubject for_what, ActorInfo by_whom, std::int64_t until_ns,
                         std::shared_ptr<CallControl> shared)
    : subject(std::move(for_what)),
      actor(std::move(by_whom)),
      deadline_ns(until_ns),
      control(shared ? std::move(shared) : std::make_shared<CallControl>()) {}

CallContext::~CallContext() {
  for (std::string& secret : secrets) OPENSSL_cleanse(secret.data(), secret.size());
}

bool CallContext::stopped() const {
  if (cancelled() || expired_.load(std::memory_order_relaxed)) return true;
  return deadline_ns != INT64_MAX && monotonic_ns() >= deadline_ns;
}

tento_check CallContext::check() const noexcept {
  if (cancelled()) return TENTO_CHECK_CANCELLED;
  if (expired_.load(std::memory_order_relaxed)) return TENTO_CHECK_EXPIRED;
  return control->yield.load(std::memory_order_relaxed) ? TENTO_CHECK_YIELD : TENTO_CHECK_GO;
}

void CallContext::close() {
  const std::lock_guard lock(gate);
  closed = true;
  txn.reset();
  progress = nullptr;
}

void CallContext::finish() {
  const std::lock_guard lock(gate);
  closed = true;
  txn.reset();
  progress = nullptr;
  intake = CellIntake();
  for (std::string& secret : secrets) OPENSSL_cleanse(secret.data(), secret.size());
  secrets.clear();
  accounts.clear();
  clients.clear();
}

Result<const Zone*> CallContext::zone() {
  if (!zone_) {
    TENTO_TRY_ASSIGN(zone_, Zone::find(zone_of(*subject.owner, subject.account)));
  }
  return &*zone_;
}

tento_account abi_account(const AccountRecord& account, const OwnerRecord& owner) {
  tento_account out{};
  out.struct_size = sizeof out;
  out.state = account.state;
  out.kind = str(account.kind);
  out.auth_id = str(account.auth_id);
  out.label = str(account.label);
  out.scopes = str(account.scopes);
  out.time_zone = str(zone_of(owner, &account));
  out.settings_json = str(account.settings_json);
  out.expires_unix_us = account.expires_us;
  out.generation = account.generation;
  return out;
}

const std::string& zone_of(const OwnerRecord& owner, const AccountRecord* account) {
  return account != nullptr && !account->time_zone.empty() ? account->time_zone : owner.time_zone;
}

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace tento::host
