// SPDX-License-Identifier: Apache-2.0
// The header fields of an answer by name.
#pragma once

#include <string>
#include <string_view>

#include "host/server/exchange.hpp"

namespace tento::host::server::testing {

inline std::string field_of(const Answer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return value;
  return "(missing)";
}

}  // namespace tento::host::server::testing
