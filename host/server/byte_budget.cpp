// SPDX-License-Identifier: Apache-2.0
// Counts what requests hold.
#include "host/server/byte_budget.hpp"

namespace tento::host::server {

bool ByteBudget::take(const std::string& caller, std::size_t bytes) {
  const std::scoped_lock hold(mutex_);
  if (all_ + bytes > bounds_.in_all) return false;
  if (!caller.empty()) {
    const auto at = held_.find(caller);
    const std::size_t now = at == held_.end() ? 0 : at->second;
    if (now + bytes > bounds_.of_a_caller) return false;
    if (now + bytes > 0) held_[caller] = now + bytes;
  }
  all_ += bytes;
  return true;
}

void ByteBudget::give_back(const std::string& caller, std::size_t bytes) {
  const std::scoped_lock hold(mutex_);
  all_ -= bytes;
  const auto at = held_.find(caller);
  if (at != held_.end() && (at->second -= bytes) == 0) held_.erase(at);
}

}  // namespace tento::host::server
