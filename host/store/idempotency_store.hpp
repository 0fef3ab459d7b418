// SPDX-License-Identifier: Apache-2.0
// Which writes were done already, by the keys that their senders gave them; kept for a day.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/model/idempotency.hpp"

namespace tento::host {

class IdempotencyStore {
 public:
  virtual ~IdempotencyStore() = default;
  // Nothing: the key is the caller's now, who works and then completes it. A record: somebody was before, see its
  // state; of many who ask at once, one gets nothing.
  virtual Result<std::optional<IdempotencyRecord>> begin(const IdempotencyKey& key, std::string_view request_hash) = 0;
  virtual Result<void> complete(const IdempotencyKey& key, std::int32_t status, std::string_view answer) = 0;
  // The work was not done: the next try begins anew.
  virtual Result<void> forget(const IdempotencyKey& key) = 0;
};

}  // namespace tento::host
