// SPDX-License-Identifier: Apache-2.0
// How many parts of answers are made at once, which is what their making takes of memory: the others wait for a turn,
// and hold no worker.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace tento::host::server {

// Thread-safe.
class PartTurns {
 public:
  static constexpr std::size_t of_a_caller = 3;
  static constexpr std::size_t in_all = 12;

  // Whether the caller has a turn now. If not, `go` is called when it has one, on any thread; it is quick.
  bool enter(const std::string& caller, std::function<void()> go);
  // The turn is over. The next is another caller's, where one waits.
  void leave(const std::string& caller);

 private:
  struct Turns {
    std::size_t taken = 0;
    std::deque<std::function<void()>> line;
  };
  [[nodiscard]] bool free_for(const Turns& turns) const { return turns.taken < of_a_caller && all_ < in_all; }

  std::mutex mutex_;
  std::map<std::string, Turns> of_;  // by caller
  std::size_t all_ = 0;
};

}  // namespace tento::host::server
