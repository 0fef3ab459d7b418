// SPDX-License-Identifier: Apache-2.0
// Days and when they were looked at, a line each.
#include "unsettled.hpp"

#include <algorithm>
#include <tento/sdk/looked_at.hpp>

namespace whoop::rows {

using std::chrono::sys_days;

UnsettledDays UnsettledDays::parse(std::string_view text) {
  UnsettledDays out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto day = read_day(line.substr(0, 10));
    if (!day || line.size() < 12 || line[10] != ' ') continue;
    const auto at = tento::SemanticTime::parse(line.substr(11));
    if (at && at->is_instant()) out.looked_[*day] = *at->instant();
  }
  return out;
}

std::string UnsettledDays::text() const {
  std::string out;
  for (const auto& [day, at] : looked_) out += day_text(day) + " " + tento::look_text(at) + "\n";
  return out;
}

void UnsettledDays::looked(Days days, const std::set<sys_days>& unsettled, tento::Instant now) {
  std::erase_if(looked_, [&days](const auto& one) { return days.has(one.first); });
  for (const sys_days day : unsettled) looked_[day] = now;
  while (looked_.size() > most) looked_.erase(looked_.begin());
}

std::set<sys_days> UnsettledDays::within(Days days) const {
  std::set<sys_days> out;
  for (const auto& [day, at] : looked_) {
    if (days.has(day)) out.insert(day);
  }
  return out;
}

std::vector<sys_days> UnsettledDays::due_before(sys_days day, tento::Instant now, std::size_t count) const {
  std::vector<std::pair<tento::Instant, sys_days>> due;
  for (const auto& [one, at] : looked_) {
    // A look that lies ahead was by a clock that was wrong.
    if (one < day && (at > now || now - at >= std::chrono::days(1))) due.emplace_back(at, one);
  }
  std::sort(due.begin(), due.end());
  std::vector<sys_days> out;
  for (const auto& [at, one] : due) {
    if (out.size() < count) out.push_back(one);
  }
  return out;
}

}  // namespace whoop::rows
