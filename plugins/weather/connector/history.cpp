// SPDX-License-Identifier: Apache-2.0
// One piece of days that grows at both ends.
#include "history.hpp"

#include <algorithm>

namespace weather::rows {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::string_view version_of_cells = "1";

std::string cursor_day(sys_days day) {
  return tento::PartialDate::ymd(tento::Date(day)).text().substr(4);
}

}  // namespace

History History::parse(std::string_view cursor) {
  History out;
  const std::size_t first = cursor.find(' ');
  const std::size_t second = cursor.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return out;
  if (cursor.substr(0, first) != version_of_cells) return out;
  const auto from = tento::PartialDate::parse("ymd-" + std::string(cursor.substr(first + 1, second - first - 1)));
  const auto to = tento::PartialDate::parse("ymd-" + std::string(cursor.substr(second + 1)));
  if (!from || !to || sys_days(from->start()) >= sys_days(to->start())) return out;
  out.held_ = {from->start(), to->start()};
  return out;
}

std::string History::text() const {
  if (held_.empty()) return {};
  return std::string(version_of_cells) + " " + cursor_day(held_.from) + " " + cursor_day(held_.to);
}

std::vector<Days> History::missing(const Days& wanted, int most_days) const {
  std::vector<Days> out;
  if (wanted.empty()) return out;
  const bool beside = !held_.empty() && held_.from <= wanted.to && held_.to >= wanted.from;
  sys_days before = wanted.to;
  if (beside) {
    before = held_.from;
    for (sys_days at = held_.to; at < wanted.to; at += days(most_days)) {
      out.push_back({at, std::min(at + days(most_days), wanted.to)});
    }
  }
  for (sys_days at = before; at > wanted.from; at -= days(most_days)) {
    out.push_back({std::max(at - days(most_days), wanted.from), at});
  }
  return out;
}

void History::add(const Days& days) {
  if (days.empty()) return;
  const bool beside = !held_.empty() && held_.from <= days.to && held_.to >= days.from;
  held_ = beside ? Days{std::min(held_.from, days.from), std::max(held_.to, days.to)} : days;
}

}  // namespace weather::rows
