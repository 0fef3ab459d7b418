// SPDX-License-Identifier: Apache-2.0
// Calling a provider's sync, as often as it says `more`.
#include "host/sync/stage_run.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "host/model/moments.hpp"
#include "host/model/run.hpp"
#include "host/sync/freshness.hpp"
#include "host/sync/topology.hpp"

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

Error past_deadline(const Job& job, std::int64_t deadline_ms) {
  Error error;
  error.code = ErrorCode::upstream;
  error.error_class = ErrorClass::transient;
  error.tag = "sync_deadline";
  error.remedy = "sync again";
  error.message = fmt::format(
      "stage `{}` of {} did not end within {} s and was stopped; what it had committed is kept. Sync it again, or "
      "raise the job deadline",
      job.record.stage, job.record.lookup_key, deadline_ms / 1000);
  return error;
}

// Nothing held in the window: asked, and there is nothing.
tento_coverage_state held_in(Store& store, const Uuid& row, const Moments& window) {
  bool any = false;
  const auto read = store.cells().read(row, window, [&any](const CellView&) {
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

// Kept by whoever goes on with it: its own thread, or the one that stands in for it.
class StageRun : public std::enable_shared_from_this<StageRun> {
 public:
  StageRun(Store& store, RowCalls& calls, JobPtr job, SliceOptions options)
      : store_(store), calls_(calls), job_(std::move(job)), options_(std::move(options)) {}

  void run() {
    if (const auto renewed = renew(); !renewed) {
      after_failure(renewed.error());
      return;
    }
    // The provider's own window is asked for on this thread, too.
    CallOptions asking = pure_call_options();
    asking.control = job_->control;
    asking.on_given_up = [self = shared_from_this()](const Error& error) { self->after_failure(error); };
    const auto window = stage_window(calls_, job_->target, job_->record.stage, options_.now_us, asking);
    if (!window) {
      if (window.error().tag != given_up_tag) after_failure(window.error());
      return;
    }
    window_ = window->moments;
    while (call(window->dates)) {
    }
  }

 private:
  // One call of the provider; true = the next one is to follow.
  bool call(const Span& dates) {
    const auto left_ms = options_.deadline_ms - job_->spent_ms - ms_since(start_);
    if (left_ms <= 0) return fail_with(past_deadline(*job_, options_.deadline_ms));
    landed_ = {};
    if (const auto renewed = renew(); !renewed) return after_failure(renewed.error());
    const auto outcome = calls_.sync(job_->target, job_->record.stage, dates, call_options(left_ms));
    if (!outcome && outcome.error().tag == given_up_tag) return false;
    if (!outcome) return after_failure(outcome.error());
    take(*outcome);
    // Before asking who waits: whoever asks from now on asks the next part.
    job_->control->yield = false;
    slice_.end = SliceEnd::done;
    if (!outcome->more) return end();
    slice_.end = job_->control->cancelled() ? SliceEnd::stopped : SliceEnd::paused;
    return slice_.end == SliceEnd::stopped || options_.others_wait() ? end() : true;
  }

  // Providers come, are replaced and go while jobs wait, and between two calls of one.
  Result<void> renew() {
    if (options_.rows == nullptr || job_->target.table == options_.rows->table()) return {};
    TENTO_TRY_ASSIGN(auto fresh, options_.rows->resolve(job_->target.owner, job_->record.lookup_key, 0));
    TENTO_TRY_ASSIGN(const auto topology, Topology::of(fresh));
    TENTO_TRY(topology.find(job_->record.stage));
    job_->target = std::move(fresh);
    return {};
  }

  bool after_failure(const Error& error) {
    take(landed_);
    job_->control->yield = false;
    if (!error.stopped) return fail_with(error);
    if (!job_->control->cancelled()) return fail_with(past_deadline(*job_, options_.deadline_ms));
    slice_.end = SliceEnd::stopped;
    return end();
  }
  void take(const SyncOutcome& landed) {
    add(slice_.counts, landed.counts);
    slice_.skipped += landed.skipped;
    if (slice_.skipped_note.empty()) slice_.skipped_note = landed.skipped_note;
    job_->used_txn = job_->used_txn || landed.used_txn;
  }
  bool fail_with(const Error& error) {
    slice_.end = SliceEnd::failed;
    slice_.error = error;
    return end();
  }
  bool end() {
    job_->spent_ms += ms_since(start_);
    if (slice_.end == SliceEnd::done || slice_.end == SliceEnd::failed) state_coverage();
    options_.ended(std::move(slice_));
    return false;
  }

  CallOptions call_options(std::int64_t deadline_ms) {
    CallOptions call;
    call.actor.kind = TENTO_ACTOR_SYSTEM;
    call.actor.name = "sync";
    call.deadline_ms = deadline_ms;
    call.control = job_->control;
    call.run_id = options_.run.id;
    call.lease = options_.lease;
    call.landed = &landed_;
    call.progress = options_.progress;
    call.on_given_up = [self = shared_from_this()](const Error& error) { self->after_failure(error); };
    return call;
  }

  // Who uses transactions says itself what it asked for. A failure is told in any case: for what nobody holds, since
  // a provider that goes on from where it was says nothing again of what it committed. So it is with a limit of the
  // service, which says nothing of the dates.
  void state_coverage() {
    if (!window_ || window_->from_us >= window_->to_us) return;  // a window without a moment says nothing
    auto statements = coverage();
    if (statements) {
      slice_.coverage = std::move(*statements);
    } else if (slice_.end == SliceEnd::done) {
      slice_.end = SliceEnd::failed;
      slice_.error = statements.error();
    }
  }
  Result<std::vector<CoverageInput>> coverage() {
    std::vector<CoverageInput> out;
    const auto& row = job_->target.row.id;
    const auto now_us = options_.now_us;
    if (slice_.error && !job_->used_txn && slice_.error->error_class != ErrorClass::rate_limit) {
      out.push_back(failed_span(*window_, *slice_.error, now_us));
    } else if (slice_.error) {
      TENTO_TRY_ASSIGN(const auto known, store_.rows().coverage(row));
      const auto stale_after_s = job_->target.match.route->sync_shape->stale_after_s;
      for (const auto& span : not_fresh(known, *window_, stale_after_s, now_us))
        out.push_back(failed_span(span, *slice_.error, now_us));
    } else if (!job_->used_txn) {
      CoverageInput statement;
      statement.span = *window_;
      statement.state = held_in(store_, row, *window_);
      if (all_skipped() > 0) statement.reason = kept_out(all_skipped(), note());
      out.push_back(std::move(statement));
    } else if (all_skipped() > 0) {
      TENTO_TRY_ASSIGN(const auto known, store_.rows().coverage(row));
      out = with_reason(known, *window_, options_.run.started_us, kept_out(all_skipped(), note()));
    }
    return out;
  }
  // Of the run: this slice and those before it.
  [[nodiscard]] std::uint64_t all_skipped() const { return slice_.skipped + options_.run.skipped; }
  [[nodiscard]] const std::string& note() const {
    return options_.run.skipped_note.empty() ? slice_.skipped_note : options_.run.skipped_note;
  }

  Store& store_;
  RowCalls& calls_;
  const JobPtr job_;
  const SliceOptions options_;
  const SteadyClock::time_point start_ = SteadyClock::now();
  std::optional<Moments> window_;
  SyncOutcome landed_;  // of the latest call, also when it failed
  Slice slice_;
};

}  // namespace

void run_slice(Store& store, RowCalls& calls, JobPtr job, SliceOptions options) {
  std::make_shared<StageRun>(store, calls, std::move(job), std::move(options))->run();
}

}  // namespace tento::host
