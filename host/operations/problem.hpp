// SPDX-License-Identifier: Apache-2.0
// An error as a problem document (RFC 9457), the same for every face.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/base/error_registry.hpp"

namespace tento::host {

// What a problem is told with over HTTP.
struct ProblemAnswer {
  unsigned status = 0;
  std::string_view instance = {};  // the path that was asked for; empty = it is left out
};
// {type,title,detail,code,class,retry_after,remedy}, and over HTTP {status,instance}; `title` says what was being done.
[[nodiscard]] std::string problem_json(const Error& error, std::string_view title,
                                       const std::optional<ProblemAnswer>& answer = {});

}  // namespace tento::host
