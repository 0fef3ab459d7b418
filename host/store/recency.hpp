// SPDX-License-Identifier: Apache-2.0
// How recent what a read shows has to be, where a store has copies that lag behind the one that is written.
#pragma once

#include <string>
#include <utility>

namespace tento::host {

// A store with one copy, such as SQLite's or the one in memory, shows every read all that was committed before, so it
// has nothing to decide by it.
class Recency {
 public:
  // Whatever the nearest copy has.
  static Recency any() { return {}; }
  // All up to this cursor of the user's changes: for one who was told of it, or wrote it.
  static Recency at_least(std::string cursor) { return Recency(Kind::at_least, std::move(cursor)); }
  // All that was committed before the read.
  static Recency primary() { return Recency(Kind::primary, {}); }

  enum class Kind { any, at_least, primary };
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& cursor() const { return cursor_; }

 private:
  Recency() = default;
  Recency(Kind kind, std::string cursor) : kind_(kind), cursor_(std::move(cursor)) {}
  Kind kind_ = Kind::any;
  std::string cursor_;
};

}  // namespace tento::host
