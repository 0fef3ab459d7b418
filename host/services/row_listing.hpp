// SPDX-License-Identifier: Apache-2.0
// Which rows a user has: those that the accounts and the patterns of the loaded providers come to, those that are
// stored beside them, and those that nobody serves any more.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/access/access.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/model/account.hpp"
#include "host/model/row.hpp"
#include "host/schema/route_table.hpp"
#include "host/store/schedule_store.hpp"

namespace tento::host {

// A row, or the pattern of rows that are not there yet. The route lives as long as the table, or as `stored_route`.
struct ListedRow {
  const Route* route = nullptr;
  std::string key = {};  // empty = the pattern alone
  std::string account = {};
  std::string label = {};  // empty = as the provider calls such rows
  std::string attributes_json = {};
  RowState state = RowState::active;
  std::shared_ptr<const Route> stored_route = {};  // of a row without a provider
  // ---- of a stored one
  bool paused = false;
  std::int64_t due_us = 0;  // see RowRecord
  std::int64_t ok_us = 0;   // when a stage of it ended well last; 0 = never
  std::int64_t failed_us = 0;
};

// What a user has connected and stored.
struct HeldRows {
  std::vector<AccountRecord> accounts;
  std::vector<RowRecord> rows;     // without those that are not to be listed
  std::vector<RowEnds> ends = {};  // of those that were ever synced
};

struct RowFilter {
  std::string provider;                  // empty = all
  std::optional<AccountRecord> account;  // only rows of this one
  bool patterns = false;                 // the patterns alone
  bool all_types = false;                // also rows of other types than data
};

struct RowListing {
  std::vector<ListedRow> rows;
  std::vector<std::string> providers;  // ids of the loaded ones that have rows
  bool unserved = false;               // there are rows that no loaded provider has
};
[[nodiscard]] Result<RowListing> list_rows(const RouteTable& table, const HeldRows& held, const RowFilter& filter,
                                           const Principal& principal);

// Without the accounts none of whose rows the principal may use.
[[nodiscard]] std::vector<AccountRecord> visible_accounts(const RouteTable& table, std::vector<AccountRecord> accounts,
                                                          const Principal& principal);

}  // namespace tento::host
