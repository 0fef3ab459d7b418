// SPDX-License-Identifier: Apache-2.0
// Texts that need no escapes are copied; the others go through Boost.JSON's serialiser.
#include "host/base/json.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>
#include <cstring>

namespace tento::host {
namespace {

// Whether JSON shows the text as it is: no quote, backslash or control. Eight bytes at a time.
bool needs_no_escape(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t v) { return (v - ones) & ~v & highs; };
  std::uint64_t special = 0;
  const auto look = [&](std::uint64_t v) {
    special |= has_zero(v ^ (ones * '"')) | has_zero(v ^ (ones * '\\')) | ((v - ones * 0x20) & ~v & highs);
  };
  while (text.size() >= 8) {
    std::uint64_t v = 0;
    std::memcpy(&v, text.data(), 8);
    look(v);
    text.remove_prefix(8);
  }
  if (!text.empty()) {  // an empty view may have no bytes to point to
    std::uint64_t rest = ones * 'a';
    std::memcpy(&rest, text.data(), text.size());
    look(rest);
  }
  return special == 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  if (needs_no_escape(text)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += boost::json::serialize(boost::json::string_view(text.data(), text.size()));
  }
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  append_json_string(out_, value);
  return *this;
}

bool is_structured(std::string_view json) {
  enum class Next { value, value_or_end, name, name_or_end, colon, comma_or_end, nothing };
  constexpr std::string_view spaces = " \t\r\n";
  constexpr std::string_view ends_of_scalars = " \t\r\n,:{}[]\"";
  std::string open;
  Next next = Next::value;
  const auto takes_value = [&next] { return next == Next::value || next == Next::value_or_end; };
  const auto ended = [&] { next = open.empty() ? Next::nothing : Next::comma_or_end; };
  for (std::size_t at = json.find_first_not_of(spaces); at < json.size(); at = json.find_first_not_of(spaces, at)) {
    const char c = json[at++];
    switch (c) {
      case '"':
        while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
        if (at++ >= json.size()) return false;
        if (next == Next::name || next == Next::name_or_end)
          next = Next::colon;
        else if (takes_value())
          ended();
        else
          return false;
        break;
      case '{':
      case '[':
        if (!takes_value()) return false;
        open += c;
        next = c == '{' ? Next::name_or_end : Next::value_or_end;
        break;
      case '}':
      case ']': {
        const bool empty = next == (c == '}' ? Next::name_or_end : Next::value_or_end);
        if (open.empty() || open.back() != (c == '}' ? '{' : '[') || (!empty && next != Next::comma_or_end))
          return false;
        open.pop_back();
        ended();
        break;
      }
      case ':':
        if (next != Next::colon) return false;
        next = Next::value;
        break;
      case ',':
        if (next != Next::comma_or_end) return false;
        next = open.back() == '{' ? Next::name : Next::value;
        break;
      default:
        if (!takes_value()) return false;
        at = std::min(json.find_first_of(ends_of_scalars, at), json.size());
        ended();
    }
  }
  return next == Next::nothing;
}

}  // namespace tento::host
