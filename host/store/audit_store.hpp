// SPDX-License-Identifier: Apache-2.0
// The audit log: who did what. Only UserStore::erase() and drop() change what is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/audit.hpp"

namespace tento::host {

class AuditStore {
 public:
  virtual ~AuditStore() = default;
  virtual Result<void> append(const AuditRecord& record) = 0;
  // Newest first; only ids below `before` (0 = all), only of an owner when there is one.
  virtual Result<std::vector<AuditRecord>> list(std::optional<Uuid> owner, std::int64_t before, std::size_t limit) = 0;
  virtual Result<std::uint64_t> drop(std::int64_t before_us) = 0;
};

}  // namespace tento::host
