// SPDX-License-Identifier: Apache-2.0
// Digits into a buffer, without an allocation.
#include "host/model/time_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include <tento/sdk/time.hpp>

namespace tento::host {
namespace {

// Writes digits into a buffer that is long enough.
char* digits(char* at, unsigned number, unsigned width) {
  for (unsigned i = width; i > 0; --i) {
    at[i - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return at + width;
}

char* bucket(char* at, const tento_semantic_time& time) {
  const auto year = static_cast<unsigned>(time.year);
  const auto lead = [&at](std::string_view prefix) { at = std::copy(prefix.begin(), prefix.end(), at); };
  const auto part = [&at](unsigned number) {
    *at++ = '-';
    at = digits(at, number, 2);
  };
  switch (time.kind) {
    case TENTO_TIME_YEAR:
      lead("y-");
      return digits(at, year, 4);
    case TENTO_TIME_MONTH:
      lead("ym-");
      at = digits(at, year, 4);
      part(time.month);
      return at;
    case TENTO_TIME_WEEK:
      lead("yw-");
      at = digits(at, year, 4);
      part(time.week);
      return at;
    default:
      lead("ymd-");
      at = digits(at, year, 4);
      part(time.month);
      part(time.day);
      return at;
  }
}

char* instant(char* at, std::int64_t unix_us) {
  using std::chrono::days, std::chrono::floor, std::chrono::microseconds, std::chrono::sys_time;
  const sys_time<microseconds> moment{microseconds{unix_us}};
  const auto midnight = floor<days>(moment);
  const std::chrono::year_month_day date{midnight};
  const auto in_day = static_cast<std::uint64_t>((moment - midnight).count());
  const auto second = static_cast<unsigned>(in_day / 1'000'000);
  const auto micros = static_cast<unsigned>(in_day % 1'000'000);
  at = digits(at, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *at++ = '-';
  at = digits(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  at = digits(at, static_cast<unsigned>(date.day()), 2);
  *at++ = 'T';
  at = digits(at, second / 3600, 2);
  *at++ = ':';
  at = digits(at, second / 60 % 60, 2);
  *at++ = ':';
  at = digits(at, second % 60, 2);
  if (micros != 0) {
    *at++ = '.';
    at = micros % 1000 == 0 ? digits(at, micros / 1000, 3) : digits(at, micros, 6);
  }
  constexpr std::string_view utc = "+00:00";
  return std::copy(utc.begin(), utc.end(), at);
}

}  // namespace

char* write_semantic_time(char* at, const tento_semantic_time& time) {
  return time.kind == TENTO_TIME_INSTANT ? instant(at, time.unix_us) : bucket(at, time);
}

void append_semantic_time(std::string& out, const tento_semantic_time& time) {
  std::array<char, widest_semantic_time> text;
  out.append(text.data(), write_semantic_time(text.data(), time));
}

std::string moment_text(std::int64_t unix_us) {
  if (unix_us == 0 || unix_us == INT64_MAX || unix_us == INT64_MIN) return {};
  const auto second = std::chrono::floor<std::chrono::seconds>(Instant(std::chrono::microseconds(unix_us)));
  return SemanticTime(Instant(second)).text();
}

}  // namespace tento::host
