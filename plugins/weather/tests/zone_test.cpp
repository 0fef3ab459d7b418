// SPDX-License-Identifier: Apache-2.0
// Days of places: where clocks change, where they change at midnight, and where a day was left out.
#include "weather/zone.hpp"

#include <doctest/doctest.h>

#include <tento/sdk/calendar.hpp>

using tento::datetime;
using tento::naivedate;
using weather::Zone;

namespace {

Zone zone(std::string_view name) {
  const auto found = Zone::find(name);
  REQUIRE(found.has_value());
  REQUIRE_MESSAGE(found->has_value(), name);
  return **found;
}

// Its length in minutes.
std::int64_t minutes_of(const Zone& where, std::string_view day) {
  const tento::Date date = naivedate(day);
  const tento::Date next{std::chrono::sys_days(date) + std::chrono::days(1)};
  return std::chrono::duration_cast<std::chrono::minutes>(where.start_of(next) - where.start_of(date)).count();
}

}  // namespace

TEST_CASE("lengths of days") {
  CHECK(minutes_of(zone("Europe/Berlin"), "2026-03-29") == 23 * 60);
  CHECK(minutes_of(zone("Europe/Berlin"), "2026-10-25") == 25 * 60);
  CHECK(minutes_of(zone("Europe/Berlin"), "2026-10-26") == 24 * 60);
  // The south is the other way round; one island changes by half an hour; one country at midnight.
  CHECK(minutes_of(zone("Australia/Sydney"), "2026-04-05") == 25 * 60);
  CHECK(minutes_of(zone("Australia/Sydney"), "2026-10-04") == 23 * 60);
  CHECK(minutes_of(zone("Australia/Lord_Howe"), "2026-04-05") == 24 * 60 + 30);
  CHECK(minutes_of(zone("Australia/Perth"), "2026-04-05") == 24 * 60);
  CHECK(minutes_of(zone("America/Santiago"), "2026-09-06") == 23 * 60);
  CHECK(minutes_of(zone("Pacific/Apia"), "2011-12-30") == 0);
}

TEST_CASE("where a day begins, and which day it is") {
  CHECK(zone("America/Santiago").start_of(naivedate("2026-09-06")) == datetime("2026-09-06T04:00:00Z"));
  CHECK(zone("Asia/Kolkata").start_of(naivedate("2026-04-29")) == datetime("2026-04-28T18:30:00Z"));
  CHECK(zone("Pacific/Kiritimati").day(datetime("2026-04-29T10:00:00Z")) == naivedate("2026-04-30"));
  CHECK(zone("Pacific/Honolulu").day(datetime("2026-04-29T09:59:59Z")) == naivedate("2026-04-28"));
  // A clock that is put back: the day begins once.
  const Zone berlin = zone("Europe/Berlin");
  CHECK(berlin.day(datetime("2026-10-25T00:30:00Z")) == naivedate("2026-10-25"));
  CHECK(berlin.day(datetime("2026-10-25T01:30:00Z")) == naivedate("2026-10-25"));
  CHECK(berlin.offset(datetime("2026-10-25T00:30:00Z")) == std::chrono::hours(2));
  CHECK(berlin.offset(datetime("2026-10-25T01:30:00Z")) == std::chrono::hours(1));
  CHECK(berlin.offset(datetime("1940-06-01T00:00:00Z")) == std::chrono::hours(2));
}

TEST_CASE("names that no zone has") {
  for (const std::string_view none : {"", "Mars/Olympus", "Europe", "../../etc/passwd", "Europe/Berlin ",
                                      "europe/berlin", "zone.tab", "UTC\n", "/etc/localtime"}) {
    CAPTURE(none);
    const auto found = Zone::find(none);
    REQUIRE(found.has_value());
    CHECK_FALSE(found->has_value());
  }
  CHECK(Zone::fixed(std::chrono::hours(99)).offset({}) == std::chrono::hours(18));
  CHECK(Zone::fixed(-std::chrono::hours(3)).start_of(naivedate("2026-04-29")) == datetime("2026-04-29T03:00:00Z"));
}
