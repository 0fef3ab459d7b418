// SPDX-License-Identifier: Apache-2.0
// What goes on the wire before a request's body.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk/transport.hpp>

#include "wiped.hpp"

namespace tento::http::inner {

/// Whether method and headers can be sent: names are tokens, values hold no control characters, and nothing sets what
/// the client sets itself. `bad_request` names the header, never its value.
Result<void> check_request(const Request& request);
/// The same for headers that a hook adds.
Result<void> check_headers(const Headers& headers);

/// Composes the head of one request. Writes it into `out`, whose memory is reused.
class RequestHead {
 public:
  RequestHead(WipedString& out, std::string_view method, std::string_view target, std::string_view host);
  void add(std::string_view name, std::string_view value);
  void add(const Headers& headers);
  void finish();

 private:
  WipedString& out_;
};

/// `user:password` as Basic credentials (RFC 7617).
std::string basic_credentials(std::string_view user_and_password);

}  // namespace tento::http::inner
