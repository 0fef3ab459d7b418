// SPDX-License-Identifier: Apache-2.0
// Token buckets.
#include "host/egress/limiter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/text.hpp"

namespace tento::host {
namespace {

// Longer silences are believed of no service; quotas are renewed daily at the latest.
constexpr std::int64_t longest_silence_ms = std::int64_t{24} * 3600 * 1000;
constexpr std::int64_t shortest_clamp_ms = 60'000;
// Where a service says nothing of how long: what the pages of several ask for.
constexpr std::int64_t default_silence_ms = 60'000;
constexpr std::int64_t shortest_silence_ms = 1000;
constexpr std::int64_t longest_backoff_ms = 3'600'000;
// Who is refused again within this time after a silence, or within the length of it, did not wait long enough.
constexpr std::int64_t repeat_window_ms = 600'000;

// The silence for what a service said, which may be nonsense: then that of the declared window.
std::int64_t believable(std::int64_t said_ms, const LimitUse& use, std::string_view what, const Limiter::Log& log) {
  if (said_ms <= longest_silence_ms) return std::max<std::int64_t>(said_ms, 0);
  const auto window = static_cast<std::int64_t>(std::min<std::uint64_t>(use.window_ms, longest_silence_ms));
  const std::int64_t clamped = std::max(window, shortest_clamp_ms);
  log("the service's " + std::string(what) + " is " + std::to_string(said_ms / 1000) + " s away, which is absurd; " +
      std::to_string(clamped / 1000) + " s are kept to (limit " + quote(use.name) + ")");
  return clamped;
}

}  // namespace

Error rate_limited(const std::string& name, std::int64_t wait_ms) {
  Error error;
  error.code = ErrorCode::rate_limited;
  error.error_class = ErrorClass::rate_limit;
  error.message = "the request budget " + quote(name) + " is used up for " + std::to_string((wait_ms + 999) / 1000) +
                  " s, longer than this request may wait";
  error.tag = budget_tag;
  error.retry_after_ms = wait_ms;
  return error;
}

Limiter::Bucket& Limiter::bucket(const LimitUse& use, std::int64_t now_ms) {
  auto [found, made] = buckets_.try_emplace(use.key);
  Bucket& b = found->second;
  if (made) {
    b.units = static_cast<double>(use.capacity);
    b.at_ms = now_ms;
  }
  b.capacity = use.capacity;
  b.window_ms = std::max<std::uint64_t>(use.window_ms, 1);
  if (now_ms > b.at_ms) {
    const double rate = static_cast<double>(b.capacity) / static_cast<double>(b.window_ms);
    b.units = std::min(static_cast<double>(b.capacity), b.units + rate * static_cast<double>(now_ms - b.at_ms));
    b.at_ms = now_ms;
  }
  return b;
}

Result<std::int64_t> Limiter::take(const std::vector<LimitUse>& uses, std::int64_t now_ms, std::int64_t until_ms) {
  const std::lock_guard lock(mutex_);
  std::int64_t ready = now_ms;
  const LimitUse* slowest = nullptr;
  for (const LimitUse& use : uses) {
    if (use.capacity != 0 && use.cost > use.capacity) {
      return fail(ErrorCode::invalid_argument, ErrorClass::internal,
                  "the request costs " + std::to_string(use.cost) + " of the limit " + quote(use.name) +
                      ", which has " + std::to_string(use.capacity) + " in all",
                  "bad_request");
    }
    const Bucket& b = bucket(use, now_ms);
    std::int64_t at = std::max(now_ms, b.silent_until);
    const double missing = use.capacity == 0 ? 0 : static_cast<double>(use.cost) - b.units;
    if (missing > 0) {
      const double per_unit = static_cast<double>(b.window_ms) / static_cast<double>(b.capacity);
      at = std::max(at, now_ms + static_cast<std::int64_t>(std::ceil(missing * per_unit)));
    }
    if (at > ready) {
      ready = at;
      slowest = &use;
    }
  }
  if (ready > until_ms && slowest != nullptr) return fail(rate_limited(slowest->name, ready - now_ms));
  for (const LimitUse& use : uses) {
    if (use.capacity != 0) bucket(use, now_ms).units -= static_cast<double>(use.cost);
  }
  return ready;
}

std::int64_t Limiter::silent_until(const std::vector<LimitUse>& uses) const {
  const std::lock_guard lock(mutex_);
  std::int64_t until = 0;
  for (const LimitUse& use : uses) {
    if (const auto found = buckets_.find(use.key); found != buckets_.end()) {
      until = std::max(until, found->second.silent_until);
    }
  }
  return until;
}

void Limiter::give_back(const std::vector<LimitUse>& uses, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  for (const LimitUse& use : uses) {
    if (use.capacity == 0) continue;
    Bucket& b = bucket(use, now_ms);
    b.units = std::min(static_cast<double>(b.capacity), b.units + static_cast<double>(use.cost));
  }
}

void Limiter::correct(const std::vector<LimitUse>& uses, const RateLimitUpdate& update, std::int64_t now_ms,
                      const Log& log) {
  const std::lock_guard lock(mutex_);
  bool said = false;  // one line is enough for all budgets of a request
  const Log once = [&](const std::string& line) {
    if (!std::exchange(said, true)) log(line);
  };
  const auto told = [&]() -> const LimitUse* {
    for (const LimitUse& use : uses) {
      if (use.capacity != 0 && update.limit == use.capacity) return &use;
    }
    const auto found = std::find_if(uses.begin(), uses.end(), [](const LimitUse& use) { return use.told_by_headers; });
    return found == uses.end() ? nullptr : &*found;
  }();
  if (told != nullptr && update.remaining) {
    Bucket& b = bucket(*told, now_ms);
    if (told->capacity != 0) b.units = std::min(b.units, static_cast<double>(*update.remaining));
    if (*update.remaining == 0 && update.reset_ms) {
      b.silent_until = std::max(b.silent_until, now_ms + believable(*update.reset_ms, *told, "rate limit reset", once));
    }
  }
  for (const LimitUse& use : uses) {
    // `Retry-After` is about whoever asked, whatever it asked for: it goes to the budget of the service's own word.
    if (use.capacity != 0 || use.reported || !update.retry_after_ms) continue;
    Bucket& b = bucket(use, now_ms);
    b.silent_until = std::max(b.silent_until, now_ms + believable(*update.retry_after_ms, use, "Retry-After", once));
  }
}

std::int64_t Limiter::hold(const std::string& key, const LimitReport& report, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  Hold& hold = holds_[key];
  const std::int64_t said =
      std::clamp(report.wait_ms.value_or(default_silence_ms), shortest_silence_ms, longest_silence_ms);
  std::int64_t length = said;
  if (now_ms >= hold.until_ms) {
    // Calls that were under way when the silence began tell the same again: only what comes after it counts.
    const bool soon = hold.length_ms > 0 && now_ms - hold.until_ms <= std::max(hold.length_ms, repeat_window_ms);
    hold.again = soon && !report.from_headers ? hold.again + 1 : 0;
    for (int i = 0; i < hold.again && length < longest_backoff_ms; ++i)
      length = std::min(length * 2, longest_backoff_ms);
    hold.until_ms = 0;
  }
  if (now_ms + length > hold.until_ms) {
    hold.until_ms = now_ms + length;
    hold.length_ms = length;
    hold.why = report.why;
  }
  LimitUse use;
  use.key = key;
  Bucket& b = bucket(use, now_ms);
  b.silent_until = std::max(b.silent_until, hold.until_ms);
  return hold.until_ms - now_ms;
}

std::optional<Held> Limiter::held(const std::string& key, std::int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = holds_.find(key);
  if (found == holds_.end() || found->second.until_ms <= now_ms) return std::nullopt;
  return Held{found->second.until_ms - now_ms, found->second.why};
}

void Limiter::calm(const std::string& key, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto found = holds_.find(key);
  if (found != holds_.end() && found->second.until_ms <= now_ms) holds_.erase(found);
}

}  // namespace tento::host
