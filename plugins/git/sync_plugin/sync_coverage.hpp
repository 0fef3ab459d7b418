// SPDX-License-Identifier: Apache-2.0
/// @file sync_coverage.hpp
/// What a sync can say about the dates it asked for.
#pragma once

#include <cstdint>
#include <tento/sdk/sync_state.hpp>
#include <vector>

#include "gitlog/repository.hpp"

namespace tento::git {

/// What a finished stage knows.
struct CoverageFacts {
  const std::vector<gitlog::ObjectId>& boundary;  ///< of a shallow clone
  const Span& span;                               ///< what the stage looked at, all of it
  bool any = false;                               ///< something is stored that is dated in the span
};

/// The time from which a commit is in a window, a day early for the sake of other zones; INT64_MIN = any is.
[[nodiscard]] std::int64_t earliest_second(const Span& window);
/// HAVE or EMPTY for what was looked at; FAILED (config) for what lies before a shallow boundary: it was asked for, it
/// is not here, and only a person can fetch it.
[[nodiscard]] gitlog::Result<std::vector<Coverage>> coverage_of(const gitlog::Repository& repository,
                                                                const CoverageFacts& facts);

}  // namespace tento::git
