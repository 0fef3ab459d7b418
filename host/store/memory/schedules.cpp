// SPDX-License-Identifier: Apache-2.0
// When rows are due, and how their stages ended.
#include <algorithm>

#include "host/store/memory/runs.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

void note_stage_end(Data& data, const Uuid& row, const RunRecord& run, std::int64_t data_version) {
  const bool well = ended_well(run);
  if (!well && run.status != RunStatus::failed && run.status != RunStatus::partial) return;
  auto& ends = find_row(data, row)->stage_ends[run.stage];
  ends.stage = run.stage;
  auto& at_us = well ? ends.ok_us : ends.failed_us;
  at_us = std::max(at_us, run.ended_us);
  if (well) ends.data_version = data_version;
}

Result<std::vector<RowRecord>> MemorySchedules::due(std::int64_t now_us, std::size_t limit) {
  return state_.read([&](const Data& data) {
    std::vector<RowRecord> out;
    for (const auto& [id, row] : data.rows)
      if (row.record.due_us <= now_us) out.push_back(row.record);
    std::ranges::stable_sort(out, {}, &RowRecord::due_us);
    if (out.size() > limit) out.resize(limit);
    return out;
  });
}

Result<std::optional<std::int64_t>> MemorySchedules::earliest() {
  return state_.read([](const Data& data) {
    std::optional<std::int64_t> out;
    for (const auto& [id, row] : data.rows)
      if (row.record.due_us < std::min(never_due_us, out.value_or(never_due_us))) out = row.record.due_us;
    return out;
  });
}

Result<void> MemorySchedules::set_due(std::span<const RowDue> rows) {
  return state_.write([&](Data& data) -> Result<void> {
    for (const auto& due : rows)
      if (auto* row = find_row(data, due.row)) row->record.due_us = due.due_us;
    return {};
  });
}

Result<void> MemorySchedules::judge_all() {
  return state_.write([](Data& data) -> Result<void> {
    for (auto& [id, row] : data.rows) row.record.due_us = 0;
    return {};
  });
}

Result<bool> MemorySchedules::pause_row(const Uuid& id, bool paused) {
  return state_.write([&](Data& data) -> Result<bool> {
    auto* row = find_row(data, id);
    if (row == nullptr) return false;
    row->record.paused = paused;
    row->record.due_us = 0;
    return true;
  });
}

Result<bool> MemorySchedules::set_account(const AccountKey& account, std::optional<bool> paused,
                                          std::optional<std::int64_t> interval_s) {
  return state_.write([&](Data& data) -> Result<bool> {
    const auto at = data.accounts.find(id_of(account));
    if (at == data.accounts.end()) return false;
    auto& record = at->second.record;
    record.paused = paused.value_or(record.paused);
    record.interval_s = interval_s.value_or(record.interval_s);
    judge_rows_of(data, account);
    return true;
  });
}

Result<std::vector<StageEnds>> MemorySchedules::stage_ends(const Uuid& id) {
  return state_.read([&](const Data& data) {
    std::vector<StageEnds> out;
    if (const auto* row = find_row(data, id))
      for (const auto& [stage, ends] : row->stage_ends) out.push_back(ends);
    return out;
  });
}

Result<std::vector<RowEnds>> MemorySchedules::row_ends(const Uuid& user) {
  return state_.read([&](const Data& data) {
    std::vector<RowEnds> out;
    for (const auto& [id, row] : data.rows) {
      if (row.record.owner != user || row.stage_ends.empty()) continue;
      auto& ends = out.emplace_back(RowEnds{id});
      for (const auto& [stage, each] : row.stage_ends) {
        ends.ok_us = std::max(ends.ok_us, each.ok_us);
        ends.failed_us = std::max(ends.failed_us, each.failed_us);
      }
    }
    return out;
  });
}

}  // namespace tento::host::memory
