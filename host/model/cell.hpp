// SPDX-License-Identifier: Apache-2.0
// Cells: on their way into a store, and as it gives them back.
#pragma once

#include <tento/cell.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tento::host {

// A cell on its way in. Views are borrowed for the call. `data` was validated (UTF-8, JSON) by the caller.
struct CellInput {
  std::string_view id;
  tento_semantic_time date{};
  tento_semantic_time end_date{};
  std::int64_t start_us = 0;
  std::int64_t end_us = 0;
  std::string_view data;
  std::string_view version;
  std::string_view raw;
  bool tombstone = false;
};

// A stored cell. Views are borrowed until the visitor returns.
struct CellView {
  std::string_view id;
  tento_semantic_time date{};
  tento_semantic_time end_date{};
  std::int64_t start_us = 0;
  std::int64_t end_us = 0;
  std::string_view data;
  std::string_view version;
  std::int64_t change_seq = 0;
  std::int64_t updated_us = 0;
  bool tombstone = false;
  std::string_view raw = {};  // the service's own bytes, where a page was asked for with them
};
// One cell with what it is made of, owned.
struct StoredCell {
  std::string id;
  tento_semantic_time date{};
  tento_semantic_time end_date{};
  std::int64_t start_us = 0;
  std::int64_t end_us = 0;
  std::string data;
  std::string version;
  std::int64_t change_seq = 0;
  std::int64_t updated_us = 0;
};
// Names a cell of a row: by its id, or by its date in a row whose cells have no id.
struct CellKey {
  std::string_view id;
  tento_semantic_time date{};  // counts when the id is empty
};

struct TxnCounts {
  std::uint64_t added = 0;
  std::uint64_t updated = 0;
  std::uint64_t deleted = 0;
  std::uint64_t unchanged = 0;
  [[nodiscard]] std::uint64_t changed() const { return added + updated + deleted; }
};

}  // namespace tento::host
