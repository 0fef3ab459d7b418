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

}  // namespace tento::host
