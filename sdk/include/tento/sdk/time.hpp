// SPDX-License-Identifier: Apache-2.0
/// @file time.hpp
/// Calendar buckets and instants: `PartialDate`, `SemanticTime`, `Span`, and their one-string forms.
#pragma once

#include <tento/time.h>

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "result.hpp"

namespace tento {

/// A calendar day.
using Date = std::chrono::year_month_day;
/// A moment, to the microsecond.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// A calendar bucket: a year, a month, an ISO 8601 week or a day. Always valid: parsing and making reject the rest.
class PartialDate {
 public:
  enum class Kind : std::uint8_t { year = TENTO_TIME_YEAR, month = TENTO_TIME_MONTH, week = TENTO_TIME_WEEK, day = TENTO_TIME_DAY };

  /// Makes a bucket; an error when the parts are out of range (years 0 to 9999) or, for a day, no real date.
  static Result<PartialDate> y(int year);
  static Result<PartialDate> ym(int year, unsigned month);
  static Result<PartialDate> yw(int iso_year, unsigned week);
  static Result<PartialDate> ymd(int year, unsigned month, unsigned day);
  /// A day bucket. `date` must be ok() and within years 0 to 9999; else the nearest valid day is taken.
  static PartialDate ymd(Date date) noexcept;
  /// `y-2026`, `ym-2026-04`, `yw-2026-09`, `ymd-2026-04-29`; padded or not.
  static Result<PartialDate> parse(std::string_view text);
  /// Precedence: week, then day (needs a month, else `no month`), then month, then year.
  static Result<PartialDate> from_ymdw(int year, std::optional<unsigned> month, std::optional<unsigned> week, std::optional<unsigned> day);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] int year() const noexcept { return year_; }           ///< the ISO year for a week
  [[nodiscard]] unsigned month() const noexcept { return month_; }    ///< 0 where the kind has none
  [[nodiscard]] unsigned day() const noexcept { return day_; }        ///< 0 where the kind has none
  [[nodiscard]] unsigned week() const noexcept { return week_; }      ///< 0 where the kind has none
  [[nodiscard]] Date start() const noexcept;                          ///< first day, inclusive
  [[nodiscard]] Date end() const noexcept;                            ///< first day after, exclusive
  [[nodiscard]] std::string text() const;                             ///< padded form
  friend bool operator==(const PartialDate&, const PartialDate&) = default;

 private:
  Kind kind_ = Kind::year;
  std::uint8_t month_ = 0, day_ = 0, week_ = 0;
  std::int32_t year_ = 0;
};

/// A bucket or an instant. One string: the bucket's text, or RFC 3339.
class SemanticTime {
 public:
  SemanticTime(PartialDate bucket) noexcept : value_(bucket) {}  // NOLINT(google-explicit-constructor): it is one
  /// An instant; `offset_minutes` is the record's own UTC offset where it has one.
  explicit SemanticTime(Instant instant, std::optional<int> offset_minutes = {}) noexcept;
  static SemanticTime from_partial(PartialDate bucket) noexcept { return SemanticTime(bucket); }
  static SemanticTime from_datetime(Instant instant, std::optional<int> offset_minutes = {}) noexcept { return SemanticTime(instant, offset_minutes); }
  /// Order: legacy `pt-` + RFC 3339, RFC 3339 (any offset), bucket; else an error.
  static Result<SemanticTime> parse(std::string_view text);
  /// Reads the ABI form, checking every field.
  static Result<SemanticTime> from_abi(const tento_semantic_time& abi);
  [[nodiscard]] tento_semantic_time to_abi() const noexcept;

  [[nodiscard]] bool is_instant() const noexcept { return std::holds_alternative<Point>(value_); }
  [[nodiscard]] const PartialDate* bucket() const noexcept { return std::get_if<PartialDate>(&value_); }
  [[nodiscard]] std::optional<Instant> instant() const noexcept;          ///< the moment of a point
  [[nodiscard]] std::optional<int> offset_minutes() const noexcept;       ///< the record's own offset of a point
  [[nodiscard]] Date start() const noexcept;   ///< bucket start, or the instant's UTC date
  [[nodiscard]] Date end() const noexcept;     ///< bucket's exclusive end; for an instant the same day as start
  /// Bucket text, or RFC 3339 in UTC with `+00:00` and fractions only when not zero.
  [[nodiscard]] std::string text() const;
  /// RFC 3339 in the record's own offset where it is known; else as text().
  [[nodiscard]] std::string local_text() const;
  friend bool operator==(const SemanticTime&, const SemanticTime&) = default;

 private:
  struct Point {
    Instant at;
    std::optional<std::int16_t> offset_minutes;
    friend bool operator==(const Point&, const Point&) = default;
  };
  std::variant<PartialDate, Point> value_;
};

/// Half-open range `[from, to)`; an absent side is unbounded.
struct Span {
  std::optional<SemanticTime> from;
  std::optional<SemanticTime> to;
  static Result<Span> from_abi(const tento_span& abi);
  [[nodiscard]] tento_span to_abi() const noexcept;
  friend bool operator==(const Span&, const Span&) = default;
};

/// Days since 1970-01-01.
[[nodiscard]] std::int64_t days_since_epoch(Date date) noexcept;
/// The contract's `iter_weeks/months/years`: pairs (bucket, next bucket); the bucket that begins exactly at `to` is included.
[[nodiscard]] std::vector<std::pair<PartialDate, PartialDate>> iter_weeks(Date from, Date to);
[[nodiscard]] std::vector<std::pair<PartialDate, PartialDate>> iter_months(Date from, Date to);
[[nodiscard]] std::vector<std::pair<PartialDate, PartialDate>> iter_years(Date from, Date to);

/// Window of a stage with E = the day after `today`: stage1 [E-7d,E), stage2 [E-28d,E-7d), stage3 [E-393d,E-28d);
/// viewport = stage1 and stage2, backfill = stage3; any other name is an error (invalid_argument).
[[nodiscard]] Result<Span> wearable_window_for_stage(std::string_view stage, Date today);

}  // namespace tento
