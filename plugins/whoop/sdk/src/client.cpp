// SPDX-License-Identifier: Apache-2.0
// Requests, and what the service's refusals mean.
#include "whoop/client.hpp"

#include <tento/sdk/clock.hpp>
#include <tento/sdk/http_status.hpp>

#include "read.hpp"

namespace whoop {
namespace {

namespace http = tento::http;
using tento::Error;
using tento::ErrorClass;
using tento::Result;

constexpr std::size_t longest_error_body_bytes = 64u << 10;
// The nearer of the two budgets is counted by the minute.
constexpr std::int64_t default_wait_ms = 60'000;

}  // namespace

std::string escaped(std::string_view text) {
  static constexpr char hex_digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += hex_digits[byte >> 4];
      out += hex_digits[byte & 15];
    }
  }
  return out;
}

std::string utc_text(tento::Instant at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at - whole).count();
  std::string text = tento::SemanticTime(tento::Instant(whole)).text();
  text.resize(text.size() - 6);  // +00:00
  const std::string digits = std::to_string(1000 + ms);
  return text + "." + digits.substr(1) + "Z";
}

tento::Instant Client::now() const {
  return options_.now ? options_.now() : tento::SystemClock().now();
}

Error Client::error_of(http::Response& response, std::string_view what) const {
  std::string said;
  if (const auto body = http::read_all(response, longest_error_body_bytes)) said = read_said(*body);
  http::StatusRules rules;
  rules.expired_tag = "whoop_auth_expired";
  rules.forbidden_class = ErrorClass::auth;
  rules.forbidden_remedy = "reconnect";
  rules.waits.on_odd = options_.on_odd_wait;
  Error out = http::status_error(response, what, said, now(), rules);
  if (response.status == 403 && said == "deactivated_user") {
    out.error_class = ErrorClass::config;
    out.tag = "whoop_membership_ended";
    out.message = std::string(what) + ": the membership is not active, so that the service tells nothing";
    out.remedy = "renew the membership";
  }
  if (out.error_class == ErrorClass::rate_limit && out.retry_after_ms < 0) {
    // The seconds until a new budget stand in every answer, whatever is left of this one.
    const auto wait = http::request_budget(response.headers, now(), rules.waits).wait;
    out.retry_after_ms = wait ? wait->count() : default_wait_ms;
  }
  return out;
}

Result<http::Response> Client::ask(http::Transport& http, http::Request request, std::string_view what) const {
  request.headers.push_back({"Accept", "application/json"});
  TENTO_TRY_ASSIGN(http::Response response, http.send(request));
  if (response.status == 200) return response;
  return tento::fail(error_of(response, what));
}

Result<Profile> Client::profile(http::Transport& http) const {
  const std::string_view what = "the profile of the account";
  http::Request request;
  request.url = url("/v2/user/profile/basic");
  TENTO_TRY_ASSIGN(http::Response response, ask(http, std::move(request), what));
  TENTO_TRY_ASSIGN(const std::string body, http::read_all(response, longest_error_body_bytes));
  return read_profile(body, what);
}

Result<std::optional<Sleep>> Client::sleep(http::Transport& http, std::string_view id) const {
  const std::string what = "sleep " + std::string(id);
  http::Request request;
  request.url = url("/v2/activity/sleep/") + escaped(id);
  auto response = ask(http, std::move(request), what);
  if (!response && response.error().http_status == 404) return std::optional<Sleep>();
  if (!response) return tento::fail(std::move(response).error());
  TENTO_TRY_ASSIGN(const std::string body, http::read_all(*response, longest_error_body_bytes));
  TENTO_TRY_ASSIGN(Sleep found, read_sleep(body, what));
  return std::optional<Sleep>(std::move(found));
}

}  // namespace whoop
