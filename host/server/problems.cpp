// SPDX-License-Identifier: Apache-2.0
// Problem documents.
#include "host/server/problems.hpp"

#include "host/base/error_registry.hpp"
#include "host/operations/problem.hpp"
#include "host/operations/wording.hpp"

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

Answer problem(const Error& error, std::string_view title, std::string_view instance) {
  const unsigned status = http_status_of(error);
  auto out = answer_of(status, problem_json(in_words_of(Face::http, error), title, ProblemAnswer{status, instance}));
  if (status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tento\"");
  if (error.retry_after_ms >= 0)
    out.headers.emplace_back("Retry-After", std::to_string((error.retry_after_ms + 999) / 1000));
  return out;
}

Answer problem(std::string_view tag, std::string_view title, std::string_view detail, std::string_view remedy) {
  const auto* kind = find_error_kind(tag);
  Error error;
  error.error_class = kind != nullptr ? kind->error_class : ErrorClass::internal;
  error.message = detail;
  error.tag = tag;
  error.remedy = remedy;
  return problem(error, title);
}

}  // namespace tento::host::server
