// SPDX-License-Identifier: Apache-2.0
// Calendar buckets and spans as moments: days begin and end where they do in a zone, across changes of its offset.
#pragma once

#include <tento/cell.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include <tento/sdk/result.hpp>
#include <tento/sdk/time.hpp>

namespace date {
class time_zone;
}

namespace tento::host {

// Moments in microseconds since 1970, already resolved in the account's zone; half-open.
struct Moments {
  std::int64_t from_us = INT64_MIN;
  std::int64_t to_us = INT64_MAX;
};

// A time zone of the IANA database. Cheap to copy; remembers the day it was asked for last, so use one per thread.
class Zone {
 public:
  // An error (config, invalid_argument) for a name the database does not have.
  static Result<Zone> find(std::string_view iana_name);
  // The first moment of a day: 00:00, or where a change of offset skips that, the moment of the change.
  [[nodiscard]] std::int64_t day_start_us(Date day) const;
  // The day a moment falls on.
  [[nodiscard]] Date local_day(std::int64_t unix_us) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;
  mutable std::chrono::sys_days last_day_ = std::chrono::sys_days::min();
  mutable std::int64_t last_start_us_ = 0;
};

// The moments a time covers: a bucket from the start of its first day to the start of the day after its last, an
// instant [at, at).
[[nodiscard]] Moments moments_of(const SemanticTime& time, const Zone& zone);
// A window as it crosses the ABI: from the start of `from` up to, and without, the start of `to`.
[[nodiscard]] Moments moments_of(const Span& window, const Zone& zone);
// A range as people write it (`--to ym-2026-04` includes April, an instant is exclusive) as a window of the ABI's rule.
[[nodiscard]] Span window_of_range(const Span& range);

// The span of a cell, from the start of its date to the end of its end_date, or of its date without one. An error
// (invalid_data) for times that break the ABI's rules, for an end before the start, and for no date.
[[nodiscard]] Result<Moments> moments_of_cell(const tento_semantic_time& date, const tento_semantic_time& end_date,
                                              const Zone& zone);
// The moments of a cell in the zone that is meant; `end_date` may be none.
using MomentsOfCell =
    std::function<Result<Moments>(const tento_semantic_time& date, const tento_semantic_time& end_date)>;
// The same for Store::set_zone.
[[nodiscard]] MomentsOfCell moments_in(const Zone& zone);
// Whether a cell with this span is in the range; a cell without length belongs to its start.
[[nodiscard]] inline bool overlaps(const Moments& cell, const Moments& range) {
  return cell.from_us < range.to_us && (cell.to_us > range.from_us || cell.from_us >= range.from_us);
}

}  // namespace tento::host
