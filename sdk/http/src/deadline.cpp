// SPDX-License-Identifier: Apache-2.0
// Waiting in slices, so that a stop is seen soon and no step outlasts its time.
#include "deadline.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "errors.hpp"

namespace tento::http::inner {

Result<void> Deadline::check(const Step& step, Clock::time_point now) const {
  if (stopped_ && stopped_()) return stopped();
  if (now >= end_) {
    return transient("deadline", "the deadline passed while " + std::string(step.doing) + " " + std::string(origin_));
  }
  return {};
}

Result<bool> Deadline::has_slice(const Step& step) const {
  const Clock::time_point now = Clock::now();
  TENTO_TRY(check(step, now));
  const auto room = std::min(end_ - now, step.end ? *step.end - now : Clock::duration(step.timeout));
  return room >= stop_interval;
}

template <class Slice>
Result<void> Deadline::wait_sliced(const Step& step, Slice&& slice) const {
  Clock::time_point now = Clock::now();
  const Clock::time_point end = step.end ? *step.end : now + step.timeout;
  for (;;) {
    TENTO_TRY(check(step, now));
    if (now >= end) {
      return transient("timeout", "nothing more for " + std::to_string(step.timeout.count()) + " ms while " +
                                      std::string(step.doing) + " " + std::string(origin_));
    }
    auto time = std::chrono::ceil<std::chrono::milliseconds>(std::min(end, end_) - now);
    time = std::min<std::chrono::milliseconds>(time, stopped_ ? stop_interval : std::chrono::minutes(1));
    TENTO_TRY_ASSIGN(const bool there, slice(time));
    if (there) return {};
    now = Clock::now();
  }
}

Result<void> Deadline::wait(int fd, short events, const Step& step) const {
  return wait_sliced(step, [&](std::chrono::milliseconds time) -> Result<bool> {
    pollfd one{fd, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(time.count()));
    if (ready >= 0) return ready > 0;
    if (errno == EINTR) return false;
    return transient("connection_lost", std::string(origin_) + ": " + std::generic_category().message(errno));
  });
}

Result<void> Deadline::wait(const Step& step,
                            const std::function<Result<bool>(std::chrono::milliseconds)>& slice) const {
  return wait_sliced(step, slice);
}

}  // namespace tento::http::inner
