// SPDX-License-Identifier: Apache-2.0
// What the disk refused, as an Error that says what, where and what to do.
#pragma once

#include <string_view>

#include <tento/sdk/result.hpp>

namespace tento::host {

// The Error for an errno of a file operation of the store.
[[nodiscard]] Error file_error(int error_number, std::string_view doing, std::string_view file);
// The file system's ways to say that nothing more fits, and that it may not be written.
[[nodiscard]] bool means_full(int error_number);
[[nodiscard]] bool means_denied(int error_number);

}  // namespace tento::host
