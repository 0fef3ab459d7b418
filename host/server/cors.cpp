// SPDX-License-Identifier: Apache-2.0
// The fields of the CORS protocol. Credentials of the browser's own are never let in: a page sends a token itself.
#include "host/server/cors.hpp"

namespace tento::host::server {

bool is_preflight(const Request& request) {
  return request.method() == "OPTIONS" && !request.header("Access-Control-Request-Method").empty();
}

Answer preflight(std::string_view origin) {
  Answer answer;
  answer.status = 204;
  answer.headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  answer.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
  answer.headers.emplace_back("Access-Control-Allow-Headers",
                              "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                              "Last-Event-ID, Prefer");
  answer.headers.emplace_back("Access-Control-Max-Age", "600");
  answer.headers.emplace_back("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  return answer;
}

void share(Answer& answer, std::string_view origin) {
  answer.headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  answer.headers.emplace_back("Access-Control-Expose-Headers", "Allow, ETag, Idempotency-Replayed, Retry-After");
  answer.headers.emplace_back("Vary", "Origin");
}

}  // namespace tento::host::server
