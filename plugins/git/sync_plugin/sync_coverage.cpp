// SPDX-License-Identifier: Apache-2.0
// Coverage of whole histories, of windows, and of shallow clones.
#include "sync_coverage.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "connector/commit_cell.hpp"
#include "gitlog/commit.hpp"

namespace tento::git {
namespace {

// The start of a bucket is taken in UTC: a day's difference at most, which no caller here minds.
Instant start_of(const SemanticTime& time) {
  return time.instant().value_or(Instant(std::chrono::sys_days(time.start())));
}

Coverage stated(Span span, Coverage::State state) {
  Coverage coverage;
  coverage.span = std::move(span);
  coverage.state = state;
  if (state == Coverage::State::failed) coverage.error_class = ErrorClass::config;
  return coverage;
}

// The latest moment the boundary has: anything before it may lie behind the commit that has it. Commits that are not
// here (other branches of the clone) do not count.
gitlog::Result<std::optional<SemanticTime>> border_of(const gitlog::Repository& repository,
                                                      const std::vector<gitlog::ObjectId>& commits) {
  std::optional<SemanticTime> border;
  for (const auto& id : commits) {
    const auto here = repository.has(id);
    if (!here) return gitlog::fail(here.error());
    if (!*here) continue;
    const auto commit = gitlog::read_commit(repository, id, true, {}, {});
    if (!commit) return gitlog::fail(commit.error());
    const SemanticTime date = commit_date(*commit);
    if (!border || start_of(date) > start_of(*border)) border = date;
  }
  return border;
}

}  // namespace

std::int64_t earliest_second(const Span& window) {
  if (!window.from) return INT64_MIN;
  const auto start = std::chrono::floor<std::chrono::seconds>(start_of(*window.from) - std::chrono::hours(24));
  return start.time_since_epoch().count();
}

gitlog::Result<std::vector<Coverage>> coverage_of(const gitlog::Repository& repository, const CoverageFacts& facts) {
  const Span& span = facts.span;
  const auto state = facts.any ? Coverage::State::have : Coverage::State::empty;
  const auto border = border_of(repository, facts.boundary);
  if (!border) return gitlog::fail(border.error());
  if (!*border) return std::vector{stated(span, state)};

  const bool before = span.to && start_of(*span.to) <= start_of(**border);  // all of it lies before the boundary
  const bool after = span.from && start_of(*span.from) >= start_of(**border);
  if (before) return std::vector{stated(span, Coverage::State::failed)};
  if (after) return std::vector{stated(span, state)};
  return std::vector{stated(Span{span.from, **border}, Coverage::State::failed),
                     stated(Span{**border, span.to}, state)};
}

}  // namespace tento::git
