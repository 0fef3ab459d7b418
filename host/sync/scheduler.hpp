// SPDX-License-Identifier: Apache-2.0
// Which jobs run next, and which make way. Pure: what it decides follows from the jobs it was told of, the time it is
// given and its limits. It holds no lock, no thread and no store; the caller guards it. Every step costs the logarithm
// of the number of jobs, times what runs at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "host/sync/topology.hpp"

namespace tento::host {

using JobId = std::int64_t;

// What the scheduler has to know of a job.
struct QueuedJob {
  JobId id = 0;
  std::uint32_t stage_class = TENTO_STAGE_BACKFILL;  // the smaller, the more urgent
  std::string group;                                 // see group_key
  std::string stage;
  std::vector<std::string> after;  // stages of the group that end first
  std::string lock_key;
  std::string provider;
  std::string integration;
  ConcurrencyLimits limits;
  std::int64_t not_before_us = 0;
  bool suspect = false;  // the host ended while it ran: no two of these run at once, so that the next end tells more
};

struct SchedulerLimits {
  std::size_t slots = 4;          // jobs that run at once
  std::uint32_t of_provider = 3;  // of them, jobs of one provider, whatever it declares
  std::size_t stalled = 12;       // jobs that hang, and whose slots others may have meanwhile
};
// A provider whose calls hang leaves a slot to the others.
[[nodiscard]] constexpr SchedulerLimits limits_with(std::size_t slots) {
  slots = slots == 0 ? 1 : slots;
  return {slots, static_cast<std::uint32_t>(slots == 1 ? 1 : slots - 1), 3 * slots};
}

struct Decision {
  std::vector<JobId> start;  // these count as running from now on
  std::vector<JobId> yield;  // running jobs that are to make way for more urgent ones
  // When to ask again although nothing else happens: a job's time comes. Nothing = no job waits for its time.
  std::optional<std::int64_t> look_again_us;
};

class Scheduler {
 public:
  explicit Scheduler(SchedulerLimits limits) : limits_(limits) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Takes a job in. One that is there already is wanted by one more, as urgent as the more urgent of the two, and due
  // as early as the earlier; then the answer is false.
  bool add(const QueuedJob& job);
  // What is to be started and to make way now: the most urgent first, within a class the oldest.
  [[nodiscard]] Decision decide(std::int64_t now_us);
  // A running job gave its slot back and has more to do, at once or not before that time.
  void pause(JobId job, std::int64_t not_before_us = 0);
  // The job has ended, or is not to run any more.
  void remove(JobId job);
  // Whether a running job hangs: then another may have its slot. It still counts for its provider.
  void set_stalled(JobId job, bool stalled);
  // A running job has run for so long that it is a suspect no more.
  void absolve(JobId job);

  enum class Withdrawn {
    unknown,  // there is no such job
    wanted,   // others still want it
    queued,   // nobody wants it any more, and it does not run
    running,  // nobody wants it any more; it runs
  };
  // Takes back what one add() asked for.
  Withdrawn withdraw(JobId job);

  [[nodiscard]] bool contains(JobId job) const { return jobs_.count(job) != 0; }
  [[nodiscard]] bool is_running(JobId job) const;
  [[nodiscard]] std::size_t size() const noexcept { return jobs_.size(); }
  [[nodiscard]] std::size_t running() const noexcept { return running_; }
  // Whether a more urgent job could run in this one's place.
  [[nodiscard]] bool should_yield(JobId running, std::int64_t now_us);
  // Queued jobs of the group that wait for this one, directly or through others, and have not begun.
  [[nodiscard]] std::vector<JobId> dependents(JobId job) const;

 private:
  struct Job;
  struct Provider;
  // A job's place among others: the more urgent first, then the older.
  struct Ticket {
    std::uint32_t stage_class = 0;
    JobId id = 0;
    Job* job = nullptr;
    friend bool operator<(const Ticket& a, const Ticket& b) {
      return std::tie(a.stage_class, a.id) < std::tie(b.stage_class, b.id);
    }
    friend bool operator==(const Ticket& a, const Ticket& b) { return a.id == b.id && a.stage_class == b.stage_class; }
  };
  // Jobs to which the same limits apply: either all of them are within the limits, or none.
  struct Bucket {
    Provider* provider = nullptr;
    const std::string* integration = nullptr;
    std::size_t* integration_running = nullptr;
    ConcurrencyLimits limits;
    bool suspect = false;
    std::set<Ticket> ready;        // the first of each free lane
    std::optional<Ticket> listed;  // its entry in open_
  };
  struct Provider {
    std::size_t running = 0;
    std::map<std::string, std::size_t, std::less<>> integrations;  // how many of each run
    std::map<std::tuple<std::string, ConcurrencyLimits, bool>, Bucket> buckets;
  };
  // Jobs with one lock key, by bucket. When the lock is free, the first of each bucket is ready.
  struct Lane {
    JobId holder = 0;
    std::size_t jobs = 0;  // that have this lock key, whatever they do
    std::set<std::pair<Bucket*, Ticket>> waiting;
  };
  struct Group {
    Job* first = nullptr;  // the others follow by Job::next
  };
  using Lanes = std::unordered_map<std::string, Lane>;
  using Groups = std::unordered_map<std::string, Group>;
  // Small, since there may be many: what jobs have in common is elsewhere.
  struct Job {
    JobId id = 0;
    std::uint32_t stage_class = 0;
    std::uint32_t blockers = 0;  // live jobs of the group that end first
    std::uint32_t wanted = 1;
    bool running = false;
    bool stalled = false;
    bool begun = false;
    bool in_lane = false;  // due and not blocked
    std::int64_t not_before_us = 0;
    Bucket* bucket = nullptr;
    Lanes::value_type* lane = nullptr;
    Groups::value_type* group = nullptr;
    Job* next = nullptr;  // of the group
    const std::string* stage = nullptr;
    std::vector<const std::string*> after;
    [[nodiscard]] Ticket ticket() { return {stage_class, id, this}; }
  };

  const std::string* interned(const std::string& name) { return &*names_.insert(name).first; }
  Bucket& bucket_of(Provider& provider, const std::string& integration, const ConcurrencyLimits& limits, bool suspect);
  void raise(Job& job, std::uint32_t stage_class);
  void enter_or_wait(Job& job);
  void leave(Job& job);
  void begin(Job& job);
  void stop_running(Job& job);
  void promote(std::int64_t now_us);
  void take_lock(const Job& job);
  void free_lock(const Job& job);
  void list(Bucket& bucket);
  void list_all(Provider& provider);
  void count_suspect(const Bucket& bucket, bool begins);
  [[nodiscard]] std::size_t slots_taken() const noexcept { return running_ - std::min(stalled_, limits_.stalled); }
  [[nodiscard]] bool within_limits(const Bucket& bucket, const Job* without) const;
  [[nodiscard]] Job* victim_for(const Job& job) const;
  // Calls `visit(bucket, ticket)` with the first that waits of each bucket.
  template <class Visit>
  static void for_each_first(const Lane& lane, Visit visit);
  static bool waits_for(const Job& job, const Job& other);

  SchedulerLimits limits_;
  std::unordered_map<JobId, Job> jobs_;
  Groups groups_;
  Lanes lanes_;
  std::set<std::string> names_;  // of stages: few, however many jobs there are
  std::map<std::string, Provider, std::less<>> providers_;
  std::set<std::pair<std::int64_t, JobId>> delayed_;  // by their time
  std::map<Ticket, Bucket*> open_;                    // the first of each bucket that is within its limits
  std::set<Bucket*> suspects_;                        // the buckets of suspects
  bool suspect_runs_ = false;
  std::size_t running_ = 0;
  std::size_t stalled_ = 0;         // of those that run
  std::set<Ticket> may_yield_;      // running jobs that were not asked to make way
  std::vector<JobId> newly_ready_;  // since the last decision: they may ask others to make way
};

}  // namespace tento::host
