// SPDX-License-Identifier: Apache-2.0
// What became of the first write with a key.
#include "host/services/idempotent_writes.hpp"

#include <utility>

#include "host/base/error.hpp"

namespace tento::host {

Error idempotency_key_reused() {
  return error(ErrorCode::conflict, ErrorClass::config, "this key was used for another request")
      .tag("idempotency_key_reused")
      .remedy("use a fresh key for each write")
      .value();
}

Error idempotency_busy() {
  return error(ErrorCode::conflict, ErrorClass::config, "the first request with this key is still under way")
      .tag("idempotency_busy")
      .remedy("ask again later")
      .value();
}

Result<std::optional<KeptAnswer>> IdempotentWrites::begin(const IdempotencyKey& key, std::string_view request_hash) {
  TENTO_TRY_ASSIGN(auto before, store_.idempotency().begin(key, request_hash));
  if (!before) return std::nullopt;
  if (before->request_hash != request_hash) return fail(idempotency_key_reused());
  if (before->interrupted) {
    return error(ErrorCode::conflict, ErrorClass::config,
                 "the host ended in the middle of this write, so whether the provider did it is not known")
        .tag("idempotency_unknown")
        .remedy("read the row, then decide, with a fresh key");
  }
  // No request of this process has the key, so another host of the same store works on it.
  if (!before->finished) return fail(idempotency_busy());
  return KeptAnswer{before->status, std::move(before->answer)};
}

Result<void> IdempotentWrites::keep(const IdempotencyKey& key, const KeptAnswer& answer) {
  return store_.idempotency().complete(key, answer.status, answer.body);
}

Result<void> IdempotentWrites::give_back(const IdempotencyKey& key) {
  return store_.idempotency().forget(key);
}

}  // namespace tento::host
