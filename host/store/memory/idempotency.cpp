// SPDX-License-Identifier: Apache-2.0
// Idempotency keys. No process that began one can have ended: the store would have ended with it.
#include "host/base/error.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

constexpr std::int64_t key_lives_us = 86'400'000'000;

IdempotencyId id_of(const IdempotencyKey& key) {
  return {key.owner, key.actor, key.key};
}

}  // namespace

Result<std::optional<IdempotencyRecord>> MemoryIdempotency::begin(const IdempotencyKey& key,
                                                                  std::string_view request_hash) {
  return state_.write([&](Data& data) -> Result<std::optional<IdempotencyRecord>> {
    const auto now_us = state_.now_us();
    std::erase_if(data.idempotency, [&](const auto& entry) { return entry.second.created_us < now_us - key_lives_us; });
    const auto [at, is_new] = data.idempotency.try_emplace(id_of(key));
    auto& entry = at->second;
    if (!is_new)
      return IdempotencyRecord{entry.request_hash, entry.finished, false, entry.status, entry.answer, entry.created_us};
    entry.request_hash = request_hash;
    entry.created_us = now_us;
    return std::nullopt;
  });
}

Result<void> MemoryIdempotency::complete(const IdempotencyKey& key, std::int32_t status, std::string_view answer) {
  return state_.write([&](Data& data) -> Result<void> {
    const auto at = data.idempotency.find(id_of(key));
    if (at == data.idempotency.end())
      return error(ErrorCode::not_found, ErrorClass::internal,
                   "the store does not have the idempotency key. It expired meanwhile")
          .tag("no_such_idempotency_key")
          .remedy("send the request again");
    at->second.finished = true;
    at->second.status = status;
    at->second.answer = answer;
    return {};
  });
}

Result<void> MemoryIdempotency::forget(const IdempotencyKey& key) {
  return state_.write([&](Data& data) -> Result<void> {
    data.idempotency.erase(id_of(key));
    return {};
  });
}

}  // namespace tento::host::memory
