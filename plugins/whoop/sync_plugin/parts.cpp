// SPDX-License-Identifier: Apache-2.0
// Days, cut and counted.
#include "parts.hpp"

#include <algorithm>
#include <tento/sdk/looked_at.hpp>

namespace whoop::rows {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr days longest_pause{1};
constexpr days year_before_stage2{393};  // where stage3 begins

// The day of a side of a window: of an end in the middle of a day the next one.
sys_days first_day(const tento::SemanticTime& time) {
  return time.start();
}
sys_days end_day(const tento::SemanticTime& time) {
  const auto at = time.instant();
  const sys_days day = time.start();
  return at && *at > tento::Instant(day) ? day + days(1) : day;
}

}  // namespace

tento::Span Days::span() const {
  return {tento::PartialDate::ymd(tento::Date(from)), tento::PartialDate::ymd(tento::Date(to))};
}

Days days_of(const tento::Span& window, tento::Date today) {
  const sys_days tomorrow = sys_days(today) + days(1);
  // The service began in 2012; a window that ends in a year is as good as one that ends tomorrow.
  const sys_days earliest = std::chrono::year(2010) / 1 / 1;
  Days out{window.from ? first_day(*window.from) : tomorrow - year_before_stage2,
           window.to ? end_day(*window.to) : tomorrow};
  out.to = std::min(out.to, tomorrow + days(2));
  out.from = std::max(out.from, earliest);
  out.to = std::max(out.to, out.from);
  return out;
}

std::vector<Days> in_parts(Days all) {
  std::vector<Days> out;
  for (sys_days to = all.to; to > all.from;) {
    const sys_days from = std::max(all.from, to - part_length);
    out.push_back({from, to});
    to = from;
  }
  return out;
}

std::string day_text(sys_days day) {
  return tento::PartialDate::ymd(tento::Date(day)).text().substr(4);
}

std::optional<sys_days> read_day(std::string_view text) {
  const auto day = tento::PartialDate::parse("ymd-" + std::string(text));
  return day && text.size() == 10 ? std::optional<sys_days>(day->start()) : std::nullopt;
}

std::string Reached::text() const {
  return day_text(done.from) + " " + day_text(done.to) + " " + tento::look_text(at);
}

std::optional<Reached> Reached::parse(std::string_view text, tento::Instant now) {
  if (text.size() < 22 || text[10] != ' ' || text[21] != ' ') return std::nullopt;
  const auto from = read_day(text.substr(0, 10));
  const auto to = read_day(text.substr(11, 10));
  const auto at = tento::looked_at(text.substr(22), now);
  if (!from || !to || !at || *from >= *to || now - *at > longest_pause) return std::nullopt;
  return Reached{{*from, *to}, *at};
}

std::vector<Days> left_of(Days window, const std::optional<Reached>& reached) {
  if (!reached || reached->done.from > window.to || reached->done.to < window.from) return in_parts(window);
  std::vector<Days> out;
  // A new day may have begun since.
  if (reached->done.to < window.to) out = in_parts({reached->done.to, window.to});
  if (reached->done.from > window.from) {
    for (const Days& part : in_parts({window.from, reached->done.from})) out.push_back(part);
  }
  return out;
}

}  // namespace whoop::rows
