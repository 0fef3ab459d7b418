// SPDX-License-Identifier: Apache-2.0
// OpenSSL makes the random bits and the hash. The hash needs neither salt nor slowness: what is hashed is random.
#include "host/access/token_text.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>

namespace tento::host {

namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_digits = 43;
constexpr std::size_t id_bytes = 5;

tl::unexpected<Error> broken_openssl() {
  auto e = fail(ErrorCode::unspecified, ErrorClass::internal,
                "OpenSSL gives no random bytes or no SHA-256. Repair the installation of OpenSSL 3", "no_openssl")
               .value();
  e.action = "repair OpenSSL";
  return fail(std::move(e));
}

std::string base64url(const unsigned char* bytes, std::size_t size) {
  std::string out((size + 2) / 3 * 4 + 1, '\0');  // a NUL is written behind
  const int wrote = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(wrote));
  while (out.ends_with('=')) out.pop_back();
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

}  // namespace

Result<std::string> new_token() {
  std::array<unsigned char, secret_bytes> bits{};
  if (RAND_bytes(bits.data(), static_cast<int>(bits.size())) != 1) return broken_openssl();
  return std::string(token_prefix) + base64url(bits.data(), bits.size());
}

Result<std::string> new_token_id() {
  std::array<unsigned char, id_bytes> bits{};
  if (RAND_bytes(bits.data(), static_cast<int>(bits.size())) != 1) return broken_openssl();
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "t";
  for (const auto byte : bits) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

bool looks_like_token(std::string_view text) {
  if (!text.starts_with(token_prefix) || text.size() != token_prefix.size() + secret_digits) return false;
  return std::all_of(text.begin() + token_prefix.size(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<std::string> token_hash(std::string_view text) {
  // To look an algorithm up costs more than to use it, and every request has a token.
  struct Free {
    void operator()(EVP_MD* md) const { EVP_MD_free(md); }
  };
  static const std::unique_ptr<EVP_MD, Free> sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  std::string out(32, '\0');
  unsigned size = 0;
  if (!sha256 ||
      EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size, sha256.get(),
                 nullptr) != 1 ||
      size != out.size())
    return broken_openssl();
  return out;
}

}  // namespace tento::host
