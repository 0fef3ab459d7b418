// SPDX-License-Identifier: Apache-2.0
/// @file text.hpp
/// Bytes of unknown origin as UTF-8: transcoded where the encoding is known, replaced where it is not, never dropped.
#pragma once

#include <string>
#include <string_view>

namespace gitlog {

/// Whether it is well-formed UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;
/// The text with each byte that is no part of a well-formed character replaced by U+FFFD.
[[nodiscard]] std::string replace_invalid(std::string_view bytes);
/// `bytes` as UTF-8. `encoding` is the name a commit gives (empty = UTF-8); a name that is unknown, or that the bytes
/// do not follow, means replace_invalid.
[[nodiscard]] std::string to_utf8(std::string_view bytes, std::string_view encoding);
/// The longest beginning of a UTF-8 text that has at most `limit` bytes and ends at a character border.
[[nodiscard]] std::string_view clip(std::string_view text, std::size_t limit) noexcept;

}  // namespace gitlog
