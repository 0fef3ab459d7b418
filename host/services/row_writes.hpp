// SPDX-License-Identifier: Apache-2.0
// Writing a cell at its provider: under a condition on its version, and with a sync where the provider does not say
// what became of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/services/sync_service.hpp"

namespace tento::host {

// Which version the cell must have to be written.
struct WriteCondition {
  bool any = false;  // whatever it has, as long as the cell is there
  std::vector<std::string> versions;
};
// As `--if-version` and If-Match say it: `*`, or versions as text, over HTTP as entity tags (RFC 9110, 13.1.1). A weak
// tag is of no version. Error: a version that is not a valid text of one.
[[nodiscard]] Result<WriteCondition> parse_write_condition(std::string_view text);

struct RowWrite {
  WriteRequest request;
  std::optional<WriteCondition> condition;
  ActorInfo actor;
  std::shared_ptr<CallControl> control;
  SyncWait wait;  // of the sync that may follow
};
struct RowWritten {
  bool accepted = false;  // the provider took it without saying what became of it
  TxnCounts counts;
  std::string cells_json;       // an array: what is stored now
  std::vector<RunRecord> runs;  // of the sync that followed
  // That sync, where one follows: its end is to be given to add_runs().
  PendingSync sync;

  void add_runs(std::vector<RunRecord> ended);
};

class RowWrites {
 public:
  // What it is given outlives it.
  RowWrites(Store& store, RowCalls& calls, SyncService& sync) : store_(store), calls_(calls), sync_(sync) {}
  // Errors: conflict `precondition_failed`; those of guards, of the provider, and of a sync.
  Result<RowWritten> write(const Target& target, RowWrite write);

 private:
  Result<std::string> expected_version(const Target& target, const RowWrite& write) const;

  Store& store_;
  RowCalls& calls_;
  SyncService& sync_;
};

}  // namespace tento::host
