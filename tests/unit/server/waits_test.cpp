// SPDX-License-Identifier: Apache-2.0
// How many may wait at once: of one caller, and in all.
#include "host/server/waits.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "host/server/part_turns.hpp"

namespace {

using tento::host::Caller;
using tento::host::server::PartTurns;
using tento::host::server::Waits;

Caller with_token(const std::string& id) {
  Caller caller;
  caller.principal.token = id;
  return caller;
}

}  // namespace

TEST_CASE("a caller waits as often as one may, others still do, and a place that is left is free") {
  Waits waits(Waits::waiting);
  std::vector<Waits::Place> places;
  for (std::size_t i = 0; i < Waits::waiting.of_a_caller; ++i) {
    auto place = waits.enter(with_token("a"), false);
    REQUIRE(place);
    places.push_back(*place);
  }
  const auto refused = waits.enter(with_token("a"), false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().tag == "too_many_waits");
  CHECK(refused.error().retry_after_ms > 0);
  CHECK(waits.enter(with_token("b"), false));
  places.pop_back();
  CHECK(waits.enter(with_token("a"), false));
}

TEST_CASE("the owner's own commands are bounded with all others alone") {
  Waits waits(Waits::waiting);
  std::vector<Waits::Place> places;
  for (std::size_t i = 0; i < Waits::waiting.in_all; ++i) {
    auto place = waits.enter({}, true);
    REQUIRE(place);
    places.push_back(*place);
  }
  CHECK(waits.enter({}, true).error().tag == "too_many_waits");
  CHECK(waits.enter(with_token("a"), false).error().tag == "too_many_waits");
  places.clear();
  CHECK(waits.enter(with_token("a"), false));
}

TEST_CASE("parts are made by turns: one caller's wait for each other, and the next turn is another caller's") {
  PartTurns turns;
  std::string went;
  const auto go = [&went](char who) { return [&went, who] { went += who; }; };
  for (std::size_t i = 0; i < PartTurns::of_a_caller; ++i) CHECK(turns.enter("a", go('a')));
  CHECK_FALSE(turns.enter("a", go('a')));
  CHECK(turns.enter("b", go('b')));
  turns.leave("b");
  CHECK(went.empty());  // a has as many turns as one may
  turns.leave("a");
  CHECK(went == "a");
  // All turns are taken: who waits first of all callers is not the one that waits longest for itself.
  std::size_t taken = PartTurns::of_a_caller;
  for (char other = 'c'; taken < PartTurns::in_all; ++other)
    for (std::size_t i = 0; i < PartTurns::of_a_caller && taken < PartTurns::in_all; ++i, ++taken)
      CHECK(turns.enter(std::string(1, other), go(other)));
  CHECK_FALSE(turns.enter("a", go('a')));
  CHECK_FALSE(turns.enter("a", go('a')));
  CHECK_FALSE(turns.enter("b", go('b')));
  turns.leave("a");
  CHECK(went == "ab");
  turns.leave("b");
  CHECK(went == "aba");
}
