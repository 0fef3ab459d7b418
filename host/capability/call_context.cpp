// SPDX-License-Identifier: Apache-2.0
// The state of a call.
#include "host/capability/call_context.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace tento::host {

void CallContext::arm(CallSubject&& for_what, const ActorInfo& by_whom, std::int64_t until_ns,
                      std::shared_ptr<CallControl>&& shared) {
  subject = std::move(for_what);
  actor = by_whom;
  deadline_ns = until_ns;
  run_id = 0;
  lease.reset();
  closed = used_txn = committed = false;
  txn_cells = dropped_cells = 0;
  refused.reset();
  txn_refused.reset();
  write_stopped = false;
  http_word = HttpWord::none;
  counts = {};
  txn_handle = 0;
  zone_.reset();
  expired_.store(false, std::memory_order_relaxed);
  cancelled_.store(false, std::memory_order_relaxed);
  // The caller has no way to the context's own control: it stays as it is, nothing is asked for.
  control_.store(shared ? shared.get() : &own_control_, std::memory_order_relaxed);
  shared_control_ = std::move(shared);
}

void CallContext::disarm() {
  subject = {};
  progress = nullptr;
}

CallContext::~CallContext() {
  http_bodies.clear();  // they ask this context whether it is stopped
  for (std::string& secret : secrets) OPENSSL_cleanse(secret.data(), secret.size());
}

bool CallContext::stopped() const {
  if (cancelled() || expired_.load(std::memory_order_relaxed)) return true;
  return deadline_ns != INT64_MAX && monotonic_ns() >= deadline_ns;
}

tento_check CallContext::check() const noexcept {
  if (cancelled()) return TENTO_CHECK_CANCELLED;
  if (expired_.load(std::memory_order_relaxed)) return TENTO_CHECK_EXPIRED;
  return control().yield.load(std::memory_order_relaxed) ? TENTO_CHECK_YIELD : TENTO_CHECK_GO;
}

void CallContext::close() {
  const std::lock_guard lock(gate);
  closed = true;
  txn.reset();
  progress = nullptr;
}

void CallContext::finish(bool alone) {
  {
    std::unique_lock lock(gate, std::defer_lock);
    if (!alone) lock.lock();
    closed = true;
    txn.reset();
    if (progress) progress = nullptr;
    intake.release();
    for (std::string& secret : secrets) OPENSSL_cleanse(secret.data(), secret.size());
    secrets.clear();
    http_credential.reset();
    http_reach.reset();
    http_uses.reset();
    accounts.clear();
    clients.clear();
  }
  http_bodies.clear();  // not under the gate: ending a connection may take its time
}

CallContext::InSink::InSink(CallContext& context) : context_(context) {
  const std::lock_guard lock(context_.sinks_lock_);
  context_.threads_in_sinks_.push_back(std::this_thread::get_id());
  context_.sinks_.store(context_.threads_in_sinks_.size(), std::memory_order_relaxed);
}

CallContext::InSink::~InSink() {
  const std::lock_guard lock(context_.sinks_lock_);
  auto& all = context_.threads_in_sinks_;
  all.erase(std::find(all.begin(), all.end(), std::this_thread::get_id()));
  context_.sinks_.store(all.size(), std::memory_order_relaxed);
}

bool CallContext::in_sink() const {
  // What this thread stored itself it sees.
  if (sinks_.load(std::memory_order_relaxed) == 0) return false;
  const std::lock_guard lock(sinks_lock_);
  return std::find(threads_in_sinks_.begin(), threads_in_sinks_.end(), std::this_thread::get_id()) !=
         threads_in_sinks_.end();
}

Result<const Zone*> CallContext::zone() {
  if (!zone_) {
    TENTO_TRY_ASSIGN(zone_, Zone::find(zone_of(*subject.owner, subject.account)));
  }
  return &*zone_;
}

void fill_account(tento_account& out, const AccountRecord& account, const UserRecord& owner) {
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
}

const std::string& zone_of(const UserRecord& owner, const AccountRecord* account) {
  return account != nullptr && !account->time_zone.empty() ? account->time_zone : owner.time_zone;
}

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace tento::host
