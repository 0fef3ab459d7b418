// SPDX-License-Identifier: Apache-2.0
// Asking, with a deadline.
#include "host/accounts/ask.hpp"

#include <openssl/crypto.h>

#include <chrono>
#include <utility>

#include <tento/sdk/retry_after.hpp>

#include "host/base/clock.hpp"

namespace tento::host {
namespace {

constexpr std::chrono::seconds token_request_timeout{30};

}  // namespace

AskedFor::~AskedFor() {
  OPENSSL_cleanse(body.data(), body.size());
}

Result<AskedFor> ask(HttpService& http, http::Request request, std::size_t most, const std::function<bool()>& stopped) {
  TENTO_TRY_ASSIGN(const auto sender, http.sender());
  request.with_auth = false;
  request.follow_redirects = false;
  request.max_body = most;
  http::SendOptions options;
  options.deadline = std::chrono::steady_clock::now() + token_request_timeout;
  options.stopped = stopped;
  auto answer = sender->send(request, options);
  OPENSSL_cleanse(request.body.data(), request.body.size());
  for (auto& header : request.headers) OPENSSL_cleanse(header.value.data(), header.value.size());
  if (!answer) return fail(std::move(answer).error());
  AskedFor out;
  out.status = answer->status;
  out.headers = std::move(answer->headers);
  TENTO_TRY_ASSIGN(out.body, http::read_all(*answer, most));
  return out;
}

Error unavailable(std::string_view what, const AskedFor& answer) {
  Error error;
  error.code = answer.status == 429 ? ErrorCode::rate_limited : ErrorCode::upstream;
  error.error_class = answer.status == 429 ? ErrorClass::rate_limit : ErrorClass::transient;
  error.message = std::string(what) + " answers " + std::to_string(answer.status);
  error.http_status = static_cast<std::int32_t>(answer.status);
  error.remedy = "try again later";
  if (const auto wait = http::retry_after(answer.headers, Instant{std::chrono::microseconds(unix_now_us())}))
    error.retry_after_ms = wait->count();
  return error;
}

}  // namespace tento::host
