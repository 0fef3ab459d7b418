// SPDX-License-Identifier: Apache-2.0
// Whether a job that failed is run again, and when.
#pragma once

#include <cstdint>
#include <functional>
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

// By the class of the error. What the service itself says of when to come again is obeyed, up to a day; else the pause
// is drawn between little and a bound that doubles with each attempt ("full jitter"), so that those who failed
// together do not come again together. What only a person can mend (config, auth) is not tried again.
class Backoff final : public RetryPolicy {
 public:
  // `chance` gives numbers from 0 up to 1, on any thread; empty = those that nobody can guess.
  explicit Backoff(std::function<double()> chance = {});
  [[nodiscard]] std::optional<std::int64_t> next_attempt_us(const RunRecord& failed, std::int32_t attempts,
                                                            std::int64_t now_us) const override;

 private:
  std::function<double()> chance_;
};

}  // namespace tento::host
