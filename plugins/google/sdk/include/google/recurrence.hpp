// SPDX-License-Identifier: Apache-2.0
/// @file recurrence.hpp
/// The instances of a series, by the rules of RFC 5545: RRULE, EXRULE, RDATE and EXDATE, in the series' own zone.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "event.hpp"

namespace google {

/// What an expansion is made of.
struct SeriesRule {
  EventTime start;                 ///< of the first instance
  EventTime end;                   ///< of the first instance, exclusive
  std::vector<std::string> lines;  ///< of `recurrence`
};

/// One instance, where its series' rule puts it.
struct Instance {
  EventTime start;  ///< when it starts
  EventTime end;    ///< exclusive
};

/// What is expanded.
struct ExpandLimits {
  tento::Date from{};                   ///< instances that end before it are left out
  tento::Date to{};                     ///< instances that start on it or later are left out
  std::size_t most_instances = 20'000;  ///< beyond it the rest is left out
  std::size_t most_steps = 400'000;     ///< of the rules, instances that are left out among them
  std::function<bool()> go_on = {};     ///< asked now and then; false ends it
};

/// The instances of a range.
struct Expansion {
  std::vector<Instance> instances;   ///< by start, each start once
  bool complete = true;              ///< false: a limit or `go_on` ended it before the range's end
  std::vector<std::string> ignored;  ///< lines, or single dates of lines, that nobody understands, each with why
};

/// Expands a series. What is not understood of its lines is left out by itself and told in `ignored`; the first
/// instance is there in any case. An error only where the database of zones cannot be read.
///
/// Lines are taken as calendars write them: names in any case, parts and parameters of vendors (`X-...`) passed over,
/// zones by names of IANA, of Windows, or as an offset; the dates of a zone that nobody knows are by the series' clock.
///
/// The first instance is always at `start`, also where the rule would not put one there, and counts for COUNT. UNTIL is
/// inclusive. A start that a change of clocks skips is moved by the change; of one that happens twice the first counts.
/// Instances last as long as the first one: whole days, or the same time by the clock of the universe.
[[nodiscard]] tento::Result<Expansion> expand(const SeriesRule& rule, const ExpandLimits& limits);

}  // namespace google
