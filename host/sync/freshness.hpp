// SPDX-License-Identifier: Apache-2.0
// Whether what is held of a range is good enough for whoever reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "host/model/coverage.hpp"
#include "host/model/moments.hpp"

namespace tento::host {

// From good to bad.
enum class Freshness {
  fresh,    // all of it was asked for, recently enough
  stale,    // asked for too long ago, or known to be out of date
  missing,  // parts were never asked for
  failed,   // parts were asked for in vain
};
[[nodiscard]] std::string_view to_string(Freshness freshness);

struct FreshnessOf {
  Freshness state = Freshness::fresh;
  std::string reason;                    // of the failure; else what is missing in what is held
  std::int64_t retry_at_us = INT64_MIN;  // the failure's; INT64_MIN = not said
};

// Have or empty, but learnt longer ago than the row's data keeps (`stale_after_s` 0 = it keeps for ever), or at a
// moment that is still to come: by a clock that was ahead, so that nobody knows when.
[[nodiscard]] bool too_old(const CoverageRecord& record, std::int64_t stale_after_s, std::int64_t now_us);

// The worst that holds somewhere in `asked`. Where it is unbounded it ends with what is known, or with now.
[[nodiscard]] FreshnessOf freshness_of(std::span<const CoverageRecord> coverage, const Moments& asked,
                                       std::int64_t stale_after_s, std::int64_t now_us);

}  // namespace tento::host
