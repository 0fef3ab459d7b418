// SPDX-License-Identifier: Apache-2.0
// Tokens as text: made, recognised, hashed. The text is shown once and kept nowhere.
#pragma once

#include <string>
#include <string_view>

namespace tento::host {

inline constexpr std::string_view token_prefix = "tento_pat_";

// `tento_pat_` and 256 random bits in base64url.
[[nodiscard]] std::string new_token();
// A short random name for a token, which is no secret.
[[nodiscard]] std::string new_token_id();
// Whether a text can be a token at all.
[[nodiscard]] bool looks_like_token(std::string_view text);
// SHA-256 of the text, 32 bytes.
[[nodiscard]] std::string token_hash(std::string_view text);

}  // namespace tento::host
