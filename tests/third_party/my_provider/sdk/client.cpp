// SPDX-License-Identifier: Apache-2.0
// Reads MyProvider's export with simdjson.
#include "client.hpp"

#include <simdjson.h>

#include <charconv>
#include <string_view>

namespace myprovider {
namespace {

std::chrono::year_month_day parse_day(std::string_view text, const std::string& path) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const auto number = [&](std::size_t at, std::size_t size, auto& out) {
    if (at + size > text.size()) return false;
    const auto [end, problem] = std::from_chars(text.data() + at, text.data() + at + size, out);
    return problem == std::errc() && end == text.data() + at + size;
  };
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' && number(0, 4, year) &&
                      number(5, 2, month) && number(8, 2, day);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!shaped || !date.ok()) throw FileError(path + ": '" + std::string(text) + "' is not a date (YYYY-MM-DD)");
  return date;
}

}  // namespace

std::vector<Activity> Client::list_range(const DayRange& range) const {
  simdjson::dom::parser parser;
  simdjson::dom::array records;
  const auto problem = parser.load(path_).get(records);
  if (problem != simdjson::SUCCESS) {
    throw FileError(path_ + ": " + simdjson::error_message(problem) + "; export your activities there as a JSON array");
  }
  std::vector<Activity> out;
  for (const simdjson::dom::element record : records) {
    std::string_view id;
    std::string_view date;
    if (record["id"].get(id) != simdjson::SUCCESS || record["date"].get(date) != simdjson::SUCCESS) {
      throw FileError(path_ + ": a record without `id` and `date`");
    }
    const auto day = parse_day(date, path_);
    if ((range.from && day < *range.from) || (range.to && day >= *range.to)) continue;
    out.push_back({std::string(id), day, simdjson::minify(record)});
  }
  return out;
}

}  // namespace myprovider
