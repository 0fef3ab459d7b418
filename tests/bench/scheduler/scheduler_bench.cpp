// SPDX-License-Identifier: Apache-2.0
// What a decision costs with 10 to 100,000 jobs queued: one job ends, the next one is chosen, and a new one comes in.
//
// The jobs are those of many users: a row each, a lock per account, three classes, stages that wait for others. The
// baseline is the cheapest thing that gives the same first answer: an ordered set of the jobs, whose first is taken.
#include <cstdlib>
#include <deque>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/sync/scheduler.hpp"
#include "tests/bench/harness.hpp"

using namespace tento::host;
namespace bench = tento::bench;

namespace {

// A job's number stands in its id beside its class.
std::uint32_t class_of(JobId id) {
  return static_cast<std::uint32_t>(id % 4);
}

QueuedJob made(JobId id, JobId n) {
  QueuedJob job;
  job.id = id;
  job.stage_class = class_of(id);
  job.group = "row:00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + n / 2);
  job.stage = n % 2 == 0 ? "viewport" : "backfill";
  if (n % 2 != 0) job.after = {"viewport"};
  job.lock_key = "account:00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + n / 8) + ":provider:me";
  job.provider = "provider" + std::to_string(n % 10);
  job.integration = "Main";
  job.limits = {2, 0};
  return job;
}

// A queue that stays as long as it is, and of the same classes: a job that ends is followed by another of its class.
class Queue {
 public:
  // `length` jobs wait beside those that run.
  explicit Queue(std::size_t length) : scheduler_({8, 7}) {
    while (scheduler_.size() - running_.size() < length) {
      add(static_cast<std::uint32_t>(random_() % 3));
      take(scheduler_.decide(0));
    }
  }
  std::uint64_t steps(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const JobId ended = running_.front();
      running_.pop_front();
      add(class_of(ended));
      scheduler_.remove(ended);
      take(scheduler_.decide(0));
    }
    return count;
  }

 private:
  void add(std::uint32_t stage_class) {
    ++next_;
    scheduler_.add(made(next_ * 4 + stage_class, next_));
  }
  void take(const Decision& decision) {
    running_.insert(running_.end(), decision.start.begin(), decision.start.end());
    if (running_.empty()) std::abort();  // nothing could run: the queue is not what it was made to be
  }

  std::mt19937 random_{42};
  JobId next_ = 0;
  Scheduler scheduler_;
  std::deque<JobId> running_;
};

class OrderedSet {
 public:
  explicit OrderedSet(std::size_t length) {
    while (jobs_.size() < length) add(static_cast<std::uint32_t>(random_() % 3));
  }
  std::uint64_t steps(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto stage_class = jobs_.begin()->first;
      add(stage_class);
      jobs_.erase(jobs_.begin());
    }
    return count;
  }

 private:
  void add(std::uint32_t stage_class) {
    ++next_;
    const auto job = made(next_ * 4 + stage_class, next_);
    jobs_.emplace(job.stage_class, job.id);
  }

  std::mt19937 random_{42};
  JobId next_ = 0;
  std::set<std::pair<std::uint32_t, JobId>> jobs_;
};

// Of short turns the least disturbed: what others on the machine leave of its caches makes the median of a long queue
// say more of them than of the scheduler.
double least_cost(Queue& queue) {
  double least = 0;
  for (int turn = 0; turn < 60; ++turn) {
    const double before = bench::cpu_seconds(bench::Cpu::thread);
    const auto steps = queue.steps(500);
    const double cost = (bench::cpu_seconds(bench::Cpu::thread) - before) / static_cast<double>(steps);
    if (turn == 0 || cost < least) least = cost;
  }
  return least;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("scheduler", argc, argv);
  std::vector<double> lengths, costs;
  for (const std::size_t length :
       {std::size_t{10}, std::size_t{100}, std::size_t{1000}, std::size_t{10'000}, std::size_t{100'000}}) {
    Queue queue(length);
    OrderedSet bare(length);
    constexpr std::uint64_t steps = 2000;
    report.pair(
        "a decision, " + std::to_string(length) + " jobs queued, against an ordered set, ns", 1e9, bench::informative(),
        [&] { return queue.steps(steps); }, [&] { return bare.steps(steps); });
    lengths.push_back(static_cast<double>(length));
    costs.push_back(least_cost(queue));
  }
  report.number("a decision, growth exponent from 10 to 100,000 jobs queued", bench::growth_exponent(lengths, costs),
                bench::at_most(0.15));
  return report.finish();
}
