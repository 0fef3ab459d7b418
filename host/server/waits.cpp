// SPDX-License-Identifier: Apache-2.0
// Places for those who wait.
#include "host/server/waits.hpp"

#include "host/base/error.hpp"

namespace tento::host::server {
namespace {

constexpr std::int64_t come_back_ms = 5000;

tl::unexpected<Error> too_many(const std::string& whose) {
  return error(ErrorCode::rate_limited, ErrorClass::rate_limit, whose + " wait already")
      .tag("too_many_waits")
      .remedy("ask without waiting, or later")
      .retry_after(come_back_ms);
}

}  // namespace

Result<Waits::Place> Waits::enter(const Caller& caller, bool local) {
  const std::string& token = caller.principal.token;
  const std::string name = local ? std::string() : token.empty() ? caller.actor.name : token;
  const std::scoped_lock hold(counts_->mutex);
  if (counts_->all >= most) return too_many("too many requests");
  std::size_t& own = counts_->of_caller[name];
  if (!local && own >= most_of_a_caller) return too_many("too many requests of this caller");
  ++own;
  ++counts_->all;
  return Place(nullptr, [counts = counts_, name](void*) {
    const std::scoped_lock leaving(counts->mutex);
    --counts->all;
    const auto at = counts->of_caller.find(name);
    if (--at->second == 0) counts->of_caller.erase(at);
  });
}

}  // namespace tento::host::server
