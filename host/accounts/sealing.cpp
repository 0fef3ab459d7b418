// SPDX-License-Identifier: Apache-2.0
// OpenSSL seals; this file says what is bound to what.
#include "host/accounts/sealing.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <memory>

namespace tento::host {

namespace {

constexpr char format = 1;
constexpr std::size_t id_bytes = 8;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t head_bytes = 1 + id_bytes + nonce_bytes;
constexpr std::size_t most_secret_bytes = std::size_t{1} << 20U;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }  // wipes the key schedule
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// Each part with its length before it, so that no two owners of secrets make the same text.
std::string bound_to(const SealFor& whose) {
  std::string out = "tento vault 1";
  const auto add = [&out](std::string_view part) {
    for (int shift = 24; shift >= 0; shift -= 8)
      out += static_cast<char>((part.size() >> static_cast<unsigned>(shift)) & 0xffU);
    out.append(part);
  };
  add(whose.purpose);
  add({reinterpret_cast<const char*>(whose.owner.bytes.data()), whose.owner.bytes.size()});
  add(whose.provider);
  add(whose.kind);
  add(whose.account);
  return out;
}

std::string packed_id(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return out;
}

tl::unexpected<Error> broken_openssl() {
  return fail(ErrorCode::unspecified, ErrorClass::internal,
              "OpenSSL does not do AES-256-GCM. Repair the installation of OpenSSL 3", "no_openssl");
}

}  // namespace

Result<std::string> seal_text(const VaultKey& key, const SealFor& whose, std::string_view secret) {
  if (secret.size() > most_secret_bytes)
    return fail(ErrorCode::too_large, ErrorClass::config, "this secret is larger than 1 MiB, which no service gives",
                "secret_too_large");
  std::array<unsigned char, nonce_bytes> nonce{};
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1) return broken_openssl();
  std::string out(1, format);
  out.reserve(head_bytes + secret.size() + tag_bytes);
  out += packed_id(key.id);
  out.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  out.resize(head_bytes + secret.size() + tag_bytes);

  const auto bound = bound_to(whose);
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  int rest = 0;
  const bool good =
      context && EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.bytes.data(), nonce.data(), nullptr) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(bound), static_cast<int>(bound.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), bytes_of(out) + head_bytes, &size, bytes_of(secret),
                        static_cast<int>(secret.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), bytes_of(out) + head_bytes + size, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, out.data() + head_bytes + secret.size()) ==
          1;
  if (!good || static_cast<std::size_t>(size) + static_cast<std::size_t>(rest) != secret.size())
    return broken_openssl();
  return out;
}

std::optional<Secret> open_text(const VaultKey& key, const SealFor& whose, std::string_view sealed) {
  if (sealing_key(sealed) != key.id || sealed.size() > head_bytes + most_secret_bytes + tag_bytes) return std::nullopt;
  const auto nonce = sealed.substr(1 + id_bytes, nonce_bytes);
  const auto text = sealed.substr(head_bytes, sealed.size() - head_bytes - tag_bytes);
  std::string tag(sealed.substr(sealed.size() - tag_bytes));
  std::string out(text.size(), '\0');

  const auto bound = bound_to(whose);
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  int rest = 0;
  const bool good =
      context &&
      EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.bytes.data(), bytes_of(nonce), nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(bound), static_cast<int>(bound.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(out), &size, bytes_of(text), static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(out) + size, &rest) == 1;
  Secret secret(std::move(out));  // also of what was decrypted and is not believed
  if (!good) return std::nullopt;
  return secret;
}

std::string sealing_key(std::string_view sealed) {
  if (sealed.size() < head_bytes + tag_bytes || sealed.front() != format) return {};
  std::string out;
  for (const char byte : sealed.substr(1, id_bytes)) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

}  // namespace tento::host
