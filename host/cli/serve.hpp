// SPDX-License-Identifier: Apache-2.0
// `tento serve`: the host as a service, with the HTTP face.
#pragma once

#include <functional>

#include "host/base/log.hpp"
#include "host/cli/signals.hpp"
#include "host/cli/text_out.hpp"
#include "host/config/config.hpp"
#include "host/operations/context.hpp"

namespace tento::cli {

// Starts everything, says on `out` where it listens, and returns once it was asked to end and has drained.
// `reload` reads the configuration again.
[[nodiscard]] Result<void> serve(host::Engine& engine, Signals& signals, TextOut& out,
                                 const std::function<Result<host::Config>()>& reload, const host::Log& log);

}  // namespace tento::cli
