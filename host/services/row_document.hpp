// SPDX-License-Identifier: Apache-2.0
// What stands beside the cells in the document of a row: its coverage, its freshness, and the row itself, as JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/json.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/sync/orchestrator.hpp"

namespace tento::host {

// have, empty, stale or failed: what is too old reads as stale, though it was stored as held.
[[nodiscard]] std::string_view coverage_state(const CoverageRecord& record, std::int64_t stale_after_s,
                                              std::int64_t now_us);
// An array of {from,to,state,asked,reason}; what is older than the row's data keeps reads as stale.
[[nodiscard]] std::string coverage_json(const std::vector<CoverageRecord>& coverage, std::int64_t stale_after_s,
                                        std::int64_t now_us);
// {state,stage,queued,reason,retry_at}
[[nodiscard]] std::string freshness_json(const ReadCheck& check);
// {key,id,pattern,zone,state,attributes}
[[nodiscard]] std::string row_json(const Target& target);

// What stands beside `cells`, in this order: coverage, freshness, next, row; each with its JSON. `next`: a cursor,
// empty on the last page.
using RowMembers = std::array<std::pair<std::string_view, std::string>, 4>;
[[nodiscard]] RowMembers row_members(std::string coverage, std::string freshness, std::string_view next,
                                     std::string row);
// The document of a row, appended to a text that outlives it: the cells, then what stands beside them.
class RowDocumentWriter {
 public:
  explicit RowDocumentWriter(std::string& out) : json_(out) { json_.begin_object().key("cells"); }
  // What the cells are appended to, as a JSON array.
  std::string& cells() { return json_.value(); }
  void close(const RowMembers& members) {
    for (const auto& [name, json] : members) json_.key(name).raw(json);
    json_.end_object();
  }

 private:
  JsonWriter json_;
};

}  // namespace tento::host
