// SPDX-License-Identifier: Apache-2.0
/// @file cells.hpp
/// What cells hold: the values of a day or an hour under plain names, and the service's own bytes beside them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/sync_state.hpp>

#include "weather/series.hpp"
#include "weather/summary.hpp"

namespace weather::rows {

/// A JSON object of numbers and plain words, in the order in which they are added. Values that are not there are left
/// out.
class CellData {
 public:
  /// A number, rounded to some decimals.
  CellData& add(std::string_view name, std::optional<double> number, int decimals);
  /// A text without anything that JSON escapes; an empty one is left out.
  CellData& add(std::string_view name, std::string_view plain_text);
  /// The object.
  [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  void begin(std::string_view name);
  std::string text_;
};

/// `data` of a day.
[[nodiscard]] std::string day_data(const Series& series, const Day& day);
/// `data` of an hour: every variable that the service has there.
[[nodiscard]] std::string hour_data(const Series& series, std::size_t hour);
/// `raw` of some hours in a row: that part of the service's lists, each value in its own bytes.
[[nodiscard]] std::string raw_of(const Series& series, std::size_t first, std::size_t count);
/// Adds a day as a cell; how many cells that is.
tento::Result<std::size_t> put_day(const Series& series, const Day& day, tento::Transaction& txn);
/// Adds the hours of a day of which there is something to tell as cells; how many they are.
tento::Result<std::size_t> put_hours(const Series& series, const Day& day, tento::Transaction& txn);
/// A moment with the offset that holds at the place.
[[nodiscard]] tento::SemanticTime local_time(const Series& series, tento::Instant at);
/// What an hour's cell is called: `2026-04-29T12:00Z`.
[[nodiscard]] std::string hour_id(tento::Instant at);

}  // namespace weather::rows
