// SPDX-License-Identifier: Apache-2.0
// Request heads (RFC 9112 section 3): checked text put together in a buffer that lives as long as its connection, since
// a message object would allocate for every line of every request.
#include "request_head.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "errors.hpp"

namespace tento::http::inner {
namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

// Lines that say where a message ends or how its connection goes on.
constexpr std::array<std::string_view, 10> reserved_headers = {
    "connection", "content-length",    "host",    "keep-alive",    "proxy-connection", "te",
    "trailer",    "transfer-encoding", "upgrade", "http2-settings"};

}  // namespace

Result<void> check_headers(const Headers& headers) {
  for (const Header& header : headers) {
    if (!is_token(header.name))
      return bad_request("a header's name is not a token (RFC 9110 section 5.1): letters, digits and `-`");
    if (!is_value(header.value))
      return bad_request("the header " + header.name + " has a control character in its value");
    if (std::any_of(reserved_headers.begin(), reserved_headers.end(),
                    [&](std::string_view ours) { return same_name(ours, header.name); }))
      return bad_request("the header " + header.name + " is the client's to set: leave it out");
  }
  return {};
}

Result<void> check_request(const Request& request) {
  if (!is_token(request.method)) return bad_request("the method is not a token (RFC 9110 section 9.1)");
  if (request.method == "CONNECT") return bad_request("the method CONNECT is not for requests");
  return check_headers(request.headers);
}

RequestHead::RequestHead(WipedString& out, std::string_view method, std::string_view target, std::string_view host)
    : out_(out) {
  out_.clear();
  out_.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  add("Host", host);
}

void RequestHead::add(std::string_view name, std::string_view value) {
  out_.append(name).append(": ").append(value).append("\r\n");
}

void RequestHead::add(const Headers& headers) {
  for (const Header& header : headers) add(header.name, header.value);
}

void RequestHead::finish() {
  out_.append("\r\n");
}

std::string basic_credentials(std::string_view user_and_password) {
  std::string encoded((user_and_password.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(user_and_password.data()),
                                   static_cast<int>(user_and_password.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

}  // namespace tento::http::inner
