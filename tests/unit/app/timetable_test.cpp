// SPDX-License-Identifier: Apache-2.0
// What is done again and again, until it is not wanted any more.
#include "host/app/timetable.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <utility>

using namespace tento::host;

TEST_CASE("a task is called again and again") {
  Timetable timetable;
  std::promise<void> third;
  int calls = 0;
  const auto entry = timetable.every(std::chrono::milliseconds(1), [&] {
    if (++calls == 3) third.set_value();
  });
  third.get_future().wait();
}

TEST_CASE("a task that is taken off is not called any more, and a call under way is waited for") {
  Timetable timetable;
  std::promise<void> begun;
  std::promise<void> go_on;
  std::atomic<bool> under_way{false};
  bool first = true;
  auto entry = timetable.every(std::chrono::milliseconds(1), [&, wait = go_on.get_future().share()] {
    under_way = true;
    if (std::exchange(first, false)) begun.set_value();
    wait.wait();
    under_way = false;
  });
  begun.get_future().wait();
  auto ended = std::async(std::launch::async, [&] {
    entry.reset();
    return !under_way;
  });
  go_on.set_value();
  CHECK(ended.get());
  // Other tasks go on, and by then the one that ended would have been called, too.
  std::promise<void> later;
  const auto other = timetable.every(std::chrono::milliseconds(2), [&, told = false]() mutable {
    if (!std::exchange(told, true)) later.set_value();
  });
  later.get_future().wait();
  CHECK_FALSE(under_way);
}
