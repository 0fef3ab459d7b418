// SPDX-License-Identifier: Apache-2.0
// An error as a problem document (RFC 9457).
#include "host/operations/problem.hpp"

#include "host/base/json.hpp"

namespace tento::host {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::unspecified:
      return "unspecified";
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::invalid_data:
      return "invalid_data";
    case ErrorCode::auth_required:
      return "auth_required";
    case ErrorCode::rate_limited:
      return "rate_limited";
    case ErrorCode::upstream:
      return "upstream";
    case ErrorCode::io:
      return "io";
    case ErrorCode::exception:
      return "exception";
  }
  return "unspecified";
}

std::string_view class_name(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::internal:
      return "internal";
    case ErrorClass::config:
      return "config";
    case ErrorClass::auth:
      return "auth";
    case ErrorClass::rate_limit:
      return "rate_limit";
    case ErrorClass::transient:
      return "transient";
    case ErrorClass::provider:
      return "provider";
  }
  return "internal";
}

std::string problem_json(const Error& error, std::string_view title) {
  const std::string code = error.tag.empty() ? std::string(code_name(error.code)) : error.tag;
  std::string out = "{\"type\":";
  append_json_string(out, "/errors/" + code);
  out += ",\"title\":";
  append_json_string(out, title);
  out += ",\"detail\":";
  append_json_string(out, error.message);
  out += ",\"code\":";
  append_json_string(out, code);
  out += ",\"class\":";
  append_json_string(out, class_name(error.error_class));
  out += ",\"retry_after\":";
  out += error.retry_after_ms < 0 ? "null" : std::to_string((error.retry_after_ms + 999) / 1000);
  out += ",\"remedy\":";
  if (error.remedy.empty())
    out += "null";
  else
    append_json_string(out, error.remedy);
  return out + "}";
}

}  // namespace tento::host
