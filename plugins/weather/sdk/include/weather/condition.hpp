// SPDX-License-Identifier: Apache-2.0
/// @file condition.hpp
/// The weather in words.
#pragma once

#include <string_view>

namespace weather {

/// The words for a WMO code as the service uses them (`Light rain`); empty for a code that has none.
[[nodiscard]] std::string_view condition_of(int wmo_code) noexcept;

}  // namespace weather
