// SPDX-License-Identifier: Apache-2.0
/// @file looked_at.hpp
/// When a provider last looked at something, as it keeps it in a cursor.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "time.hpp"

namespace tento {

/// `at` as a cursor keeps it: RFC 3339 in UTC, whole seconds, rounded down.
[[nodiscard]] std::string look_text(Instant at);

/// The moment that `text` (an RFC 3339 time, as look_text writes it) says, or nothing for what was never looked at: an
/// empty text, one that is not a time, and a moment that lies ahead of `now`. A clock that was wrong for an hour must
/// not keep a provider from looking until then. `skew` is how far another machine's clock, where the moment is by that,
/// may be ahead of this one's; 0 for moments by the host's own clock.
[[nodiscard]] std::optional<Instant> looked_at(std::string_view text, Instant now, std::chrono::seconds skew = {});

}  // namespace tento
