// SPDX-License-Identifier: Apache-2.0
// What a row's topology says about its jobs: stages, what waits for what, who may not run beside whom.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/dispatch/dispatcher.hpp"
#include "host/store/cell_store.hpp"

namespace tento::host {

struct StagePlan {
  std::string name;
  std::uint32_t stage_class = TENTO_STAGE_BACKFILL;
  std::vector<std::string> after;  // stages of the same row that must have ended well first
  bool lock_account = false;       // the default lock is the account, not the row
};

// The stages of a row in their declared order; an error (unsupported) for a row that is not synced.
[[nodiscard]] Result<std::vector<StagePlan>> plan_stages(const Target& target);
// The named stage; an error (invalid_argument) that names those there are.
[[nodiscard]] Result<const StagePlan*> find_stage(const std::vector<StagePlan>& stages, std::string_view name);
// The one whose cells people look at: named `viewport`, else of that class, else the first.
[[nodiscard]] const StagePlan& stage_for_readers(const std::vector<StagePlan>& stages);
// Stages and all they wait for, transitively, in declared order.
[[nodiscard]] std::vector<const StagePlan*> with_prerequisites(const std::vector<StagePlan>& stages,
                                                               const StagePlan& wanted);

// What jobs share that stand for the same work: the row. What one row fetches cannot be given to another yet, also
// where its provider says by an alias key that both have the same cells: each is fetched for itself, so that none is
// left empty by a sync that says it went well.
[[nodiscard]] std::string group_key(const Target& target);
// Two jobs with equal lock keys never run together.
[[nodiscard]] Result<std::string> lock_key(Dispatcher& dispatcher, const Target& target, const StagePlan& stage);

// How many jobs may run at once; 0 = no limit of its own.
struct Limits {
  std::uint32_t provider = 0;
  std::uint32_t integration = 0;
};
[[nodiscard]] Limits limits_of(const Target& target);

}  // namespace tento::host
