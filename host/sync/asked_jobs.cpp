// SPDX-License-Identifier: Apache-2.0
// Counting what is asked for.
#include "host/sync/asked_jobs.hpp"

#include <spdlog/fmt/fmt.h>

#include "host/base/error.hpp"

namespace tento::host {

Result<std::vector<AskedJobs::Place>> AskedJobs::take(const Uuid& user, std::size_t jobs) {
  constexpr std::int64_t retry_after_ms = 10'000;
  std::vector<Place> out;
  if (jobs == 0) return out;
  {
    const std::lock_guard lock(counts_->mutex);
    const auto known = counts_->of_user.find(user);
    const auto of_user = known == counts_->of_user.end() ? 0 : known->second;
    const bool user_is_full = of_user + jobs > limits_.of_user;
    if (user_is_full || counts_->all + jobs > limits_.of_all) {
      return error(ErrorCode::rate_limited, ErrorClass::rate_limit,
                   user_is_full ? fmt::format("{} sync jobs of this user have not ended, and at most {} may wait",
                                              of_user, limits_.of_user)
                                : fmt::format("{} sync jobs have not ended, and at most {} may wait", counts_->all,
                                              limits_.of_all))
          .tag("too_many_jobs")
          .remedy("wait until some of them have ended, or cancel some")
          .retry_after(retry_after_ms);
    }
    counts_->of_user[user] += jobs;
    counts_->all += jobs;
  }
  for (std::size_t i = 0; i < jobs; ++i) {
    out.emplace_back(counts_.get(), [counts = counts_, user](Counts*) {
      const std::lock_guard lock(counts->mutex);
      --counts->all;
      const auto of_user = counts->of_user.find(user);
      if (--of_user->second == 0) counts->of_user.erase(of_user);
    });
  }
  return out;
}

}  // namespace tento::host
