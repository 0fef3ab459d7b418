// SPDX-License-Identifier: Apache-2.0
// Days, buckets and spans as moments in zones whose offset changes; and the ids of rows.
#include <doctest/doctest.h>

#include "host/model/moments.hpp"
#include "host/model/row_id.hpp"

using namespace tento;
using namespace tento::host;
using namespace std::chrono;

namespace {

constexpr std::int64_t hour_us = 3'600'000'000;

Zone zone(std::string_view name) {
  return *Zone::find(name);
}
SemanticTime time(std::string_view text) {
  return *SemanticTime::parse(text);
}
std::int64_t us(std::string_view rfc3339) {
  return time(rfc3339).instant()->time_since_epoch().count();
}
Moments cell(std::string_view date, std::string_view end, const Zone& in) {
  tento_semantic_time none{};
  return *moments_of_cell(time(date).to_abi(), end.empty() ? none : time(end).to_abi(), in);
}

}  // namespace

TEST_CASE("days begin where the zone says, also when its offset changes") {
  const Zone berlin = zone("Europe/Berlin");
  CHECK(berlin.day_start_us(2026y / March / 29d) == us("2026-03-28T23:00:00Z"));
  CHECK(berlin.day_start_us(2026y / March / 30d) - berlin.day_start_us(2026y / March / 29d) == 23 * hour_us);
  CHECK(berlin.day_start_us(2026y / October / 26d) - berlin.day_start_us(2026y / October / 25d) == 25 * hour_us);
  // Midnight itself is skipped (Beirut springs forward at 00:00) or happens twice (Havana falls back at 01:00).
  const Zone beirut = zone("Asia/Beirut");
  CHECK(beirut.day_start_us(2022y / March / 27d) == us("2022-03-26T22:00:00Z"));
  CHECK(beirut.local_day(us("2022-03-26T21:59:59Z")) == Date{2022y / March / 26d});
  CHECK(beirut.local_day(us("2022-03-26T22:00:00Z")) == Date{2022y / March / 27d});
  const Zone havana = zone("America/Havana");
  CHECK(havana.day_start_us(2022y / November / 6d) == us("2022-11-06T04:00:00Z"));
  // A day that never was: Samoa went from the 29th to the 31st.
  const Zone apia = zone("Pacific/Apia");
  CHECK(apia.day_start_us(2011y / December / 30d) == apia.day_start_us(2011y / December / 31d));
  CHECK(Zone::find("Mars/Olympus").error().message.find("`Mars/Olympus` is unknown") != std::string::npos);
}

TEST_CASE("cells cover from the start of their date to the end of their end") {
  const Zone berlin = zone("Europe/Berlin");
  CHECK(cell("ymd-2026-04-01", "", berlin).to_us == us("2026-04-01T22:00:00Z"));
  CHECK(cell("ym-2026-04", "", berlin).to_us == us("2026-04-30T22:00:00Z"));
  CHECK(cell("ymd-2026-04-01", "ymd-2026-04-02", berlin).to_us == us("2026-04-02T22:00:00Z"));
  CHECK(cell("2026-04-01T10:00:00Z", "2026-04-01T11:00:00Z", berlin).to_us == us("2026-04-01T11:00:00Z"));
  const Moments point = cell("2026-04-01T10:00:00Z", "", berlin);
  CHECK(point.from_us == point.to_us);
  CHECK(overlaps(point, {point.from_us, point.from_us + 1}));
  CHECK_FALSE(overlaps(point, {point.from_us - 5, point.from_us}));
  const Moments day = cell("ymd-2026-04-01", "", berlin);
  CHECK(overlaps(day, {day.to_us - 1, day.to_us}));
  CHECK_FALSE(overlaps(day, {day.to_us, day.to_us + 1}));
  CHECK_FALSE(overlaps(day, {day.from_us - 1, day.from_us}));
}

TEST_CASE("a bucket as the end of a range includes itself, an instant does not") {
  const Zone berlin = zone("Europe/Berlin");
  const auto range = [&](std::optional<SemanticTime> from, std::optional<SemanticTime> to) {
    return moments_of(window_of_range({std::move(from), std::move(to)}), berlin);
  };
  CHECK(range(time("ym-2026-04"), time("ym-2026-04")).from_us == us("2026-03-31T22:00:00Z"));
  CHECK(range(time("ym-2026-04"), time("ym-2026-04")).to_us == us("2026-04-30T22:00:00Z"));
  CHECK(range({}, time("y-2026")).to_us == us("2026-12-31T23:00:00Z"));
  CHECK(range({}, time("2026-04-01T10:00:00Z")).to_us == us("2026-04-01T10:00:00Z"));
  CHECK(range({}, {}).from_us == INT64_MIN);
  CHECK(range({}, {}).to_us == INT64_MAX);
  CHECK(range({}, time("y-9999")).to_us == INT64_MAX);
  // As it crosses the ABI a window ends where its `to` begins.
  CHECK(moments_of(Span{{}, time("ym-2026-04")}, berlin).to_us == us("2026-03-31T22:00:00Z"));
}

TEST_CASE("row ids are those of the policy's vectors") {
  const Uuid owner = *Uuid::parse("00112233-4455-4677-8899-aabbccddeeff");
  CHECK(row_id(owner, ":~myprovider:9f3a:activities").text() == "809a3a9c-59d6-576e-be02-3834957daa0a");
  CHECK(row_id(*Uuid::parse("ffffffff-ffff-4fff-bfff-ffffffffffff"), ":~myprovider:9f3a:activities").text() ==
        "7b5afede-f84e-5346-943d-a8b6f850feff");
  CHECK(row_id(owner, ":~myprovider:a%3Ab:notes:50%25").text() == "396ccbce-b608-5524-8991-9621fed0cd7c");
  CHECK(row_id(owner, ":~myprovider:tab:files:a%09b%7F").text() == "456cf607-3074-5cc4-8b1c-55a3cf3b1cf6");
}
