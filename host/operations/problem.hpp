// SPDX-License-Identifier: Apache-2.0
// An error as a problem document (RFC 9457), the same for every face.
#pragma once

#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/base/error_registry.hpp"

namespace tento::host {

// {type,title,detail,code,class,retry_after,remedy}; `title` says what was being done.
[[nodiscard]] std::string problem_json(const Error& error, std::string_view title);

}  // namespace tento::host
