// SPDX-License-Identifier: Apache-2.0
// What a row's topology says about its jobs: stages, prerequisites, lock keys, alias keys and windows. Nothing else in
// the host knows these rules: the dispatcher gives what a provider itself says, and here it gets its meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/dispatch/dispatcher.hpp"
#include "host/model/moments.hpp"
#include "host/store/job_store.hpp"

namespace tento::host {

struct Stage {
  std::string name;
  std::uint32_t stage_class = TENTO_STAGE_BACKFILL;
  std::vector<std::string> after;  // prerequisites: stages of the same row that must have ended well first
  bool locks_account = false;      // by the row's description; a sync-plugin's own lock replaces it
};

// The stages of a row, in declared order.
class Topology {
 public:
  // Error `not_synced` (unsupported) for a row that is not synced.
  static Result<Topology> of(const Target& target);

  [[nodiscard]] std::span<const Stage> stages() const noexcept { return stages_; }
  // Error `no_such_stage` (invalid_argument), which names the stages there are.
  [[nodiscard]] Result<const Stage*> find(std::string_view name) const;
  // The stage whose cells people look at: named `viewport`, else of that class, else the first.
  [[nodiscard]] const Stage& for_readers() const;
  // A stage and all that it waits for, directly or through others, in declared order.
  [[nodiscard]] std::vector<const Stage*> with_prerequisites(const Stage& wanted) const;

 private:
  std::vector<Stage> stages_;
};

// What jobs share that stand for the same work: the row. Rows with one alias key have the same cells, but what one of
// them fetches cannot be given to the others yet: each is fetched for itself, so that none is left empty by a sync that
// says it went well.
[[nodiscard]] std::string group_key(const Target& target);

// Of the job that stands for a stage of the group.
[[nodiscard]] std::string dedup_key(const std::string& group, std::string_view stage);

// Two jobs with equal lock keys never run together. A name that the provider chose means something within that provider
// and user only; without one, the row is locked, or the account where the stage says so.
[[nodiscard]] Result<std::string> lock_key(RowCalls& calls, const Target& target, const Stage& stage);

// Rows of one user and provider with equal alias keys have the same cells; nothing = the row stands for itself.
[[nodiscard]] Result<std::optional<std::string>> alias_key(RowCalls& calls, const Target& target);

// The dates that a stage fetches, by the calendar and as moments in the row's time zone.
struct StageWindow {
  Span dates;
  Moments moments;
};
// The provider's own window, else those of wearables for `viewport`, `backfill` and `stage1` to `stage3`, else all
// dates. `options` are those of the call that asks the provider.
[[nodiscard]] Result<StageWindow> stage_window(RowCalls& calls, const Target& target, std::string_view stage,
                                               std::int64_t now_us, const CallOptions& options = pure_call_options());

// Why a stage did not run: the one that it waits for did not end well, with an error of this class.
[[nodiscard]] Error prerequisite_failed(std::string_view stage, std::string_view prerequisite, ErrorClass error_class);

// Of the row's provider and its integration.
[[nodiscard]] ConcurrencyLimits limits_of(const Target& target);

}  // namespace tento::host
