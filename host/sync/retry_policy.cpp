// SPDX-License-Identifier: Apache-2.0
// Pauses by class of error, with jitter.
#include "host/sync/retry_policy.hpp"

#include <algorithm>
#include <cstring>

#include "host/base/random.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t second_us = 1'000'000;
// Longer than whoever waits for a job waits for its next try: whether they are told of the failure is not left to
// chance.
constexpr std::int64_t least_drawn_us = 3 * second_us;
constexpr std::int64_t least_told_us = second_us;
constexpr std::int64_t most_us = std::int64_t{24} * 3600 * second_us;

struct Pauses {
  std::int64_t first_us = 0;  // the bound of the first pause
  std::int64_t longest_us = 0;
  std::int32_t attempts = 0;  // tries in all
};

std::optional<Pauses> pauses_of(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::rate_limit:
      return Pauses{60 * second_us, 3600 * second_us, 24};
    case ErrorClass::transient:
      return Pauses{10 * second_us, 3600 * second_us, 10};
    // An answer that makes no sense may be mended by then, by the service or by a new file.
    case ErrorClass::provider:
      return Pauses{60 * second_us, 6 * 3600 * second_us, 5};
    case ErrorClass::internal:
      return Pauses{60 * second_us, 3600 * second_us, 3};
    case ErrorClass::config:
    case ErrorClass::auth:
      break;
  }
  return std::nullopt;
}

double unguessable() {
  const auto bytes = random_bytes(sizeof(std::uint64_t));
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  constexpr double digits = 9007199254740992.0;  // 2^53: as many as a double tells apart
  return static_cast<double>(number >> 11) / digits;
}

}  // namespace

Backoff::Backoff(std::function<double()> chance) : chance_(chance ? std::move(chance) : unguessable) {}

std::optional<std::int64_t> Backoff::next_attempt_us(const RunRecord& failed, std::int32_t attempts,
                                                     std::int64_t now_us) const {
  const Error error = failed.error.value_or(Error{});
  const auto pauses = pauses_of(error.error_class);
  if (!pauses || attempts >= pauses->attempts) return std::nullopt;
  const auto doublings = std::clamp(attempts - 1, 0, 30);
  const auto bound_us = std::min(pauses->longest_us, pauses->first_us << doublings);
  const auto drawn_us = static_cast<std::int64_t>(chance_() * static_cast<double>(bound_us));
  if (error.retry_after_ms < 0) return now_us + std::max(least_drawn_us, drawn_us);
  // A little later than the service says, and not all at the same moment.
  const auto told_us = std::min(error.retry_after_ms, most_us / 1000) * 1000;
  return now_us + std::max(least_told_us, told_us + std::min(drawn_us, told_us / 10 + second_us));
}

}  // namespace tento::host
