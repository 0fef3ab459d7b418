// SPDX-License-Identifier: Apache-2.0
// One pass over the bytes, with a stack of open brackets.
#include <tento/sdk/json_structure.hpp>

#include <algorithm>
#include <string>

namespace tento {

bool is_structured_json(std::string_view json) {
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

}  // namespace tento
