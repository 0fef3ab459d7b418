// SPDX-License-Identifier: Apache-2.0
// The hash needs neither salt nor slowness: what is hashed is random.
#include "host/access/token_text.hpp"

#include <algorithm>

#include "host/base/crypto.hpp"
#include "host/base/encoding.hpp"
#include "host/base/random.hpp"

namespace tento::host {

namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_digits = 43;
constexpr std::size_t id_bytes = 5;

}  // namespace

std::string new_token() {
  return std::string(token_prefix) + random_text(secret_bytes);
}

std::string new_token_id() {
  return "t" + hex(random_bytes(id_bytes));
}

bool looks_like_token(std::string_view text) {
  if (!text.starts_with(token_prefix) || text.size() != token_prefix.size() + secret_digits) return false;
  return std::all_of(text.begin() + token_prefix.size(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string token_hash(std::string_view text) {
  return sha256(text);
}

}  // namespace tento::host
