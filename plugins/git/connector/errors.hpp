// SPDX-License-Identifier: Apache-2.0
/// @file errors.hpp
/// What the library says, as the errors that cross to a host.
#pragma once

#include <tento/sdk/result.hpp>

#include "gitlog/error.hpp"

namespace tento::git {

/// The error with its remedy in the message, its class, and a tag `git_...`.
[[nodiscard]] Error to_error(const gitlog::Error& error);

}  // namespace tento::git
