// SPDX-License-Identifier: Apache-2.0
// Names, addresses and times of a commit's author line.
#include "ident.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <limits>
#include <locale>
#include <sstream>
#include <string>

namespace gitlog {
namespace {

constexpr std::int64_t first_second = -62'167'219'200;  // 0000-01-01T00:00:00Z
constexpr std::int64_t last_second = 253'402'300'799;   // 9999-12-31T23:59:59Z

struct When {
  std::optional<std::int64_t> time;
  int offset_minutes = 0;
};

constexpr std::string_view blanks = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// `+0130` in minutes. What no clock shows counts as none, as libgit2 has it.
int offset_of(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return 0;
  std::string digits;
  for (const char c : text.substr(1)) {
    if (is_digit(c)) digits += c;
    if (!is_digit(c) && c != ':') break;
  }
  if (digits.size() != 4) return 0;
  const int hours = (digits[0] - '0') * 10 + digits[1] - '0';
  const int minutes = (digits[2] - '0') * 10 + digits[3] - '0';
  if (hours > 14 || minutes > 59) return 0;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

// Seconds, of which those before 1970 may stand there as the number of 64 bits without a sign.
std::optional<std::int64_t> seconds_of(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (!negative) return static_cast<std::int64_t>(value);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return -static_cast<std::int64_t>(value);
}

// A date as text: of ctime(3), as the first commits of all have it, of mails, and of ISO 8601.
When textual(const std::string& text) {
  static constexpr std::array<const char*, 5> forms = {"%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S",
                                                       "%d %b %Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"};
  for (const char* form : forms) {
    std::tm parts{};
    std::istringstream in(text);
    in.imbue(std::locale::classic());
    in >> std::get_time(&parts, form);
    if (in.fail()) continue;
    const std::chrono::year_month_day day{std::chrono::year(parts.tm_year + 1900),
                                          std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                          std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
    if (!day.ok()) continue;
    std::string rest;
    std::getline(in, rest, '\0');
    const int offset = offset_of(rest);
    const auto days = std::chrono::sys_days(day).time_since_epoch().count();
    const std::int64_t local =
        std::int64_t{days} * 86'400 + parts.tm_hour * 3600 + parts.tm_min * 60 + std::min(parts.tm_sec, 59);
    return {local - offset * 60, offset};
  }
  return {};
}

When when_of(std::string_view text) {
  text = trimmed(text);
  const auto end = text.find_first_of(blanks);
  if (const auto seconds = seconds_of(text.substr(0, end))) {
    return {seconds, end == std::string_view::npos ? 0 : offset_of(text.substr(end))};
  }
  return text.empty() ? When{} : textual(std::string(text));
}

std::string_view last_word(std::string_view text) {
  const auto blank = text.find_last_of(blanks);
  return blank == std::string_view::npos ? text : text.substr(blank + 1);
}

// Takes seconds and offset off the end of a text that no bracket divides.
When take_when(std::string_view& text) {
  std::string_view rest = trimmed(text);
  const std::string_view offset = last_word(rest);
  const bool has_offset = offset.size() == 5 && (offset[0] == '+' || offset[0] == '-');
  if (has_offset) rest = trimmed(rest.substr(0, rest.size() - offset.size()));
  const std::string_view digits = last_word(rest);
  const auto seconds = seconds_of(digits);
  if (!seconds) return {};
  text = trimmed(rest.substr(0, rest.size() - digits.size()));
  return {seconds, has_offset ? offset_of(offset) : 0};
}

}  // namespace

Ident parse_ident(std::string_view line) {
  Ident ident;
  When when;
  const auto open = line.find('<');
  const auto close = open == std::string_view::npos ? open : line.find('>', open);
  if (close != std::string_view::npos) {
    ident.name = trimmed(line.substr(0, open));
    ident.email = trimmed(line.substr(open + 1, close - open - 1));
    when = when_of(line.substr(line.rfind('>') + 1));
  } else {
    when = take_when(line);
    const auto word = open != std::string_view::npos ? line.substr(open + 1) : last_word(line);
    if (open != std::string_view::npos || word.find('@') != std::string_view::npos) {
      ident.email = trimmed(word);
      line.remove_suffix(word.size() + (open != std::string_view::npos ? 1 : 0));
    }
    ident.name = trimmed(line);
    if (ident.email.ends_with('>')) ident.email.remove_suffix(1);
  }
  ident.time = when.time;
  ident.offset_minutes = when.offset_minutes;
  return ident;
}

bool in_calendar(std::int64_t time, int offset_minutes) noexcept {
  return nearest_in_calendar(time, offset_minutes) == time;
}

std::int64_t nearest_in_calendar(std::int64_t time, int offset_minutes) noexcept {
  const std::int64_t east = std::int64_t{offset_minutes} * 60;
  return std::clamp(time, std::max(first_second, first_second - east), std::min(last_second, last_second - east));
}

}  // namespace gitlog
