// SPDX-License-Identifier: Apache-2.0
// Runs: what became of each execution of a job.
#include "host/store/memory/runs.hpp"

#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

// Of each row so many runs are kept.
constexpr std::size_t runs_kept = 500;

// The latest first.
template <class Wanted>
std::vector<RunRecord> latest_of(const Data& data, std::size_t limit, const Wanted& wanted) {
  std::vector<RunRecord> out;
  for (auto at = data.runs.rbegin(); at != data.runs.rend() && out.size() < limit; ++at)
    if (wanted(at->second)) out.push_back(at->second);
  return out;
}

template <class Wanted>
std::optional<RunRecord> latest_one(const Data& data, const Wanted& wanted) {
  auto found = latest_of(data, 1, wanted);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void drop_oldest(Data& data, const Uuid& row) {
  std::size_t newer = 0;
  for (auto at = data.runs.end(); at != data.runs.begin();) {
    --at;
    if (at->second.row != row || newer++ < runs_kept || at->second.status == RunStatus::running) continue;
    at = data.runs.erase(at);
  }
}

}  // namespace

std::int64_t insert_run(Data& data, const Uuid& row, const RunRecord& run) {
  const auto& of = find_row(data, row)->record;
  auto record = run;
  record.id = ++data.last_run;
  record.row = row;
  record.owner = of.owner;
  record.lookup_key = of.lookup_key;
  record.provider = of.provider;
  const auto id = record.id;
  data.runs[id] = std::move(record);
  drop_oldest(data, row);
  return id;
}

void update_run(Data& data, const RunRecord& run) {
  const auto at = data.runs.find(run.id);
  if (at == data.runs.end()) return;
  auto record = run;
  record.job = at->second.job;
  record.row = at->second.row;
  record.owner = at->second.owner;
  record.lookup_key = at->second.lookup_key;
  record.provider = at->second.provider;
  record.stage = at->second.stage;
  at->second = std::move(record);
}

Result<std::optional<RunRecord>> MemoryRuns::find(std::int64_t run) {
  return state_.read([&](const Data& data) -> std::optional<RunRecord> {
    const auto at = data.runs.find(run);
    if (at == data.runs.end()) return std::nullopt;
    return at->second;
  });
}

Result<std::vector<RunRecord>> MemoryRuns::of_row(const Uuid& row, std::size_t limit) {
  return state_.read(
      [&](const Data& data) { return latest_of(data, limit, [&](const RunRecord& run) { return run.row == row; }); });
}

Result<std::vector<RunRecord>> MemoryRuns::of_user(const Uuid& user, std::size_t limit) {
  return state_.read([&](const Data& data) {
    return latest_of(data, limit, [&](const RunRecord& run) { return run.owner == user; });
  });
}

Result<std::optional<RunRecord>> MemoryRuns::of_job(const Uuid& row, std::int64_t job) {
  return state_.read([&](const Data& data) {
    return latest_one(data, [&](const RunRecord& run) { return run.row == row && run.job == job; });
  });
}

Result<std::optional<RunRecord>> MemoryRuns::latest(const Uuid& row, std::string_view stage) {
  return state_.read([&](const Data& data) {
    return latest_one(data, [&](const RunRecord& run) { return run.row == row && run.stage == stage; });
  });
}

Result<bool> MemoryRuns::ended_well(const Uuid& row, std::string_view stage) {
  return state_.read([&](const Data& data) {
    const auto* stored = find_row(data, row);
    if (stored == nullptr) return false;
    const auto ends = stored->stage_ends.find(std::string(stage));
    return ends != stored->stage_ends.end() && ends->second.ok_us > 0;
  });
}

}  // namespace tento::host::memory
