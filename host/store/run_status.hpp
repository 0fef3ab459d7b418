// SPDX-License-Identifier: Apache-2.0
// How a run ended, as the word that people, log rows and JSON see.
#pragma once

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

}  // namespace tento::host
