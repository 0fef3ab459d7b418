// SPDX-License-Identifier: Apache-2.0
// Checks of a request (RFC 9110): method, headers, sizes, flags.
#include "host/egress/request.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::uint32_t known_flags = TENTO_HTTP_NO_AUTH | TENTO_HTTP_NO_REDIRECT;
constexpr std::uint64_t most_request_headers = 256;
constexpr std::uint64_t most_header_bytes = 64u << 10;
constexpr std::uint64_t longest_url_bytes = 64u << 10;
constexpr std::uint64_t largest_body_bytes = 64u << 20;
constexpr std::chrono::milliseconds default_request_timeout{30'000};

// Framing, hop-by-hop and negotiated headers: whoever sends the request has to set them.
constexpr std::array<std::string_view, 14> reserved_headers{"host",
                                                            "content-length",
                                                            "connection",
                                                            "transfer-encoding",
                                                            "te",
                                                            "trailer",
                                                            "upgrade",
                                                            "keep-alive",
                                                            "expect",
                                                            "accept-encoding",
                                                            "http2-settings",
                                                            "proxy-authorization",
                                                            "proxy-connection",
                                                            "proxy-authenticate"};

tl::unexpected<Error> refuse(std::string message, ErrorCode code = ErrorCode::invalid_argument) {
  return fail(code, ErrorClass::internal, std::move(message), "bad_request");
}

// A `token` of RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           std::string_view("!#$%&'*+.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string header_number(std::uint64_t i) {
  return "the request's header " + std::to_string(i);
}

bool broken(tento_str text) {
  return text.data == nullptr && text.size != 0;
}

Result<void> read_headers(const tento_http_request& ask, const Injection& injection, bool with_auth,
                          http::Headers& headers) {
  if (ask.headers == nullptr && ask.header_count != 0) return refuse("the request's headers are null but have a count");
  if (ask.header_count > most_request_headers) {
    return refuse("the request has more than " + std::to_string(most_request_headers) + " headers",
                  ErrorCode::too_large);
  }
  headers.reserve(static_cast<std::size_t>(ask.header_count));
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < ask.header_count; ++i) {
    const tento_header& header = ask.headers[i];
    if (broken(header.name) || broken(header.value)) return refuse(header_number(i) + " is null but has a size");
    bytes += std::min(header.name.size, most_header_bytes + 1) + std::min(header.value.size, most_header_bytes + 1);
    if (bytes > most_header_bytes) {
      return refuse("the request's headers are larger than " + std::to_string(most_header_bytes) + " bytes",
                    ErrorCode::too_large);
    }
    const std::string_view name = view(header.name), value = view(header.value);
    if (!is_token(name))
      return refuse(header_number(i) + " has the name " + quote(name) + ", which is not a token (RFC 9110)");
    using std::string_view_literals::operator""sv;
    if (value.find_first_of("\r\n\0"sv) != std::string_view::npos) {
      return refuse(header_number(i) + ", " + quote(name) + ", has CR, LF or NUL in its value");
    }
    const bool own = std::any_of(reserved_headers.begin(), reserved_headers.end(),
                                 [name](std::string_view reserved) { return http::same_name(name, reserved); });
    if (own) return refuse(header_number(i) + ", " + quote(name) + ", is the host's to set: leave it out");
    if (with_auth && !injection.header.empty() && http::same_name(name, injection.header)) {
      return refuse(header_number(i) + ", " + quote(name) +
                    ", is where the host puts the account's credential: leave it out");
    }
    headers.push_back({std::string(name), std::string(value)});
  }
  return {};
}

}  // namespace

Result<http::Request> read_request(const tento_http_request* asked, const Injection& injection) {
  const auto ask = read_appendable(asked);
  if (!ask) return refuse("the request is null or shorter than in ABI 1.0");
  if ((ask->flags & ~known_flags) != 0) {
    return refuse("the request has unknown flags (" + std::to_string(ask->flags & ~known_flags) + ")");
  }
  if (broken(ask->method) || broken(ask->url) || broken(ask->body) || broken(ask->limit_name)) {
    return refuse("a text of the request is null but has a size");
  }
  if (ask->url.size > longest_url_bytes) {
    return refuse("the request's url is longer than " + std::to_string(longest_url_bytes) + " bytes",
                  ErrorCode::too_large);
  }
  if (ask->body.size > largest_body_bytes) {
    return refuse("the request's body is larger than " + std::to_string(largest_body_bytes) + " bytes",
                  ErrorCode::too_large);
  }
  http::Request request;
  request.method = view(ask->method);
  if (!is_token(request.method) || request.method.size() > 32) {
    return refuse("the request's method " + quote(request.method) + " is not a token (RFC 9110)");
  }
  if (request.method == "CONNECT" || request.method == "TRACE") {
    return refuse("the request's method " + request.method + " is not for providers", ErrorCode::unsupported);
  }
  request.with_auth = (ask->flags & TENTO_HTTP_NO_AUTH) == 0;
  request.follow_redirects = (ask->flags & TENTO_HTTP_NO_REDIRECT) == 0;
  request.url = view(ask->url);
  if (request.with_auth && !injection.query.empty() && has_parameter(request.url, injection.query)) {
    return refuse("the query parameter " + quote(injection.query) +
                  " is where the host puts the account's credential: leave it out");
  }
  TENTO_TRY(read_headers(*ask, injection, request.with_auth, request.headers));
  if (ask->max_wait_ms < 0) return refuse("the request's max_wait_ms is below 0");
  request.max_wait = ask->max_wait_ms == 0 ? default_request_timeout : std::chrono::milliseconds(ask->max_wait_ms);
  request.max_body = ask->max_body;
  request.limit_name = view(ask->limit_name);
  request.limit_cost = ask->limit_cost;
  request.body = view(ask->body);
  return request;
}

}  // namespace tento::host
