// SPDX-License-Identifier: Apache-2.0
// Instants and buckets as one string and as the ABI struct.
#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <tento/sdk/time.hpp>

using namespace tento;
using std::chrono::microseconds;
using std::chrono::sys_days;

namespace {

SemanticTime must(std::string_view text) {
  const auto parsed = SemanticTime::parse(text);
  REQUIRE_MESSAGE(parsed.has_value(), std::string(text));
  return *parsed;
}

}  // namespace

TEST_CASE("semantic time: RFC 3339 in, UTC out") {
  struct Row {
    const char* text;
    const char* utc;
    int offset;  // 9999 = unknown
  };
  const Row rows[] = {
      {"2026-04-29T18:20:00Z", "2026-04-29T18:20:00+00:00", 9999},
      {"2026-04-29t18:20:00z", "2026-04-29T18:20:00+00:00", 9999},
      {"2026-04-29 18:20:00Z", "2026-04-29T18:20:00+00:00", 9999},
      {"2026-04-29T18:20:00+00:00", "2026-04-29T18:20:00+00:00", 0},
      {"2026-04-29T18:20:00-00:00", "2026-04-29T18:20:00+00:00", 9999},
      {"2026-04-29T18:20:00+02:00", "2026-04-29T16:20:00+00:00", 120},
      {"2026-04-29T18:20:00-07:30", "2026-04-30T01:50:00+00:00", -450},
      {"2026-01-01T00:00:00+23:59", "2025-12-31T00:01:00+00:00", 1439},
      {"2026-12-31T23:59:59-23:59", "2027-01-01T23:58:59+00:00", -1439},
      {"pt-2026-04-29T18:20:00Z", "2026-04-29T18:20:00+00:00", 9999},
      {"pt-2026-04-29T18:20:00+02:00", "2026-04-29T16:20:00+00:00", 120},
      {"2026-04-29T18:20:00.5Z", "2026-04-29T18:20:00.500+00:00", 9999},
      {"2026-04-29T18:20:00.123Z", "2026-04-29T18:20:00.123+00:00", 9999},
      {"2026-04-29T18:20:00.123456Z", "2026-04-29T18:20:00.123456+00:00", 9999},
      {"2026-04-29T18:20:00.000001Z", "2026-04-29T18:20:00.000001+00:00", 9999},
      {"2026-04-29T18:20:00.1234569999999Z", "2026-04-29T18:20:00.123456+00:00", 9999},
      {"2026-04-29T18:20:00.000000999Z", "2026-04-29T18:20:00+00:00", 9999},
      {"2026-04-29T18:20:00.000Z", "2026-04-29T18:20:00+00:00", 9999},
      {"1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999+00:00", 9999},
      {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00+00:00", 9999},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00", 9999},
      // A leap second is the last microsecond before the next minute; it belongs to 23:59 UTC, whatever the offset.
      {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999+00:00", 9999},
      {"2016-12-31T23:59:60.4Z", "2016-12-31T23:59:59.999999+00:00", 9999},
      {"2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59.999999+00:00", 60},
      {"1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59.999999+00:00", -480},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const SemanticTime t = must(row.text);
    CHECK(t.is_instant());
    CHECK(t.bucket() == nullptr);
    CHECK(t.text() == row.utc);
    CHECK(t.offset_minutes().value_or(9999) == row.offset);
    CHECK(must(t.text()).instant() == t.instant());
    CHECK(must(t.local_text()).instant() == t.instant());
  }
  CHECK(must("2026-04-29T18:20:00.5-07:30").local_text() == "2026-04-29T18:20:00.500-07:30");
  CHECK(must("2026-04-29T18:20:00Z").local_text() == "2026-04-29T18:20:00+00:00");
  CHECK(must("9999-12-31T23:30:00Z").local_text() == "9999-12-31T23:30:00+00:00");
}

TEST_CASE("semantic time: a local text that would leave the year 9999 stays in UTC") {
  const SemanticTime t(*must("9999-12-31T23:30:00Z").instant(), 60);
  CHECK(t.local_text() == "9999-12-31T23:30:00+00:00");
}

TEST_CASE("semantic time: what is refused, and why") {
  struct Row {
    const char* text;
    const char* why;
  };
  const Row rows[] = {
      {"2026-04-29", "there is no T after the date"},
      {"2026-04-29T", "not followed by a time"},
      {"2026-04-29T18:20", "not followed by a time"},
      {"2026-04-29T18:20Z", "not followed by a time"},
      {"2026-4-29T18:20:00Z", "does not begin with a date"},
      {"26-04-29T18:20:00Z", "does not begin with a date"},
      {"2026-04-29T18:20:00", "does not end in Z or an offset"},
      {"2026-04-29T18:20:00+0200", "does not end in Z or an offset"},
      {"2026-04-29T18:20:00+2:00", "does not end in Z or an offset"},
      {"2026-04-29T18:20:00,5Z", "does not end in Z or an offset"},
      {"2026-04-29T18:20:00.Z", "no digit after the decimal point"},
      {"2026-04-29T18:20:00+24:00", "offset is not within a day"},
      {"2026-04-29T18:20:00+02:60", "offset is not within a day"},
      {"2026-04-29T18:20:00Z ", "text after its offset"},
      {"2026-04-29T18:20:00ZZ", "text after its offset"},
      {"2026-02-29T18:20:00Z", "no such day"},
      {"2026-13-01T18:20:00Z", "no such day"},
      {"2026-00-01T18:20:00Z", "no such day"},
      {"2026-04-00T18:20:00Z", "no such day"},
      {"2026-04-29T24:00:00Z", "no such time of day"},
      {"2026-04-29T18:60:00Z", "no such time of day"},
      {"2026-04-29T18:20:61Z", "no such time of day"},
      {"2026-04-29T18:20:60Z", "second 60 exists at 23:59 UTC only"},
      {"2016-12-31T23:59:60+01:00", "second 60 exists at 23:59 UTC only"},
      {"0000-01-01T00:00:00+00:01", "not within the years 0 to 9999"},
      {"9999-12-31T23:59:59-00:01", "not within the years 0 to 9999"},
      {"pt-", "does not begin with a date"},
      {"pt-ymd-2026-04-29", "does not begin with a date"},
      {"pt-pt-2026-04-29T18:20:00Z", "does not begin with a date"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = SemanticTime::parse(row.text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.find(row.why) != std::string::npos);
    CHECK(parsed.error().message.starts_with("Invalid type, expected one of (y, ym, ymd, yw)"));
    CHECK(parsed.error().tag == "invalid_time");
  }
  CHECK(SemanticTime::parse("ym-2026-13").error().tag == "month_invalid");
  CHECK(SemanticTime::parse("tomorrow").error().tag == "invalid_type");
  CHECK(SemanticTime::parse("").error().tag == "invalid_type");
}

TEST_CASE("semantic time: start and end") {
  CHECK(must("ymd-2026-04-29").end() == PartialDate::parse("ymd-2026-04-30")->start());
  const SemanticTime point = must("2026-04-29T23:30:00-02:00");
  CHECK(point.start() == PartialDate::parse("ymd-2026-04-30")->start());
  CHECK(point.end() == point.start());  // the contract: the same day, not the next one
  CHECK(must("1969-12-31T23:59:59Z").start() == PartialDate::parse("ymd-1969-12-31")->start());
  CHECK(SemanticTime::from_partial(*PartialDate::parse("ym-2026-4")).text() == "ym-2026-04");
  CHECK(SemanticTime::from_datetime(Instant{microseconds{-1}}).text() == "1969-12-31T23:59:59.999999+00:00");
  CHECK(days_since_epoch(must("ymd-1970-01-01").start()) == 0);
  CHECK(days_since_epoch(must("ymd-2026-04-29").start()) == 20572);
  CHECK(days_since_epoch(must("ymd-1969-12-31").start()) == -1);
}

TEST_CASE("semantic time: instants are kept within the years 0 to 9999, offsets within a day") {
  CHECK(SemanticTime(Instant::max()).text() == "9999-12-31T23:59:59.999999+00:00");
  CHECK(SemanticTime(Instant::min()).text() == "0000-01-01T00:00:00+00:00");
  CHECK(SemanticTime(Instant{}, 1440).offset_minutes() == std::nullopt);
  CHECK(SemanticTime(Instant{}, -1440).offset_minutes() == std::nullopt);
  CHECK(SemanticTime(Instant{}, 1439).offset_minutes() == 1439);
}

TEST_CASE("semantic time: through the ABI and back") {
  for (const char* text : {"y-0", "y-9999", "ym-2026-04", "yw-2026-53", "ymd-2024-02-29", "2026-04-29T18:20:00.000001Z",
                           "2026-04-29T18:20:00+00:00", "1899-04-29T18:20:00-11:30"}) {
    CAPTURE(text);
    const SemanticTime t = must(text);
    const auto again = SemanticTime::from_abi(t.to_abi());
    REQUIRE(again.has_value());
    CHECK(*again == t);
  }
  const tento_semantic_time day = must("ymd-2026-04-29").to_abi();
  CHECK(day.offset_minutes == TENTO_OFFSET_UNKNOWN);
  CHECK(day.week == 0);
  CHECK(day.unix_us == 0);
}

TEST_CASE("semantic time: a broken ABI struct is refused, field by field") {
  const tento_semantic_time day = must("ymd-2026-04-29").to_abi(), point = must("2026-04-29T18:20:00Z").to_abi();
  const tento_semantic_time week = must("yw-2026-53").to_abi(), month = must("ym-2026-04").to_abi();
  const auto refused = [](tento_semantic_time t, auto change) {
    change(t);
    return !SemanticTime::from_abi(t).has_value();
  };
  CHECK(refused(day, [](auto& t) { t.kind = TENTO_TIME_NONE; }));
  CHECK(refused(day, [](auto& t) { t.kind = 6; }));
  CHECK(refused(day, [](auto& t) { t.kind = 255; }));
  CHECK(refused(day, [](auto& t) { t.month = 13; }));
  CHECK(refused(day, [](auto& t) { t.day = 31; }));
  CHECK(refused(day, [](auto& t) { t.week = 1; }));
  CHECK(refused(day, [](auto& t) { t.year = -1; }));
  CHECK(refused(day, [](auto& t) { t.year = 10000; }));
  CHECK(refused(day, [](auto& t) { t.unix_us = 1; }));
  CHECK(refused(day, [](auto& t) { t.offset_minutes = 60; }));
  CHECK_FALSE(refused(day, [](auto& t) { t.offset_minutes = 0; }));
  CHECK(refused(day, [](auto& t) { t.reserved0 = 1; }));
  CHECK(refused(day, [](auto& t) { t.reserved1 = 1; }));
  CHECK(refused(day, [](auto& t) { t.kind = TENTO_TIME_MONTH; }));
  CHECK(refused(month, [](auto& t) { t.kind = TENTO_TIME_YEAR; }));
  CHECK(refused(month, [](auto& t) { t.month = 0; }));
  CHECK(refused(week, [](auto& t) { t.year = 2025; }));
  CHECK(refused(week, [](auto& t) { t.month = 1; }));
  CHECK(refused(week, [](auto& t) { t.kind = TENTO_TIME_YEAR; }));
  CHECK(refused(point, [](auto& t) { t.year = 1; }));
  CHECK(refused(point, [](auto& t) { t.month = 1; }));
  CHECK(refused(point, [](auto& t) { t.day = 1; }));
  CHECK(refused(point, [](auto& t) { t.week = 1; }));
  CHECK(refused(point, [](auto& t) { t.unix_us = INT64_MAX; }));
  CHECK(refused(point, [](auto& t) { t.unix_us = INT64_MIN; }));
  CHECK(refused(point, [](auto& t) { t.unix_us = 253402300800000000; }));
  CHECK_FALSE(refused(point, [](auto& t) { t.unix_us = 253402300799999999; }));
  CHECK(refused(point, [](auto& t) { t.unix_us = -62167219200000001; }));
  CHECK_FALSE(refused(point, [](auto& t) { t.unix_us = -62167219200000000; }));
  CHECK(refused(point, [](auto& t) { t.offset_minutes = 1440; }));
  CHECK(refused(point, [](auto& t) { t.offset_minutes = -1440; }));
  CHECK_FALSE(refused(point, [](auto& t) { t.offset_minutes = -1439; }));
}

TEST_CASE("span: absent sides are NONE, and a broken side is an error") {
  const Span span{must("ymd-2026-04-01"), std::nullopt};
  const tento_span abi = span.to_abi();
  CHECK(abi.to.kind == TENTO_TIME_NONE);
  CHECK(Span::from_abi(abi) == span);
  CHECK(Span::from_abi(tento_span{}) == Span{});
  tento_span broken = abi;
  broken.from.month = 13;
  CHECK_FALSE(Span::from_abi(broken).has_value());
  broken = abi;
  broken.to.kind = 9;
  CHECK_FALSE(Span::from_abi(broken).has_value());
}

TEST_CASE("order: start, then longer first") {
  const char* sorted[] = {
      "y-2026",     "ym-2026-01",     "ymd-2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z",
      "yw-2026-02", "ymd-2026-01-05", "y-2027"};
  for (std::size_t i = 0; i < std::size(sorted); ++i) {
    for (std::size_t j = 0; j < std::size(sorted); ++j) {
      CAPTURE(sorted[i]);
      CAPTURE(sorted[j]);
      CHECK((order(must(sorted[i]), must(sorted[j])) < 0) == (i < j));
      CHECK((order(must(sorted[i]), must(sorted[j])) == 0) == (i == j));
    }
  }
  CHECK(order(must("2026-01-01T02:00:00+02:00"), must("2026-01-01T00:00:00Z")) == 0);
}
