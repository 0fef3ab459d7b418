// SPDX-License-Identifier: Apache-2.0
// Which days of the past are fetched next.
#include "connector/history.hpp"

#include <doctest/doctest.h>

#include <tento/sdk/calendar.hpp>

using weather::rows::Days;
using weather::rows::History;

namespace {

Days days(std::string_view from, std::string_view to) {
  return {tento::naivedate(from), tento::naivedate(to)};
}

}  // namespace

TEST_CASE("nothing held: from the end backwards") {
  const History none;
  CHECK(none.text().empty());
  CHECK(none.missing(days("2026-01-01", "2026-01-11"), 4) == std::vector{days("2026-01-07", "2026-01-11"),
                                                                         days("2026-01-03", "2026-01-07"),
                                                                         days("2026-01-01", "2026-01-03")});
  CHECK(none.missing(days("2026-01-01", "2026-01-01"), 4).empty());
  CHECK(none.missing(days("2026-01-02", "2026-01-01"), 4).empty());
}

TEST_CASE("some held: what follows, then what comes before") {
  History some = History::parse("1 2026-01-05 2026-01-08");
  CHECK(some.held() == days("2026-01-05", "2026-01-08"));
  CHECK(some.text() == "1 2026-01-05 2026-01-08");
  CHECK(some.missing(days("2026-01-02", "2026-01-13"), 3) == std::vector{days("2026-01-08", "2026-01-11"),
                                                                         days("2026-01-11", "2026-01-13"),
                                                                         days("2026-01-02", "2026-01-05")});
  CHECK(some.missing(days("2026-01-06", "2026-01-07"), 3).empty());
  // Far away from what is held: that is forgotten once they are fetched.
  CHECK(some.missing(days("2027-01-01", "2027-01-03"), 3) == std::vector{days("2027-01-01", "2027-01-03")});
  some.add(days("2027-01-01", "2027-01-03"));
  CHECK(some.held() == days("2027-01-01", "2027-01-03"));
  some.add(days("2027-01-03", "2027-01-03"));
  some.add(days("2026-12-30", "2027-01-01"));
  CHECK(some.held() == days("2026-12-30", "2027-01-03"));
}

TEST_CASE("cursors that make no sense hold nothing") {
  for (const std::string_view odd :
       {"", "1", "1 ", "1 2026-01-05", "2 2026-01-05 2026-01-08", "1 2026-01-08 2026-01-05", "1 2026-02-30 2026-03-01",
        "1 2026-01-05 2026-01-08 ", " 1 2026-01-05 2026-01-08"}) {
    CAPTURE(odd);
    CHECK(History::parse(odd).held().empty());
  }
}
