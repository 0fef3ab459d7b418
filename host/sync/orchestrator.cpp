// SPDX-License-Identifier: Apache-2.0
// The orchestrator: jobs in, workers, runs out.
#include "host/sync/orchestrator.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/model/moments.hpp"
#include "host/model/run.hpp"
#include "host/sync/job_run.hpp"
#include "host/sync/queue.hpp"
#include "host/sync/topology.hpp"

namespace tento::host {

namespace {

using SteadyClock = std::chrono::steady_clock;

// Runs of ended jobs that are remembered for those who still wait for them.
constexpr std::size_t ended_kept = 1024;
// How often a run's progress is written down.
constexpr std::chrono::seconds write_every{1};
// How often its watchers hear of it.
constexpr std::chrono::milliseconds tell_every{250};

class ThreadedOrchestrator final : public Orchestrator {
 public:
  ThreadedOrchestrator(CellStore& store, Dispatcher& dispatcher, OrchestratorOptions options)
      : store_(store),
        dispatcher_(dispatcher),
        options_(std::move(options)),
        worker_count_(std::max<std::size_t>(options_.workers, 1)),
        // A provider that names no limit leaves a worker to the others.
        queue_(std::max<std::size_t>(worker_count_ - 1, 1)) {
    if (!options_.now_unix_us) options_.now_unix_us = unix_now_us;
  }
  ThreadedOrchestrator(const ThreadedOrchestrator&) = delete;
  ThreadedOrchestrator& operator=(const ThreadedOrchestrator&) = delete;
  ~ThreadedOrchestrator() override { stop(); }

  Result<std::vector<JobRecord>> enqueue(const Target& target, std::string_view stage) override;
  Result<ReadCheck> before_read(const Target& target, const Moments& range) override;
  Result<std::vector<RunRecord>> wait(const std::vector<JobRecord>& jobs, std::int64_t timeout_ms,
                                      const std::function<void(const RunRecord&)>& progress,
                                      const std::atomic<bool>* given_up) override;
  void withdraw(const std::vector<JobRecord>& jobs) override;
  Result<void> cancel(std::int64_t run_id) override;
  Result<void> start() override;
  void stop() override;

 private:
  // ---- putting jobs in
  Result<std::vector<const Stage*>> stages_to_queue(const Target& target, const Topology& topology,
                                                    std::string_view stage);
  // As urgent as the stage is, or as `urgency` says if that is more.
  Result<std::vector<JobRecord>> enqueue_stages(const Target& target, std::string_view stage, std::uint32_t urgency);
  Result<JobRecord> enqueue_stage(const Target& target, const Stage& stage, const std::string& group,
                                  std::uint32_t urgency);
  Result<bool> ran_just_now(const Target& target, std::string_view stage);
  void hold(const JobRecord& job, const Target& target, const Stage& stage, std::string group);
  Result<void> pick_up(const JobRecord& job);

  // ---- working
  void work();
  void take_turn(const JobEntryPtr& entry);
  bool begin_turn(const JobEntryPtr& entry);
  void publish(const JobEntryPtr& entry, std::uint64_t done, std::uint64_t total, std::string_view text);
  void after_turn(const JobEntryPtr& entry, Turn turn);
  void pause(const JobEntryPtr& entry);
  void end_job(const JobEntryPtr& entry, RunStatus status, std::optional<Error> error, bool keep_job);
  void end_dependents(const JobEntryPtr& entry);
  void make_way_for(const JobEntry& entry);

  void log(LogLevel level, const std::string& text) const {
    if (options_.log) options_.log(level, text);
  }
  void log_failure(std::string_view doing, const Result<void>& result) const {
    if (!result) log(LogLevel::error, fmt::format("sync: cannot {}: {}", doing, result.error().message));
  }
  std::int64_t now_us() const { return options_.now_unix_us(); }

  CellStore& store_;
  Dispatcher& dispatcher_;
  OrchestratorOptions options_;
  const std::size_t worker_count_;

  // Taken before mutex_: between looking a job up in the store and holding it in the queue nobody may end it.
  std::mutex ending_mutex_;
  std::mutex mutex_;                 // guards all below
  std::condition_variable work_;     // something may have become runnable
  std::condition_variable changed_;  // a run moved or a job ended
  JobQueue queue_;
  std::deque<RunRecord> ended_;  // the oldest first
  std::size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

// ---- putting jobs in

Result<std::vector<const Stage*>> ThreadedOrchestrator::stages_to_queue(const Target& target, const Topology& topology,
                                                                        std::string_view stage) {
  std::vector<const Stage*> out;
  if (stage.empty()) {
    for (const auto& each : topology.stages()) out.push_back(&each);
    return out;
  }
  TENTO_TRY_ASSIGN(const auto* wanted, topology.find(stage));
  if (wanted->after.empty()) return std::vector{wanted};
  // What it waits for and never ended well comes along: it could not run otherwise.
  TENTO_TRY_ASSIGN(const auto runs, store_.runs(target.row.id, 1000));
  for (const auto* needed : topology.with_prerequisites(*wanted)) {
    const bool once_well = std::any_of(runs.begin(), runs.end(), [needed](const RunRecord& run) {
      return run.stage == needed->name && ended_well(run.status);
    });
    if (needed == wanted || !once_well) out.push_back(needed);
  }
  return out;
}

Result<std::vector<JobRecord>> ThreadedOrchestrator::enqueue(const Target& target, std::string_view stage) {
  return enqueue_stages(target, stage, TENTO_STAGE_BACKFILL);
}

Result<std::vector<JobRecord>> ThreadedOrchestrator::enqueue_stages(const Target& target, std::string_view stage,
                                                                    std::uint32_t urgency) {
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(target));
  TENTO_TRY_ASSIGN(const auto wanted, stages_to_queue(target, topology, stage));
  const auto group = group_key(target);
  std::vector<JobRecord> jobs;
  for (const auto* each : wanted) {
    TENTO_TRY_ASSIGN(auto job, enqueue_stage(target, *each, group, urgency));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Result<JobRecord> ThreadedOrchestrator::enqueue_stage(const Target& target, const Stage& stage,
                                                      const std::string& group, std::uint32_t urgency) {
  JobRecord job;
  job.row = target.row.id;
  job.lookup_key = target.row.lookup_key;
  job.provider = target.row.provider;
  job.stage = stage.name;
  job.dedup_key = group + "/" + stage.name;
  job.stage_class = std::min(stage.stage_class, urgency);
  job.created_us = now_us();
  TENTO_TRY_ASSIGN(job.lock_key, lock_key(dispatcher_, target, stage));
  const std::lock_guard ending(ending_mutex_);
  TENTO_TRY_ASSIGN(auto stored, store_.enqueue(job));
  hold(stored, target, stage, group);
  return stored;
}

void ThreadedOrchestrator::hold(const JobRecord& job, const Target& target, const Stage& stage, std::string group) {
  auto entry = std::make_shared<JobEntry>();
  entry->job = job;
  entry->target = target;
  entry->group = std::move(group);
  entry->after = stage.after;
  entry->limits = limits_of(target);
  const std::lock_guard lock(mutex_);
  if (!queue_.add(entry)) {
    if (const auto held = queue_.find(job.id)) ++held->wishes;
    if (!queue_.raise(job.id, job.stage_class)) return;
  }
  make_way_for(*entry);
  work_.notify_all();
}

// A row that people look at often is not asked for more often than this, whatever became of it.
Result<bool> ThreadedOrchestrator::ran_just_now(const Target& target, std::string_view stage) {
  constexpr std::int64_t a_moment_us = 60'000'000;
  constexpr std::size_t latest = 20;
  TENTO_TRY_ASSIGN(const auto runs, store_.runs(target.row.id, latest));
  const auto last =
      std::find_if(runs.begin(), runs.end(), [stage](const RunRecord& run) { return run.stage == stage; });
  const auto now = now_us();
  return last != runs.end() && last->ended_us != 0 && last->ended_us <= now && now - last->ended_us < a_moment_us;
}

Result<ReadCheck> ThreadedOrchestrator::before_read(const Target& target, const Moments& range) {
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(target));
  const auto& looked_at = topology.for_readers();
  TENTO_TRY_ASSIGN(const auto fetched, stage_window(dispatcher_, target, looked_at.name, now_us()));
  const auto& window = fetched.moments;
  Moments both{std::max(range.from_us, window.from_us), std::min(range.to_us, window.to_us)};
  ReadCheck check;
  check.stage = looked_at.name;
  check.outside = both.from_us >= both.to_us;
  TENTO_TRY_ASSIGN(const auto coverage, store_.coverage(target.row.id));
  const auto stale_after_s = target.match.route->sync_shape->stale_after_s;
  check.freshness = freshness_of(coverage, check.outside ? range : both, stale_after_s, now_us());
  if (check.outside || check.freshness.state == Freshness::fresh) return check;
  if (check.freshness.state == Freshness::failed && check.freshness.retry_at_us > now_us()) return check;
  TENTO_TRY_ASSIGN(const bool just_now, ran_just_now(target, looked_at.name));
  if (just_now) return check;
  TENTO_TRY_ASSIGN(check.queued, enqueue_stages(target, looked_at.name, TENTO_STAGE_VIEWPORT));
  return check;
}

// Where no worker is free, or a limit is reached, a less urgent job is asked to commit and give its worker back.
void ThreadedOrchestrator::make_way_for(const JobEntry& entry) {
  const auto now = now_us();
  if (busy_ < worker_count_ && queue_.may_run(entry, now)) return;
  if (const auto other = queue_.in_the_way_of(entry, now)) other->control->yield = true;
}

Result<void> ThreadedOrchestrator::pick_up(const JobRecord& job) {
  TENTO_TRY_ASSIGN(const auto row, store_.row(job.row));
  TENTO_TRY_ASSIGN(const auto owners, store_.users());
  const auto owner =
      std::find_if(owners.begin(), owners.end(), [&row](const auto& o) { return row && o.id == row->owner; });
  if (owner == owners.end())
    return fail(ErrorCode::not_found, ErrorClass::internal, "the row of the job is gone", "no_such_row");
  TENTO_TRY_ASSIGN(const auto target, dispatcher_.resolve(*owner, job.lookup_key, 0));
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(target));
  TENTO_TRY_ASSIGN(const auto* stage, topology.find(job.stage));
  hold(job, target, *stage, group_key(target));
  return {};
}

Result<void> ThreadedOrchestrator::start() {
  {
    const std::lock_guard lock(mutex_);
    if (!workers_.empty()) return {};
    stopping_ = false;
  }
  TENTO_TRY_ASSIGN(const auto interrupted, store_.recover());
  if (interrupted > 0) log(LogLevel::info, fmt::format("sync: {} interrupted runs go on", interrupted));
  TENTO_TRY_ASSIGN(const auto jobs, store_.jobs());
  for (const auto& job : jobs) {
    const auto picked = pick_up(job);
    if (picked) continue;
    // A provider that is gone, or has no such stage any more: the job ends where people see it.
    auto entry = std::make_shared<JobEntry>();
    entry->job = job;
    if (const auto row = store_.row(job.row); row && *row) entry->target.owner.id = (*row)->owner;
    auto error = picked.error();
    error.message = fmt::format("cannot go on with stage `{}` of {}: {}", job.stage, job.lookup_key, error.message);
    end_job(entry, RunStatus::failed, std::move(error), false);
  }
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < worker_count_; ++i) workers_.emplace_back([this] { work(); });
  return {};
}

// ---- working

void ThreadedOrchestrator::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = now_us();
    const auto entry = queue_.next(now);
    if (!entry) {
      if (const auto soonest = queue_.next_time(now)) {
        work_.wait_for(lock, std::chrono::microseconds(*soonest - now));
      } else {
        work_.wait(lock);
      }
      continue;
    }
    entry->running = true;
    ++busy_;
    lock.unlock();
    take_turn(entry);
    lock.lock();
    --busy_;
    work_.notify_all();
  }
}

void ThreadedOrchestrator::take_turn(const JobEntryPtr& entry) {
  if (!begin_turn(entry)) return;
  TurnOptions turn;
  turn.deadline_ms = options_.job_deadline_ms;
  turn.now_us = now_us();
  turn.publish = [this, entry, written = SteadyClock::now()](std::uint64_t done, std::uint64_t total,
                                                             std::string_view text) mutable {
    publish(entry, done, total, text);
    if (SteadyClock::now() - written < write_every) return;
    written = SteadyClock::now();
    log_failure("write a run's progress", store_.update_run(*entry->run));
  };
  turn.others_wait = [this, &entry] {
    const std::lock_guard lock(mutex_);
    return stopping_ || queue_.more_urgent_waits(*entry, now_us());
  };
  after_turn(entry, run_turn(store_, dispatcher_, *entry, turn));
}

// Makes the run, or takes up the one that gave its worker back. False when the store refuses: the job has ended then.
bool ThreadedOrchestrator::begin_turn(const JobEntryPtr& entry) {
  auto marked = store_.mark_running(entry->job.id, true);
  if (marked && !entry->run) {
    RunRecord run;
    run.job = entry->job.id;
    run.row = entry->job.row;
    run.owner = entry->target.owner.id;
    run.lookup_key = entry->job.lookup_key;
    run.provider = entry->job.provider;
    run.stage = entry->job.stage;
    run.started_us = now_us();
    auto started = store_.start_run(run);
    if (started) {
      {
        const std::lock_guard lock(mutex_);
        entry->run = *started;
        entry->told = SteadyClock::now();
        ++entry->moves;
        changed_.notify_all();
      }
      if (options_.on_run_move) options_.on_run_move(*started);
    } else {
      marked = fail(started.error());
    }
  }
  if (marked) return true;
  end_job(entry, RunStatus::failed, marked.error(), false);
  return false;
}

void ThreadedOrchestrator::publish(const JobEntryPtr& entry, std::uint64_t done, std::uint64_t total,
                                   std::string_view text) {
  std::optional<RunRecord> told;
  {
    const std::lock_guard lock(mutex_);
    entry->run->done = done;
    entry->run->total = total;
    entry->run->message = text;
    ++entry->moves;
    changed_.notify_all();
    if (options_.on_run_move && SteadyClock::now() - entry->told >= tell_every) {
      entry->told = SteadyClock::now();
      told = entry->run;
    }
  }
  if (told) options_.on_run_move(*told);
}

void ThreadedOrchestrator::after_turn(const JobEntryPtr& entry, Turn turn) {
  bool stopping = false;
  bool partial = false;
  {
    const std::lock_guard lock(mutex_);
    auto& counts = entry->run->counts;
    counts.added += turn.counts.added;
    counts.updated += turn.counts.updated;
    counts.deleted += turn.counts.deleted;
    counts.unchanged += turn.counts.unchanged;
    entry->run->skipped += turn.skipped;
    if (entry->run->skipped_note.empty()) entry->run->skipped_note = std::move(turn.skipped_note);
    partial = entry->run->skipped > 0;
    // A provider that told no progress still shows what it brought.
    if (entry->run->total == 0) entry->run->done = std::max(entry->run->done, counts.changed() + counts.unchanged);
    entry->spent_ms += turn.spent_ms;
    entry->used_txn = turn.used_txn;
    stopping = stopping_;
  }
  switch (turn.end) {
    case TurnEnd::done:
      return end_job(entry, partial ? RunStatus::partial : RunStatus::ok, std::nullopt, false);
    case TurnEnd::failed:
      return end_job(entry, RunStatus::failed, std::move(turn.error), false);
    case TurnEnd::stopped:
      return stopping ? end_job(entry, RunStatus::interrupted, std::nullopt, true)
                      : end_job(entry, RunStatus::stopped, std::nullopt, false);
    case TurnEnd::paused:
      return stopping ? end_job(entry, RunStatus::interrupted, std::nullopt, true) : pause(entry);
  }
}

void ThreadedOrchestrator::pause(const JobEntryPtr& entry) {
  log_failure("write a run's progress", store_.update_run(*entry->run));
  const std::lock_guard lock(mutex_);
  entry->running = false;
  ++entry->moves;
  changed_.notify_all();
}

// Writes the end of the run, then lets the job go (or keeps it queued for the next start).
void ThreadedOrchestrator::end_job(const JobEntryPtr& entry, RunStatus status, std::optional<Error> error,
                                   bool keep_job) {
  RunRecord run;
  {
    const std::lock_guard lock(mutex_);
    if (entry->run) run = *entry->run;
  }
  run.job = entry->job.id;
  run.row = entry->job.row;
  run.owner = entry->target.owner.id;
  run.lookup_key = entry->job.lookup_key;
  run.provider = entry->job.provider;
  run.stage = entry->job.stage;
  run.status = status;
  run.ended_us = now_us();
  run.error = std::move(error);
  if (run.id == 0) {
    run.started_us = run.ended_us;
    if (auto started = store_.start_run(run)) run = std::move(*started);
  } else {
    log_failure("write the end of a run", store_.update_run(run));
  }
  if (run.error)
    log(LogLevel::warn,
        fmt::format("sync: {}: {} {}: {}", run.provider, run.lookup_key, run.stage, run.error->message));
  {
    const std::lock_guard ending(ending_mutex_);
    log_failure("end a job", keep_job ? store_.requeue_job(entry->job.id, entry->job.not_before_us, entry->job.attempts)
                                      : store_.finish_job(entry->job.id));
    const std::lock_guard lock(mutex_);
    queue_.remove(entry->job.id);
    entry->running = false;
    entry->ended = true;
    entry->run = run;
    ended_.push_back(run);
    if (ended_.size() > ended_kept) ended_.pop_front();
  }
  if (options_.on_run_end) options_.on_run_end(run);
  if (options_.on_run_move) options_.on_run_move(run);
  if (status == RunStatus::partial)
    log(LogLevel::warn, fmt::format("sync: {}: {} {}: {}", run.provider, run.lookup_key, run.stage, kept_out(run)));
  if (status == RunStatus::failed || status == RunStatus::stopped) end_dependents(entry);
  changed_.notify_all();
  work_.notify_all();
}

// Stages that wait for one that did not end well would wait for ever.
void ThreadedOrchestrator::end_dependents(const JobEntryPtr& entry) {
  std::vector<JobEntryPtr> dependents;
  {
    const std::lock_guard lock(mutex_);
    dependents = queue_.dependents(entry->group, entry->job.stage);
    for (const auto& dependent : dependents) dependent->ended = true;
  }
  for (const auto& dependent : dependents) {
    Error error;
    error.code = ErrorCode::unspecified;
    error.error_class = entry->run && entry->run->error ? entry->run->error->error_class : ErrorClass::transient;
    error.tag = "stage_before_failed";
    error.remedy = "sync again";
    error.message = fmt::format(
        "stage `{}` did not run, since stage `{}`, which it waits for, did not end well. See that "
        "run, then sync again",
        dependent->job.stage, entry->job.stage);
    end_job(dependent, RunStatus::failed, std::move(error), false);
  }
}

// ---- watching

Result<std::vector<RunRecord>> ThreadedOrchestrator::wait(const std::vector<JobRecord>& jobs, std::int64_t timeout_ms,
                                                          const std::function<void(const RunRecord&)>& progress,
                                                          const std::atomic<bool>* given_up) {
  const auto end = SteadyClock::now() + std::chrono::milliseconds(timeout_ms);
  std::map<std::int64_t, std::uint64_t> seen;  // job -> moves
  std::unique_lock lock(mutex_);
  while (true) {
    bool all_ended = true;
    std::vector<RunRecord> moved;
    for (const auto& job : jobs) {
      const auto entry = queue_.find(job.id);
      if (!entry) continue;
      all_ended = false;
      if (!entry->run || seen[job.id] == entry->moves) continue;
      seen[job.id] = entry->moves;
      moved.push_back(*entry->run);
    }
    if (!moved.empty() && progress) {
      lock.unlock();
      for (const auto& run : moved) progress(run);
      lock.lock();
      continue;
    }
    const bool gave_up = given_up != nullptr && given_up->load();
    if (all_ended || gave_up || stopping_ || changed_.wait_until(lock, end) == std::cv_status::timeout) break;
  }

  std::vector<RunRecord> out;
  for (const auto& job : jobs) {
    const auto ended =
        std::find_if(ended_.rbegin(), ended_.rend(), [&job](const auto& run) { return run.job == job.id; });
    if (ended != ended_.rend()) {
      out.push_back(*ended);
    } else if (const auto entry = queue_.find(job.id); entry && entry->run) {
      out.push_back(*entry->run);
    } else {
      // Not begun, or ended long ago.
      RunRecord run;
      run.job = job.id;
      run.row = job.row;
      run.lookup_key = job.lookup_key;
      run.provider = job.provider;
      run.stage = job.stage;
      if (!entry) {
        const auto stored = store_.runs(job.row, 1000);
        if (stored) {
          const auto found =
              std::find_if(stored->begin(), stored->end(), [&job](const auto& r) { return r.job == job.id; });
          if (found != stored->end()) run = *found;
        }
      }
      out.push_back(std::move(run));
    }
  }
  lock.unlock();
  if (progress) {
    for (const auto& run : out)
      if (run.id != 0) progress(run);
  }
  return out;
}

void ThreadedOrchestrator::withdraw(const std::vector<JobRecord>& jobs) {
  std::vector<JobEntryPtr> unbegun;
  {
    const std::lock_guard lock(mutex_);
    // The last first: what waits for another must not begin when that one ends.
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
      const auto entry = queue_.find(job->id);
      if (!entry || entry->ended) continue;
      if (entry->wishes > 0) --entry->wishes;
      if (entry->wishes > 0) continue;
      entry->control->cancelled = true;
      if (entry->running) continue;
      entry->ended = true;
      unbegun.push_back(entry);
    }
    changed_.notify_all();  // who has given up waits no longer, though others want the job
  }
  for (const auto& entry : unbegun) end_job(entry, RunStatus::stopped, std::nullopt, false);
}

Result<void> ThreadedOrchestrator::cancel(std::int64_t run_id) {
  JobEntryPtr paused;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = queue_.find_run(run_id);
    if (!entry || entry->ended)
      return fail(ErrorCode::not_found, ErrorClass::config,
                  fmt::format("run {} is not under way. `run list` shows which are", run_id), "no_such_run");
    entry->control->cancelled = true;
    if (!entry->running) {  // between two turns: nobody is there to notice
      entry->ended = true;
      paused = entry;
    }
  }
  if (paused) end_job(paused, RunStatus::stopped, std::nullopt, false);
  return {};
}

void ThreadedOrchestrator::stop() {
  std::vector<std::thread> workers;
  {
    const std::lock_guard lock(mutex_);
    if (workers_.empty()) return;
    stopping_ = true;
    for (const auto& entry : queue_.entries())
      if (entry->running) entry->control->cancelled = true;
    workers.swap(workers_);
  }
  work_.notify_all();
  changed_.notify_all();
  for (auto& worker : workers) worker.join();
  // Turns that gave their worker back have a run under way: it ends here, its job stays.
  std::vector<JobEntryPtr> paused;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& entry : queue_.entries())
      if (entry->run && !entry->ended) paused.push_back(entry);
  }
  for (const auto& entry : paused) end_job(entry, RunStatus::interrupted, std::nullopt, true);
}

}  // namespace

std::unique_ptr<Orchestrator> make_orchestrator(CellStore& store, Dispatcher& dispatcher, OrchestratorOptions options) {
  return std::make_unique<ThreadedOrchestrator>(store, dispatcher, std::move(options));
}

}  // namespace tento::host
