// SPDX-License-Identifier: Apache-2.0
// One line of requests per key.
#include "host/server/idempotency.hpp"

#include <algorithm>

namespace tento::host::server {
namespace {

std::string name_of(const IdempotencyKey& key) {
  std::string out(reinterpret_cast<const char*>(key.owner.bytes.data()), key.owner.bytes.size());
  out += std::to_string(key.actor.size());
  ((out += ':') += key.actor) += key.key;
  return out;
}

}  // namespace

IdempotencyQueue::Admission IdempotencyQueue::enter(const IdempotencyKey& key, std::string_view request_hash,
                                                    const void* request, Continue next) {
  const std::scoped_lock hold(mutex_);
  const auto [it, first] = lines_.try_emplace(name_of(key));
  Line& line = it->second;
  if (first) {
    line.request_hash = request_hash;
    return Admission::first;
  }
  if (line.request_hash != request_hash) return Admission::other_request;
  if (line.waiters.size() >= max_waiting_per_key || waiting_ >= max_waiting) return Admission::full;
  line.waiters.push_back({request, std::move(next)});
  ++waiting_;
  return Admission::waiting;
}

IdempotencyQueue::Continue IdempotencyQueue::leave(const IdempotencyKey& key) {
  const std::scoped_lock hold(mutex_);
  const auto it = lines_.find(name_of(key));
  if (it == lines_.end()) return {};
  if (it->second.waiters.empty()) {
    lines_.erase(it);
    return {};
  }
  auto next = std::move(it->second.waiters.front().next);
  it->second.waiters.pop_front();
  --waiting_;
  return next;
}

bool IdempotencyQueue::withdraw(const IdempotencyKey& key, const void* request) {
  Continue dropped;  // runs destructors only after the lock is free
  const std::scoped_lock hold(mutex_);
  const auto it = lines_.find(name_of(key));
  if (it == lines_.end()) return false;
  auto& waiters = it->second.waiters;
  const auto mine = std::find_if(waiters.begin(), waiters.end(), [&](const Waiter& w) { return w.request == request; });
  if (mine == waiters.end()) return false;
  dropped = std::move(mine->next);
  waiters.erase(mine);
  --waiting_;
  return true;
}

}  // namespace tento::host::server
