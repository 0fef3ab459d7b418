// SPDX-License-Identifier: Apache-2.0
// What a status a kind of error has, and its document.
#include "host/server/problems.hpp"

#include <algorithm>

#include "host/base/json.hpp"
#include "host/operations/problem.hpp"

namespace tento::host::server {
namespace {

constexpr std::string_view problem_type = "application/problem+json";

Answer answer_of(unsigned status, std::string body) {
  Answer out;
  out.status = status;
  out.content_type = problem_type;
  out.headers.emplace_back("Cache-Control", "no-store");
  out.body = std::move(body);
  return out;
}

}  // namespace

unsigned status_of(const Error& error) {
  for (const std::string_view tag : {"unauthorized", "no_token", "bad_token", "token_expired", "token_revoked"})
    if (error.tag == tag) return 401;
  if (error.tag == "precondition_failed") return 412;
  if (error.tag == "not_acceptable") return 406;
  if (error.tag == "verb_unsupported") return 405;
  if (error.tag == "cursor_expired") return 410;
  if (error.tag == "deadline_exceeded") return 504;
  if (error.tag == "boot_check" || error.tag == "shutting_down" || error.tag == "quarantined") return 503;
  switch (error.code) {
    case ErrorCode::invalid_argument:
      // What a provider did not take is not the caller's grammar.
      return error.error_class == ErrorClass::provider ? 422 : 400;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::unsupported:
      return 422;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::auth_required:
      return 424;  // the account at the provider, not the caller's token, needs care
    case ErrorCode::rate_limited:
      return 429;
    case ErrorCode::upstream:
    case ErrorCode::invalid_data:
    case ErrorCode::exception:
      return 502;
    case ErrorCode::io:
      return 503;
    case ErrorCode::unspecified:
      break;
  }
  return error.error_class == ErrorClass::transient ? 503 : 500;
}

Answer problem(const Error& error, std::string_view title, std::string_view instance) {
  const unsigned status = status_of(error);
  auto body = problem_json(error, title);
  body.pop_back();  // the brace
  body += ",\"status\":" + std::to_string(status);
  if (!instance.empty()) {
    body += ",\"instance\":";
    append_json_string(body, instance);
  }
  auto out = answer_of(status, body + "}");
  if (status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tento\"");
  if (error.retry_after_ms >= 0)
    out.headers.emplace_back("Retry-After", std::to_string((error.retry_after_ms + 999) / 1000));
  return out;
}

Answer problem(unsigned status, std::string_view code, std::string_view title, std::string_view detail,
               std::string_view remedy) {
  std::string body = "{\"type\":";
  append_json_string(body, "/errors/" + std::string(code));
  const auto member = [&](std::string_view name, std::string_view value) {
    body += ",\"" + std::string(name) + "\":";
    append_json_string(body, value);
  };
  member("title", title);
  member("detail", detail);
  member("code", code);
  member("class", "config");
  body += ",\"retry_after\":null";
  member("remedy", remedy);
  return answer_of(status, body + ",\"status\":" + std::to_string(status) + "}");
}

}  // namespace tento::host::server
