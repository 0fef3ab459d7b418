// SPDX-License-Identifier: Apache-2.0
// One sealed text: a format byte, the id of the key, the nonce, AES-256-GCM's ciphertext, its tag.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/accounts/key_ring.hpp"
#include "host/base/secret.hpp"

namespace tento::host {

// What a secret belongs to; a seal does not open for anything else.
struct SealFor {
  std::string_view purpose;  // `credential`, `flow`
  Uuid owner;
  std::string_view provider;
  std::string_view kind;
  std::string_view account;  // of a flow: its hash
};

// Under a fresh random nonce. Errors: too_large, above 1 MiB.
[[nodiscard]] Result<std::string> seal_text(const VaultKey& key, const SealFor& whose, std::string_view secret);
// Nothing: it was changed, is of another key, or was sealed for something else.
[[nodiscard]] std::optional<Secret> open_text(const VaultKey& key, const SealFor& whose, std::string_view sealed);
// The id of the key that a sealed text wants; empty = this is none.
[[nodiscard]] std::string sealing_key(std::string_view sealed);

}  // namespace tento::host
