// SPDX-License-Identifier: Apache-2.0
/// @file series.hpp
/// An answer of the service as values: hours, what was told of each, and the local days that they make.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>
#include <vector>

#include "variable.hpp"
#include "zone.hpp"

namespace weather {

/// Something in an answer that is not understood. It is kept out, and the rest goes on.
struct OddRecord {
  std::string what;  ///< for people: `temperature_2m of 2026-04-29T12:00:00Z`
  std::string why;   ///< what is wrong with it
};
/// Is told of each.
using OnOdd = std::function<void(const OddRecord&)>;

/// One value of one hour.
struct Value {
  std::optional<double> number;  ///< nothing: the service has none, or it was kept out
  std::string_view token;        ///< the service's own bytes of it; `null` where it told none
};

/// When the sun is up on one day, as the service tells it.
struct Sun {
  tento::Instant rise;  ///< where it does not set, the beginning of the day
  tento::Instant set;   ///< a day later where it does not set, the same moment where it does not rise
};

/// A local day within a series.
struct Day {
  tento::Date date;        ///< the place's
  std::size_t first = 0;   ///< its first hour
  std::size_t count = 0;   ///< how many hours the series has of it
  bool complete = false;   ///< whether these are all of its hours: 23 to 25, by the zone
  std::size_t valued = 0;  ///< how many of them have any value
};

/// Hours one after another, each known once. It owns the answer's bytes, which the values' tokens are views of.
struct Series {
  Source source = Source::forecast;         ///< who told it
  std::string zone_name;                    ///< IANA name, as the service says
  Zone zone;                                ///< its rules
  bool zone_known = true;                   ///< false: `zone` is only the offset that holds now
  std::vector<tento::Instant> times;        ///< ascending
  std::vector<std::vector<Value>> columns;  ///< by variable (variables_of), each as long as `times`, or empty
  std::vector<Sun> suns;                    ///< of the days, as far as they are told

  /// One value; it has no number where the variable was not told.
  [[nodiscard]] const Value& at(std::size_t variable, std::size_t hour) const;
  /// Whether any variable has a number in that hour.
  [[nodiscard]] bool has_value(std::size_t hour) const;
  /// The local days from `from` until before `to`, those without any hour among them.
  [[nodiscard]] std::vector<Day> days(tento::Date from, tento::Date to) const;
  /// The sun of a day, if it is told.
  [[nodiscard]] const Sun* sun_of(tento::Date date) const;

  std::shared_ptr<const std::string> body;  ///< what the tokens are views of
};

/// Which hours an answer may have: what lies outside is odd.
struct Bounds {
  tento::Instant from;  ///< first moment that may be told
  tento::Instant to;    ///< first moment that may not
};

/// Reads an answer. `where` names it for people, in errors: invalid_data, provider, `weather_bad_answer` for what makes
/// no sense as a whole.
[[nodiscard]] tento::Result<Series> read_series(std::string body, Source source, const Bounds& bounds,
                                                std::string_view where, const OnOdd& odd);

}  // namespace weather
