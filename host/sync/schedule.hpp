// SPDX-License-Identifier: Apache-2.0
// When a row syncs without being asked, and which of its stages. Pure: what it says follows from what it is given.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tento/sdk/uuid.hpp>

#include "host/store/schedule_store.hpp"
#include "host/sync/topology.hpp"

namespace tento::host {

// What is asked more often than this asks a service more often than anything changes there.
inline constexpr std::int64_t shortest_interval_s = 60;

// The pace of a row: what its account says, else the operator, else the provider.
struct Pace {
  std::int64_t of_account_s = -1;   // -1 = it says nothing
  std::int64_t of_operator_s = -1;  // the same
  std::int64_t of_provider_s = 0;
  // 0 = only when asked.
  [[nodiscard]] std::int64_t interval_s() const;
};

// How a row did so far.
struct RowPast {
  Uuid row;
  std::span<const StageEnds> ends;
  std::int64_t data_version = 0;  // of what its provider brings now
};

// The stages to be synced when the row is due: the first, and those that never ended well or whose cells are of an
// older data version.
[[nodiscard]] std::vector<std::string> stages_due(const Topology& topology, const RowPast& past);
// Whether the row's cells are of an older data version than its provider's: it is synced anew, whatever its pace.
[[nodiscard]] bool is_outdated(const RowPast& past);

// When a row of which nothing was decided yet is due: at once where it was never synced, or is outdated; else an
// interval after its first stage ended last; `never_due_us` without an interval. What is overdue by then is spread: see
// spread_us.
[[nodiscard]] std::int64_t first_due_us(const Topology& topology, const RowPast& past, std::int64_t interval_s,
                                        std::int64_t now_us);
// When a row that is synced now is due again: an interval later, by chance up to a twentieth of it more or less, so
// that rows that began together do not stay together.
[[nodiscard]] std::int64_t next_due_us(const Uuid& row, std::int64_t interval_s, std::int64_t now_us);
// Whether a row that was due then is late by more than a look takes: the host slept, or did not run.
[[nodiscard]] bool is_overdue(std::int64_t due_us, std::int64_t interval_s, std::int64_t now_us);
// Rows that are overdue run once each, within five minutes from now or their interval if that is shorter, each at a
// moment of its own.
[[nodiscard]] std::int64_t spread_us(const Uuid& row, std::int64_t interval_s, std::int64_t now_us);

}  // namespace tento::host
