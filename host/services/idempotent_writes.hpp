// SPDX-License-Identifier: Apache-2.0
// Writes that carry an idempotency key: the answer to the first is kept for a day, and given to those who send it
// again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/model/idempotency.hpp"
#include "host/store/store.hpp"

namespace tento::host {

struct KeptAnswer {
  std::int32_t status = 0;  // the face's own
  std::string body;
};

// Any thread; the store outlives it.
class IdempotentWrites {
 public:
  explicit IdempotentWrites(Store& store) : store_(store) {}

  // Nothing: the key is the caller's now, who writes and then keeps the answer, or gives the key back. Errors, by tag:
  // `idempotency_key_reused` for another request, `idempotency_unknown` where a host ended in the middle of the write,
  // `idempotency_busy` while another host works on it.
  Result<std::optional<KeptAnswer>> begin(const IdempotencyKey& key, std::string_view request_hash);
  Result<void> keep(const IdempotencyKey& key, const KeptAnswer& answer);
  // The write was not done: the next request with the key does it.
  Result<void> give_back(const IdempotencyKey& key);

 private:
  Store& store_;
};

// The key was used for another request.
[[nodiscard]] Error idempotency_key_reused();
// The first request with the key is still under way.
[[nodiscard]] Error idempotency_busy();

}  // namespace tento::host
