// SPDX-License-Identifier: Apache-2.0
// How a run ended, as the word and the sentence that people, log rows and JSON see.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/store/cell_store.hpp"

namespace tento::host {

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

// What waits for a stage may run after it. Of a `partial` one all landed but the records that were named.
[[nodiscard]] constexpr bool ended_well(RunStatus status) {
  return status == RunStatus::ok || status == RunStatus::partial;
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
