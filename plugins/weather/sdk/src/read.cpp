// SPDX-License-Identifier: Apache-2.0
// What all answers have in common.
#include "read.hpp"

#include <algorithm>
#include <tento/sdk/excerpt.hpp>

namespace weather {

using simdjson::SUCCESS;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::Result;
namespace dom = simdjson::dom;

tl::unexpected<tento::Error> bad_answer(std::string_view where, std::string_view why) {
  return tento::fail(ErrorCode::invalid_data, ErrorClass::provider, std::string(where) + ": " + std::string(why),
                     "weather_bad_answer");
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 120;
  const bool utf8 = tento::first_not_utf8(text) == std::string_view::npos;
  std::size_t size = std::min(text.size(), most);
  // Not in the middle of a character.
  while (utf8 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  std::string out;
  for (const char c : text.substr(0, size)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x80 ? utf8 : byte >= ' ' && byte != 0x7f;
    out += plain ? c : '?';
  }
  return size < text.size() ? out + "..." : out;
}

Result<dom::element> parse_answer(dom::parser& parser, const std::string& body, std::string_view where) {
  // It answers while it still computes; what fails then is appended to what was sent.
  constexpr std::string_view broken_off = "Unexpected error while streaming data";
  dom::element root;
  if (const auto error = parser.parse(body).get(root); error != SUCCESS) {
    if (const std::size_t at = body.rfind(broken_off); at != std::string::npos) {
      return tento::fail(ErrorCode::upstream, ErrorClass::transient,
                         std::string(where) + ": the service broke off: " + shown(std::string_view(body).substr(at)),
                         "unavailable");
    }
    if (body.empty()) return bad_answer(where, "the answer is empty");
    return bad_answer(where, std::string("the answer is not JSON: ") + simdjson::error_message(error));
  }
  if (!root.is_object()) return bad_answer(where, "the answer is not an object");
  bool failed = false;
  if (root["error"].get(failed) == SUCCESS && failed) {
    const std::string_view reason = text_of(root, "reason");
    return bad_answer(where, "the service says that it failed" + (reason.empty() ? "" : ": " + shown(reason)));
  }
  return root;
}

std::string_view text_of(const dom::element& object, std::string_view name) {
  std::string_view out;
  return object[name].get(out) == SUCCESS ? out : std::string_view();
}

std::optional<double> number_of(const dom::element& object, std::string_view name) {
  double out = 0;
  if (object[name].get(out) != SUCCESS) return std::nullopt;
  return out;
}

std::string read_reason(const std::string& body) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(body).get(root) != SUCCESS || !root.is_object()) return {};
  return shown(text_of(root, "reason"));
}

}  // namespace weather
