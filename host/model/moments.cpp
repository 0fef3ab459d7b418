// SPDX-License-Identifier: Apache-2.0
// Zones by date/tz, over the system's zone files.
#include "host/model/moments.hpp"

#include "host/base/text.hpp"

// The library was built to read the system's zone files; its header has to agree.
#define USE_OS_TZDB 1
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>

#include <exception>

namespace tento::host {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;

// The first moment after a time: the end of a bucket, an instant itself.
std::int64_t end_us(const SemanticTime& time, const Zone& zone) {
  if (const PartialDate* bucket = time.bucket()) return zone.day_start_us(bucket->end());
  return time.instant()->time_since_epoch().count();
}

std::int64_t start_us(const SemanticTime& time, const Zone& zone) {
  if (const PartialDate* bucket = time.bucket()) return zone.day_start_us(bucket->start());
  return time.instant()->time_since_epoch().count();
}

}  // namespace

Result<Zone> Zone::find(std::string_view iana_name) {
  try {
    return Zone(date::locate_zone(iana_name));
  } catch (const std::exception&) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config,
                "the time zone " + quote(iana_name) + " is unknown: give an IANA name such as Europe/Berlin",
                "unknown_time_zone");
  }
}

std::int64_t Zone::day_start_us(Date day) const {
  const sys_days at{day};
  if (at == last_day_) return last_start_us_;
  const date::local_seconds local{at.time_since_epoch()};
  const date::local_info info = zone_->get_info(local);
  // An hour that happens twice begins with its first time, a skipped one with the moment of the change: both are what
  // the first of the two infos says.
  const auto start = info.result == date::local_info::nonexistent
                         ? info.first.end
                         : date::sys_seconds{local.time_since_epoch() - info.first.offset};
  last_day_ = at;
  last_start_us_ = microseconds{start.time_since_epoch()}.count();
  return last_start_us_;
}

Date Zone::local_day(std::int64_t unix_us) const {
  const Instant at{microseconds{unix_us}};
  const auto offset = zone_->get_info(std::chrono::floor<std::chrono::seconds>(at)).offset;
  return Date{std::chrono::floor<days>(at + offset)};
}

Moments moments_of(const SemanticTime& time, const Zone& zone) {
  return {start_us(time, zone), end_us(time, zone)};
}

Moments moments_of(const Span& window, const Zone& zone) {
  Moments out;
  if (window.from) out.from_us = start_us(*window.from, zone);
  if (window.to) out.to_us = start_us(*window.to, zone);
  return out;
}

Span window_of_range(const Span& range) {
  Span out = range;
  const PartialDate* bucket = range.to ? range.to->bucket() : nullptr;
  if (bucket == nullptr) return out;
  const Date end = bucket->end();
  // Nothing can be named after the last day of the year 9999: unbounded says the same.
  if (static_cast<int>(end.year()) > 9999) {
    out.to.reset();
  } else {
    out.to = SemanticTime(PartialDate::ymd(end));
  }
  return out;
}

Result<Moments> moments_of_cell(const tento_semantic_time& date, const tento_semantic_time& end_date,
                                const Zone& zone) {
  const auto begins = SemanticTime::from_abi(date);
  if (!begins)
    return fail(ErrorCode::invalid_data, ErrorClass::provider, "its date is invalid: " + begins.error().message);
  Moments out = moments_of(*begins, zone);
  if (end_date.kind == TENTO_TIME_NONE) return out;
  const auto ends = SemanticTime::from_abi(end_date);
  if (!ends)
    return fail(ErrorCode::invalid_data, ErrorClass::provider, "its end_date is invalid: " + ends.error().message);
  out.to_us = end_us(*ends, zone);
  // A bucket that ends where the cell begins lies before it, though no moment lies between.
  const bool before = ends->bucket() != nullptr && start_us(*ends, zone) < out.from_us && out.to_us == out.from_us;
  if (before || out.to_us < out.from_us) {
    return fail(ErrorCode::invalid_data, ErrorClass::provider,
                "it ends (" + ends->text() + ") before it begins (" + begins->text() + ")");
  }
  return out;
}

MomentsOfCell moments_in(const Zone& zone) {
  return [zone](const tento_semantic_time& date, const tento_semantic_time& end_date) {
    return moments_of_cell(date, end_date, zone);
  };
}

}  // namespace tento::host
