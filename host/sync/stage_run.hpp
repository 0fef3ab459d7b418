// SPDX-License-Identifier: Apache-2.0
// One slice of a job on its thread: the window, the provider's sync, and what the slice learnt of the row's dates.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/sync/job.hpp"

namespace tento::host {

enum class SliceEnd {
  done,     // the stage has ended well
  paused,   // it yielded: more is to come
  stopped,  // cancelled
  failed,
};

struct Slice {
  SliceEnd end = SliceEnd::done;
  TxnCounts counts;  // what landed in it
  std::uint64_t skipped = 0;
  std::string skipped_note;
  std::optional<Error> error;           // when failed
  std::vector<CoverageInput> coverage;  // what is to be said of the row's dates; nothing while more is to come
};

struct SliceOptions {
  std::int64_t deadline_ms = 0;  // of the job, all its slices together
  std::int64_t now_us = 0;
  RunRecord run;                // as it is before the slice
  std::optional<Lease> lease;   // of the job: once another has it, nothing of the slice lands any more
  RowResolver* rows = nullptr;  // where a provider was replaced since, its successor is called; null = never
  ProgressFunction progress;
  // Whether others wait for the slot; asked each time the provider says that more is to come.
  std::function<bool()> others_wait;
  // Called once, with what became of it: on the thread that ran it or, where the provider kept that thread beyond the
  // deadline, on another.
  std::function<void(Slice)> ended;
};

// Runs the stage on this thread until it ends, fails, is stopped, or yields while others wait.
void run_slice(Store& store, RowCalls& calls, JobPtr job, SliceOptions options);

}  // namespace tento::host
