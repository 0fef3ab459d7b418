// SPDX-License-Identifier: Apache-2.0
// The writer that ranges go through: one growing buffer, no allocation per cell.
#include "host/store/cells_json.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "host/base/json.hpp"
#include "host/model/version_text.hpp"

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

char* put(char* at, std::string_view text) {
  return std::copy(text.begin(), text.end(), at);
}

// Room for two times of the widest form and what stands around them.
using Frame = std::array<char, 192>;

char* semantic_time(char* at, const tento_semantic_time& time) {
  return time.kind == TENTO_TIME_INSTANT ? instant(at, time.unix_us) : bucket(at, time);
}

}  // namespace

void append_semantic_time(std::string& out, const tento_semantic_time& time) {
  Frame text;
  out.append(text.data(), semantic_time(text.data(), time));
}

void append_cell_json(std::string& out, const CellView& cell) {
  out += "{\"id\":";
  if (cell.id.empty()) {
    out += "null";
  } else {
    append_json_string(out, cell.id);
  }
  Frame frame;
  const auto time = [](char* from, const tento_semantic_time& value) {
    if (value.kind == TENTO_TIME_NONE) return put(from, "null");  // a deletion by id may have none
    *from = '"';
    from = semantic_time(from + 1, value);
    *from = '"';
    return from + 1;
  };
  char* at = time(put(frame.data(), ",\"date\":"), cell.date);
  at = time(put(at, ",\"end_date\":"), cell.end_date);
  at = put(at, ",\"data\":");
  out.append(frame.data(), at);
  out += cell.data.empty() ? std::string_view("null") : cell.data;  // a deletion has none
  if (cell.version.empty()) {
    out += ",\"version\":null}";
  } else {
    out += ",\"version\":\"";
    append_version_text(out, cell.version);
    out += "\"}";
  }
}

}  // namespace tento::host
