// SPDX-License-Identifier: Apache-2.0
// Strict: a key that was mangled on its way would be found out when nothing opens any more.
#include "host/accounts/key_ring.hpp"
#include "host/base/text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstring>

namespace tento::host {

namespace {

constexpr std::size_t id_digits = 16;
constexpr std::size_t key_digits = 44;  // of base64, with one `=`
constexpr std::string_view ring_head =
    "# Keys of the vault, one a line. The first seals; those below it open what was sealed with them before. Who has\n"
    "# this file and the store has every credential: keep copies of the two apart.\n";

bool is_id(std::string_view text) {
  return text.size() == id_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) + 1 - first);
}

void encode(const VaultKey& key, std::array<char, key_digits + 1>& out) {
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), key.bytes.data(), vault_key_bytes);
}

// Exactly the text that encode() writes.
bool decode(std::string_view text, VaultKey& key) {
  if (text.size() != key_digits) return false;
  std::array<unsigned char, vault_key_bytes + 1> bytes{};  // the filler at the end becomes a byte
  std::array<char, key_digits + 1> again{};
  bool good = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), key_digits) ==
              static_cast<int>(bytes.size());
  if (good) {
    std::memcpy(key.bytes.data(), bytes.data(), vault_key_bytes);
    encode(key, again);
    good = CRYPTO_memcmp(again.data(), text.data(), key_digits) == 0;
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  OPENSSL_cleanse(again.data(), again.size());
  return good;
}

Result<std::shared_ptr<const VaultKey>> parse_line(std::string_view line, const KeyRing& before,
                                                   const std::string& where) {
  const auto invalid = [&](std::string_view why) {
    return vault_error("vault_key_invalid",
                       fmt::format("{}: {}. A line is `<16 hex digits> <32 bytes in base64>`, or a comment that "
                                   "begins with #",
                                   where, why),
                       "restore the key file");
  };
  const auto blank = line.find_first_of(" \t");
  auto key = std::make_shared<VaultKey>();
  key->id = line.substr(0, blank);
  if (blank == std::string_view::npos || !is_id(key->id))
    return invalid("what stands here does not begin with the id of a key");
  if (!decode(trimmed(line.substr(blank)), *key)) return invalid("what stands behind the id is not 32 bytes in base64");
  if (find_key(before, key->id)) return invalid("the id stands above already");
  return key;
}

}  // namespace

VaultKey::~VaultKey() {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

tl::unexpected<Error> vault_error(std::string tag, std::string message, std::string remedy) {
  Error error;
  error.code = ErrorCode::invalid_data;
  error.error_class = ErrorClass::config;
  error.message = std::move(message);
  error.tag = std::move(tag);
  error.remedy = std::move(remedy);
  return fail(std::move(error));
}

Result<std::shared_ptr<const VaultKey>> new_vault_key() {
  auto key = std::make_shared<VaultKey>();
  std::array<unsigned char, id_digits / 2> id{};
  if (RAND_priv_bytes(key->bytes.data(), vault_key_bytes) != 1 ||
      RAND_bytes(id.data(), static_cast<int>(id.size())) != 1)
    return fail(ErrorCode::unspecified, ErrorClass::internal,
                "OpenSSL gives no random bytes. Repair the installation of OpenSSL 3", "no_openssl");
  for (const auto byte : id) key->id += fmt::format("{:02x}", byte);
  return key;
}

std::shared_ptr<const VaultKey> find_key(const KeyRing& ring, std::string_view id) {
  const auto at = std::find_if(ring.begin(), ring.end(), [id](const auto& key) { return key->id == id; });
  return at == ring.end() ? nullptr : *at;
}

Result<KeyRing> parse_key_file(std::string_view text, std::string_view name) {
  KeyRing ring;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    TENTO_TRY_ASSIGN(auto key, parse_line(line, ring, fmt::format("{}:{}", name, number)));
    ring.push_back(std::move(key));
  }
  if (ring.empty())
    return vault_error("vault_key_invalid", fmt::format("the key file {} holds no key. Put back the one it had", name),
                       "restore the key file");
  return ring;
}

Secret key_file_text(const KeyRing& ring) {
  std::string text;
  text.reserve(ring_head.size() + ring.size() * (id_digits + key_digits + 2));  // nothing is left where it grew
  text = ring_head;
  std::array<char, key_digits + 1> digits{};
  for (const auto& key : ring) {
    encode(*key, digits);
    text.append(key->id).append(" ").append(digits.data(), key_digits).append("\n");
  }
  OPENSSL_cleanse(digits.data(), digits.size());
  return Secret(std::move(text));
}

std::string ids_of(const KeyRing& ring) {
  return join(ring, ", ", [](const auto& key) { return std::string_view(key->id); });
}

}  // namespace tento::host
