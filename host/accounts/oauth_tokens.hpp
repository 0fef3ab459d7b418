// SPDX-License-Identifier: Apache-2.0
// What an account with OAuth 2.0 keeps in the vault: an access token and, where the service gives one, a refresh token.
#pragma once

#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/egress/credential.hpp"

namespace tento::host {

struct OAuthTokens {
  Secret access;
  Secret refresh;  // empty = none
};

// As bytes for the vault.
[[nodiscard]] Secret packed(const OAuthTokens& tokens);
// A text that was not packed is an access token alone: one that a person pasted.
[[nodiscard]] Result<OAuthTokens> unpacked(const Secret& stored);

}  // namespace tento::host
