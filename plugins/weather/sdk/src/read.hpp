// SPDX-License-Identifier: Apache-2.0
/// @file read.hpp
/// Answers of the service as JSON: members by name and type.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>

namespace weather {

/// The error of an answer that makes no sense: invalid_data, provider, `weather_bad_answer`. `where` says which answer.
[[nodiscard]] tl::unexpected<tento::Error> bad_answer(std::string_view where, std::string_view why);
/// Text of the service as people may be shown it: its beginning, without control characters and what is not UTF-8.
[[nodiscard]] std::string shown(std::string_view text);
/// Parses a whole body. An error for what is no JSON object, and for one in which the service says that it failed
/// (`{"error":true,"reason":...}`), which it does under any status. Of a body that it broke off itself: upstream,
/// transient.
[[nodiscard]] tento::Result<simdjson::dom::element> parse_answer(simdjson::dom::parser& parser, const std::string& body,
                                                                 std::string_view where);
/// The member `name` as text; empty where it is missing or of another type.
[[nodiscard]] std::string_view text_of(const simdjson::dom::element& object, std::string_view name);
/// The member `name` as a number; nothing where it is missing, null, or of another type.
[[nodiscard]] std::optional<double> number_of(const simdjson::dom::element& object, std::string_view name);
/// What the body of a refusal says: its `reason`, or nothing.
[[nodiscard]] std::string read_reason(const std::string& body);

}  // namespace weather
