// SPDX-License-Identifier: Apache-2.0
// Tokens.
#include <algorithm>

#include "host/store/memory/refusals.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

Result<void> MemoryTokens::add(const TokenRecord& token) {
  return state_.write([&](Data& data) -> Result<void> {
    if (find_user(data, token.owner) == nullptr) return broken_rule("a token names a user that is not there");
    if (std::any_of(data.tokens.begin(), data.tokens.end(),
                    [&](const auto& known) { return known.first == token.id || known.second.hash == token.hash; }))
      return broken_rule("a token is there already");
    auto record = token;
    if (record.created_us == 0) record.created_us = state_.now_us();
    std::sort(record.prefixes.begin(), record.prefixes.end());
    record.prefixes.erase(std::unique(record.prefixes.begin(), record.prefixes.end()), record.prefixes.end());
    data.tokens[record.id] = std::move(record);
    ++data.access;
    return {};
  });
}

Result<std::vector<TokenRecord>> MemoryTokens::list(std::optional<Uuid> owner) {
  return state_.read([&](const Data& data) {
    std::vector<TokenRecord> out;
    for (const auto& [id, token] : data.tokens)
      if (!owner || token.owner == *owner) out.push_back(token);
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.created_us < b.created_us; });
    return out;
  });
}

Result<std::optional<TokenRecord>> MemoryTokens::find_by_hash(std::string_view hash) {
  return state_.read([&](const Data& data) -> std::optional<TokenRecord> {
    for (const auto& [id, token] : data.tokens)
      if (token.hash == hash) return token;
    return std::nullopt;
  });
}

Result<void> MemoryTokens::revoke(const Uuid& owner, std::string_view id) {
  return state_.write([&](Data& data) -> Result<void> {
    const auto at = data.tokens.find(std::string(id));
    if (at == data.tokens.end() || at->second.owner != owner) return no_such("token", id, "no_such_token");
    if (at->second.revoked_us == 0) at->second.revoked_us = state_.now_us();
    ++data.access;
    return {};
  });
}

Result<void> MemoryTokens::touch(std::string_view id, std::int64_t used_us) {
  return state_.write([&](Data& data) -> Result<void> {
    const auto at = data.tokens.find(std::string(id));
    if (at != data.tokens.end()) at->second.last_used_us = std::max(at->second.last_used_us, used_us);
    return {};
  });
}

Result<std::uint64_t> MemoryTokens::generation() {
  return state_.read([](const Data& data) { return data.access; });
}

}  // namespace tento::host::memory
