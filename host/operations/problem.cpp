// SPDX-License-Identifier: Apache-2.0
// An error as a problem document (RFC 9457).
#include "host/operations/problem.hpp"

#include "host/base/json.hpp"

namespace tento::host {

std::string problem_json(const Error& error, std::string_view title, const std::optional<ProblemAnswer>& answer) {
  const std::string code(tag_or_code(error));
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("type", "/errors/" + code)
      .member("title", title)
      .member("detail", error.message)
      .member("code", code)
      .member("class", class_name(error.error_class))
      .key("retry_after");
  if (error.retry_after_ms < 0)
    json.null();
  else
    json.number((error.retry_after_ms + 999) / 1000);
  json.member_or_null("remedy", error.remedy);
  if (answer) json.member("status", answer->status);
  if (answer && !answer->instance.empty()) json.member("instance", answer->instance);
  json.end_object();
  return out;
}

}  // namespace tento::host
