// SPDX-License-Identifier: Apache-2.0
// What is asked for becomes stored jobs; the parts that run, record and rescue them are put together here.
#include "host/sync/orchestrator.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "host/base/clock.hpp"
#include "host/model/moments.hpp"
#include "host/sync/executor.hpp"
#include "host/sync/job_queue.hpp"
#include "host/sync/read_plan.hpp"
#include "host/sync/recorder.hpp"
#include "host/sync/rescuer.hpp"
#include "host/sync/topology.hpp"

namespace tento::host {

namespace {

RecorderOptions recording(const OrchestratorOptions& options) {
  RecorderOptions out;
  out.now_unix_us = options.now_unix_us;
  out.log = options.log;
  out.on_run_end = options.on_run_end;
  out.on_run_move = options.on_run_move;
  out.worker = "sync";
  return out;
}

ExecutorOptions executing(const OrchestratorOptions& options, RowResolver& rows) {
  ExecutorOptions out;
  out.rows = &rows;
  out.job_deadline_ms = options.job_deadline_ms;
  out.now_unix_us = options.now_unix_us;
  return out;
}

JobQueueOptions queueing(const OrchestratorOptions& options) {
  JobQueueOptions out;
  out.limits = limits_with(options.workers);
  out.stalls_after = options.stalls_after;
  out.retry = options.retry;
  out.window = options.queued_in_memory;
  out.asked = options.asked;
  out.log = options.log;
  out.now_unix_us = options.now_unix_us;
  return out;
}

OrchestratorOptions with_clock(OrchestratorOptions options) {
  if (!options.now_unix_us) options.now_unix_us = unix_now_us;
  return options;
}

// Of two parts of a range.
FreshnessOf worse_of(FreshnessOf a, FreshnessOf b) {
  const auto retry_at_us = std::max(a.retry_at_us, b.retry_at_us);
  auto& worse = b.state > a.state || (b.state == a.state && a.reason.empty()) ? b : a;
  worse.retry_at_us = retry_at_us;
  return std::move(worse);
}

class TheOrchestrator final : public Orchestrator {
 public:
  TheOrchestrator(Store& store, Dispatcher& dispatcher, OrchestratorOptions options)
      : store_(store),
        dispatcher_(dispatcher),
        options_(with_clock(std::move(options))),
        recorder_(store, recording(options_)),
        executor_(store, dispatcher, recorder_, executing(options_, dispatcher)),
        rescuer_(store, dispatcher, recorder_, options_.log),
        queue_(recorder_, executor_, rescuer_, queueing(options_)) {}
  TheOrchestrator(const TheOrchestrator&) = delete;
  TheOrchestrator& operator=(const TheOrchestrator&) = delete;
  ~TheOrchestrator() override { queue_.stop(); }

  Result<std::vector<JobRecord>> enqueue(const Target& target, std::string_view stage) override {
    return enqueue_stages(target, stage, {.asked_now = true});
  }
  Result<void> enqueue_due(std::span<const DueStages> rows) override;
  Result<ReadCheck> before_read(const Target& target, const Moments& range) override;
  std::unique_ptr<Pending<std::vector<RunRecord>>> follow(std::vector<JobRecord> jobs,
                                                          std::chrono::steady_clock::time_point until,
                                                          std::function<void(const RunRecord&)> on_move) override {
    return recorder_.follow(std::move(jobs), until, std::move(on_move));
  }
  void withdraw(const std::vector<JobRecord>& jobs) override { queue_.withdraw(jobs); }
  Result<void> cancel(std::int64_t run_id) override { return queue_.cancel(run_id); }
  Result<void> start() override {
    if (started_.exchange(true)) return {};
    TENTO_TRY(rescuer_.take_back());
    return queue_.start();
  }
  void stop() override { queue_.stop(); }

 private:
  Result<std::vector<const Stage*>> stages_to_queue(const Target& target, const Topology& topology,
                                                    std::string_view stage);
  struct Asking {
    std::uint32_t urgency = TENTO_STAGE_BACKFILL;  // or as urgent as the stage is, if that is more
    bool asked_now = false;                        // by a person, who does not mind what failed before
  };
  Result<std::vector<JobRecord>> enqueue_stages(const Target& target, std::string_view stage, const Asking& asking);
  // Whether a job of the stage waits to be tried again later.
  Result<bool> waits(const Target& target, std::string_view stage);
  Result<std::vector<JobRecord>> records_of(const DueStages& row);
  Result<JobRecord> record_of(const Target& target, const Stage& stage, std::uint32_t urgency);
  // Whether a stage may be queued for a reader's sake.
  Result<bool> may_ask(const Target& target, std::string_view stage, const FreshnessOf& freshness);
  Result<bool> ran_just_now(const Target& target, std::string_view stage);
  [[nodiscard]] std::int64_t now_us() const { return options_.now_unix_us(); }

  Store& store_;
  Dispatcher& dispatcher_;
  const OrchestratorOptions options_;
  Recorder recorder_;
  Executor executor_;
  Rescuer rescuer_;
  JobQueue queue_;
  std::atomic<bool> started_{false};
};

Result<std::vector<const Stage*>> TheOrchestrator::stages_to_queue(const Target& target, const Topology& topology,
                                                                   std::string_view stage) {
  std::vector<const Stage*> out;
  if (stage.empty()) {
    for (const auto& each : topology.stages()) out.push_back(&each);
    return out;
  }
  TENTO_TRY_ASSIGN(const auto* wanted, topology.find(stage));
  // What it waits for and never ended well comes along: it could not run otherwise.
  for (const auto* needed : topology.with_prerequisites(*wanted)) {
    if (needed != wanted) {
      TENTO_TRY_ASSIGN(const bool ended_well_before, store_.runs().ended_well(target.row.id, needed->name));
      if (ended_well_before) continue;
    }
    out.push_back(needed);
  }
  return out;
}

Result<std::vector<JobRecord>> TheOrchestrator::enqueue_stages(const Target& resolved, std::string_view stage,
                                                               const Asking& asking) {
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(resolved));
  TENTO_TRY_ASSIGN(const auto wanted, stages_to_queue(resolved, topology, stage));
  Target target = resolved;
  TENTO_TRY(dispatcher_.store_row(target));  // a job belongs to a stored row
  std::vector<JobRecord> records;
  for (const auto* each : wanted) {
    TENTO_TRY_ASSIGN(auto record, record_of(target, *each, asking.urgency));
    records.push_back(std::move(record));
  }
  TENTO_TRY_ASSIGN(auto places, queue_.take_places(target.owner.id, records));
  TENTO_TRY_ASSIGN(const auto stored, store_.jobs().enqueue(records));
  std::vector<JobRecord> jobs;
  std::vector<JobQueue::Asked> asked;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    jobs.push_back(stored[i].job);
    auto job = make_job(stored[i].job, target, *wanted[i]);
    job->asked_now = asking.asked_now;
    asked.push_back({std::move(job), stored[i].is_new});
  }
  queue_.add(asked, std::move(places));
  return jobs;
}

Result<std::vector<JobRecord>> TheOrchestrator::records_of(const DueStages& row) {
  std::vector<JobRecord> out;
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(row.target));
  for (const auto& name : row.stages) {
    TENTO_TRY_ASSIGN(const auto* stage, topology.find(name));
    TENTO_TRY_ASSIGN(auto record, record_of(row.target, *stage, TENTO_STAGE_BACKFILL));
    record.stage_class = std::max<std::uint32_t>(record.stage_class, TENTO_STAGE_LIVE);
    out.push_back(std::move(record));
  }
  return out;
}

Result<void> TheOrchestrator::enqueue_due(std::span<const DueStages> rows) {
  std::vector<JobRecord> records;
  std::vector<std::string> keys;
  for (const auto& row : rows) {
    auto of_row = records_of(row);
    if (!of_row) {  // a provider that cannot say how its row is locked keeps no other row waiting
      if (options_.log)
        options_.log(LogLevel::warn,
                     "sync: " + row.target.row.lookup_key + " is due and cannot be queued: " + of_row.error().message);
      continue;
    }
    for (auto& record : *of_row) {
      keys.push_back(record.dedup_key);
      records.push_back(std::move(record));
    }
  }
  if (records.empty()) return {};
  TENTO_TRY_ASSIGN(const auto there, store_.jobs().find_by_keys(keys));
  std::erase_if(records, [&there](const JobRecord& record) {
    return std::ranges::find(there, record.dedup_key, &JobRecord::dedup_key) != there.end();
  });
  if (records.empty()) return {};
  TENTO_TRY_ASSIGN(const auto stored, store_.jobs().enqueue(records));
  queue_.stored(stored);
  return {};
}

Result<JobRecord> TheOrchestrator::record_of(const Target& target, const Stage& stage, std::uint32_t urgency) {
  JobRecord job;
  job.row = target.row.id;
  job.lookup_key = target.row.lookup_key;
  job.provider = target.row.provider;
  job.stage = stage.name;
  job.dedup_key = dedup_key(group_key(target), stage.name);
  job.stage_class = std::min(stage.stage_class, urgency);
  job.created_us = now_us();
  TENTO_TRY_ASSIGN(job.lock_key, lock_key(dispatcher_, target, stage));
  return job;
}

// A row that people look at often is not asked for more often than once a moment, whatever became of it; what may have
// ended the host, not for the sake of a reader before a day is over.
Result<bool> TheOrchestrator::ran_just_now(const Target& target, std::string_view stage) {
  constexpr std::int64_t a_moment_us = 60'000'000;
  constexpr std::int64_t a_day_us = std::int64_t{24} * 3600 * 1'000'000;
  TENTO_TRY_ASSIGN(const auto last, store_.runs().latest(target.row.id, stage));
  const auto now = now_us();
  if (!last || last->ended_us == 0 || last->ended_us > now) return false;
  const bool parked = last->error && last->error->tag == ends_host_tag;
  return now - last->ended_us < (parked ? a_day_us : a_moment_us);
}

Result<bool> TheOrchestrator::may_ask(const Target& target, std::string_view stage, const FreshnessOf& freshness) {
  if (freshness.state == Freshness::failed && freshness.retry_at_us > now_us()) return false;
  TENTO_TRY_ASSIGN(const bool just_now, ran_just_now(target, stage));
  if (just_now) return false;
  TENTO_TRY_ASSIGN(const bool later, waits(target, stage));
  return !later;
}

Result<bool> TheOrchestrator::waits(const Target& target, std::string_view stage) {
  const auto key = dedup_key(group_key(target), stage);
  TENTO_TRY_ASSIGN(const auto jobs, store_.jobs().find_by_keys({&key, 1}));
  return !jobs.empty() && !jobs.front().running && jobs.front().not_before_us > now_us();
}

Result<ReadCheck> TheOrchestrator::before_read(const Target& target, const Moments& range) {
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(target));
  TENTO_TRY_ASSIGN(const auto parts, parts_of_read(dispatcher_, target, topology, range, now_us()));
  TENTO_TRY_ASSIGN(const auto coverage, store_.rows().coverage(target.row.id));
  const auto& readers = topology.for_readers();
  ReadCheck check;
  check.stage = readers.name;
  check.outside = std::ranges::all_of(parts, [](const ReadPart& part) { return part.stage == nullptr; });
  const Stage* queued = nullptr;
  for (const auto& part : parts) {
    const bool grows_old = part.stage == &readers;
    auto freshness =
        freshness_of(coverage, part.moments, grows_old ? target.match.route->sync_shape->stale_after_s : 0, now_us());
    bool ask = freshness.state != Freshness::fresh && part.stage != nullptr;
    if (freshness.state == Freshness::missing && part.stage == nullptr)
      freshness.reason = "no stage of the row fetches these dates";
    if (ask && !grows_old && freshness.state != Freshness::failed) {
      TENTO_TRY_ASSIGN(const bool ended_well, store_.runs().ended_well(target.row.id, part.stage->name));
      if (ended_well)
        freshness.reason = "stage `" + part.stage->name + "` ended well and brought nothing of these dates";
      ask = !ended_well;
    }
    if (ask && part.stage != queued) {
      TENTO_TRY_ASSIGN(const bool may, may_ask(target, part.stage->name, freshness));
      if (may) {
        TENTO_TRY_ASSIGN(auto jobs, enqueue_stages(target, part.stage->name, {.urgency = TENTO_STAGE_VIEWPORT}));
        if (queued == nullptr) check.stage = part.stage->name;
        queued = part.stage;
        for (auto& job : jobs)
          if (std::ranges::find(check.queued, job.id, &JobRecord::id) == check.queued.end())
            check.queued.push_back(std::move(job));
      }
    }
    check.freshness = worse_of(std::move(check.freshness), std::move(freshness));
  }
  return check;
}

}  // namespace

std::unique_ptr<Orchestrator> make_orchestrator(Store& store, Dispatcher& dispatcher, OrchestratorOptions options) {
  return std::make_unique<TheOrchestrator>(store, dispatcher, std::move(options));
}

}  // namespace tento::host
