// SPDX-License-Identifier: Apache-2.0
/// @file calendar.hpp
/// Months and days to count with (`YearMonth`, `days_between`), and constructors of times for tests and constants.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "time.hpp"

namespace tento {

/// The days of `[from, to)`, one after the other: `for (const tento::Date day : tento::days_between(from, to)) ...`.
class DayRange {
 public:
  /// Walks over the days.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;  ///< days are made on the way
    using value_type = Date;                            ///< a day
    using difference_type = std::ptrdiff_t;             ///< required of iterators
    using pointer = void;                               ///< none: days are made on the way
    using reference = Date;                             ///< by value
    iterator() = default;                               ///< of no range
    /// At `day`.
    explicit iterator(std::chrono::sys_days day) noexcept : day_(day) {}
    /// The day.
    Date operator*() const noexcept { return Date{day_}; }
    /// Steps to the next day.
    iterator& operator++() noexcept {
      day_ += std::chrono::days{1};
      return *this;
    }
    /// Steps to the next day and gives where it was.
    iterator operator++(int) noexcept {
      const iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const iterator&, const iterator&) = default;  ///< whether both stand at the same day

   private:
    std::chrono::sys_days day_{};
  };
  /// The days from `from` until before `to`; none when `to` is not later or one of them is not a date.
  DayRange(Date from, Date to) noexcept
      : from_(from), to_(from.ok() && to.ok() && std::chrono::sys_days{from} < std::chrono::sys_days{to} ? to : from) {}
  /// The first day.
  [[nodiscard]] iterator begin() const noexcept { return iterator(from_); }
  /// Past the last day.
  [[nodiscard]] iterator end() const noexcept { return iterator(to_); }
  /// How many.
  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>((to_ - from_).count()); }
  /// Whether there is none.
  [[nodiscard]] bool empty() const noexcept { return from_ == to_; }

 private:
  std::chrono::sys_days from_;
  std::chrono::sys_days to_;
};

/// The days of the half-open range `[from, to)`.
[[nodiscard]] inline DayRange days_between(Date from, Date to) noexcept {
  return {from, to};
}

/// A month of a year, 0000-01 to 9999-12, as something to count with. Text is `YYYY-MM`.
class YearMonth {
 public:
  /// The month that holds `date`, which must be ok() and within the years 0 to 9999; else the nearest one.
  explicit YearMonth(Date date) noexcept;
  /// Makes a month; an error (`Year Invalid`, `Month Invalid`) when a part is out of range.
  static Result<YearMonth> make(int year, unsigned month);
  /// Reads `YYYY-MM`, with exactly four and two digits.
  static Result<YearMonth> parse(std::string_view text);

  [[nodiscard]] int year() const noexcept { return index_ / 12; }                                   ///< 0 to 9999
  [[nodiscard]] unsigned month() const noexcept { return static_cast<unsigned>(index_ % 12) + 1; }  ///< 1 to 12
  [[nodiscard]] YearMonth succ() const noexcept;      ///< the next month; 9999-12 has itself
  [[nodiscard]] YearMonth pred() const noexcept;      ///< the month before; 0000-01 has itself
  [[nodiscard]] DayRange dates() const noexcept;      ///< its days: from its first until before the next month's first
  [[nodiscard]] PartialDate bucket() const noexcept;  ///< the same as a bucket, `ym-`
  [[nodiscard]] std::string text() const;             ///< `YYYY-MM`
  /// Orders by time.
  friend auto operator<=>(const YearMonth&, const YearMonth&) = default;

 private:
  explicit YearMonth(int index) noexcept : index_(index) {}
  int index_;  // months since 0000-01
};

/// @name Times from literals
/// For tests and constants of a program: what is not a time throws std::invalid_argument, with the text and why. What
/// comes from a service or a person is read by the `parse` functions.
/// @{
[[nodiscard]] Date naivedate(std::string_view text);              ///< `2026-04-29`
[[nodiscard]] Instant utc_datetime(Date date);                    ///< midnight UTC of a day, which must be ok()
[[nodiscard]] Instant datetime(std::string_view text);            ///< RFC 3339: `2026-04-29T10:00:00Z`
[[nodiscard]] PartialDate partial_date(std::string_view text);    ///< `ymd-2026-04-29`, `yw-2026-18` ...
[[nodiscard]] SemanticTime semantic_time(std::string_view text);  ///< a bucket, as partial_date
/// @}

/// Milliseconds since 1970-01-01 by the machine's clock. Code that is tested or replayed asks a Clock.
[[nodiscard]] std::int64_t current_milliseconds() noexcept;

}  // namespace tento
