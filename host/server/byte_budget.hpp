// SPDX-License-Identifier: Apache-2.0
// How much memory the bodies of requests may hold at once.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tento::host::server {

// How much memory the bodies of requests hold, for each caller and in all. Thread-safe.
class BodyBudget {
 public:
  static constexpr std::size_t of_a_caller = std::size_t{64} << 20;
  static constexpr std::size_t in_all = std::size_t{256} << 20;

  // So much more of that caller's. False: it would be too much, and nothing is taken.
  bool take(const std::string& caller, std::size_t bytes);
  void give_back(const std::string& caller, std::size_t bytes);

 private:
  std::mutex mutex_;
  std::map<std::string, std::size_t> held_;  // of those that are counted for themselves
  std::size_t all_ = 0;
};

// What one body has of it; given back when it ends.
class BodyShare {
 public:
  explicit BodyShare(BodyBudget& budget) : budget_(budget) {}
  ~BodyShare() { end(); }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  void begin(std::string caller) {
    end();
    caller_ = std::move(caller);
  }
  // So much in all. False: it is too much.
  bool grow_to(std::size_t bytes) {
    if (bytes <= held_) return true;
    if (!budget_.take(caller_, bytes - held_)) return false;
    held_ = bytes;
    return true;
  }
  void end() {
    if (held_ > 0) budget_.give_back(caller_, std::exchange(held_, 0));
  }

 private:
  BodyBudget& budget_;
  std::string caller_;
  std::size_t held_ = 0;
};

}  // namespace tento::host::server
