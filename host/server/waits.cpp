// SPDX-License-Identifier: Apache-2.0
// Places for those who wait.
#include "host/server/waits.hpp"

#include "host/base/error.hpp"

namespace tento::host::server {
namespace {

constexpr std::int64_t come_back_ms = 5000;

}  // namespace

tl::unexpected<Error> Waits::refused(const std::string& whose) const {
  return error(ErrorCode::rate_limited, ErrorClass::rate_limit, whose + " " + std::string(bounds_.what) + " already")
      .tag(std::string(bounds_.tag))
      .remedy(std::string(bounds_.remedy))
      .retry_after(come_back_ms);
}

Result<Waits::Place> Waits::enter(const Caller& caller, bool local) {
  const std::string& token = caller.principal.token;
  const std::string name = local ? std::string() : token.empty() ? caller.actor.name : token;
  const std::scoped_lock hold(counts_->mutex);
  if (counts_->all >= bounds_.in_all) return refused("too many requests");
  std::size_t& own = counts_->of_caller[name];
  if (!local && own >= bounds_.of_a_caller) return refused("too many requests of this caller");
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
