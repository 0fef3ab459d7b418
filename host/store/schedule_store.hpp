// SPDX-License-Identifier: Apache-2.0
// When rows sync without being asked, what is paused, and how the stages of a row ended last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/model/account.hpp"
#include "host/model/row.hpp"

namespace tento::host {

// How a stage of a row ended last, well and otherwise.
struct StageEnds {
  std::string stage;
  std::int64_t ok_us = 0;          // 0 = never
  std::int64_t failed_us = 0;      // 0 = never
  std::int64_t data_version = -1;  // of what the last one that ended well brought; -1 = not known
};

// How any stage of a row ended last.
struct RowEnds {
  Uuid row;
  std::int64_t ok_us = 0;
  std::int64_t failed_us = 0;
};

struct RowDue {
  Uuid row;
  std::int64_t due_us = 0;  // see RowRecord::due_us
};

// Any thread.
class ScheduleStore {
 public:
  virtual ~ScheduleStore() = default;

  // Rows that are due by then, the earliest first, those that nobody has judged before all others; at most `limit`.
  virtual Result<std::vector<RowRecord>> due(std::int64_t now_us, std::size_t limit) = 0;
  // The earliest moment at which a row is due; nothing = none is.
  virtual Result<std::optional<std::int64_t>> earliest() = 0;
  // Of rows that are not there nothing is kept.
  virtual Result<void> set_due(std::span<const RowDue> rows) = 0;
  // Every row is to be judged anew. The rows of an account are whenever it comes, goes, or is changed.
  virtual Result<void> judge_all() = 0;
  // Whether there is such a row; it is judged anew.
  virtual Result<bool> pause_row(const Uuid& row, bool paused) = 0;
  // What is not given stays. Whether there is such an account; its rows are judged anew.
  virtual Result<bool> set_account(const AccountKey& account, std::optional<bool> paused,
                                   std::optional<std::int64_t> interval_s) = 0;
  // Of all stages of the row that ever ended.
  virtual Result<std::vector<StageEnds>> stage_ends(const Uuid& row) = 0;
  // Of all rows of the user of which a stage ever ended.
  virtual Result<std::vector<RowEnds>> row_ends(const Uuid& user) = 0;
};

}  // namespace tento::host
