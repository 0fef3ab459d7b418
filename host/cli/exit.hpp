// SPDX-License-Identifier: Apache-2.0
// How the program ends and what it says when something is wrong.
#pragma once

#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/operations/operation.hpp"

namespace tento::cli {

enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,
  exit_usage = 2,
  exit_config = 78,
  exit_interrupted = 130,
};

// `tento: <what>: <why>` and the remedy on a line of its own; as JSON a problem document (RFC 9457) on one line.
// `operation`: the one that was asked for, if any.
[[nodiscard]] std::string error_text(const Error& error, std::string_view what, bool json,
                                     const host::Operation* operation = nullptr);

}  // namespace tento::cli
