// SPDX-License-Identifier: Apache-2.0
// Changes of cells as faces tell them, and whose changes a caller may see.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "host/operations/context.hpp"

namespace tento::host {

[[nodiscard]] std::string_view to_string(ChangeKind kind);
// {kind,key,id,date,end_date,data,version}; data that was stored is copied. What is gone has none.
void append_change_json(std::string& out, const Change& change);

// Remembers which rows a caller may see; for one thread, and for as long as the caller's rights hold.
class VisibleRows {
 public:
  VisibleRows(Dispatcher& dispatcher, UserRecord owner, Caller caller)
      : dispatcher_(dispatcher), owner_(std::move(owner)), caller_(std::move(caller)) {}
  bool operator()(const Change& change);
  // The same of a row, by its id and canonical key.
  bool operator()(const Uuid& row, std::string_view key);

 private:
  static constexpr std::size_t most_remembered = 10'000;
  Dispatcher& dispatcher_;
  UserRecord owner_;
  Caller caller_;
  std::map<Uuid, bool> verdicts_;
};

}  // namespace tento::host
