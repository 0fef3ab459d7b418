// SPDX-License-Identifier: Apache-2.0
// Whether a job that failed is run again, and when.
#pragma once

#include <cstdint>
#include <optional>

#include "host/model/run.hpp"

namespace tento::host {

class RetryPolicy {
 public:
  virtual ~RetryPolicy() = default;
  // `failed` with its error; `attempts` counts it and those before it. Nothing = the job has ended. Any thread.
  [[nodiscard]] virtual std::optional<std::int64_t> next_attempt_us(const RunRecord& failed, std::int32_t attempts,
                                                                    std::int64_t now_us) const = 0;
};

// A job that failed has ended; who wants it syncs again.
class NoRetry final : public RetryPolicy {
 public:
  [[nodiscard]] std::optional<std::int64_t> next_attempt_us(const RunRecord&, std::int32_t,
                                                            std::int64_t) const override {
    return std::nullopt;
  }
};

}  // namespace tento::host
