// SPDX-License-Identifier: Apache-2.0
// One execution of a job, and how it ended as the word and the sentence that people, log rows and JSON see.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/cell.hpp"

namespace tento::host {

enum class RunStatus { running, ok, partial, failed, stopped, interrupted };

[[nodiscard]] constexpr std::string_view to_string(RunStatus status) {
  switch (status) {
    case RunStatus::running:
      return "running";
    case RunStatus::ok:
      return "ok";
    case RunStatus::partial:
      return "partial";
    case RunStatus::failed:
      return "failed";
    case RunStatus::stopped:
      return "stopped";
    case RunStatus::interrupted:
      return "interrupted";
  }
  return "unknown";
}

struct RunRecord {
  std::int64_t id = 0;
  std::int64_t job = 0;
  Uuid row;
  Uuid owner;  // of the row; told, not taken
  std::string lookup_key;
  std::string provider;
  std::string stage;
  RunStatus status = RunStatus::running;
  std::int64_t started_us = 0;
  std::int64_t ended_us = 0;  // 0 = still running
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0 = unknown
  TxnCounts counts;
  std::uint64_t skipped = 0;  // records that the provider kept out; not 0 = what ended well is `partial`
  std::string skipped_note;   // which ones and why, as the provider says
  std::string message;
  std::optional<Error> error;
  std::int32_t attempt = 1;      // how often its job was tried by then
  std::int64_t next_try_us = 0;  // of one that failed: when its job is tried again; 0 = it is not
};

// What waits for a stage may run after it. `partial` is one that failed when a part had landed, which says why, or one
// of which all landed but the records that it names.
[[nodiscard]] inline bool ended_well(const RunRecord& run) {
  return !run.error && (run.status == RunStatus::ok || run.status == RunStatus::partial);
}

// What a partial run left out, as a sentence.
[[nodiscard]] inline std::string kept_out(std::uint64_t skipped, std::string_view note) {
  std::string out = std::to_string(skipped) + (skipped == 1 ? " record was" : " records were") +
                    " not understood and left out; the rest is there";
  if (!note.empty()) (out += ": ") += note;
  return out;
}
[[nodiscard]] inline std::string kept_out(const RunRecord& run) {
  return kept_out(run.skipped, run.skipped_note);
}

}  // namespace tento::host
