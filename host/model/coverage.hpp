// SPDX-License-Identifier: Apache-2.0
// Which dates of a row were asked for, and with what answer.
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <string>

#include "host/model/moments.hpp"

namespace tento::host {

struct CoverageInput {
  Moments span;
  tento_coverage_state state = TENTO_COVERAGE_HAVE;
  tento_error_class error_class = 0;
  std::string reason;                    // why, for FAILED; of what is held: what is missing in it
  std::int64_t retry_at_us = INT64_MIN;  // INT64_MIN = not said
};
struct CoverageRecord : CoverageInput {
  std::int64_t asked_us = 0;  // when it was learnt
};

}  // namespace tento::host
