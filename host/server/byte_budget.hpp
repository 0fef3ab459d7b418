// SPDX-License-Identifier: Apache-2.0
// How much memory requests may hold at once: that of a caller is bounded, and that of all.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tento::host::server {

// Of one kind of memory, for each caller and in all. Thread-safe.
class ByteBudget {
 public:
  struct Bounds {
    std::size_t of_a_caller;
    std::size_t in_all;
  };
  static constexpr Bounds bodies{std::size_t{64} << 20, std::size_t{256} << 20};
  static constexpr Bounds answers{std::size_t{32} << 20, std::size_t{256} << 20};

  explicit ByteBudget(const Bounds& bounds) : bounds_(bounds) {}

  // So much more of that caller's; an empty one is bounded with all others alone. False: it would be too much, and
  // nothing is taken.
  bool take(const std::string& caller, std::size_t bytes);
  void give_back(const std::string& caller, std::size_t bytes);

 private:
  const Bounds bounds_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> held_;  // of those that are counted for themselves
  std::size_t all_ = 0;
};

// What one request has of it; given back when it ends.
class ByteShare {
 public:
  explicit ByteShare(ByteBudget& budget) : budget_(budget) {}
  ~ByteShare() { end(); }
  ByteShare(const ByteShare&) = delete;
  ByteShare& operator=(const ByteShare&) = delete;
  void begin(std::string caller) {
    end();
    caller_ = std::move(caller);
  }
  // So much in all from here on. False: it is too much, and stays as it was.
  bool hold(std::size_t bytes) {
    if (bytes > held_ && !budget_.take(caller_, bytes - held_)) return false;
    if (bytes < held_) budget_.give_back(caller_, held_ - bytes);
    held_ = bytes;
    return true;
  }
  void end() { hold(0); }

 private:
  ByteBudget& budget_;
  std::string caller_;
  std::size_t held_ = 0;
};

}  // namespace tento::host::server
