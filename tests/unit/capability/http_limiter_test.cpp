// SPDX-License-Identifier: Apache-2.0
// Token buckets, and what the headers of an answer do to them.
#include <doctest/doctest.h>

#include "host/egress/limiter.hpp"

using namespace tento;
using namespace tento::host;

namespace {

constexpr std::int64_t far_ms = 1'000'000'000;

LimitUse use(std::uint64_t capacity, std::uint64_t window_ms, std::uint64_t cost = 1, const std::string& key = "k") {
  LimitUse out;
  out.key = key;
  out.name = "core";
  out.capacity = capacity;
  out.window_ms = window_ms;
  out.cost = cost;
  out.told_by_headers = true;
  return out;
}
LimitUse own_word(const std::string& key = "said") {
  LimitUse out;
  out.key = key;
  out.name = "https://a.example";
  return out;
}

struct Lines {
  std::vector<std::string> lines;
  Limiter::Log log = [this](const std::string& line) { lines.push_back(line); };
};

// 2017-10-10 12:00:00 UTC
constexpr std::int64_t test_now_ms = 1'507'636'800'000;

}  // namespace

TEST_CASE("a bucket gives its capacity at once and then as it fills") {
  Limiter limiter;
  const std::vector<LimitUse> uses = {use(3, 3000)};
  for (int i = 0; i < 3; ++i) CHECK(limiter.take(uses, 1000, far_ms).value() == 1000);
  // Those who wait stand in a row: each has a moment of its own.
  CHECK(limiter.take(uses, 1000, far_ms).value() == 2000);
  CHECK(limiter.take(uses, 1000, far_ms).value() == 3000);
  CHECK(limiter.take(uses, 2500, far_ms).value() == 4000);
  // A long pause fills it, and no further than to the brim.
  for (int i = 0; i < 3; ++i) CHECK(limiter.take(uses, 100'000, far_ms).value() == 100'000);
  CHECK(limiter.take(uses, 100'000, far_ms).value() == 101'000);
}

TEST_CASE("who would have to wait too long is told how long, and takes nothing") {
  Limiter limiter;
  const std::vector<LimitUse> uses = {use(1, 60'000)};
  REQUIRE(limiter.take(uses, 0, far_ms));
  for (int i = 0; i < 3; ++i) {
    const auto refused = limiter.take(uses, 0, 30'000);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().error_class == ErrorClass::rate_limit);
    CHECK(refused.error().code == ErrorCode::rate_limited);
    CHECK(refused.error().retry_after_ms == 60'000);
    CHECK(refused.error().message ==
          "the request budget `core` is used up for 60 s, longer than this request may wait");
  }
  CHECK(limiter.take(uses, 0, 60'000).value() == 60'000);
}

TEST_CASE("all budgets of a request have to let it through, and none is charged when one does not") {
  Limiter limiter;
  const std::vector<LimitUse> both = {use(10, 10'000, 1, "wide"), use(1, 5000, 1, "narrow")};
  CHECK(limiter.take(both, 0, far_ms).value() == 0);
  for (int i = 0; i < 20; ++i) CHECK_FALSE(limiter.take(both, 0, 100));
  const std::vector<LimitUse> wide = {use(10, 10'000, 9, "wide")};
  CHECK(limiter.take(wide, 0, 0).value() == 0);
  CHECK(limiter.take(both, 0, far_ms).value() == 5000);
}

TEST_CASE("a cost beyond the capacity can never be paid, and is refused for what it is") {
  Limiter limiter;
  const auto refused = limiter.take({use(5, 1000, 6)}, 0, far_ms);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "the request costs 6 of the limit `core`, which has 5 in all");
}

TEST_CASE("units that were not used are given back, and not twice") {
  Limiter limiter;
  const std::vector<LimitUse> uses = {use(2, 2000, 2)};
  CHECK(limiter.take(uses, 0, far_ms).value() == 0);
  limiter.give_back(uses, 0);
  limiter.give_back(uses, 0);
  CHECK(limiter.take(uses, 0, far_ms).value() == 0);
  CHECK(limiter.take(uses, 0, far_ms).value() == 2000);
}

TEST_CASE("the service's count corrects a budget downwards and never upwards") {
  Limiter limiter;
  Lines log;
  const std::vector<LimitUse> uses = {use(10, 10'000)};
  CHECK(limiter.take(uses, 0, far_ms).value() == 0);
  RateLimitUpdate update;
  update.remaining = 2;
  limiter.correct(uses, update, 0, log.log);
  CHECK(limiter.take(uses, 0, far_ms).value() == 0);
  CHECK(limiter.take(uses, 0, far_ms).value() == 0);
  CHECK(limiter.take(uses, 0, far_ms).value() == 1000);
  update.remaining = 5000;
  limiter.correct(uses, update, 0, log.log);
  CHECK(limiter.take(uses, 0, far_ms).value() == 2000);
  CHECK(log.lines.empty());
}

TEST_CASE("a window that is used up is waited for to its end") {
  Limiter limiter;
  Lines log;
  const std::vector<LimitUse> uses = {use(5000, 3'600'000)};
  RateLimitUpdate update;
  update.remaining = 0;
  update.reset_ms = 1'800'000;
  limiter.correct(uses, update, 0, log.log);
  CHECK(limiter.take(uses, 0, 30'000).error().retry_after_ms == 1'800'000);
  CHECK(limiter.silent_until(uses) == 1'800'000);
  CHECK(limiter.take(uses, 1'800'000, 1'800'000).value() == 1'800'000);
}

TEST_CASE("counting headers are about the budget whose size they tell, else about the closest") {
  Limiter limiter;
  Lines log;
  std::vector<LimitUse> uses = {use(900, 60'000, 1, "burst"), use(5000, 3'600'000, 1, "hour")};
  uses[1].told_by_headers = false;
  RateLimitUpdate update;
  update.limit = 5000;
  update.remaining = 0;
  update.reset_ms = 1000;
  limiter.correct(uses, update, 0, log.log);
  CHECK(limiter.silent_until({uses[0]}) == 0);
  CHECK(limiter.silent_until({uses[1]}) == 1000);
  update.limit = 77;
  limiter.correct(uses, update, 0, log.log);
  CHECK(limiter.silent_until({uses[0]}) == 1000);
}

TEST_CASE("Retry-After silences whoever asked, whatever budget it was about, and others go on") {
  Limiter limiter;
  Lines log;
  RateLimitUpdate update;
  update.retry_after_ms = 7000;
  limiter.correct({use(10, 1000, 1, "one"), own_word()}, update, 0, log.log);
  CHECK(limiter.take({use(10, 1000, 1, "two"), own_word()}, 0, far_ms).value() == 7000);
  CHECK(limiter.take({use(10, 1000, 1, "one"), own_word("another account")}, 0, far_ms).value() == 0);
  // A later, shorter word does not take an earlier, longer one back.
  update.retry_after_ms = 1;
  limiter.correct({own_word()}, update, 0, log.log);
  CHECK(limiter.silent_until({own_word()}) == 7000);
}

TEST_CASE("absurd values are clamped to the declared window, and one line says so") {
  Limiter limiter;
  Lines log;
  RateLimitUpdate update;
  update.remaining = 0;
  update.reset_ms = INT64_MAX;
  update.retry_after_ms = std::int64_t{365} * 24 * 3600 * 1000;
  const std::vector<LimitUse> uses = {use(10, 600'000), own_word()};
  limiter.correct(uses, update, 5, log.log);
  CHECK(limiter.silent_until({uses[0]}) == 600'005);
  CHECK(limiter.silent_until({uses[1]}) == 60'005);
  REQUIRE(log.lines.size() == 1);
  CHECK(log.lines[0].find("rate limit reset is 9223372036854775 s away, which is absurd; 600 s are kept to") !=
        std::string::npos);
  update.reset_ms = -5'000'000;
  Limiter other;
  other.correct({use(10, 600'000)}, update, 5, log.log);
  CHECK(other.silent_until({use(10, 600'000)}) == 5);
}

TEST_CASE("headers of all spellings are read") {
  const auto read = [](std::uint32_t status, http::Headers headers) {
    return rate_limit_update(status, headers, test_now_ms);
  };
  auto update =
      read(200, {{"X-RateLimit-Limit", "60"}, {"x-ratelimit-remaining", " 58"}, {"X-RateLimit-Reset", "1507638600"}});
  CHECK(update.limit == 60);
  CHECK(update.remaining == 58);
  CHECK(update.reset_ms == 1'800'000);
  CHECK_FALSE(update.retry_after_ms);
  update = read(200, {{"RateLimit-Limit", "100, 100;w=60"}, {"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "30"}});
  CHECK(update.limit == 100);
  CHECK(update.remaining == 0);
  CHECK(update.reset_ms == 30'000);
  update = read(200, {{"X-Rate-Limit-Remaining", "1"}, {"X-Rate-Limit-Reset", "1507636801000"}});
  CHECK(update.reset_ms == 1000);
  update = read(200, {{"RateLimit", "\"default\";r=50;t=30"}});
  CHECK(update.remaining == 50);
  CHECK(update.reset_ms == 30'000);
  for (const char* nonsense : {"", "abc", "-5", ";", "\"x\";r=;t="}) {
    CAPTURE(nonsense);
    update = read(429, {{"X-RateLimit-Remaining", nonsense},
                        {"X-RateLimit-Reset", nonsense},
                        {"RateLimit", nonsense},
                        {"Retry-After", nonsense}});
    CHECK_FALSE(update.remaining);
    CHECK_FALSE(update.reset_ms);
    CHECK_FALSE(update.retry_after_ms);
  }
  CHECK(read(200, {{"X-RateLimit-Reset", "999999999999999999"}}).reset_ms > test_now_ms);
}

TEST_CASE("Retry-After is seconds or a date, and counts where the status makes it one about us") {
  for (const std::uint32_t status : {403u, 429u, 503u}) {
    CHECK(rate_limit_update(status, {{"Retry-After", "120"}}, test_now_ms).retry_after_ms == 120'000);
    CHECK(rate_limit_update(status, {{"retry-after", "Tue, 10 Oct 2017 12:01:30 GMT"}}, test_now_ms).retry_after_ms ==
          90'000);
    CHECK(rate_limit_update(status, {{"Retry-After", "Tue, 10 Oct 2017 11:00:00 GMT"}}, test_now_ms).retry_after_ms ==
          0);
    CHECK(rate_limit_update(status, {{"Retry-After", "99999999999999999999"}}, test_now_ms).retry_after_ms ==
          INT64_MAX);
  }
  CHECK_FALSE(rate_limit_update(301, {{"Retry-After", "120"}}, test_now_ms).retry_after_ms);
}
