// SPDX-License-Identifier: Apache-2.0
// Each status has one meaning, and limits are told from refusals.
#include <doctest/doctest.h>

#include <ostream>
#include <tento/sdk/http_status.hpp>

using namespace tento;
using namespace tento::http;

namespace {

const Instant answer_time = SemanticTime::parse("2026-11-24T17:00:00Z")->instant().value();

Error error(std::uint32_t status, Headers headers = {}, std::string_view said = "") {
  Response response;
  response.status = status;
  response.headers = std::move(headers);
  return status_error(response, "the list", said, answer_time, {.expired_tag = "service_auth_expired"});
}

}  // namespace

TEST_CASE("statuses: code, class, tag, remedy") {
  struct Row {
    std::uint32_t status;
    ErrorCode code;
    ErrorClass error_class;
    const char* tag;
    const char* remedy;
  };
  using C = ErrorCode;
  using K = ErrorClass;
  for (const Row& row :
       {Row{400, C::invalid_argument, K::config, "refused", ""},
        Row{401, C::auth_required, K::auth, "service_auth_expired", "reconnect"},
        Row{403, C::forbidden, K::config, "forbidden", "grant_access"},
        Row{404, C::not_found, K::config, "not_found", ""}, Row{408, C::upstream, K::transient, "unavailable", "retry"},
        Row{409, C::conflict, K::provider, "conflict", ""}, Row{410, C::not_found, K::config, "gone", ""},
        Row{412, C::conflict, K::provider, "conflict", ""}, Row{422, C::invalid_argument, K::config, "refused", ""},
        Row{429, C::rate_limited, K::rate_limit, "rate_limited", "retry"},
        Row{418, C::upstream, K::provider, "unexpected_status", ""},
        Row{500, C::upstream, K::transient, "unavailable", "retry"},
        Row{501, C::upstream, K::provider, "unexpected_status", ""},
        Row{503, C::upstream, K::transient, "unavailable", "retry"},
        Row{302, C::upstream, K::provider, "unexpected_status", ""},
        Row{999, C::upstream, K::transient, "unavailable", "retry"}}) {
    CAPTURE(row.status);
    const Error got = error(row.status);
    CHECK(got.code == row.code);
    CHECK(got.error_class == row.error_class);
    CHECK(got.tag == row.tag);
    CHECK(got.remedy == row.remedy);
    CHECK(got.http_status == static_cast<std::int32_t>(row.status));
    CHECK(got.retry_after_ms == -1);
    CHECK(got.message == "the list: the service answered " + std::to_string(row.status));
  }
}

TEST_CASE("limits: told by a wait, by a budget that is used up, or by the status") {
  CHECK(error(429, {{"Retry-After", "30"}}).retry_after_ms == 30'000);
  CHECK(error(403, {{"Retry-After", "30"}}).error_class == ErrorClass::rate_limit);
  CHECK(error(503, {{"Retry-After", "30"}}).error_class == ErrorClass::rate_limit);
  const Error spent = error(403, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1795540200"}});
  CHECK(spent.code == ErrorCode::rate_limited);
  CHECK(spent.error_class == ErrorClass::rate_limit);
  CHECK(spent.retry_after_ms == 600'000);
  // What Retry-After says goes before the budget.
  CHECK(error(403, {{"Retry-After", "5"}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1795540200"}})
            .retry_after_ms == 5'000);
  CHECK(error(403, {{"X-RateLimit-Remaining", "12"}, {"X-RateLimit-Reset", "1795540200"}}).tag == "forbidden");
  CHECK(error(404, {{"Retry-After", "5"}}).tag == "not_found");
  CHECK(error(500, {{"Retry-After", "5"}}).tag == "unavailable");
}

TEST_CASE("what the service said: one line, cut at a character") {
  CHECK(error(422, {}, "Validation\nFailed").message == "the list: the service answered 422: Validation Failed");
  const std::string long_text = std::string(199, 'a') + "\xc3\xa4" + std::string(100, 'b');
  CHECK(error(422, {}, long_text).message == "the list: the service answered 422: " + std::string(199, 'a') + "...");
}
