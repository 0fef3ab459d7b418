// SPDX-License-Identifier: Apache-2.0
// The files and lines a commit changed against its first parent.
#pragma once

#include "gitlog/commit.hpp"

struct git_commit;

namespace gitlog {

[[nodiscard]] Result<Changes> changes_of(const Repository& repository, git_commit* commit, const ReadLimits& limits,
                                         const Pulse& pulse);

}  // namespace gitlog
