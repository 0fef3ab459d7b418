// SPDX-License-Identifier: Apache-2.0
// The requests of one idempotency key: one works, the others wait in order.
#include "host/server/idempotency.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace {

using tento::host::IdempotencyKey;
using tento::host::server::IdempotencyQueue;
using Entered = IdempotencyQueue::Admission;

const IdempotencyKey key{{}, "token", "k"};

struct Line {
  IdempotencyQueue queue;
  std::vector<int> ran;
  std::vector<int> requests = std::vector<int>(2000);  // their addresses stand for requests

  Entered enter(int number, const char* hash = "h", const IdempotencyKey& of = key) {
    return queue.enter(of, hash, &requests[static_cast<std::size_t>(number)],
                       [this, number] { ran.push_back(number); });
  }
  bool withdraw(int number) { return queue.withdraw(key, &requests[static_cast<std::size_t>(number)]); }
  void leave_all() {
    while (const auto next = queue.leave(key)) next();
  }
};

}  // namespace

TEST_CASE("those that come while the first works get the key in order") {
  Line line;
  CHECK(line.enter(0) == Entered::first);
  for (const int number : {1, 2, 3}) CHECK(line.enter(number) == Entered::waiting);
  CHECK(line.ran.empty());
  line.leave_all();
  CHECK(line.ran == std::vector<int>{1, 2, 3});
  CHECK(line.enter(4) == Entered::first);
}

TEST_CASE("another request with the key is told so at once, and other keys are their own") {
  Line line;
  CHECK(line.enter(0) == Entered::first);
  CHECK(line.enter(1, "another") == Entered::other_request);
  CHECK(line.enter(2, "another", {{}, "token", "k2"}) == Entered::first);
  CHECK(line.enter(3, "another", {{}, "token2", "k"}) == Entered::first);
  // A text is not split between the two names in two ways.
  CHECK(line.enter(4, "h", {{}, "tokenk", ""}) == Entered::first);
  line.leave_all();
  CHECK(line.enter(5, "another") == Entered::first);
}

TEST_CASE("a request that waits may withdraw, once") {
  Line line;
  CHECK(line.enter(0) == Entered::first);
  CHECK(!line.withdraw(0));  // it works
  CHECK(line.enter(1) == Entered::waiting);
  CHECK(line.enter(2) == Entered::waiting);
  CHECK(line.withdraw(1));
  CHECK(!line.withdraw(1));
  line.leave_all();
  CHECK(line.ran == std::vector<int>{2});
  CHECK(!line.withdraw(2));
}

TEST_CASE("what waits is bounded for a key, and in all") {
  Line line;
  constexpr int of_one_key = IdempotencyQueue::max_waiting_per_key;
  constexpr int in_all = IdempotencyQueue::max_waiting;
  CHECK(line.enter(0) == Entered::first);
  for (int number = 1; number <= of_one_key; ++number) REQUIRE(line.enter(number) == Entered::waiting);
  CHECK(line.enter(of_one_key + 1) == Entered::full);
  int waiting = of_one_key;
  for (int other = 0; waiting < in_all; ++other) {
    const IdempotencyKey next{{}, "token", "other" + std::to_string(other)};
    REQUIRE(line.enter(1000, "h", next) == Entered::first);
    for (int i = 0; i < of_one_key && waiting < in_all; ++i, ++waiting)
      REQUIRE(line.enter(1001 + i, "h", next) == Entered::waiting);
  }
  const IdempotencyKey last{{}, "token", "last"};
  CHECK(line.enter(900, "h", last) == Entered::first);
  CHECK(line.enter(901, "h", last) == Entered::full);
  line.leave_all();
  CHECK(line.enter(901, "h", last) == Entered::waiting);
}
