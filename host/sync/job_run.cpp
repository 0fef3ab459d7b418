// SPDX-License-Identifier: Apache-2.0
// Calling a provider's sync, as often as it says `more`.
#include "host/sync/job_run.hpp"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <chrono>

#include "host/deps/moments.hpp"

namespace tento::host {

namespace {

using Clock = std::chrono::steady_clock;

std::int64_t ms_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

void add(TxnCounts& sum, const TxnCounts& more) {
  sum.added += more.added;
  sum.updated += more.updated;
  sum.deleted += more.deleted;
  sum.unchanged += more.unchanged;
}

Error past_deadline(const JobEntry& entry, std::int64_t deadline_ms) {
  Error error;
  error.code = ErrorCode::upstream;
  error.error_class = ErrorClass::transient;
  error.tag = "sync_deadline";
  error.action = "sync again";
  error.message = fmt::format(
      "stage `{}` of {} did not end within {} s and was stopped; what it had committed is kept. Sync it again, or "
      "raise "
      "the job deadline",
      entry.job.stage, entry.job.lookup_key, deadline_ms / 1000);
  return error;
}

// Nothing held in the window: asked, and there is nothing.
tento_coverage_state held_in(CellStore& store, const Uuid& row, const Moments& window) {
  bool any = false;
  const auto read = store.read_cells(row, window, [&any](const CellView&) {
    any = true;
    return false;
  });
  return any || !read ? TENTO_COVERAGE_HAVE : TENTO_COVERAGE_EMPTY;
}

Result<void> mark_window(CellStore& store, const Uuid& row, const Moments& window, const std::optional<Error>& error,
                         std::int64_t now_us) {
  CoverageInput statement;
  statement.span = window;
  if (window.from_us >= window.to_us) return {};  // a window without a moment says nothing
  if (error) {
    statement.state = TENTO_COVERAGE_FAILED;
    statement.error_class = static_cast<tento_error_class>(error->error_class);
    statement.reason = error->message;
    if (error->retry_after_ms >= 0) statement.retry_at_us = now_us + error->retry_after_ms * 1000;
  } else {
    statement.state = held_in(store, row, window);
  }
  return store.add_coverage(row, std::array{statement});
}

class StageCall {
 public:
  StageCall(CellStore& store, Dispatcher& dispatcher, const JobEntry& entry, const TurnOptions& options)
      : store_(store),
        dispatcher_(dispatcher),
        entry_(entry),
        options_(options),
        gate_(std::make_shared<ProgressGate>(options.publish_every, options.publish)) {
    turn_.used_txn = entry.used_txn;
  }
  StageCall(const StageCall&) = delete;
  StageCall& operator=(const StageCall&) = delete;
  ~StageCall() { gate_->close(); }

  Turn run() {
    const auto zone = Zone::find(zone_name());
    if (!zone) return failed(zone.error());
    const auto window = dispatcher_.stage_window(entry_.target, entry_.job.stage, zone->local_day(options_.now_us));
    if (!window) return failed(window.error());
    window_ = moments_of(*window, *zone);
    know_window_ = true;
    call_until_it_ends(*window);
    gate_->close();
    turn_.spent_ms = ms_since(start_);
    if (turn_.end == TurnEnd::done || turn_.end == TurnEnd::failed) mark();
    return std::move(turn_);
  }

 private:
  void call_until_it_ends(const Span& window) {
    while (true) {
      const auto left_ms = options_.deadline_ms - entry_.spent_ms - ms_since(start_);
      if (left_ms <= 0) return fail_turn(past_deadline(entry_, options_.deadline_ms));
      SyncOutcome landed;
      const auto outcome = dispatcher_.sync(entry_.target, entry_.job.stage, window, call_options(left_ms, landed));
      entry_.control->yield = false;  // before asking who waits: a wish that comes now is for the next part
      const auto& counted = outcome ? *outcome : landed;
      add(turn_.counts, counted.counts);
      turn_.used_txn = turn_.used_txn || counted.used_txn;
      if (!outcome) {
        if (!outcome.error().stopped) return fail_turn(outcome.error());
        if (!entry_.control->cancelled) return fail_turn(past_deadline(entry_, options_.deadline_ms));
        turn_.end = TurnEnd::stopped;
        return;
      }
      turn_.end = TurnEnd::done;
      if (!outcome->more) return;
      turn_.end = entry_.control->cancelled ? TurnEnd::stopped : TurnEnd::paused;
      if (turn_.end == TurnEnd::stopped || options_.others_wait()) return;
    }
  }

  CallOptions call_options(std::int64_t deadline_ms, SyncOutcome& landed) const {
    CallOptions call;
    call.actor.kind = TENTO_ACTOR_SYSTEM;
    call.actor.name = "sync";
    call.deadline_ms = deadline_ms;
    call.control = entry_.control;
    call.run_id = entry_.run ? entry_.run->id : 0;
    call.landed = &landed;
    call.progress = [gate = gate_](std::uint64_t done, std::uint64_t total, std::string_view text) {
      gate->report(done, total, text);
    };
    return call;
  }

  const std::string& zone_name() const {
    const auto& account = entry_.target.account;
    return account && !account->time_zone.empty() ? account->time_zone : entry_.target.owner.time_zone;
  }

  void fail_turn(Error error) {
    turn_.end = TurnEnd::failed;
    turn_.error = std::move(error);
  }
  Turn failed(Error error) {
    fail_turn(std::move(error));
    return std::move(turn_);
  }

  // Who uses transactions says itself what it asked for.
  void mark() {
    if (turn_.used_txn || !know_window_) return;
    const auto marked = mark_window(store_, entry_.target.row.id, window_, turn_.error, options_.now_us);
    if (!marked && turn_.end == TurnEnd::done) fail_turn(marked.error());
  }

  CellStore& store_;
  Dispatcher& dispatcher_;
  const JobEntry& entry_;
  const TurnOptions& options_;
  std::shared_ptr<ProgressGate> gate_;
  Clock::time_point start_ = Clock::now();
  Moments window_;
  bool know_window_ = false;
  Turn turn_;
};

}  // namespace

Turn run_turn(CellStore& store, Dispatcher& dispatcher, const JobEntry& entry, const TurnOptions& options) {
  return StageCall(store, dispatcher, entry, options).run();
}

}  // namespace tento::host
