// SPDX-License-Identifier: Apache-2.0
// Calling a provider's sync, as often as it says `more`.
#include "host/sync/job_run.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <vector>

#include "host/model/moments.hpp"
#include "host/model/run.hpp"
#include "host/sync/freshness.hpp"

namespace tento::host {

namespace {

using SteadyClock = std::chrono::steady_clock;

std::int64_t ms_since(SteadyClock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start).count();
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
  error.remedy = "sync again";
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

CoverageInput failed_span(const Moments& span, const Error& error, std::int64_t now_us) {
  CoverageInput statement;
  statement.span = span;
  statement.state = TENTO_COVERAGE_FAILED;
  statement.error_class = static_cast<tento_error_class>(error.error_class);
  statement.reason = error.message;
  if (error.retry_after_ms >= 0) statement.retry_at_us = now_us + error.retry_after_ms * 1000;
  return statement;
}

// The parts of the window of which nothing is held, or nothing that is recent enough.
std::vector<Moments> not_fresh(std::span<const CoverageRecord> coverage, const Moments& window,
                               std::int64_t stale_after_s, std::int64_t now_us) {
  std::vector<Moments> out;
  auto from_us = window.from_us;
  for (const auto& record : coverage) {
    const bool held = record.state == TENTO_COVERAGE_HAVE || record.state == TENTO_COVERAGE_EMPTY;
    if (!held || too_old(record, stale_after_s, now_us)) continue;
    if (record.span.to_us <= from_us || record.span.from_us >= window.to_us) continue;
    if (record.span.from_us > from_us) out.push_back({from_us, record.span.from_us});
    from_us = record.span.to_us;
  }
  if (from_us < window.to_us) out.push_back({from_us, window.to_us});
  return out;
}

// What is held of the window and was learnt since `since_us` is told to lack something.
std::vector<CoverageInput> with_reason(std::span<const CoverageRecord> coverage, const Moments& window,
                                       std::int64_t since_us, const std::string& reason) {
  std::vector<CoverageInput> out;
  for (const auto& record : coverage) {
    const bool held = record.state == TENTO_COVERAGE_HAVE || record.state == TENTO_COVERAGE_EMPTY;
    CoverageInput statement = record;
    statement.span.from_us = std::max(record.span.from_us, window.from_us);
    statement.span.to_us = std::min(record.span.to_us, window.to_us);
    if (!held || record.asked_us < since_us || statement.span.from_us >= statement.span.to_us) continue;
    statement.reason = reason;
    out.push_back(std::move(statement));
  }
  return out;
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
    const auto window = stage_window(dispatcher_, entry_.target, entry_.job.stage, options_.now_us);
    if (!window) return failed(window.error());
    window_ = window->moments;
    know_window_ = true;
    call_until_it_ends(window->dates);
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
      turn_.skipped += counted.skipped;
      if (turn_.skipped_note.empty()) turn_.skipped_note = counted.skipped_note;
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

  void fail_turn(Error error) {
    turn_.end = TurnEnd::failed;
    turn_.error = std::move(error);
  }
  Turn failed(Error error) {
    fail_turn(std::move(error));
    return std::move(turn_);
  }

  // Who uses transactions says itself what it asked for. A failure is told in any case: for what nobody holds, since
  // a provider that goes on from where it was says nothing again of what it committed. So it is with a limit of the
  // service, which says nothing of the dates.
  void mark() {
    if (!know_window_ || window_.from_us >= window_.to_us) return;  // a window without a moment says nothing
    const auto marked = statements();
    if (marked && marked->empty()) return;
    const auto done = marked ? store_.add_coverage(entry_.target.row.id, *marked) : fail(marked.error());
    if (!done && turn_.end == TurnEnd::done) fail_turn(done.error());
  }
  Result<std::vector<CoverageInput>> statements() {
    std::vector<CoverageInput> out;
    const auto& row = entry_.target.row.id;
    const auto now_us = options_.now_us;
    if (turn_.error && !turn_.used_txn && turn_.error->error_class != ErrorClass::rate_limit) {
      out.push_back(failed_span(window_, *turn_.error, now_us));
    } else if (turn_.error) {
      TENTO_TRY_ASSIGN(const auto coverage, store_.coverage(row));
      const auto stale_after_s = entry_.target.match.route->sync_shape->stale_after_s;
      for (const auto& span : not_fresh(coverage, window_, stale_after_s, now_us))
        out.push_back(failed_span(span, *turn_.error, now_us));
    } else if (!turn_.used_txn) {
      CoverageInput statement;
      statement.span = window_;
      statement.state = held_in(store_, row, window_);
      if (all_skipped() > 0) statement.reason = kept_out(all_skipped(), note());
      out.push_back(std::move(statement));
    } else if (all_skipped() > 0) {
      TENTO_TRY_ASSIGN(const auto coverage, store_.coverage(row));
      out =
          with_reason(coverage, window_, entry_.run ? entry_.run->started_us : now_us, kept_out(all_skipped(), note()));
    }
    return out;
  }
  // Of the run: this turn and those before it.
  [[nodiscard]] std::uint64_t all_skipped() const { return turn_.skipped + (entry_.run ? entry_.run->skipped : 0); }
  [[nodiscard]] const std::string& note() const {
    return entry_.run && !entry_.run->skipped_note.empty() ? entry_.run->skipped_note : turn_.skipped_note;
  }

  CellStore& store_;
  Dispatcher& dispatcher_;
  const JobEntry& entry_;
  const TurnOptions& options_;
  std::shared_ptr<ProgressGate> gate_;
  SteadyClock::time_point start_ = SteadyClock::now();
  Moments window_;
  bool know_window_ = false;
  Turn turn_;
};

}  // namespace

Turn run_turn(CellStore& store, Dispatcher& dispatcher, const JobEntry& entry, const TurnOptions& options) {
  return StageCall(store, dispatcher, entry, options).run();
}

}  // namespace tento::host
