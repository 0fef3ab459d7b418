// SPDX-License-Identifier: Apache-2.0
// Retry-After, dates and budgets from any bytes: every wait is within its fence, every error is UTF-8 of a bounded
// size.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tento/sdk/http_status.hpp>

using namespace tento;
using namespace tento::http;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void within(const std::optional<std::chrono::milliseconds>& wait, const WaitRules& rules) {
  if (wait) require(*wait >= rules.shortest && *wait <= rules.longest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Instant now{std::chrono::seconds{1'795'539'600}};
  const WaitRules rules{.on_odd = [](std::string_view told) { require(!told.empty() && told.size() < 512); }};
  static_cast<void>(parse_http_date(text, now));
  static_cast<void>(parse_http_date(text, Instant{}));
  for (const char* name : {"Retry-After", "Date", "X-RateLimit-Reset", "X-RateLimit-Remaining"}) {
    Headers headers = {{name, text}, {"Retry-After", "Sun, 06 Nov 2026 08:49:37 GMT"}, {"RateLimit-Remaining", "0"}};
    within(retry_after(headers, now, rules), rules);
    within(request_budget(headers, now, rules).wait, rules);
    Response response;
    response.status = size == 0 ? 403 : 400u + data[0];
    response.headers = std::move(headers);
    const Error error = status_error(response, "what was asked", text, now, {.waits = rules});
    require(!error.message.empty() && error.message.size() < 300);
    require(error.retry_after_ms == -1 || error.retry_after_ms <= rules.longest.count());
  }
  return 0;
}
