// SPDX-License-Identifier: Apache-2.0
// Rows, their coverage and their cursors.
#include "host/store/memory/coverage.hpp"
#include "host/store/memory/refusals.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

void put_coverage(Data& data, Row& row, std::span<const CoverageInput> coverage, std::int64_t now_us) {
  if (coverage.empty()) return;
  row.coverage = lay_over(std::move(row.coverage), coverage, now_us);
  touch_row(data, row);
}

Result<RowRecord> MemoryRows::ensure(const RowRecord& row) {
  const auto known = state_.read([&](const Data& data) -> std::optional<RowRecord> {
    const auto* stored = find_row(data, row.id);
    if (stored == nullptr) return std::nullopt;
    return stored->record;
  });
  if (known) return *known;
  return state_.write([&](Data& data) -> Result<RowRecord> {
    if (const auto* stored = find_row(data, row.id)) return stored->record;
    if (find_user(data, row.owner) == nullptr) return broken_rule("a row names a user that is not there");
    for (const auto* other : rows_of(data, row.owner))
      if (other->record.lookup_key == row.lookup_key) return broken_rule("a row is there under another id");
    Row made;
    made.record = row;
    made.record.change_seq = 0;
    made.version = data.feeds.at(row.owner).latest;  // made again after it was purged, it has a stamp that it never had
    if (made.record.created_us == 0) made.record.created_us = state_.now_us();
    return (data.rows[row.id] = std::move(made)).record;
  });
}

Result<std::optional<RowRecord>> MemoryRows::find(const Uuid& id, const Recency&) {
  return state_.read([&](const Data& data) -> std::optional<RowRecord> {
    const auto* row = find_row(data, id);
    if (row == nullptr) return std::nullopt;
    return row->record;
  });
}

Result<std::vector<RowRecord>> MemoryRows::of_user(const Uuid& owner) {
  return state_.read([&](const Data& data) {
    std::vector<RowRecord> out;
    for (const auto* row : rows_of(data, owner)) out.push_back(row->record);
    return out;
  });
}

Result<std::optional<RowStamp>> MemoryRows::stamp(const Uuid& row) {
  return state_.read([&](const Data& data) -> std::optional<RowStamp> {
    const auto* stored = find_row(data, row);
    if (stored == nullptr) return std::nullopt;
    return RowStamp{stored->record.change_seq, stored->version};
  });
}

Result<std::vector<CoverageRecord>> MemoryRows::coverage(const Uuid& row) {
  return state_.read([&](const Data& data) {
    // Of a row that is not stored nothing was ever asked for.
    const auto* stored = find_row(data, row);
    return stored == nullptr ? std::vector<CoverageRecord>() : stored->coverage;
  });
}

Result<void> MemoryRows::add_coverage(const Uuid& row, std::span<const CoverageInput> coverage) {
  return state_.write([&](Data& data) -> Result<void> {
    auto* stored = find_row(data, row);
    if (stored == nullptr) return no_such_row(row);
    TENTO_TRY(check_coverage(coverage));
    put_coverage(data, *stored, coverage, state_.now_us());
    return {};
  });
}

Result<std::optional<std::string>> MemoryRows::cursor(const Uuid& row, std::string_view name) {
  return state_.read([&](const Data& data) -> std::optional<std::string> {
    const auto* stored = find_row(data, row);
    if (stored == nullptr) return std::nullopt;
    const auto at = stored->cursors.find(name);
    if (at == stored->cursors.end()) return std::nullopt;
    return at->second;
  });
}

}  // namespace tento::host::memory
