// SPDX-License-Identifier: Apache-2.0
// Instants beside buckets: RFC 3339 in and out, the ABI form, spans, and their order.
#include <tento/sdk/time.hpp>

#include <algorithm>

#include "digits.hpp"

namespace tento {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr Instant earliest_instant = sys_days{Date{std::chrono::year{0}, std::chrono::January, std::chrono::day{1}}};
constexpr Instant latest_instant =
    sys_days{Date{std::chrono::year{10000}, std::chrono::January, std::chrono::day{1}}} - microseconds{1};
constexpr int max_offset_minutes = 1439;

Date utc_date(Instant at) noexcept {
  return Date{floor<days>(at)};
}

// Reads one text from left to right; `rest` is what is left.
struct Reader {
  std::string_view rest;

  bool take(char c) noexcept {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool number(std::size_t digits, unsigned& out) noexcept {
    if (rest.size() < digits) return false;
    const std::optional<unsigned> n = read_digits(rest.substr(0, digits), digits);
    if (!n) return false;
    out = *n;
    rest.remove_prefix(digits);
    return true;
  }
};

struct Moment {
  Instant at;
  std::optional<int> offset_minutes;
};

// Null where `text` is an RFC 3339 date-time and `out` is filled; else what is wrong with it.
const char* read_rfc3339(std::string_view text, Moment& out) noexcept {
  Reader in{text};
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!in.number(4, year) || !in.take('-') || !in.number(2, month) || !in.take('-') || !in.number(2, day)) {
    return "it does not begin with a date such as 2026-04-29";
  }
  if (!in.take('T') && !in.take('t') && !in.take(' ')) return "there is no T after the date";
  if (!in.number(2, hour) || !in.take(':') || !in.number(2, minute) || !in.take(':') || !in.number(2, second)) {
    return "the date is not followed by a time such as 18:20:00";
  }

  unsigned micros = 0;
  if (in.take('.')) {
    unsigned scale = 100000, digit = 0;
    if (!in.number(1, digit)) return "there is no digit after the decimal point";
    do {
      micros += digit * scale;  // digits beyond the sixth count nothing: cut off, towards the past
      scale /= 10;
    } while (in.number(1, digit));
  }

  std::optional<int> offset;
  if (!in.take('Z') && !in.take('z')) {
    const bool west = in.take('-');
    unsigned offset_hour = 0, offset_minute = 0;
    if ((!west && !in.take('+')) || !in.number(2, offset_hour) || !in.take(':') || !in.number(2, offset_minute)) {
      return "it does not end in Z or an offset such as +02:00";
    }
    if (offset_hour > 23 || offset_minute > 59) return "its offset is not within a day";
    const int total = static_cast<int>(offset_hour * 60 + offset_minute);
    if (!west) offset = total;
    if (west && total != 0) offset = -total;
  }
  if (!in.rest.empty()) return "there is text after its offset";

  const Date date{std::chrono::year{static_cast<int>(year)}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return "there is no such day";
  if (hour > 23 || minute > 59 || second > 60) return "there is no such time of day";
  const bool leap = second == 60;
  if (leap) second = 59, micros = 999999;
  out.at = sys_days{date} + hours{hour} + minutes{minute} + seconds{second} + microseconds{micros} -
           minutes{offset.value_or(0)};
  if (leap && floor<minutes>(out.at) - floor<days>(out.at) != hours{23} + minutes{59}) {
    return "second 60 exists at 23:59 UTC only";
  }
  if (out.at < earliest_instant || out.at > latest_instant) return "in UTC it is not within the years 0 to 9999";
  out.offset_minutes = offset;
  return nullptr;
}

void append_rfc3339(std::string& out, Instant at, int offset) {
  const Instant local = at + minutes{offset};
  const auto midnight = floor<days>(local);
  const Date date{midnight};
  const std::chrono::hh_mm_ss time{local - midnight};
  append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_padded(out, static_cast<unsigned>(time.hours().count()), 2);
  out += ':';
  append_padded(out, static_cast<unsigned>(time.minutes().count()), 2);
  out += ':';
  append_padded(out, static_cast<unsigned>(time.seconds().count()), 2);
  if (const auto micros = static_cast<unsigned>(time.subseconds().count()); micros != 0) {
    out += '.';
    if (micros % 1000 == 0) {
      append_padded(out, micros / 1000, 3);
    } else {
      append_padded(out, micros, 6);
    }
  }
  const auto distance = static_cast<unsigned>(offset < 0 ? -offset : offset);
  out += offset < 0 ? '-' : '+';
  append_padded(out, distance / 60, 2);
  out += ':';
  append_padded(out, distance % 60, 2);
}

tl::unexpected<Error> abi_invalid(const std::string& what) {
  return fail(ErrorCode::invalid_data, ErrorClass::internal, "invalid semantic time: " + what, "invalid_semantic_time");
}

bool looks_like_rfc3339(std::string_view text) noexcept {
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

}  // namespace

SemanticTime::SemanticTime(Instant instant, std::optional<int> offset_minutes) noexcept
    : value_(Point{std::clamp(instant, earliest_instant, latest_instant), std::nullopt}) {
  if (offset_minutes && *offset_minutes >= -max_offset_minutes && *offset_minutes <= max_offset_minutes) {
    std::get_if<Point>(&value_)->offset_minutes = static_cast<std::int16_t>(*offset_minutes);
  }
}

Result<SemanticTime> SemanticTime::parse(std::string_view text) {
  const bool legacy = text.starts_with("pt-");
  const std::string_view moment_text = legacy ? text.substr(3) : text;
  Moment moment{};
  const char* const wrong = read_rfc3339(moment_text, moment);
  if (wrong == nullptr) return SemanticTime(moment.at, moment.offset_minutes);
  if (legacy || looks_like_rfc3339(text)) {
    return fail(
        ErrorCode::invalid_data, ErrorClass::provider,
        "Invalid type, expected one of (y, ym, ymd, yw): " + quoted(text) + " is not an RFC 3339 time either: " + wrong,
        "invalid_time");
  }
  return PartialDate::parse(text).map(SemanticTime::from_partial);
}

Result<SemanticTime> SemanticTime::from_abi(const tento_semantic_time& abi) {
  if (abi.reserved0 != 0 || abi.reserved1 != 0) return abi_invalid("a reserved field is not 0");
  if (abi.kind == TENTO_TIME_INSTANT) {
    if (abi.year != 0 || abi.month != 0 || abi.day != 0 || abi.week != 0)
      return abi_invalid("an instant has calendar fields set");
    const Instant at{microseconds{abi.unix_us}};
    if (at < earliest_instant || at > latest_instant) return abi_invalid("unix_us is not within the years 0 to 9999");
    if (abi.offset_minutes == TENTO_OFFSET_UNKNOWN) return SemanticTime(at);
    if (abi.offset_minutes < -max_offset_minutes || abi.offset_minutes > max_offset_minutes) {
      return abi_invalid("offset_minutes is beyond a day and not TENTO_OFFSET_UNKNOWN");
    }
    return SemanticTime(at, abi.offset_minutes);
  }
  if (abi.kind == TENTO_TIME_NONE) return abi_invalid("it is absent (TENTO_TIME_NONE)");
  if (abi.kind > TENTO_TIME_INSTANT) return abi_invalid("unknown kind " + std::to_string(abi.kind));
  // A zeroed offset says no less than TENTO_OFFSET_UNKNOWN on a bucket, so both are taken.
  if (abi.unix_us != 0 || (abi.offset_minutes != TENTO_OFFSET_UNKNOWN && abi.offset_minutes != 0)) {
    return abi_invalid("a bucket has fields of an instant set");
  }
  const bool month_used = abi.kind == TENTO_TIME_MONTH || abi.kind == TENTO_TIME_DAY;
  if ((!month_used && abi.month != 0) || (abi.kind != TENTO_TIME_DAY && abi.day != 0) ||
      (abi.kind != TENTO_TIME_WEEK && abi.week != 0)) {
    return abi_invalid("a field that its kind does not use is not 0");
  }
  switch (abi.kind) {
    case TENTO_TIME_YEAR:
      return PartialDate::y(abi.year).map(SemanticTime::from_partial);
    case TENTO_TIME_MONTH:
      return PartialDate::ym(abi.year, abi.month).map(SemanticTime::from_partial);
    case TENTO_TIME_WEEK:
      return PartialDate::yw(abi.year, abi.week).map(SemanticTime::from_partial);
    default:
      return PartialDate::ymd(abi.year, abi.month, abi.day).map(SemanticTime::from_partial);
  }
}

tento_semantic_time SemanticTime::to_abi() const noexcept {
  tento_semantic_time out{};
  out.offset_minutes = TENTO_OFFSET_UNKNOWN;
  if (const PartialDate* const b = bucket()) {
    out.kind = static_cast<tento_time_kind>(b->kind());
    out.year = b->year();
    out.month = static_cast<std::uint8_t>(b->month());
    out.day = static_cast<std::uint8_t>(b->day());
    out.week = static_cast<std::uint8_t>(b->week());
    return out;
  }
  const Point& point = *std::get_if<Point>(&value_);
  out.kind = TENTO_TIME_INSTANT;
  out.unix_us = point.at.time_since_epoch().count();
  if (point.offset_minutes) out.offset_minutes = *point.offset_minutes;
  return out;
}

std::optional<Instant> SemanticTime::instant() const noexcept {
  const Point* const point = std::get_if<Point>(&value_);
  return point == nullptr ? std::nullopt : std::optional(point->at);
}

std::optional<int> SemanticTime::offset_minutes() const noexcept {
  const Point* const point = std::get_if<Point>(&value_);
  return point == nullptr || !point->offset_minutes ? std::nullopt : std::optional<int>(*point->offset_minutes);
}

Date SemanticTime::start() const noexcept {
  const PartialDate* const b = bucket();
  return b != nullptr ? b->start() : utc_date(*instant());
}

Date SemanticTime::end() const noexcept {
  const PartialDate* const b = bucket();
  return b != nullptr ? b->end() : utc_date(*instant());
}

std::string SemanticTime::text() const {
  if (const PartialDate* const b = bucket()) return b->text();
  std::string out;
  append_rfc3339(out, *instant(), 0);
  return out;
}

std::string SemanticTime::local_text() const {
  const std::optional<int> offset = offset_minutes();
  if (!offset) return text();
  const Instant local = *instant() + minutes{*offset};
  if (local < earliest_instant || local > latest_instant) return text();  // RFC 3339 has no year beyond 0 to 9999
  std::string out;
  append_rfc3339(out, *instant(), *offset);
  return out;
}

Result<Span> Span::from_abi(const tento_span& abi) {
  Span out;
  if (abi.from.kind != TENTO_TIME_NONE) {
    TENTO_TRY_ASSIGN(out.from, SemanticTime::from_abi(abi.from));
  }
  if (abi.to.kind != TENTO_TIME_NONE) {
    TENTO_TRY_ASSIGN(out.to, SemanticTime::from_abi(abi.to));
  }
  return out;
}

tento_span Span::to_abi() const noexcept {
  tento_semantic_time none{};
  none.offset_minutes = TENTO_OFFSET_UNKNOWN;
  return {from ? from->to_abi() : none, to ? to->to_abi() : none};
}

UtcRange utc_range(const SemanticTime& time) noexcept {
  if (const std::optional<Instant> at = time.instant()) return {*at, *at};
  return {sys_days{time.start()}, sys_days{time.end()}};
}

std::weak_ordering order(const SemanticTime& a, const SemanticTime& b) noexcept {
  const UtcRange left = utc_range(a), right = utc_range(b);
  if (left.from != right.from) return left.from < right.from ? std::weak_ordering::less : std::weak_ordering::greater;
  if (left.to != right.to) return left.to > right.to ? std::weak_ordering::less : std::weak_ordering::greater;
  return std::weak_ordering::equivalent;
}

}  // namespace tento
