// SPDX-License-Identifier: Apache-2.0
// The one rule of which of its two times a commit is dated by.
#pragma once

#include "raw_commit.hpp"

namespace gitlog {

struct CommitDate {
  std::int64_t time = 0;
  bool known = false;
};

// Whether a person's time is one that a calendar holds.
[[nodiscard]] inline bool usable(const std::optional<Ident>& ident) {
  return ident && ident->time && in_calendar(*ident->time, ident->offset_minutes);
}

// By the author; where the author's time cannot be used, by the committer; where neither can, by no date.
[[nodiscard]] inline CommitDate date_of(const RawCommit& commit) {
  for (const auto* ident : {&commit.author, &commit.committer}) {
    if (usable(*ident)) return {*(*ident)->time, true};
  }
  return {};
}

}  // namespace gitlog
