// SPDX-License-Identifier: Apache-2.0
// Grants: what a user lets another one do with rows.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/grant.hpp"

namespace tento::host {

class GrantStore {
 public:
  virtual ~GrantStore() = default;
  // The same owner, grantee and prefix again replaces the verbs. Gives it with its id.
  virtual Result<GrantRecord> add(const GrantRecord& grant) = 0;
  virtual Result<std::vector<GrantRecord>> list(std::optional<Uuid> owner) = 0;
  virtual Result<std::vector<GrantRecord>> list_to(const Uuid& grantee, const Uuid& owner) = 0;
  virtual Result<void> remove(const Uuid& owner, std::int64_t id) = 0;  // not_found `no_such_grant`
};

}  // namespace tento::host
