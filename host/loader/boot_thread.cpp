// SPDX-License-Identifier: Apache-2.0
// The thread that runs providers' code at boot, and the one that watches it. They meet only at the end or at a
// deadline: waking up for every provider would cost more than opening it.
#include "host/loader/boot_thread.hpp"

#include <spdlog/fmt/fmt.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "host/loader/at_work.hpp"

namespace tento::host {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Until a job says that it goes on.
constexpr const char* opening_step = "opening it";

// Shared by the worker and the watcher; whoever goes last frees it.
struct Batch {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<BootJob> jobs;
  std::vector<std::optional<BootResult>> results;
  std::size_t next = 0;             // the first job nobody began
  SteadyClock::time_point began{};  // of job next - 1
  const char* step = opening_step;
  bool running = false;
  bool finished = false;
  bool abandoned = false;
};

BootResult run_one(const BootJob& job, const BootStep& step) {
  AtWork at(job.name, opening_step);
  try {
    return job.run([&](const char* what) {
      at.now(what);
      step(what);
    });
  } catch (const std::exception& e) {
    return tl::unexpected<Rejection>(
        {"internal", fmt::format("loading it failed: {}", e.what()), "free memory and start again"});
  }
}

void work(const std::shared_ptr<Batch>& batch) {
  std::unique_lock lock(batch->mutex);
  const BootStep step = [&](const char* what) {
    const std::lock_guard inner(batch->mutex);
    batch->step = what;
  };
  while (!batch->abandoned && batch->next < batch->jobs.size()) {
    const std::size_t index = batch->next++;
    batch->began = SteadyClock::now();
    batch->running = true;
    batch->step = opening_step;
    lock.unlock();
    BootResult result = run_one(batch->jobs[index], step);
    lock.lock();
    batch->running = false;
    if (!batch->abandoned) batch->results[index] = std::move(result);
  }
  batch->finished = true;
  batch->changed.notify_all();
}

// Waits until all is done or the running job is too late; true when all is done.
bool watch(Batch& batch, std::unique_lock<std::mutex>& lock, std::chrono::milliseconds deadline) {
  while (!batch.finished) {
    const SteadyClock::time_point end = (batch.running ? batch.began : SteadyClock::now()) + deadline;
    if (batch.running && SteadyClock::now() >= end) return false;
    batch.changed.wait_until(lock, end);
  }
  return true;
}

Rejection too_late(const char* step, std::chrono::milliseconds deadline) {
  if (step == opening_step)
    return {
        std::string(open_timeout_code),
        fmt::format("opening it did not come back within {} ms: a static constructor of it, or of a library it "
                    "needs, hangs. Its thread is left behind, and no other plugin can be opened until it comes back",
                    deadline.count()),
        "remove the file, tell the provider's author that nothing may wait at start, and restart"};
  return {std::string(create_timeout_code),
          fmt::format("{} did not come back within {} ms; its thread is left behind and the provider is not used", step,
                      deadline.count()),
          "tell the provider's author: nothing may wait at start; restart to be rid of the thread"};
}

}  // namespace

Rejection open_blocked(const std::string& hanging) {
  return {std::string(open_blocked_code),
          fmt::format("it was not opened: {} hangs in its opening, and until that comes back the dynamic linker opens "
                      "nothing else in this process",
                      hanging),
          fmt::format("remove {} and restart; nothing is wrong with this file", hanging)};
}

std::vector<BootResult> run_boot_jobs(std::vector<BootJob> jobs, std::chrono::milliseconds deadline) {
  std::vector<BootResult> results;
  results.reserve(jobs.size());
  while (!jobs.empty()) {
    const auto batch = std::make_shared<Batch>();
    batch->jobs = std::move(jobs);
    jobs.clear();
    batch->results.resize(batch->jobs.size());
    try {
      std::thread([batch] { work(batch); }).detach();
    } catch (const std::system_error& e) {
      for (std::size_t i = 0; i < batch->jobs.size(); ++i)
        results.emplace_back(tl::unexpect,
                             Rejection{"no_thread", fmt::format("no thread could be started for it: {}", e.what()),
                                       "raise the limit of threads (ulimit -u) and start again"});
      return results;
    }
    std::unique_lock lock(batch->mutex);
    const bool done = watch(*batch, lock, deadline);
    if (!done) {
      batch->abandoned = true;
      batch->results[batch->next - 1].emplace(tl::unexpect, too_late(batch->step, deadline));
      const bool blocked = batch->step == opening_step;
      for (std::size_t i = batch->next; i < batch->jobs.size(); ++i) {
        if (blocked)
          batch->results[i].emplace(tl::unexpect, open_blocked(batch->jobs[batch->next - 1].name));
        else
          jobs.push_back(std::move(batch->jobs[i]));
      }
      if (!blocked) batch->results.resize(batch->next);
    }
    for (std::optional<BootResult>& result : batch->results) results.push_back(std::move(*result));
  }
  return results;
}

}  // namespace tento::host
