// SPDX-License-Identifier: Apache-2.0
// Waits: seconds, dates in three forms, resets in three units, and what nobody can mean.
#include <doctest/doctest.h>

#include <ostream>
#include <tento/sdk/retry_after.hpp>

using namespace tento;
using namespace tento::http;
using namespace std::chrono_literals;

namespace {

const Instant test_now = SemanticTime::parse("2026-11-24T17:00:00Z")->instant().value();

std::string date(std::string_view text, Instant now = test_now) {
  const auto at = parse_http_date(text, now);
  return at ? SemanticTime(*at).text() : "none";
}

struct Waits {
  std::vector<std::string> told;
  WaitRules rules{.on_odd = [this](std::string_view text) { told.emplace_back(text); }};
  std::optional<std::chrono::milliseconds> of(std::string value, Headers more = {}) {
    more.push_back({"retry-after", std::move(value)});
    return retry_after(more, test_now, rules);
  }
  Budget budget(std::string remaining, std::string reset, Headers more = {}) {
    more.push_back({"x-ratelimit-remaining", std::move(remaining)});
    more.push_back({"x-ratelimit-reset", std::move(reset)});
    return request_budget(more, test_now, rules);
  }
};

}  // namespace

TEST_CASE("HTTP dates: the three forms of RFC 9110 say the same moment") {
  CHECK(date("Sun, 06 Nov 1994 08:49:37 GMT") == "1994-11-06T08:49:37+00:00");
  CHECK(date("Sunday, 06-Nov-94 08:49:37 GMT") == "1994-11-06T08:49:37+00:00");
  CHECK(date("Sun Nov  6 08:49:37 1994") == "1994-11-06T08:49:37+00:00");
  CHECK(date("Sun Nov 16 08:49:37 1994") == "1994-11-16T08:49:37+00:00");
  CHECK(date("Sat, 31 Dec 2016 23:59:60 GMT") == "2016-12-31T23:59:59+00:00");
  CHECK(date("Tuesday, 01-Jan-76 00:00:00 GMT") == "2076-01-01T00:00:00+00:00");
  CHECK(date("Tuesday, 01-Jan-77 00:00:00 GMT") == "1977-01-01T00:00:00+00:00");
  for (const std::string_view bad :
       {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "1994-11-06T08:49:37Z", "Sun, 06 Nov 19940 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT"}) {
    CAPTURE(bad);
    CHECK(date(bad) == "none");
  }
}

TEST_CASE("Retry-After: seconds and dates, measured by the service's own clock") {
  Waits waits;
  CHECK(waits.of("120") == 120'000ms);
  CHECK(waits.of(" 7 ") == 7'000ms);
  CHECK(waits.of("0") == 1'000ms);
  CHECK(waits.of("Tue, 24 Nov 2026 17:01:00 GMT") == 60'000ms);
  CHECK(waits.of("Tue, 24 Nov 2026 16:00:00 GMT") == 1'000ms);
  // Our clock is an hour behind the service's.
  CHECK(waits.of("Tue, 24 Nov 2026 18:00:30 GMT", {{"Date", "Tue, 24 Nov 2026 18:00:00 GMT"}}) == 30'000ms);
  CHECK(waits.told.empty());
  CHECK_FALSE(retry_after({}, test_now).has_value());
}

TEST_CASE("Retry-After: absurd values are clamped or passed over, and somebody is told") {
  Waits waits;
  CHECK(waits.of("86401") == 86'400'000ms);
  CHECK(waits.of("99999999999999999999999999") == 86'400'000ms);
  CHECK(waits.of("999999999999999999") == 86'400'000ms);
  CHECK(waits.of("Sun, 06 Nov 9994 08:49:37 GMT") == 86'400'000ms);
  CHECK(waits.told.size() == 4);
  CHECK(waits.told.at(0) == "Retry-After is `86401`: longer than anybody means; 86400 s are waited");
  CHECK_FALSE(waits.of("-5").has_value());
  CHECK_FALSE(waits.of("soon").has_value());
  CHECK_FALSE(waits.of("1.5").has_value());
  CHECK_FALSE(waits.of("").has_value());
  CHECK(waits.told.size() == 8);
  CHECK(retry_after({{"Retry-After", "9999999"}}, test_now) == 86'400'000ms);  // nobody listens
}

TEST_CASE("budgets: resets in seconds from now, as a time, and by mistake in milliseconds or microseconds") {
  Waits waits;
  CHECK(waits.budget("0", "1795539660").wait == 60'000ms);
  CHECK(waits.budget("0", "45").wait == 45'000ms);
  CHECK(waits.budget("0", "1795539660.25").wait == 60'000ms);
  CHECK(waits.told.empty());
  CHECK(waits.budget("0", "1795539660000").wait == 60'000ms);
  CHECK(waits.budget("0", "1795539660000000").wait == 60'000ms);
  CHECK(waits.told.size() == 2);
  CHECK(waits.budget("0", "1507651200000").wait == 1'000ms);  // milliseconds, and long ago
  CHECK(waits.budget("0", "9999999999").wait == 86'400'000ms);
  CHECK_FALSE(waits.budget("0", "tomorrow").wait.has_value());
  CHECK(waits.told.size() == 5);
  CHECK(waits.budget("4999", "1507651200000").remaining == 4999u);
  CHECK(waits.told.size() == 5);  // there is budget left: nothing worth a word
  CHECK(waits.budget("0", "1").used_up());
  CHECK_FALSE(waits.budget("1", "1").used_up());
  CHECK_FALSE(waits.budget("-1", "1").used_up());
  CHECK_FALSE(request_budget({}, test_now).used_up());
  CHECK(request_budget({{"RateLimit-Remaining", "0"}, {"RateLimit-Reset", "3"}}, test_now).wait == 3'000ms);
  CHECK(waits.budget("0", "1795539660", {{"Date", "Tue, 24 Nov 2026 17:00:50 GMT"}}).wait == 10'000ms);
}
