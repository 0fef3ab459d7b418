// SPDX-License-Identifier: Apache-2.0
/// @file tally.hpp
/// What an account did on a day, counted from stored records.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>
#include <tento/sdk/time.hpp>

namespace github::rows {

/// Counts of one day.
struct Tally {
  std::uint64_t events = 0;         ///< all of them
  std::uint64_t pushes = 0;         ///< PushEvent
  std::uint64_t issues = 0;         ///< IssuesEvent
  std::uint64_t pull_requests = 0;  ///< PullRequestEvent
  std::uint64_t reviews = 0;        ///< PullRequestReviewEvent
  std::uint64_t comments = 0;       ///< comments on issues, commits and reviews
  std::uint64_t repositories = 0;   ///< how many repositories they were in
  std::uint64_t created = 0;        ///< repositories, branches and tags that were created
  std::uint64_t commits = 0;        ///< commits by the account in the rows of commits that are held
};

/// Counts into days. Not thread-safe.
class DayTallies {
 public:
  DayTallies();
  ~DayTallies();
  DayTallies(const DayTallies&) = delete;
  DayTallies& operator=(const DayTallies&) = delete;

  /// Counts a stored event on `day`. An error when it is not what was stored.
  tento::Result<void> add_event(tento::Date day, std::string_view json);
  /// Counts a stored commit on `day` if it was written by the account with that number.
  tento::Result<void> add_commit(tento::Date day, std::string_view json, std::string_view auth_id);
  /// `owner/name` of a stored repository.
  tento::Result<std::string> repository_name(std::string_view json);
  /// The counts so far, by day.
  [[nodiscard]] std::map<std::chrono::sys_days, Tally> days() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The tally as the data of a cell.
[[nodiscard]] std::string tally_json(const Tally& tally);

}  // namespace github::rows
