// SPDX-License-Identifier: Apache-2.0
// Bytes as text: hexadecimal, Base64 (RFC 4648), percent-encoding (RFC 3986).
#pragma once

#include <string>
#include <string_view>

namespace tento::host {

// Two lower-case digits a byte.
[[nodiscard]] std::string hex(std::string_view bytes);
void append_hex(std::string& out, std::string_view bytes);

// RFC 4648 section 4, padded.
[[nodiscard]] std::string base64(std::string_view bytes);
// RFC 4648 section 5, without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);
// Of base64url or base64, padded or not; empty when it is neither.
[[nodiscard]] std::string from_base64url(std::string_view text);

// Appends `%` and two upper-case digits.
void append_percent(std::string& out, char byte);
// Everything but RFC 3986's unreserved characters is encoded.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace tento::host
