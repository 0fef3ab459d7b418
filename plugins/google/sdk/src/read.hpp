// SPDX-License-Identifier: Apache-2.0
/// @file read.hpp
/// Answers of the service as values. What they must have is checked; what is wrong is named with its place.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <tento/sdk/transport.hpp>

#include "google/event.hpp"

namespace google {

/// The error of an answer that makes no sense: invalid_data, provider, `google_bad_answer`. `where` says which answer.
[[nodiscard]] tl::unexpected<tento::Error> bad_answer(std::string_view where, std::string_view why);
/// The member `name` as text; empty where it is missing, null, or of another type.
[[nodiscard]] std::string_view text_of(const simdjson::dom::element& object, std::string_view name);
/// The member `name` as a truth value; false where it is missing or of another type.
[[nodiscard]] bool flag_of(const simdjson::dom::element& object, std::string_view name);
/// Whether it is the error of one record that is odd, and not of what is needed to read any.
[[nodiscard]] bool is_odd(const tento::Error& error) noexcept;
/// Reads an event. `calendar_zone` is that of the calendar, for times without an offset; empty = it is not known. What
/// is wrong with the event is an error of which is_odd holds; its message says why and not where.
[[nodiscard]] tento::Result<Event> read_event(const simdjson::dom::element& item, std::string_view calendar_zone);
/// Parses a whole body; an error for what is no JSON object.
[[nodiscard]] tento::Result<simdjson::dom::element> parse_object(simdjson::dom::parser& parser,
                                                                 const tento::http::Text& body, std::string_view where);
/// The same of one that is kept, with SIMDJSON_PADDING bytes of room behind it or not.
[[nodiscard]] tento::Result<simdjson::dom::element> parse_object(simdjson::dom::parser& parser, const std::string& body,
                                                                 std::string_view where);

/// What a refusal says.
struct Refusal {
  std::string reason;   ///< `rateLimitExceeded`, or empty
  std::string message;  ///< for people, or empty
};
/// Reads the body of an answer that is no success; empty members for one that is none of the service's.
[[nodiscard]] Refusal read_refusal(const std::string& body);

}  // namespace google
