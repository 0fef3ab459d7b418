// SPDX-License-Identifier: Apache-2.0
// `tento serve`: the host as a service, with the HTTP face.
#pragma once

#include <functional>

#include "host/app/app.hpp"
#include "host/cli/signals.hpp"
#include "host/cli/text_out.hpp"

namespace tento::cli {

// Starts to serve, says on `out` where, and returns once it was asked to end and has drained. `load` reads the
// configuration again, when a hangup asks for it.
[[nodiscard]] Result<void> serve(host::App& app, Signals& signals, TextOut& out,
                                 const std::function<Result<host::Config>()>& load);

}  // namespace tento::cli
