// SPDX-License-Identifier: Apache-2.0
// The vault's keys, and the text of the file they are in: one `<id> <key>` a line, 16 hex digits and 32 bytes of
// base64. The first one seals; the others open what was sealed with them before. `#` begins a comment.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/base/secret.hpp"

namespace tento::host {

inline constexpr std::size_t vault_key_bytes = 32;

// Wiped when it goes.
struct VaultKey {
  VaultKey() = default;
  VaultKey(const VaultKey&) = delete;
  VaultKey& operator=(const VaultKey&) = delete;
  ~VaultKey();
  std::string id;
  std::array<unsigned char, vault_key_bytes> bytes{};
};
using KeyRing = std::vector<std::shared_ptr<const VaultKey>>;

[[nodiscard]] Result<std::shared_ptr<const VaultKey>> new_vault_key();
// Null: it is not there.
[[nodiscard]] std::shared_ptr<const VaultKey> find_key(const KeyRing& ring, std::string_view id);
// At least one key. Errors, tag `vault_key_invalid`, name the file and the line and tell nothing of what is in it.
[[nodiscard]] Result<KeyRing> parse_key_file(std::string_view text, std::string_view name);
[[nodiscard]] Secret key_file_text(const KeyRing& ring);
// The ids, in order, for a sentence.
[[nodiscard]] std::string ids_of(const KeyRing& ring);

// Errors of the vault: class config, with a tag of their own.
[[nodiscard]] tl::unexpected<Error> vault_error(std::string tag, std::string message, std::string remedy);

}  // namespace tento::host
