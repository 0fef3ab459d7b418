// SPDX-License-Identifier: Apache-2.0
// What happens to jobs, and what follows from it.
#include "host/sync/job_queue.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tento::host {

namespace {

// When the store's queue could not be read, it is tried again after this.
constexpr std::chrono::seconds refill_pause{5};
// A job that the store refused, since others hold its lock or use up its limits, is tried again after this.
constexpr std::int64_t refused_pause_us = 1'000'000;

// Whose calls of a service fail together.
std::string account_of(const Job& job) {
  const auto& row = job.target.row;
  return row.owner.text() + "/" + row.provider + "/" + row.auth_id;
}

}  // namespace

JobPtr make_job(const JobRecord& record, const Target& target, const Stage& stage) {
  auto job = std::make_shared<Job>();
  job->record = record;
  job->target = target;
  auto& queued = job->queued;
  queued.id = record.id;
  queued.stage_class = record.stage_class;
  queued.group = group_key(target);
  queued.stage = record.stage;
  queued.after = stage.after;
  queued.lock_key = record.lock_key;
  queued.provider = record.provider;
  queued.integration = target.row.integration;
  queued.limits = limits_of(target);
  queued.not_before_us = record.not_before_us;
  queued.suspect = record.deaths > 0;
  return job;
}

JobQueue::JobQueue(Recorder& recorder, Executor& executor, Rescuer& rescuer, JobQueueOptions options)
    : recorder_(recorder),
      executor_(executor),
      rescuer_(rescuer),
      options_(std::move(options)),
      scheduler_(options_.limits),
      window_(options_.window),
      asked_(options_.asked) {}

void JobQueue::hold(const JobPtr& job) {
  // The store checks the same limits as the scheduler.
  auto& of_provider = job->queued.limits.provider;
  of_provider = of_provider == 0 ? options_.limits.of_provider : std::min(of_provider, options_.limits.of_provider);
  entries_.emplace(job->record.id, Entry{job, false, std::nullopt, nullptr});
  by_key_.emplace(job->record.dedup_key, job->record.id);
  recorder_.hold(*job);
  scheduler_.add(job->queued);
}

Result<JobQueue::Places> JobQueue::take_places(const Uuid& user, std::span<const JobRecord> jobs) {
  std::size_t without = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& job : jobs) {
      const auto held = by_key_.find(job.dedup_key);
      if (held == by_key_.end() || !entries_.at(held->second).place) ++without;
    }
  }
  return asked_.take(user, without);
}

// Under the lock. A job that ended and was stored anew since the places were taken may find none: it is held all the
// same.
void JobQueue::was_asked_for(Entry& entry, Places& places) {
  if (!entry.place && !places.empty()) {
    entry.place = std::move(places.back());
    places.pop_back();
  }
  if (entry.window_class) window_.left(*entry.window_class);
  entry.window_class.reset();
}

void JobQueue::add(const std::vector<Asked>& jobs, Places places) {
  Work work;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [job, is_new] : jobs) {
      const auto held = entries_.find(job->record.id);
      if (held != entries_.end()) {
        // The end that is being written is the end of what was asked for now, too.
        if (held->second.ending) continue;
        scheduler_.add(job->queued);
        if (!scheduler_.is_running(job->record.id)) {
          auto& there = *held->second.job;
          there.asked_now = there.asked_now || job->asked_now;
          if (there.record.not_before_us > job->record.not_before_us) there.record.attempts = job->record.attempts;
          there.record.not_before_us = std::min(there.record.not_before_us, job->record.not_before_us);
          recorder_.wanted_now(job->record.id);
        }
        was_asked_for(held->second, places);
      } else if (is_new || !recorder_.has_ended(job->record.id)) {
        recorder_.wanted_now(job->record.id);
        hold(job);
        was_asked_for(entries_.at(job->record.id), places);
      }
    }
    decide(work);
  }
  carry_out(std::move(work));
}

void JobQueue::stored(std::span<const Enqueued> jobs) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [job, is_new] : jobs) {
      const Waiting waiting{job.stage_class, queue_position(job)};
      if (!is_new || entries_.count(job.id) != 0) continue;
      window_.waits(waiting.stage_class, waiting.at);
      if (refilling_) stored_while_refilling_.push_back(waiting);
    }
    if (!running_) return;
  }
  refill_or_try_later();
}

// One thread at a time; what drains meanwhile is seen by the next look.
Result<void> JobQueue::refill() {
  while (true) {
    std::optional<JobWindow::Part> part;
    {
      const std::lock_guard lock(mutex_);
      if (refilling_ || stopping_) return {};
      const auto now_us = options_.now_unix_us();
      part = window_.next(now_us);
      if (!part) {
        if (const auto at_us = window_.look_again_us()) look_again_at(*at_us, now_us);
        return {};
      }
      refilling_ = true;
    }
    auto loaded = rescuer_.load(*part, options_.now_unix_us());
    Work work;
    {
      const std::lock_guard lock(mutex_);
      refilling_ = false;
      const auto stored_meanwhile = std::exchange(stored_while_refilling_, {});
      if (!loaded) left_while_refilling_.clear();
      if (!loaded) return fail(std::move(loaded).error());
      window_.was_read(*part, loaded->last, loaded->due_us);
      for (const auto& job : loaded->postponed) window_.waits(job.stage_class, queue_position(job));
      for (const auto& job : left_while_refilling_) window_.waits(job.stage_class, job.at);
      for (const auto& job : stored_meanwhile) window_.waits(job.stage_class, job.at);
      const auto take = [this](const JobPtr& job, std::uint32_t stage_class) {
        const auto id = job->record.id;
        if (stopping_ || entries_.count(id) != 0 || recorder_.has_ended(id)) return;
        if (std::ranges::any_of(left_while_refilling_, [id](const Waiting& left) { return left.at.id == id; })) return;
        hold(job);
        entries_.at(id).window_class = stage_class;
        window_.came(stage_class);
      };
      for (const auto& job : loaded->prerequisites) take(job, part->stage_class);
      for (const auto& job : loaded->jobs) take(job, part->stage_class);
      left_while_refilling_.clear();
      decide(work);
    }
    carry_out(std::move(work));
  }
}

void JobQueue::refill_or_try_later() {
  const auto refilled = refill();
  if (refilled) return;
  if (options_.log) options_.log(LogLevel::error, "sync: cannot read the queue: " + refilled.error().message);
  const std::lock_guard lock(mutex_);
  if (!stopping_) timers_.at(Timers::Clock::now() + refill_pause, [this] { refill_or_try_later(); });
}

// Under the lock: what the scheduler says after something has happened.
void JobQueue::decide(Work& work) {
  if (!running_ || stopping_) return;
  const auto now_us = options_.now_unix_us();
  auto decision = scheduler_.decide(now_us);
  for (bool held_back = true; held_back;) {
    held_back = false;
    for (const auto id : decision.start) {
      const auto& job = entries_.at(id).job;
      const auto until_us = job->asked_now ? 0 : breaker_.open_until(account_of(*job), now_us);
      if (until_us <= now_us) {
        work.start.push_back(job);
        continue;
      }
      scheduler_.pause(id, until_us);
      work.hold_back.emplace_back(job, until_us);
      held_back = true;
    }
    if (!held_back) break;
    // Their slots are free again.
    auto further = scheduler_.decide(now_us);
    decision.start = std::move(further.start);
    decision.yield.insert(decision.yield.end(), further.yield.begin(), further.yield.end());
    decision.look_again_us = further.look_again_us;
  }
  if (scheduler_.running() > 0 && !beat_) beat_later();
  if (scheduler_.running() > 0 && !stall_look_) look_for_stalls_later();
  if (scheduler_.running() == 0) {
    for (auto* timer : {&beat_, &stall_look_}) {
      if (*timer) timers_.cancel(**timer);
      timer->reset();
    }
  }
  for (const auto id : decision.yield) entries_.at(id).job->control->yield = true;
  if (decision.look_again_us) look_again_at(*decision.look_again_us, now_us);
}

// Under the lock.
void JobQueue::look_again_at(std::int64_t at_us, std::int64_t now_us) {
  if (stopping_ || at_us >= looks_at_us_) return;
  looks_at_us_ = at_us;
  timers_.at(Timers::Clock::now() + std::chrono::microseconds(looks_at_us_ - now_us), [this] {
    Work due;
    {
      const std::lock_guard lock(mutex_);
      looks_at_us_ = INT64_MAX;
      decide(due);
    }
    carry_out(std::move(due));
    refill_or_try_later();
  });
}

void JobQueue::carry_out(Work work) {
  for (const auto& job : work.cancel) job->control->cancel();
  for (const auto& job : work.start) executor_.start(job, *this);
  hold_back(work.hold_back);
  if (work.end.empty()) return;
  std::vector<JobId> ended;
  for (const auto& ending : work.end) ended.push_back(ending.job->record.id);
  recorder_.end(std::move(work.end));
  Work next;
  {
    const std::lock_guard lock(mutex_);
    for (const auto id : ended) let_go(id);
    decide(next);
  }
  carry_out(std::move(next));
  refill_or_try_later();
}

// Under the lock.
void JobQueue::let_go(JobId job) {
  scheduler_.remove(job);
  const auto entry = entries_.find(job);
  if (entry == entries_.end()) return;
  if (entry->second.window_class) window_.left(*entry->second.window_class);
  by_key_.erase(entry->second.job->record.dedup_key);
  entries_.erase(entry);
}

bool JobQueue::should_yield(const JobPtr& job) {
  const std::lock_guard lock(mutex_);
  return stopping_ || scheduler_.should_yield(job->record.id, options_.now_unix_us());
}

void JobQueue::refused(const JobPtr& job) {
  pause(job, options_.now_unix_us() + refused_pause_us);
}

void JobQueue::pause(const JobPtr& job, std::int64_t not_before_us) {
  Work work;
  {
    const std::lock_guard lock(mutex_);
    scheduler_.pause(job->record.id, not_before_us);
    decide(work);
  }
  carry_out(std::move(work));
}

void JobQueue::slice_ended(const JobPtr& job, Slice slice) {
  recorder_.add(job->record.id, slice);
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
  const bool goes_on = slice.end == SliceEnd::paused || slice.end == SliceEnd::stopped;
  // The next start of the host goes on with it.
  if (goes_on && stopping) return recorder_.give_back(*job, RunStatus::interrupted);
  switch (slice.end) {
    case SliceEnd::paused:
      recorder_.give_back(*job, RunStatus::running);
      return pause(job, 0);
    case SliceEnd::stopped:
      return end(job, RunStatus::stopped, std::nullopt, {});
    case SliceEnd::done: {
      {
        const std::lock_guard lock(mutex_);
        breaker_.ended_well(account_of(*job));
      }
      const bool partial = recorder_.run_of(job->record.id).skipped > 0;
      return end(job, partial ? RunStatus::partial : RunStatus::ok, std::nullopt, std::move(slice.coverage));
    }
    case SliceEnd::failed:
      return failed(job, std::move(slice));
  }
}

void JobQueue::failed(const JobPtr& job, Slice slice) {
  const auto now_us = options_.now_unix_us();
  auto run = recorder_.run_of(job->record.id);
  const bool part_landed = run.counts.changed() + run.counts.unchanged > 0;
  run.status = part_landed ? RunStatus::partial : RunStatus::failed;
  run.error = slice.error;
  auto again = options_.retry->next_attempt_us(run, job->record.attempts + 1, now_us);
  {
    const std::lock_guard lock(mutex_);
    const auto closed_us = breaker_.failed(account_of(*job), slice.error->error_class, now_us);
    if (again) again = std::max(*again, closed_us);
  }
  if (!again || run.id == 0) return end(job, run.status, std::move(slice.error), std::move(slice.coverage));
  ++job->record.attempts;
  job->record.not_before_us = *again;
  job->spent_ms = 0;
  job->asked_now = false;
  for (auto& statement : slice.coverage)
    if (statement.state == TENTO_COVERAGE_FAILED) statement.retry_at_us = *again;
  recorder_.try_again(*job, run.status, *slice.error, std::move(slice.coverage));
  postpone(job, *slice.error);
}

void JobQueue::hold_back(const std::vector<std::pair<JobPtr, std::int64_t>>& jobs) {
  for (const auto& [job, until_us] : jobs) {
    job->record.not_before_us = until_us;
    if (const auto postponed = rescuer_.postpone({&job, 1}, until_us); !postponed && options_.log)
      options_.log(LogLevel::error, "sync: cannot put a job off: " + postponed.error().message);
    Error why;
    why.error_class = ErrorClass::transient;
    why.tag = breaker_tag;
    why.message =
        fmt::format("stage `{}` of {} was not tried, since what its account asked for lately failed again and again",
                    job->record.stage, job->record.lookup_key);
    why.remedy = "look at the runs before it; it is tried again by itself";
    recorder_.waits(job->record, job->target.owner.id, why, until_us);
    postpone(job, why);
  }
}

void JobQueue::postpone(const JobPtr& job, const Error& why) {
  const auto id = job->record.id;
  const auto not_before_us = job->record.not_before_us;
  std::vector<JobPtr> waiting, told;
  {
    const std::lock_guard lock(mutex_);
    if (scheduler_.is_running(id)) scheduler_.pause(id, not_before_us);
    for (const auto other : scheduler_.dependents(id)) {
      const auto& entry = entries_.at(other);
      if (entry.ending) continue;
      told.push_back(entry.job);
      if (entry.window_class) waiting.push_back(entry.job);
    }
  }
  for (const auto& other : told)
    recorder_.waits(other->record, other->target.owner.id,
                    prerequisite_failed(other->record.stage, job->record.stage, why.error_class), not_before_us);
  Result<void> postponed;
  if (!waiting.empty()) postponed = rescuer_.postpone(waiting, not_before_us);
  if (!postponed && options_.log)
    options_.log(LogLevel::error, "sync: cannot put off what waits for a job: " + postponed.error().message);
  Work work;
  {
    const std::lock_guard lock(mutex_);
    if (postponed && !stopping_)
      for (const auto& other : waiting) wait_in_store(other->record.id, not_before_us);
    const auto entry = entries_.find(id);
    if (entry != entries_.end() && entry->second.window_class && !stopping_) {
      if (scheduler_.dependents(id).empty()) {
        wait_in_store(id, not_before_us);
      } else {
        // Somebody asked for what waits for it: it is held beside the window, as that is.
        window_.left(*entry->second.window_class);
        entry->second.window_class.reset();
      }
    }
    decide(work);
  }
  carry_out(std::move(work));
  refill_or_try_later();
}

// Under the lock. What was asked for, ended or began meanwhile stays.
void JobQueue::wait_in_store(JobId job, std::int64_t not_before_us) {
  const auto entry = entries_.find(job);
  if (entry == entries_.end() || entry->second.ending || !entry->second.window_class) return;
  if (scheduler_.is_running(job) || recorder_.run_of(job).id != 0) return;
  const Waiting waiting{entry->second.job->record.stage_class, {not_before_us, job}};
  window_.waits(waiting.stage_class, waiting.at);
  if (refilling_) left_while_refilling_.push_back(waiting);
  recorder_.forget(job);
  let_go(job);
}

// Of a job that ran.
void JobQueue::end(const JobPtr& job, RunStatus status, std::optional<Error> error,
                   std::vector<CoverageInput> coverage) {
  Work work;
  const bool failed_with_error = error.has_value();
  const auto error_class = error ? error->error_class : ErrorClass::transient;
  work.end.push_back({job, status, std::move(error), std::move(coverage)});
  {
    const std::lock_guard lock(mutex_);
    if (const bool well = !failed_with_error && (status == RunStatus::ok || status == RunStatus::partial); !well)
      end_dependents(*job, error_class, work);
    entries_.at(job->record.id).ending = true;
  }
  carry_out(std::move(work));
}

// Under the lock: stages that wait for one that did not end well would wait for ever.
void JobQueue::end_dependents(const Job& job, ErrorClass error_class, Work& work) {
  for (const auto id : scheduler_.dependents(job.record.id)) {
    auto& entry = entries_.at(id);
    scheduler_.remove(id);
    entry.ending = true;
    work.end.push_back(
        {entry.job, RunStatus::failed, prerequisite_failed(entry.job->record.stage, job.record.stage, error_class)});
  }
}

// Under the lock.
void JobQueue::end_queued(JobId id, Work& work) {
  auto& entry = entries_.at(id);
  work.end.push_back({entry.job, RunStatus::stopped});
  end_dependents(*entry.job, ErrorClass::transient, work);
  scheduler_.remove(id);
  entry.ending = true;
}

void JobQueue::withdraw(const std::vector<JobRecord>& jobs) {
  Work work;
  {
    const std::lock_guard lock(mutex_);
    // The last first: what waits for another must not fail because that one ends.
    for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
      const auto found = entries_.find(job->id);
      if (found == entries_.end() || found->second.ending) continue;
      switch (scheduler_.withdraw(job->id)) {
        case Scheduler::Withdrawn::running:
          work.cancel.push_back(found->second.job);
          break;
        case Scheduler::Withdrawn::queued:
          end_queued(job->id, work);
          break;
        case Scheduler::Withdrawn::unknown:
        case Scheduler::Withdrawn::wanted:
          break;
      }
    }
  }
  carry_out(std::move(work));
}

Result<void> JobQueue::cancel(std::int64_t run) {
  Work work;
  {
    const std::lock_guard lock(mutex_);
    const auto job = recorder_.job_of(run);
    const auto found = job ? entries_.find(*job) : entries_.end();
    if (found == entries_.end() || found->second.ending)
      return fail(ErrorCode::not_found, ErrorClass::config,
                  fmt::format("run {} is not under way. `run list` shows which are", run), "no_such_run");
    if (scheduler_.is_running(*job)) {
      work.cancel.push_back(found->second.job);
    } else {
      end_queued(*job, work);  // between two slices: nobody is there to notice
    }
  }
  carry_out(std::move(work));
  return {};
}

Result<void> JobQueue::start() {
  TENTO_TRY(refill());
  Work work;
  {
    const std::lock_guard lock(mutex_);
    if (running_) return {};
    running_ = true;
    decide(work);
  }
  carry_out(std::move(work));
  return {};
}

// Under the lock; as long as something runs.
void JobQueue::beat_later() {
  beat_ = timers_.at(Timers::Clock::now() + std::chrono::microseconds(options_.heartbeat_us), [this] {
    recorder_.heartbeat();
    const std::lock_guard lock(mutex_);
    beat_.reset();
    if (scheduler_.running() > 0) beat_later();
  });
}

// Under the lock; as long as something runs.
void JobQueue::look_for_stalls_later() {
  stall_look_ = timers_.at(Timers::Clock::now() + options_.stalls_after, [this] { look_for_stalls(); });
}

// A call that gave no sign of life from one look to the next hangs, or waits for a slow service: it keeps its thread
// and its provider's place, but not the slot, so that providers that hang do not stop the others.
void JobQueue::look_for_stalls() {
  Work work;
  {
    const std::lock_guard lock(mutex_);
    stall_look_.reset();
    for (auto& [id, entry] : entries_) {
      const bool running = scheduler_.is_running(id);
      const bool ran = std::exchange(entry.was_running, running);
      if (!running) continue;
      const bool moved = entry.job->control->moved.exchange(false);
      scheduler_.set_stalled(id, ran && !moved);
      if (ran) scheduler_.absolve(id);
    }
    decide(work);
  }
  carry_out(std::move(work));
}

void JobQueue::stop() {
  std::vector<JobPtr> cancelled;
  {
    const std::lock_guard lock(mutex_);
    if (!running_ || stopping_) return;
    stopping_ = true;
    for (const auto& [id, entry] : entries_)
      if (scheduler_.is_running(id)) cancelled.push_back(entry.job);
  }
  for (const auto& job : cancelled) job->control->cancel();
  recorder_.release();
  executor_.wait_idle();
  // Jobs that gave their slot back have a run under way: it ends here, the jobs stay.
  std::vector<JobPtr> paused;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_)
      if (!entry.ending) paused.push_back(entry.job);
    by_key_.clear();
    entries_.clear();
  }
  for (const auto& job : paused)
    if (recorder_.run_of(job->record.id).id != 0) recorder_.give_back(*job, RunStatus::interrupted);
}

}  // namespace tento::host
