// SPDX-License-Identifier: Apache-2.0
// A mark no token can begin with, then each text behind its length: nothing that parses it keeps copies of a secret.
#include "host/accounts/oauth_tokens.hpp"

#include <cstdint>
#include <string>

#include "host/base/error.hpp"

namespace tento::host {
namespace {

constexpr char format_mark = '\x01';  // the version, too

void append(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((size >> shift) & 0xff);
  out += text;
}

// False when the bytes end too early.
bool take(std::string_view& rest, Secret& out) {
  constexpr std::size_t head = 4;
  if (rest.size() < head) return false;
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < head; ++i) size |= std::uint32_t{static_cast<unsigned char>(rest[i])} << (8 * i);
  rest.remove_prefix(head);
  if (rest.size() < size) return false;
  out = Secret(std::string(rest.substr(0, size)));
  rest.remove_prefix(size);
  return true;
}

}  // namespace

Secret packed(const OAuthTokens& tokens) {
  std::string out;
  out.reserve(16 + tokens.access.text().size() + tokens.refresh.text().size());  // no copy is left behind by growing
  out += format_mark;
  append(out, tokens.access.text());
  append(out, tokens.refresh.text());
  return Secret(std::move(out));
}

Result<OAuthTokens> unpacked(const Secret& stored) {
  OAuthTokens out;
  std::string_view rest = stored.text();
  if (!rest.starts_with(format_mark)) {
    out.access = Secret(std::string(rest));
    return out;
  }
  rest.remove_prefix(1);
  if (!take(rest, out.access) || !take(rest, out.refresh) || !rest.empty()) {
    return error(ErrorCode::invalid_data, ErrorClass::config, "what is stored as the account's tokens is not valid")
        .tag("credential_damaged")
        .remedy("connect the account again");
  }
  return out;
}

}  // namespace tento::host
