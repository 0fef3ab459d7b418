// SPDX-License-Identifier: Apache-2.0
// Tokens: no secret is in here, of a token there is a hash alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/token.hpp"

namespace tento::host {

class TokenStore {
 public:
  virtual ~TokenStore() = default;
  virtual Result<void> add(const TokenRecord& token) = 0;
  virtual Result<std::vector<TokenRecord>> list(std::optional<Uuid> owner) = 0;  // oldest first
  virtual Result<std::optional<TokenRecord>> find_by_hash(std::string_view hash) = 0;
  virtual Result<void> revoke(const Uuid& owner, std::string_view id) = 0;  // not_found `no_such_token`
  virtual Result<void> touch(std::string_view id, std::int64_t used_us) = 0;
  // Grows with every change of tokens and users: what was learnt of them before is old then. One small read.
  virtual Result<std::uint64_t> generation() = 0;
};

}  // namespace tento::host
