// SPDX-License-Identifier: Apache-2.0
// The files and lines a commit changed against its first parent.
#pragma once

#include "gitlog/commit.hpp"
#include "raw_commit.hpp"

namespace gitlog {

// Cause::left_out where a partial clone has not the trees, Cause::bad_object where they make no sense.
[[nodiscard]] Result<Changes> changes_of(const Repository& repository, const RawCommit& commit,
                                         const ReadLimits& limits, const Pulse& pulse);

}  // namespace gitlog
