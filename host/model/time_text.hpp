// SPDX-License-Identifier: Apache-2.0
// Semantic times as text, as SemanticTime::text gives it, for whoever writes many.
#pragma once

#include <tento/time.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace tento::host {

inline constexpr std::size_t widest_semantic_time = 40;
// Writes the text, without quotes, into a buffer that has room for the widest; gives its end.
char* write_semantic_time(char* at, const tento_semantic_time& time);
void append_semantic_time(std::string& out, const tento_semantic_time& time);

// A moment in UTC, to the second (RFC 3339); empty for 0 and the extremes, which stand for no moment.
[[nodiscard]] std::string moment_text(std::int64_t unix_us);

}  // namespace tento::host
