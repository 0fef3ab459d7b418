// SPDX-License-Identifier: Apache-2.0
// An error as a problem document (RFC 9457).
#include "host/operations/problem.hpp"

#include "host/base/json.hpp"

namespace tento::host {

std::string problem_json(const Error& error, std::string_view title) {
  const std::string code(tag_or_code(error));
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
