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
  /// Which of the four; the values are those of `tento_time_kind`.
  enum class Kind : std::uint8_t {
    year = TENTO_TIME_YEAR,    ///< `y-`
    month = TENTO_TIME_MONTH,  ///< `ym-`
    week = TENTO_TIME_WEEK,    ///< `yw-`, ISO 8601
    day = TENTO_TIME_DAY       ///< `ymd-`
  };

  /// Makes a bucket; an error when the parts are out of range (years 0 to 9999) or, for a day, no real date.
  static Result<PartialDate> y(int year);
  static Result<PartialDate> ym(int year, unsigned month);     ///< as y
  static Result<PartialDate> yw(int iso_year, unsigned week);  ///< as y; week 53 only in ISO years that have one
  static Result<PartialDate> ymd(int year, unsigned month, unsigned day);  ///< as y; else `invalid date`
  /// A day bucket. `date` must be ok() and within years 0 to 9999; else the nearest valid day is taken.
  static PartialDate ymd(Date date) noexcept;
  /// The ISO 8601 week that holds `date`; an error when its ISO year is not within 0 to 9999.
  static Result<PartialDate> week_of(Date date);
  /// `y-2026`, `ym-2026-04`, `yw-2026-09`, `ymd-2026-04-29`; padded or not. The error's message begins with what
  /// is wrong (`Year Invalid`, `Month Invalid`, `Week Invalid`, `Day Invalid`, `invalid date`, `Invalid type,
  /// expected one of (y, ym, ymd, yw)`), its tag is that text as a name (`month_invalid`), and nothing is made that
  /// start() could not answer: months, weeks and days are checked here.
  static Result<PartialDate> parse(std::string_view text);
  /// Precedence: week, then day (needs a month, else `no month`), then month, then year.
  static Result<PartialDate> from_ymdw(int year, std::optional<unsigned> month, std::optional<unsigned> week,
                                       std::optional<unsigned> day);

  /// The parts of a bucket, as from_ymdw takes them.
  struct Ymdw {
    int year = 0;                                                ///< the ISO year for a week
    std::optional<unsigned> month;                               ///< of a month or a day
    std::optional<unsigned> week;                                ///< of a week
    std::optional<unsigned> day;                                 ///< of a day
    friend bool operator==(const Ymdw&, const Ymdw&) = default;  ///< memberwise
  };
  /// The counterpart of from_ymdw: `from_ymdw(p.year, p.month, p.week, p.day)` makes the same bucket again.
  [[nodiscard]] Ymdw as_ymdw() const noexcept;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }        ///< which of the four
  [[nodiscard]] int year() const noexcept { return year_; }         ///< the ISO year for a week
  [[nodiscard]] unsigned month() const noexcept { return month_; }  ///< 0 where the kind has none
  [[nodiscard]] unsigned day() const noexcept { return day_; }      ///< 0 where the kind has none
  [[nodiscard]] unsigned week() const noexcept { return week_; }    ///< 0 where the kind has none
  [[nodiscard]] Date start() const noexcept;                        ///< first day, inclusive
  [[nodiscard]] Date end() const noexcept;                          ///< first day after, exclusive
  [[nodiscard]] std::string text() const;                           ///< padded form
  /// Memberwise; two texts of one bucket (`ymd-2026-4-9`, `ymd-2026-04-09`) are equal once parsed.
  friend bool operator==(const PartialDate&, const PartialDate&) = default;

 private:
  Kind kind_ = Kind::year;
  std::uint8_t month_ = 0, day_ = 0, week_ = 0;
  std::int32_t year_ = 0;
};

/// A bucket or an instant. One string: the bucket's text, or RFC 3339.
class SemanticTime {
 public:
  /// A bucket.
  SemanticTime(PartialDate bucket) noexcept : value_(bucket) {}  // NOLINT(*-explicit-constructor): it is one
  /// An instant; `offset_minutes` is the record's own UTC offset where it has one. An instant beyond the years 0 to
  /// 9999 (UTC) becomes the nearest one within; an offset beyond a day is taken as unknown.
  explicit SemanticTime(Instant instant, std::optional<int> offset_minutes = {}) noexcept;
  /// The constructor from a bucket, by a name.
  static SemanticTime from_partial(PartialDate bucket) noexcept { return SemanticTime(bucket); }
  /// The constructor from an instant, by a name.
  static SemanticTime from_datetime(Instant instant, std::optional<int> offset_minutes = {}) noexcept {
    return SemanticTime(instant, offset_minutes);
  }
  /// Order: legacy `pt-` + RFC 3339, RFC 3339 (any offset), bucket; else an error. Of an RFC 3339 time: fractions finer
  /// than a microsecond are cut off (towards the past); `Z` and `-00:00` mean that the record's own offset is unknown,
  /// `+00:00` that it is zero (RFC 3339 4.3, RFC 9557 2); a leap second, second 60, exists only at 23:59 UTC, and reads
  /// as the last microsecond before the next minute, so that it stays in its own day.
  static Result<SemanticTime> parse(std::string_view text);
  /// Reads the ABI form, checking every field. TENTO_TIME_NONE is an error here; Span knows it.
  static Result<SemanticTime> from_abi(const tento_semantic_time& abi);
  /// The ABI form.
  [[nodiscard]] tento_semantic_time to_abi() const noexcept;

  /// Whether it is a moment and no bucket.
  [[nodiscard]] bool is_instant() const noexcept { return std::holds_alternative<Point>(value_); }
  /// The bucket, or null for a moment.
  [[nodiscard]] const PartialDate* bucket() const noexcept { return std::get_if<PartialDate>(&value_); }
  [[nodiscard]] std::optional<Instant> instant() const noexcept;     ///< the moment of a point
  [[nodiscard]] std::optional<int> offset_minutes() const noexcept;  ///< the record's own offset of a point
  [[nodiscard]] Date start() const noexcept;                         ///< bucket start, or the instant's UTC date
  [[nodiscard]] Date end() const noexcept;  ///< bucket's exclusive end; for an instant the same day as start
  /// Bucket text, or RFC 3339 in UTC with `+00:00` and fractions only when not zero.
  [[nodiscard]] std::string text() const;
  /// RFC 3339 in the record's own offset where it is known; else as text().
  [[nodiscard]] std::string local_text() const;
  /// Memberwise: two points of one moment that state different offsets differ. order() compares moments.
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
  std::optional<SemanticTime> from;  ///< first moment inside
  std::optional<SemanticTime> to;    ///< first moment outside
  /// Reads the ABI form, checking every field.
  static Result<Span> from_abi(const tento_span& abi);
  /// The ABI form; an absent side is TENTO_TIME_NONE.
  [[nodiscard]] tento_span to_abi() const noexcept;
  friend bool operator==(const Span&, const Span&) = default;  ///< memberwise
};

/// The moments a time covers where a day is a UTC day: bucket [start, end), instant [at, at). A reader with a zone of
/// its own (the host, with an account's) computes this itself.
struct UtcRange {
  Instant from;  ///< first moment
  Instant to;    ///< first moment after; the same as from for an instant
};
/// See UtcRange.
[[nodiscard]] UtcRange utc_range(const SemanticTime& time) noexcept;
/// The order in which cells are listed, with UTC days: earlier start first, of equal starts the longer first.
[[nodiscard]] std::weak_ordering order(const SemanticTime& a, const SemanticTime& b) noexcept;

/// Days since 1970-01-01.
[[nodiscard]] std::int64_t days_since_epoch(Date date) noexcept;
/// Weeks, and below months and years, as pairs (bucket, next bucket), from the bucket that holds `from`; the bucket
/// that begins exactly at `to` is included. Empty when `to` is before `from` or one of them is no date; pairs that
/// leave the years 0 to 9999 are left out.
[[nodiscard]] std::vector<std::pair<PartialDate, PartialDate>> iter_weeks(Date from, Date to);
[[nodiscard]] std::vector<std::pair<PartialDate, PartialDate>> iter_months(Date from, Date to);  ///< see iter_weeks
[[nodiscard]] std::vector<std::pair<PartialDate, PartialDate>> iter_years(Date from, Date to);   ///< see iter_weeks

/// Window of a stage with E = the day after `today`: stage1 [E-7d,E), stage2 [E-28d,E-7d), stage3 [E-393d,E-28d);
/// viewport = stage1 and stage2, backfill = stage3; any other name is an error (invalid_argument).
[[nodiscard]] Result<Span> wearable_window_for_stage(std::string_view stage, Date today);

}  // namespace tento
