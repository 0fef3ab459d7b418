// SPDX-License-Identifier: Apache-2.0
// Runs jobs that were chosen to run: one thread each, made when it is needed, from the claim to the end of the slice.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "host/base/workers.hpp"
#include "host/sync/job.hpp"
#include "host/sync/recorder.hpp"
#include "host/sync/stage_run.hpp"

namespace tento::host {

struct ExecutorOptions {
  std::int64_t job_deadline_ms = 0;
  std::function<std::int64_t()> now_unix_us;
  RowResolver* rows = nullptr;  // see SliceOptions
  // More than run at once: a thread that a provider keeps is left to it, and the job ends on another.
  std::size_t most_threads = 256;
  std::size_t stack_kib = 256;
};

class Executor {
 public:
  // Whoever chooses the jobs. Called on their threads.
  class Owner {
   public:
    Owner() = default;
    virtual ~Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    // Whether the job is to give its slot to a more urgent one.
    virtual bool should_yield(const JobPtr& job) = 0;
    // The job did not begin: its lock or its limits are taken by others.
    virtual void refused(const JobPtr& job) = 0;
    virtual void slice_ended(const JobPtr& job, Slice slice) = 0;
  };

  Executor(Store& store, RowCalls& calls, Recorder& recorder, ExecutorOptions options);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  void start(const JobPtr& job, Owner& owner);
  // Waits until every job that was started has ended its slice.
  void wait_idle();

 private:
  void run(const JobPtr& job, Owner& owner);
  void done();

  Store& store_;
  RowCalls& calls_;
  Recorder& recorder_;
  const ExecutorOptions options_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t under_way_ = 0;
  Workers threads_;
};

}  // namespace tento::host
