// SPDX-License-Identifier: Apache-2.0
// Where the parts of the host write what an operator should know. The program decides where it goes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace tento::host {

enum class LogLevel { trace, debug, info, warn, error };

// Takes one line; any thread. An empty one writes nothing.
using Log = std::function<void(LogLevel, const std::string&)>;

}  // namespace tento::host
