// SPDX-License-Identifier: Apache-2.0
// Intervals, jitter, and what is late.
#include "host/sync/schedule.hpp"

#include <algorithm>
#include <cstring>

namespace tento::host {
namespace {

constexpr std::int64_t us_of_second = 1'000'000;
constexpr std::int64_t longest_spread_us = 300 * us_of_second;
constexpr std::int64_t longest_interval_s = std::int64_t{3660} * 24 * 3600;

// From 0 up to `below`, the same for the same row and moment: chance that needs no memory.
std::int64_t drawn(const Uuid& row, std::int64_t moment, std::int64_t below) {
  std::uint64_t mixed = static_cast<std::uint64_t>(moment);
  for (std::size_t at = 0; at + sizeof mixed <= row.bytes.size(); at += sizeof mixed) {
    std::uint64_t word = 0;
    std::memcpy(&word, row.bytes.data() + at, sizeof word);
    // The finaliser of MurmurHash3: every bit of the input changes every bit of the result.
    mixed ^= word;
    mixed ^= mixed >> 33;
    mixed *= 0xff51afd7ed558ccdULL;
    mixed ^= mixed >> 33;
    mixed *= 0xc4ceb9fe1a85ec53ULL;
    mixed ^= mixed >> 33;
  }
  return below <= 0 ? 0 : static_cast<std::int64_t>(mixed % static_cast<std::uint64_t>(below));
}

const StageEnds* ends_of(const RowPast& past, std::string_view stage) {
  const auto found = std::ranges::find(past.ends, stage, &StageEnds::stage);
  return found == past.ends.end() ? nullptr : &*found;
}

bool is_old(const StageEnds& ends, std::int64_t data_version) {
  return ends.ok_us > 0 && ends.data_version >= 0 && ends.data_version < data_version;
}

}  // namespace

std::int64_t Pace::interval_s() const {
  const auto said = of_account_s >= 0 ? of_account_s : of_operator_s >= 0 ? of_operator_s : of_provider_s;
  return said <= 0 ? 0 : std::clamp(said, shortest_interval_s, longest_interval_s);
}

std::vector<std::string> stages_due(const Topology& topology, const RowPast& past) {
  std::vector<std::string> out;
  for (const auto& stage : topology.stages()) {
    const auto* ends = ends_of(past, stage.name);
    if (out.empty() || ends == nullptr || ends->ok_us == 0 || is_old(*ends, past.data_version))
      out.push_back(stage.name);
  }
  return out;
}

bool is_outdated(const RowPast& past) {
  return std::ranges::any_of(past.ends, [&](const StageEnds& ends) { return is_old(ends, past.data_version); });
}

std::int64_t first_due_us(const Topology& topology, const RowPast& past, std::int64_t interval_s, std::int64_t now_us) {
  if (is_outdated(past)) return spread_us(past.row, interval_s, now_us);
  if (interval_s == 0) return never_due_us;
  const auto* first = ends_of(past, topology.stages().front().name);
  // What ended at a moment that is still to come ended by a clock that was ahead.
  const auto ended_us = first == nullptr ? 0 : std::min(std::max(first->ok_us, first->failed_us), now_us);
  if (ended_us == 0) return now_us;
  const auto due_us = next_due_us(past.row, interval_s, ended_us);
  return is_overdue(due_us, interval_s, now_us) ? spread_us(past.row, interval_s, now_us) : due_us;
}

std::int64_t next_due_us(const Uuid& row, std::int64_t interval_s, std::int64_t now_us) {
  const auto interval_us = interval_s * us_of_second;
  return now_us + interval_us - interval_us / 20 + drawn(row, now_us, interval_us / 10 + 1);
}

bool is_overdue(std::int64_t due_us, std::int64_t interval_s, std::int64_t now_us) {
  return now_us - due_us > std::max(60 * us_of_second, interval_s * us_of_second / 10);
}

std::int64_t spread_us(const Uuid& row, std::int64_t interval_s, std::int64_t now_us) {
  const auto within_us = interval_s == 0 ? longest_spread_us : std::min(longest_spread_us, interval_s * us_of_second);
  return now_us + drawn(row, now_us / within_us, within_us);
}

}  // namespace tento::host
