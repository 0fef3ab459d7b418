// SPDX-License-Identifier: Apache-2.0
// Log lines on standard error.
#pragma once

#include <functional>
#include <string>

#include "host/config/config.hpp"
#include "host/loader/provider.hpp"

namespace tento::cli {

[[nodiscard]] std::function<void(host::LogLevel, const std::string&)> make_log(const host::Config& config);

}  // namespace tento::cli
