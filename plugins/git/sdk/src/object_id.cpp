// SPDX-License-Identifier: Apache-2.0
// Names of objects as text.
#include "gitlog/object_id.hpp"

#include "handles.hpp"

namespace gitlog {

std::string ObjectId::hex() const {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text(40, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = digits[bytes[i] >> 4U];
    text[2 * i + 1] = digits[bytes[i] & 0x0FU];
  }
  return text;
}

std::optional<ObjectId> ObjectId::parse(std::string_view hex) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (hex.size() != 40) return std::nullopt;
  ObjectId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    const int high = digit(hex[2 * i]);
    const int low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return id;
}

ObjectId fingerprint(std::span<const ObjectId> ids) {
  static_assert(sizeof(ObjectId) == 20);
  git_oid digest;
  git_odb_hash(&digest, ids.data(), ids.size_bytes(), GIT_OBJECT_BLOB);
  return named(digest);
}

}  // namespace gitlog
