// SPDX-License-Identifier: Apache-2.0
// A job's way on its thread: claim, slice, and what became of it.
#include "host/sync/executor.hpp"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace tento::host {

namespace {

Slice failed_slice(Error error) {
  Slice slice;
  slice.end = SliceEnd::failed;
  slice.error = std::move(error);
  return slice;
}

Error gone(const Job& job) {
  Error error;
  error.code = ErrorCode::not_found;
  error.error_class = ErrorClass::internal;
  error.tag = "no_such_job";
  error.message =
      fmt::format("the job of stage `{}` of {} is not there any more: it was purged, or another host has it",
                  job.record.stage, job.record.lookup_key);
  error.remedy = "list what there is";
  return error;
}

}  // namespace

Executor::Executor(Store& store, RowCalls& calls, Recorder& recorder, ExecutorOptions options)
    : store_(store),
      calls_(calls),
      recorder_(recorder),
      options_(std::move(options)),
      threads_(options_.most_threads, options_.stack_kib) {}

void Executor::start(const JobPtr& job, Owner& owner) {
  {
    const std::lock_guard lock(mutex_);
    ++under_way_;
  }
  const auto started = threads_.run([this, job, &owner] { run(job, owner); });
  if (started) return;
  owner.slice_ended(job, failed_slice(started.error()));
  done();
}

void Executor::run(const JobPtr& job, Owner& owner) {
  const auto begun = recorder_.begin(*job);
  if (begun && *begun == ClaimState::busy) {
    owner.refused(job);
    return done();
  }
  if (!begun || *begun == ClaimState::gone) {
    owner.slice_ended(job, failed_slice(begun ? gone(*job) : begun.error()));
    return done();
  }
  const JobId id = job->record.id;
  SliceOptions slice;
  slice.deadline_ms = options_.job_deadline_ms;
  slice.now_us = options_.now_unix_us();
  slice.rows = options_.rows;
  slice.run = recorder_.run_of(id);
  slice.lease = recorder_.lease_of(id);
  slice.progress = [&recorder = recorder_, id](std::uint64_t done_so_far, std::uint64_t total, std::string_view text) {
    recorder.progress(id, done_so_far, total, text);
  };
  slice.others_wait = [job, &owner] { return owner.should_yield(job); };
  slice.ended = [this, job, &owner](Slice ended) {
    owner.slice_ended(job, std::move(ended));
    done();
  };
  run_slice(store_, calls_, job, std::move(slice));
}

void Executor::done() {
  const std::lock_guard lock(mutex_);
  --under_way_;
  idle_.notify_all();
}

void Executor::wait_idle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return under_way_ == 0; });
}

}  // namespace tento::host
