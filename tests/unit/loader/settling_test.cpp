// SPDX-License-Identifier: Apache-2.0
// When plugin folders are looked at, on a clock of the test's own.
#include <doctest/doctest.h>

#include "host/loader/settling.hpp"

namespace {

using namespace tento::host;
using namespace std::chrono_literals;
using Paths = std::set<std::filesystem::path>;

constexpr auto quiet = Settling::quiet, patience = Settling::patience;
const Settling::Moment start{1h};

TEST_CASE("without a change nobody looks") {
  Settling settling;
  CHECK_FALSE(settling.due());
  CHECK(settling.look(start).empty());
  CHECK_FALSE(settling.due());
}

TEST_CASE("a file that was moved there is looked at once it is quiet, and not again") {
  Settling settling;
  settling.on("/p/a.so", FileEvent::changed, start);
  REQUIRE(settling.due());
  CHECK(*settling.due() == start + quiet);
  CHECK(settling.look(start + quiet).empty());
  CHECK_FALSE(settling.due());
}

TEST_CASE("a file that is written waits until it is closed, however long that takes") {
  Settling settling;
  settling.on("/p/a.so", FileEvent::created, start);
  settling.on("/p/a.so", FileEvent::opened, start);
  for (auto at = start; at < start + 600s; at += 20s) {
    settling.on("/p/a.so", FileEvent::written, at);
    CHECK(*settling.due() == at + Settling::silent_writer);
    CHECK(settling.look(at + 10s) == Paths{"/p/a.so"});
  }
  settling.on("/p/a.so", FileEvent::closed_written, start + 600s);
  CHECK(*settling.due() == start + 600s + quiet);
  CHECK(settling.look(start + 600s + quiet).empty());
}

TEST_CASE("a file that was made and not written yet waits for its writer, a link to a whole one does not") {
  Settling settling;
  settling.on("/p/copied.so", FileEvent::created, start);
  settling.on("/p/copied.so", FileEvent::opened, start);
  settling.on("/p/linked.so", FileEvent::created, start);
  CHECK(*settling.due() == start + quiet);
  CHECK(settling.look(start + quiet) == Paths{"/p/copied.so"});
  // A reader that comes by ends nothing for the writer's sake, and begins nothing by itself.
  settling.on("/p/linked.so", FileEvent::opened, start + 1s);
  settling.on("/p/linked.so", FileEvent::closed_unwritten, start + 1s);
  CHECK(*settling.due() == start + Settling::silent_writer);
}

TEST_CASE("a writer that is silent too long is not waited for") {
  Settling settling;
  settling.on("/p/a.so", FileEvent::written, start);
  CHECK(*settling.due() == start + Settling::silent_writer);
  CHECK(settling.look(start + Settling::silent_writer).empty());
  CHECK_FALSE(settling.due());
}

TEST_CASE("many files that come one after the other are looked at together, but not for ever later") {
  Settling settling;
  auto at = start;
  for (int i = 0; i < 1000; ++i, at += 5ms) settling.on("/p/" + std::to_string(i) + ".so", FileEvent::changed, at);
  CHECK(*settling.due() == start + quiet + patience);
  const auto waiting = settling.look(start + quiet + patience);
  CHECK_FALSE(waiting.empty());
  CHECK(waiting.size() < 1000);
  CHECK(waiting.contains("/p/999.so"));
  CHECK_FALSE(waiting.contains("/p/0.so"));
  // The rest follows.
  REQUIRE(settling.due());
  CHECK(settling.look(at + quiet).empty());
}

TEST_CASE("one that is being written holds up no other") {
  Settling settling;
  settling.on("/p/slow.so", FileEvent::written, start);
  settling.on("/p/a.so", FileEvent::changed, start + 1s);
  CHECK(*settling.due() == start + 1s + quiet);
  CHECK(settling.look(start + 1s + quiet) == Paths{"/p/slow.so"});
}

TEST_CASE("a file that is removed while it is written is gone") {
  Settling settling;
  settling.on("/p/a.so", FileEvent::written, start);
  settling.on("/p/a.so", FileEvent::changed, start + 1s);
  CHECK(*settling.due() == start + 1s + quiet);
}

TEST_CASE("after lost events everything is looked at") {
  Settling settling;
  settling.on_all(start);
  CHECK(*settling.due() == start + quiet);
  CHECK(settling.look(start + quiet).empty());
  CHECK_FALSE(settling.due());
}

}  // namespace
