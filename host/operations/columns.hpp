// SPDX-License-Identifier: Apache-2.0
// Columns of records that are made of values of one type: each is named, described and read in one place.
#pragma once

#include <initializer_list>
#include <vector>

#include "host/operations/output.hpp"

namespace tento::host {

template <class T>
class Columns {
 public:
  struct Entry {
    Column column;
    Field (*get)(const T& value);
  };
  Columns(std::initializer_list<Entry> entries) : entries_(entries) {}
  // These, and then those.
  [[nodiscard]] Columns and_then(const Columns& more) const {
    Columns out = *this;
    out.entries_.insert(out.entries_.end(), more.entries_.begin(), more.entries_.end());
    return out;
  }

  [[nodiscard]] std::vector<Column> columns() const {
    std::vector<Column> out;
    for (const Entry& entry : entries_) out.push_back(entry.column);
    return out;
  }
  [[nodiscard]] Record record(const T& value) const {
    Record out;
    for (const Entry& entry : entries_) out.push_back(entry.get(value));
    return out;
  }

 private:
  std::vector<Entry> entries_;
};

}  // namespace tento::host
