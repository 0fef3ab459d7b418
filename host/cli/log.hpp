// SPDX-License-Identifier: Apache-2.0
// Log lines on standard error.
#pragma once

#include <functional>
#include <string>

#include "host/base/log.hpp"
#include "host/config/config.hpp"
#include "host/loader/provider.hpp"

namespace tento::cli {

[[nodiscard]] host::Log make_log(const host::Config& config);

}  // namespace tento::cli
