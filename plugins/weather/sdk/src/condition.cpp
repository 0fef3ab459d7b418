// SPDX-License-Identifier: Apache-2.0
// Words for the codes of WMO table 4677 that the service gives.
#include "weather/condition.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weather {

std::string_view condition_of(int wmo_code) noexcept {
  using Condition = std::pair<int, std::string_view>;
  static constexpr std::array<Condition, 28> conditions{{
      {0, "Clear"},
      {1, "Mostly clear"},
      {2, "Partly cloudy"},
      {3, "Overcast"},
      {45, "Fog"},
      {48, "Fog with rime"},
      {51, "Light drizzle"},
      {53, "Drizzle"},
      {55, "Dense drizzle"},
      {56, "Light freezing drizzle"},
      {57, "Freezing drizzle"},
      {61, "Light rain"},
      {63, "Rain"},
      {65, "Heavy rain"},
      {66, "Light freezing rain"},
      {67, "Freezing rain"},
      {71, "Light snow"},
      {73, "Snow"},
      {75, "Heavy snow"},
      {77, "Snow grains"},
      {80, "Light showers"},
      {81, "Showers"},
      {82, "Violent showers"},
      {85, "Light snow showers"},
      {86, "Snow showers"},
      {95, "Thunderstorm"},
      {96, "Thunderstorm with hail"},
      {99, "Thunderstorm with heavy hail"},
  }};
  const auto at = std::find_if(conditions.begin(), conditions.end(),
                               [wmo_code](const Condition& one) { return one.first == wmo_code; });
  return at == conditions.end() ? std::string_view() : at->second;
}

}  // namespace weather
