// SPDX-License-Identifier: Apache-2.0
// One table from statuses to errors.
#include <tento/sdk/http_status.hpp>

#include <algorithm>

namespace tento::http {
namespace {

constexpr std::size_t longest_said_bytes = 200;

struct Meaning {
  ErrorCode code;
  ErrorClass error_class;
  std::string_view tag;
  std::string_view remedy;
};

Meaning meaning(std::uint32_t status, const StatusRules& rules) {
  switch (status) {
    case 401:
      return {ErrorCode::auth_required, ErrorClass::auth, rules.expired_tag, "reconnect"};
    case 403:
      return {ErrorCode::forbidden, rules.forbidden_class, "forbidden", rules.forbidden_remedy};
    case 404:
      return {ErrorCode::not_found, ErrorClass::config, "not_found", ""};
    case 410:
      return {ErrorCode::not_found, ErrorClass::config, "gone", ""};
    case 409:
    case 412:
      return {ErrorCode::conflict, ErrorClass::provider, "conflict", ""};
    case 400:
    case 413:
    case 414:
    case 422:
      return {ErrorCode::invalid_argument, ErrorClass::config, "refused", ""};
    case 429:
      return {ErrorCode::rate_limited, ErrorClass::rate_limit, "rate_limited", "retry"};
    case 408:
    case 425:
      return {ErrorCode::upstream, ErrorClass::transient, "unavailable", "retry"};
    default:
      break;
  }
  if (status >= 500 && status != 501 && status != 505) {
    return {ErrorCode::upstream, ErrorClass::transient, "unavailable", "retry"};
  }
  return {ErrorCode::upstream, ErrorClass::provider, "unexpected_status", ""};
}

// Cut at a character border, on one line.
std::string one_line(std::string_view said) {
  std::size_t size = std::min(said.size(), longest_said_bytes);
  while (size > 0 && size < said.size() && (static_cast<unsigned char>(said[size]) & 0xc0u) == 0x80) --size;
  std::string out(said.substr(0, size));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }, ' ');
  if (size < said.size()) out += "...";
  return out;
}

}  // namespace

Error status_error(const Response& response, std::string_view what, std::string_view said, Instant now,
                   const StatusRules& rules) {
  const std::uint32_t status = response.status;
  Meaning means = meaning(status, rules);
  const bool may_be_limit = status == 403 || status == 429 || status == 503;
  const auto asked = may_be_limit ? retry_after(response.headers, now, rules.waits) : std::nullopt;
  const Budget budget = may_be_limit ? request_budget(response.headers, now, rules.waits) : Budget{};
  const bool limited = status == 429 || (may_be_limit && asked) || (status == 403 && budget.used_up());
  if (limited) means = meaning(429, rules);

  Error out;
  out.code = means.code;
  out.error_class = means.error_class;
  out.tag = means.tag;
  out.remedy = means.remedy;
  out.http_status = static_cast<std::int32_t>(std::min(status, 999u));
  if (limited && asked) {
    out.retry_after_ms = asked->count();
  } else if (limited && budget.used_up() && budget.wait) {
    out.retry_after_ms = budget.wait->count();
  }
  out.message = std::string(what) + ": the service answered " + std::to_string(status);
  if (!said.empty()) out.message += ": " + one_line(said);
  return out;
}

}  // namespace tento::http
