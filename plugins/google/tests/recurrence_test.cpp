// SPDX-License-Identifier: Apache-2.0
// Rules by hand: clocks that change, ends of all kinds, dates that are left out or added, and what is no rule.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "google/recurrence.hpp"

using namespace google;

namespace {

EventTime at(const std::string& moment, const std::string& zone = "Europe/Berlin") {
  EventTime out;
  out.at = *tento::SemanticTime::parse(moment)->instant();
  REQUIRE(out.plan_in(zone, Zone()).has_value());
  return out;
}
EventTime on(const std::string& date) {
  EventTime out;
  out.all_day = true;
  out.day = tento::PartialDate::parse("ymd-" + date)->start();
  return out;
}
tento::Date date(const std::string& text) {
  return tento::PartialDate::parse("ymd-" + text)->start();
}

std::vector<std::string> keys(const SeriesRule& rule, const std::string& from = "2020-01-01",
                              const std::string& to = "2030-01-01") {
  ExpandLimits limits;
  limits.from = date(from);
  limits.to = date(to);
  const auto got = expand(rule, limits);
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
  std::vector<std::string> out;
  for (const Instance& one : got->instances) out.push_back(one.start.key());
  return out;
}
using Keys = std::vector<std::string>;

SeriesRule timed(const std::string& start, const std::string& end, std::vector<std::string> lines,
                 const std::string& zone = "Europe/Berlin") {
  return {at(start, zone), at(end, zone), std::move(lines)};
}

}  // namespace

TEST_CASE("recurrence: nine in the morning stays nine when clocks change") {
  const auto rule = timed("2026-03-27T09:00:00+01:00", "2026-03-27T10:00:00+01:00", {"RRULE:FREQ=DAILY;COUNT=4"});
  CHECK(keys(rule) == Keys{"20260327T080000Z", "20260328T080000Z", "20260329T070000Z", "20260330T070000Z"});
}

TEST_CASE("recurrence: a time that clocks skip is moved by the change, one that comes twice is its first") {
  CHECK(keys(timed("2026-03-28T02:30:00+01:00", "2026-03-28T03:00:00+01:00", {"RRULE:FREQ=DAILY;COUNT=3"})) ==
        Keys{"20260328T013000Z", "20260329T013000Z", "20260330T003000Z"});
  CHECK(keys(timed("2026-10-24T02:30:00+02:00", "2026-10-24T03:00:00+02:00", {"RRULE:FREQ=DAILY;COUNT=3"})) ==
        Keys{"20261024T003000Z", "20261025T003000Z", "20261026T013000Z"});
}

TEST_CASE("recurrence: a night's event lasts as long by the clock of the universe, a day's as many days") {
  ExpandLimits limits;
  limits.from = date("2026-01-01");
  limits.to = date("2027-01-01");
  const auto night =
      expand(timed("2026-03-27T22:00:00+01:00", "2026-03-28T06:00:00+01:00", {"RRULE:FREQ=DAILY;COUNT=2"}), limits);
  REQUIRE(night.has_value());
  CHECK(night->instances.at(1).end.at - night->instances.at(1).start.at == std::chrono::hours(8));
  CHECK(night->instances.at(1).end.key() == "20260329T050000Z");
  const auto days = expand({on("2026-03-27"), on("2026-03-30"), {"RRULE:FREQ=WEEKLY;COUNT=2"}}, limits);
  REQUIRE(days.has_value());
  CHECK(days->instances.at(1).start.key() == "20260403");
  CHECK(days->instances.at(1).end.key() == "20260406");
}

TEST_CASE("recurrence: UNTIL is a moment, or a day, and the last instance may be on it") {
  const std::string daily = "RRULE:FREQ=DAILY;UNTIL=";
  const auto count = [&](const std::string& until) {
    return keys(timed("2026-04-01T00:30:00+02:00", "2026-04-01T01:00:00+02:00", {daily + until})).size();
  };
  CHECK(count("20260404T223000Z") == 5);  // 5 April, 00:30 in Berlin
  CHECK(count("20260404T222959Z") == 4);
  CHECK(count("20260405") == 5);
  CHECK(count("20260405T003000") == 5);   // without a zone: the series'
  CHECK(count("20260331T000000Z") == 1);  // before the first one, which is there all the same
  CHECK(keys({on("2026-04-01"), on("2026-04-02"), {daily + "20260403"}}).size() == 3);
  CHECK(keys({on("2026-04-01"), on("2026-04-02"), {daily + "20260403T235959Z"}}).size() == 3);
}

TEST_CASE("recurrence: a first instance that the rule does not give is there, and counts") {
  // A Wednesday; Fridays.
  const auto rule =
      timed("2026-04-01T09:00:00+02:00", "2026-04-01T10:00:00+02:00", {"RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=3"});
  CHECK(keys(rule) == Keys{"20260401T070000Z", "20260403T070000Z", "20260410T070000Z"});
  CHECK(keys(timed("2026-04-01T09:00:00+02:00", "2026-04-01T10:00:00+02:00", {"RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=1"})) ==
        Keys{"20260401T070000Z"});
}

TEST_CASE("recurrence: dates that are left out and added, in every form") {
  const std::string weekly = "RRULE:FREQ=WEEKLY;COUNT=5";
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), weekly);
    return keys(timed("2026-04-01T09:00:00+02:00", "2026-04-01T10:00:00+02:00", std::move(more)));
  };
  const Keys all = {"20260401T070000Z", "20260408T070000Z", "20260415T070000Z", "20260422T070000Z", "20260429T070000Z"};
  CHECK(with({}) == all);
  const Keys without = {"20260401T070000Z", "20260415T070000Z", "20260429T070000Z"};
  CHECK(with({"EXDATE:20260408T070000Z,20260422T070000Z"}) == without);
  CHECK(with({"EXDATE;TZID=Europe/Berlin:20260408T090000", "EXDATE;TZID=America/New_York:20260422T030000"}) == without);
  CHECK(with({"EXDATE;VALUE=DATE:20260408,20260422"}) == without);
  CHECK(with({"EXDATE:20260408T090000,20260422T090000"}) == without);
  CHECK(with({"EXRULE:FREQ=WEEKLY;INTERVAL=2"}) == Keys{"20260408T070000Z", "20260422T070000Z"});
  CHECK(with({"EXDATE:20260402T070000Z"}) == all);
  CHECK(with({"RDATE;TZID=Europe/Berlin:20260410T180000"}).at(2) == "20260410T160000Z");
  CHECK(with({"RDATE;VALUE=DATE:20260410"}).at(2) == "20260410T070000Z");
  CHECK(with({"RDATE:20260408T070000Z"}) == all);
  ExpandLimits limits;
  limits.from = date("2026-01-01");
  limits.to = date("2027-01-01");
  const auto period = expand(timed("2026-04-01T09:00:00+02:00", "2026-04-01T10:00:00+02:00",
                                   {"RDATE;VALUE=PERIOD:20260410T070000Z/PT3H,20260411T070000Z/20260411T074500Z"}),
                             limits);
  REQUIRE(period.has_value());
  REQUIRE(period->instances.size() == 3);
  CHECK(period->instances.at(1).end.key() == "20260410T100000Z");
  CHECK(period->instances.at(2).end.key() == "20260411T074500Z");
}

TEST_CASE("recurrence: a range takes what overlaps it, and nothing is walked beyond it") {
  const auto rule = timed("2026-01-01T23:00:00+01:00", "2026-01-02T01:00:00+01:00", {"RRULE:FREQ=DAILY"});
  CHECK(keys(rule, "2026-02-01", "2026-02-03") == Keys{"20260131T220000Z", "20260201T220000Z", "20260202T220000Z"});
  CHECK(keys(rule, "2025-01-01", "2026-01-02") == Keys{"20260101T220000Z"});
  CHECK(keys(rule, "2025-01-01", "2025-02-01").empty());
}

TEST_CASE("recurrence: rules that never end, or never come, end all the same") {
  ExpandLimits limits;
  limits.from = date("2020-01-01");
  limits.to = date("2030-01-01");
  const auto seconds =
      expand(timed("2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00", {"RRULE:FREQ=HOURLY"}), limits);
  REQUIRE(seconds.has_value());
  CHECK_FALSE(seconds->complete);
  CHECK(seconds->instances.size() == limits.most_instances);
  const auto never =
      expand({on("2026-01-01"), on("2026-01-02"), {"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}}, limits);
  REQUIRE(never.has_value());
  CHECK(never->instances.size() == 1);
  std::size_t asked = 0;
  limits.go_on = [&asked] { return ++asked < 3; };
  const auto stopped =
      expand(timed("2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00", {"RRULE:FREQ=HOURLY"}), limits);
  REQUIRE(stopped.has_value());
  CHECK_FALSE(stopped->complete);
  CHECK(asked == 3);
}

TEST_CASE("recurrence: a zone that the system does not know is the offset that was written") {
  SeriesRule rule = timed("2026-03-28T09:00:00+01:00", "2026-03-28T10:00:00+01:00", {"RRULE:FREQ=DAILY;COUNT=3"});
  REQUIRE(rule.start.plan_in("Customized Time Zone", Zone::fixed(std::chrono::minutes(60))).has_value());
  CHECK(keys(rule) == Keys{"20260328T080000Z", "20260329T080000Z", "20260330T080000Z"});
}

TEST_CASE("recurrence: lines that are none are left out by themselves, and named") {
  ExpandLimits limits;
  limits.from = date("2020-01-01");
  limits.to = date("2030-01-01");
  for (const std::string line :
       {"RRULE:FREQ=SOMETIMES", "RRULE:", "RRULE:COUNT=3", "EXDATE:yesterday", "nonsense", "RRULE:FREQ=DAILY\nATTACH:x",
        "RRULE:FREQ=DAILY;UNTIL=20260230T999999Z;INTERVAL=-1", "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "END:VEVENT",
        "RDATE:20260230T090000", "RRULE:FREQ=DAILY;UNTIL=20260230", "RDATE;TZID=", "EXDATE;VALUE=DATE:", ""}) {
    CAPTURE(line);
    const auto got = expand(
        timed("2026-01-01T00:00:00+01:00", "2026-01-01T00:30:00+01:00", {line, "RRULE:FREQ=DAILY;COUNT=2"}), limits);
    REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
    CHECK(got->instances.size() == 2);
    REQUIRE(got->ignored.size() == 1);
    CHECK(got->ignored[0].size() < 260);
    CHECK(got->ignored[0].find(line.substr(0, 8)) != std::string::npos);
  }
}

TEST_CASE("recurrence: lines as calendars write them") {
  const std::string daily = "RRULE:FREQ=DAILY;COUNT=5";
  const auto with = [&](std::vector<std::string> lines) {
    const SeriesRule rule = timed("2026-04-01T09:00:00+02:00", "2026-04-01T10:00:00+02:00", std::move(lines));
    ExpandLimits limits;
    limits.from = date("2020-01-01");
    limits.to = date("2030-01-01");
    const auto got = expand(rule, limits);
    REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
    Keys out;
    for (const Instance& one : got->instances) out.push_back(one.start.key().substr(6, 2));
    for (const std::string& one : got->ignored) out.push_back(one);
    return out;
  };
  const Keys all = {"01", "02", "03", "04", "05"};
  const Keys without = {"01", "03", "04", "05"};
  CHECK(with({"rrule:freq=daily;count=5"}) == all);
  CHECK(with({"RRULE;X-NOTE=\"a:b;c\":FREQ=DAILY;X-EVOLUTION-ENDDATE=20260405T070000Z;COUNT=5;"}) == all);
  CHECK(with({daily, "EXDATE;TZID=W. Europe Standard Time:20260402T090000"}) == without);
  CHECK(with({daily, "EXDATE;TZID=\"W. Europe Standard Time\":20260402T090000"}) == without);
  CHECK(with({daily, "EXDATE;TZID=Central Standard Time:20260402T020000"}) == without);
  CHECK(with({daily, "EXDATE;TZID=GMT+01:00:20260402T080000"}) == without);
  CHECK(with({daily, "EXDATE;TZID=\"GMT+01:00\":20260402T080000"}) == without);
  CHECK(with({daily, "EXDATE;TZID=GMT-0230:20260402T043000"}) == without);
  CHECK(with({daily, "EXDATE;TZID=Nobody's Time:20260402T090000"}) == without);  // by the series' clock
  CHECK(with({daily, "exdate;tzid=Europe/Berlin;x-vobj=1;value=date-time:20260402t090000"}) == without);
  CHECK(with({daily, "EXDATE;VALUE=date:20260402"}) == without);
  // One date that is none takes no other with it.
  const auto some = with({daily, "EXDATE:20260402T070000Z,someday,20260403T070000Z"});
  REQUIRE(some.size() == 4);
  CHECK(Keys(some.begin(), some.begin() + 3) == Keys{"01", "04", "05"});
  CHECK(some[3] == "the recurrence line `EXDATE:someday` is not understood (RFC 5545)");
}
