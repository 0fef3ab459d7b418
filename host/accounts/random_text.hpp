// SPDX-License-Identifier: Apache-2.0
// Texts nobody can guess, and digests of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tento::host {

// Random bytes as base64url without padding: 32 bytes become 43 characters. Throws std::runtime_error when OpenSSL has
// none.
[[nodiscard]] std::string random_text(std::size_t bytes = 32);
[[nodiscard]] std::string base64url(std::string_view bytes);
// Of base64url or base64, padded or not; empty when it is neither.
[[nodiscard]] std::string from_base64url(std::string_view text);
// SHA-256, 32 bytes.
[[nodiscard]] std::string sha256(std::string_view text);
// The code challenge of a verifier, method S256 (RFC 7636 section 4.2).
[[nodiscard]] std::string code_challenge(std::string_view verifier);
// Takes as long whatever they say.
[[nodiscard]] bool same_text(std::string_view a, std::string_view b) noexcept;

}  // namespace tento::host
