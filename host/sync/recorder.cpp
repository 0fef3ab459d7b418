// SPDX-License-Identifier: Apache-2.0
// Writing runs down, thinning out their progress, and keeping those company who wait.
#include "host/sync/recorder.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "host/model/run.hpp"
#include "host/store/outcome.hpp"

namespace tento::host {

namespace {

// Ends that are remembered for those who still wait for them.
constexpr std::size_t ended_kept = 1024;
// Who waits for a job waits so long for its next try, too.
constexpr std::int64_t a_moment_us = 2'000'000;
// Progress that is told is written down every so many times.
constexpr std::size_t told_per_write = 4;

}  // namespace

Recorder::Recorder(Store& store, RecorderOptions options) : store_(store), options_(std::move(options)) {}

Recorder::HeldPtr Recorder::find(JobId job) const {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(job);
  return found == held_.end() ? nullptr : found->second;
}

RunRecord Recorder::unbegun(const JobRecord& job, const Uuid& owner) {
  RunRecord run;
  run.job = job.id;
  run.row = job.row;
  run.owner = owner;
  run.lookup_key = job.lookup_key;
  run.provider = job.provider;
  run.stage = job.stage;
  return run;
}

void Recorder::hold(const Job& job) {
  auto held = std::make_shared<Held>();
  held->job = job.record;
  held->owner = job.target.owner.id;
  held->lease.job = job.record.id;
  const std::lock_guard lock(mutex_);
  held_.emplace(job.record.id, std::move(held));
}

void Recorder::forget(JobId job) {
  {
    const std::lock_guard lock(mutex_);
    held_.erase(job);
  }
  moves_->tell(job);
}

Result<ClaimState> Recorder::begin(const Job& job) {
  const auto held = find(job.record.id);
  if (!held) return ClaimState::gone;  // it ended while somebody asked for it
  ClaimRequest request;
  request.job = job.record.id;
  request.limits = job.queued.limits;
  {
    const std::lock_guard lock(mutex_);
    request.run = held->run ? *held->run : unbegun(held->job, held->owner);
  }
  if (request.run.id == 0) {
    request.run.started_us = options_.now_unix_us();
    request.run.attempt = job.record.attempts + 1;
  }
  const auto run_before = request.run.id;
  TENTO_TRY_ASSIGN(const auto claims, store_.jobs().claim(options_.worker, {&request, 1}, options_.lease_us));
  const auto& claim = claims.front();
  if (claim.state != ClaimState::claimed) return claim.state;
  const std::lock_guard telling(held->telling);
  {
    const std::lock_guard lock(mutex_);
    held->lease = claim.lease;
    held->run = claim.run;
    waiting_.erase(job.record.id);
    by_run_[claim.run.id] = job.record.id;
    held->told = Clock::now();
    ++held->moves;
  }
  moves_->tell(job.record.id);
  if (claim.run.id != run_before) tell(claim.run);
  return ClaimState::claimed;
}

RunRecord Recorder::run_of(JobId job) const {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(job);
  return found == held_.end() || !found->second->run ? RunRecord{} : *found->second->run;
}

std::optional<Lease> Recorder::lease_of(JobId job) const {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(job);
  return found == held_.end() || found->second->lease.fence == 0 ? std::nullopt : std::optional(found->second->lease);
}

std::optional<JobId> Recorder::job_of(std::int64_t run) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_run_.find(run);
  return found == by_run_.end() ? std::nullopt : std::optional(found->second);
}

// The one throttle of progress: whoever watches, waits or reads the store sees what passes it.
void Recorder::progress(JobId job, std::uint64_t done, std::uint64_t total, std::string_view text) {
  const auto held = find(job);
  if (!held) return;
  const std::lock_guard telling(held->telling);
  Heartbeat beat;
  bool write = false;
  {
    const std::lock_guard lock(mutex_);
    if (!held->run || held->run->status != RunStatus::running) return;
    held->run->done = done;
    held->run->total = total;
    held->run->message = text;
    if (Clock::now() - held->told < options_.tell_every) return;
    held->told = Clock::now();
    write = ++held->times_told % told_per_write == 0;
    ++held->moves;
    beat = {held->lease, held->run};
  }
  moves_->tell(job);
  tell(*beat.run);
  if (!write) return;
  if (const auto written = store_.jobs().heartbeat({&beat, 1}, options_.lease_us); !written)
    log(LogLevel::error, "sync: cannot write a run's progress: " + written.error().message);
}

void Recorder::add(JobId job, const Slice& slice) {
  const auto held = find(job);
  if (!held) return;
  const std::lock_guard lock(mutex_);
  if (!held->run) return;
  RunRecord& run = *held->run;
  run.counts.added += slice.counts.added;
  run.counts.updated += slice.counts.updated;
  run.counts.deleted += slice.counts.deleted;
  run.counts.unchanged += slice.counts.unchanged;
  run.skipped += slice.skipped;
  if (run.skipped_note.empty()) run.skipped_note = slice.skipped_note;
  // A provider that told no progress still shows what it brought.
  if (run.total == 0) run.done = std::max(run.done, run.counts.changed() + run.counts.unchanged);
}

void Recorder::end(std::vector<Ending> endings) {
  std::vector<HeldPtr> held;
  std::vector<JobEnd> ends;
  for (auto& ending : endings) {
    auto one = find(ending.job->record.id);
    if (!one) continue;
    JobEnd end;
    {
      const std::lock_guard lock(mutex_);
      end.lease = one->lease;
      end.run = one->run ? *one->run : unbegun(one->job, one->owner);
    }
    end.run.status = ending.status;
    end.run.error = std::move(ending.error);
    end.run.ended_us = options_.now_unix_us();
    if (end.run.id == 0) end.run.started_us = end.run.ended_us;
    end.coverage = std::move(ending.coverage);
    // What cannot be run any more has no route.
    if (ended_well(end.run)) end.data_version = ending.job->target.match.route->row->data_version;
    held.push_back(std::move(one));
    ends.push_back(std::move(end));
  }
  auto outcomes = store_.jobs().complete(ends);
  // Whether it landed is not known: it lands once, however often it is sent.
  const bool sent_again = outcome_of(outcomes) == StoreOutcome::unknown;
  if (sent_again) outcomes = store_.jobs().complete(ends);
  if (!outcomes) {
    // What cannot be written down has not ended well.
    log(LogLevel::error, "sync: cannot write the end of a run: " + outcomes.error().message);
    for (auto& end : ends) {
      end.coverage.clear();
      if (!ended_well(end.run)) continue;
      end.run.status = RunStatus::failed;
      end.run.error = outcomes.error();
    }
    outcomes = store_.jobs().complete(ends);
  }
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (outcomes && (*outcomes)[i] == LeaseOutcome::fenced && !(sent_again && has_landed(ends[i])))
      log(LogLevel::warn, fmt::format("sync: {}, stage `{}`: the job was purged or taken over meanwhile",
                                      ends[i].run.lookup_key, ends[i].run.stage));
    finish(held[i], ends[i].run);
  }
}

bool Recorder::has_landed(const JobEnd& end) const {
  const auto run = store_.runs().of_job(end.run.row, end.run.job);
  return run && *run && (*run)->status == end.run.status && (*run)->ended_us == end.run.ended_us;
}

// The run is over, in the store and for everybody here.
void Recorder::finish(const HeldPtr& held, const RunRecord& run) {
  const std::lock_guard telling(held->telling);
  {
    const std::lock_guard lock(mutex_);
    held->run = run;
    held_.erase(run.job);
    by_run_.erase(run.id);
    waiting_.erase(run.job);
    remember(ended_, ended_order_, run);
  }
  const auto warn = [&](const std::string& what) {
    log(LogLevel::warn, fmt::format("sync: {}: {} {}: {}", run.provider, run.lookup_key, run.stage, what));
  };
  if (run.error) warn(run.error->message);
  if (options_.on_run_end) options_.on_run_end(run);
  tell(run);
  if (run.status == RunStatus::partial && !run.error) warn(kept_out(run));
  moves_->tell(run.job);
}

// Under the lock.
void Recorder::remember(std::unordered_map<JobId, RunRecord>& ends, std::deque<JobId>& order, const RunRecord& run) {
  if (ends.insert_or_assign(run.job, run).second) order.push_back(run.job);
  if (order.size() <= ended_kept) return;
  ends.erase(order.front());
  order.pop_front();
}

bool Recorder::is_a_moment_away(std::int64_t at_us) const {
  return at_us - options_.now_unix_us() <= a_moment_us;
}

// Under the lock.
JobReturn Recorder::returned(Held& held, const Job& job, RunStatus status) const {
  JobReturn back;
  back.lease = held.lease;
  if (held.run) back.run = *held.run;
  back.run.status = status;
  if (status != RunStatus::running) back.run.ended_us = options_.now_unix_us();
  back.not_before_us = job.record.not_before_us;
  back.attempts = job.record.attempts;
  return back;
}

void Recorder::return_job(const JobReturn& back) {
  if (const auto returned = store_.jobs().reschedule({&back, 1}); !returned)
    log(LogLevel::error, "sync: cannot give a job back: " + returned.error().message);
}

void Recorder::give_back(const Job& job, RunStatus status) {
  const auto held = find(job.record.id);
  if (!held) return;
  JobReturn back;
  {
    const std::lock_guard lock(mutex_);
    back = returned(*held, job, status);
  }
  return_job(back);
  // A job that was interrupted is of another start of the host.
  if (status == RunStatus::interrupted) return finish(held, back.run);
  const std::lock_guard telling(held->telling);
  {
    const std::lock_guard lock(mutex_);
    held->lease = {job.record.id, 0, 0};
    ++held->moves;
  }
  moves_->tell(job.record.id);
}

void Recorder::try_again(const Job& job, RunStatus status, Error error, std::vector<CoverageInput> coverage) {
  const auto held = find(job.record.id);
  if (!held) return;
  JobReturn back;
  {
    const std::lock_guard lock(mutex_);
    back = returned(*held, job, status);
  }
  back.run.error = std::move(error);
  back.run.next_try_us = job.record.not_before_us;
  back.coverage = std::move(coverage);
  return_job(back);
  const std::lock_guard telling(held->telling);
  {
    const std::lock_guard lock(mutex_);
    held->lease = {job.record.id, 0, 0};
    by_run_.erase(back.run.id);
    held->run.reset();
    ++held->moves;
    if (!is_a_moment_away(back.run.next_try_us)) remember(waiting_, waiting_order_, back.run);
  }
  log(LogLevel::warn, fmt::format("sync: {}: {} {}: {}", back.run.provider, back.run.lookup_key, back.run.stage,
                                  back.run.error->message));
  if (options_.on_run_end) options_.on_run_end(back.run);
  tell(back.run);
  moves_->tell(job.record.id);
}

void Recorder::waits(const JobRecord& job, const Uuid& owner, Error why, std::int64_t next_try_us) {
  if (is_a_moment_away(next_try_us)) return;
  auto run = unbegun(job, owner);
  run.status = RunStatus::failed;
  run.error = std::move(why);
  run.next_try_us = next_try_us;
  {
    const std::lock_guard lock(mutex_);
    remember(waiting_, waiting_order_, run);
  }
  moves_->tell(job.id);
}

void Recorder::wanted_now(JobId job) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(job);
}

void Recorder::heartbeat() {
  std::vector<Heartbeat> beats;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, held] : held_)
      if (held->lease.fence != 0) beats.push_back({held->lease, std::nullopt});
  }
  if (beats.empty()) return;
  if (const auto beaten = store_.jobs().heartbeat(beats, options_.lease_us); !beaten)
    log(LogLevel::error, "sync: cannot renew the leases of what runs: " + beaten.error().message);
}

bool Recorder::has_ended(JobId job) const {
  const std::lock_guard lock(mutex_);
  return ended_.count(job) != 0;
}

// Somebody who waits for jobs.
class Recorder::Follow final : public Pending<std::vector<RunRecord>> {
 public:
  Follow(Recorder& recorder, std::vector<JobRecord> jobs, Moment until, std::function<void(const RunRecord&)> on_move)
      : recorder_(recorder), jobs_(std::move(jobs)), until_(until), on_move_(std::move(on_move)) {
    for (const auto& job : jobs_) seen_[job.id] = 0;
  }

  void start(std::function<void()> wake) override {
    wake_ = std::move(wake);
    // What is watched is its own copy: it may be called while this is made.
    moves_ = Listeners<JobId>::add(recorder_.moves_, [wake = wake_, jobs = seen_](const JobId& job) {
      if (job == JobId{} || jobs.count(job) != 0) wake();
    });
  }
  std::optional<Result<std::vector<RunRecord>>> resume(Moment now) override {
    const bool over = look() || cancelled_ || now >= until_;
    if (!over) return std::nullopt;
    return last_runs();
  }
  void cancel() override {
    cancelled_ = true;
    wake_();
  }
  [[nodiscard]] Moment deadline() const override { return until_; }

 private:
  // Tells what has moved. Whether nothing is left to wait for.
  bool look() {
    bool all_ended = true;
    std::vector<RunRecord> moved;
    {
      const std::lock_guard lock(recorder_.mutex_);
      all_ended = recorder_.released_;
      if (!all_ended) {
        all_ended = true;
        for (const auto& job : jobs_) {
          const auto found = recorder_.held_.find(job.id);
          if (found == recorder_.held_.end()) continue;
          const auto& held = *found->second;
          if (!held.run && recorder_.waiting_.count(job.id) != 0) continue;  // it failed, and is tried again later
          all_ended = false;
          if (!held.run || seen_[job.id] == held.moves) continue;
          seen_[job.id] = held.moves;
          moved.push_back(*held.run);
        }
      }
    }
    if (on_move_)
      for (const auto& run : moved) on_move_(run);
    return all_ended;
  }

  Result<std::vector<RunRecord>> last_runs() {
    std::vector<RunRecord> out;
    std::vector<std::size_t> elsewhere;  // not begun, or ended long ago
    {
      const std::lock_guard lock(recorder_.mutex_);
      for (const auto& job : jobs_) {
        const auto held = recorder_.held_.find(job.id);
        if (const auto ended = recorder_.ended_.find(job.id); ended != recorder_.ended_.end()) {
          out.push_back(ended->second);
        } else if (held != recorder_.held_.end() && held->second->run) {
          out.push_back(*held->second->run);
        } else if (const auto waiting = recorder_.waiting_.find(job.id); waiting != recorder_.waiting_.end()) {
          out.push_back(waiting->second);
        } else {
          if (held == recorder_.held_.end()) elsewhere.push_back(out.size());
          out.push_back(unbegun(job, {}));
        }
      }
    }
    for (const auto at : elsewhere) {
      TENTO_TRY_ASSIGN(const auto stored, recorder_.store_.runs().of_job(out[at].row, out[at].job));
      if (stored) out[at] = *stored;
    }
    if (on_move_)
      for (const auto& run : out)
        if (run.id != 0) on_move_(run);
    return out;
  }

  Recorder& recorder_;
  const std::vector<JobRecord> jobs_;
  const Moment until_;
  const std::function<void(const RunRecord&)> on_move_;
  std::map<JobId, std::uint64_t> seen_;  // job -> moves
  std::atomic<bool> cancelled_{false};
  std::function<void()> wake_;
  Subscription moves_;
};

std::unique_ptr<Pending<std::vector<RunRecord>>> Recorder::follow(std::vector<JobRecord> jobs, Clock::time_point until,
                                                                  std::function<void(const RunRecord&)> on_move) {
  return std::make_unique<Follow>(*this, std::move(jobs), until, std::move(on_move));
}

void Recorder::release() {
  {
    const std::lock_guard lock(mutex_);
    released_ = true;
  }
  moves_->tell(JobId{});
}

}  // namespace tento::host
