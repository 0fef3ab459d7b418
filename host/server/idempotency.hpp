// SPDX-License-Identifier: Apache-2.0
// Writes that carry an idempotency key are done once: the first request with the key works, those that come meanwhile
// wait for its answer without holding a thread, and later ones get it from the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "host/model/idempotency.hpp"

namespace tento::host::server {

// The requests of this process that have the same key. Thread-safe.
class IdempotencyQueue {
 public:
  using Continue = std::function<void()>;
  enum class Admission {
    first,          // the caller has the key, and has to leave() it
    waiting,        // `next` is run, by a thread that leaves, when the key is this request's
    other_request,  // the key is being used for another request
    full,           // too many wait already
  };
  static constexpr std::size_t max_waiting_per_key = 256;
  static constexpr std::size_t max_waiting = 1024;

  // `request` is any address that stands for the request.
  Admission enter(const IdempotencyKey& key, std::string_view request_hash, const void* request, Continue next);
  // Gives the key to the next request. The caller runs what comes back, and then leaves for that one; empty: nobody
  // waits.
  [[nodiscard]] Continue leave(const IdempotencyKey& key);
  // The request waits no longer. False: it does not wait (any more).
  bool withdraw(const IdempotencyKey& key, const void* request);

 private:
  struct Waiter {
    const void* request;
    Continue next;
  };
  struct Line {
    std::string request_hash;
    std::deque<Waiter> waiters;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Line> lines_;
  std::size_t waiting_ = 0;
};

}  // namespace tento::host::server
