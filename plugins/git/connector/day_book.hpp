// SPDX-License-Identifier: Apache-2.0
/// @file day_book.hpp
/// Adds commits up by the author's own day, in one pass over commits in order of time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tento/sdk/cell.hpp>
#include <tento/sdk/result.hpp>
#include <tento/sdk/time.hpp>

#include "commit_cell.hpp"

namespace tento::git {

/// Days on their way to becoming cells. A day in one zone overlaps two in others, so up to four are open at a time:
/// memory does not grow with the number of commits.
class DayBook {
 public:
  /// Takes one finished day, in ascending order.
  using Deliver = std::function<Result<void>(const PartialDate& day, const std::string& data)>;

  /// Delivers days from `first` up to and without `last` (either absent = unbounded).
  DayBook(std::optional<Date> first, std::optional<Date> last, Deliver deliver);

  /// Adds a stored cell of a commit. They come in ascending order of their moment. What has no day, and what is not a
  /// commit that this provider stored, is left out and counted.
  [[nodiscard]] Result<void> add(const CellView& cell);
  /// Delivers what is still open.
  [[nodiscard]] Result<void> finish();

  /// How many commits were left out because they have no day, or cannot be read.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  /// Authors a day lists by name; the others are added up in one entry.
  static constexpr std::size_t most_authors = 500;

 private:
  struct Tally {
    std::string name;
    std::uint64_t commits = 0, files = 0, insertions = 0, deletions = 0, uncounted = 0;
  };
  struct Day {
    Tally all;
    std::map<std::string, Tally> authors;  // by e-mail in lower case; the name where there is none
  };
  static void count(Tally& tally, const CommitSummary& commit);
  [[nodiscard]] static std::string data(const Day& day);
  [[nodiscard]] Result<void> deliver_before(std::chrono::sys_days day);

  std::optional<Date> first_, last_;
  Deliver deliver_;
  CommitReader reader_;
  std::map<std::chrono::sys_days, Day> open_;
  std::uint64_t left_out_ = 0;
};

}  // namespace tento::git
