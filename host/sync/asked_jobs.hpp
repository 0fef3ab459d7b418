// SPDX-License-Identifier: Apache-2.0
// The bound on jobs that were asked for in this process and have not ended: of each user, and of all. They are held in
// memory beside the window of the stored queue.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

namespace tento::host {

struct AskedLimits {
  std::size_t of_user = 2'000;
  std::size_t of_all = 20'000;
};

// Any thread.
class AskedJobs {
 public:
  explicit AskedJobs(AskedLimits limits) : counts_(std::make_shared<Counts>()), limits_(limits) {}

  // Of one job; whoever lets go of it gives it back.
  using Place = std::shared_ptr<void>;
  // Error `too_many_jobs` (rate_limit): there are not that many left.
  Result<std::vector<Place>> take(const Uuid& user, std::size_t jobs);

 private:
  struct Counts {
    std::mutex mutex;  // guards what follows
    std::map<Uuid, std::size_t> of_user;
    std::size_t all = 0;
  };
  std::shared_ptr<Counts> counts_;
  const AskedLimits limits_;
};

}  // namespace tento::host
