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
  const std::vector<gitlog::ObjectId>& tips;
  const std::vector<gitlog::ObjectId>& boundary;  ///< of a shallow clone
  const Span& window;                             ///< of the stage
  bool whole = false;                             ///< the stage asks for all of history, not only for the window
};

/// The commit time before which a window asks for nothing, a day early for the sake of other zones; INT64_MIN = none.
[[nodiscard]] std::int64_t earliest_second(const Span& window);
/// HAVE or EMPTY for what was walked; FAILED (config) for what lies before a shallow boundary: it was asked for, it is
/// not here, and only a person can fetch it.
[[nodiscard]] gitlog::Result<std::vector<Coverage>> coverage_of(const gitlog::Repository& repository,
                                                                const CoverageFacts& facts);

}  // namespace tento::git
