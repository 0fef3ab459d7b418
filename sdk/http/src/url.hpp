// SPDX-License-Identifier: Apache-2.0
// URLs as the client needs them: where to connect, what to ask for, and what errors may name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>

namespace tento::http::inner {

/// An absolute http or https URL in its parts.
struct Url {
  std::string text;         ///< absolute, without fragment
  std::string host;         ///< lower case, an IPv6 address without brackets
  std::string target;       ///< path and query, never empty
  std::string host_header;  ///< host and, unless it is the scheme's own, port: a Host line (RFC 9110 section 7.2)
  std::string origin;       ///< `scheme://host[:port]`
  std::uint16_t port = 0;   ///< the scheme's own where the text has none
  bool https = false;       ///< else http
  bool literal = false;     ///< the host is an address
};

/// The parts of `text`. `bad_url` says what is wrong with it.
Result<Url> parse_url(std::string_view text);
/// Where `location`, found in an answer of `base`, leads (RFC 9110 section 10.2.2). Characters that a URL cannot hold
/// are percent-encoded first, as browsers do.
Result<Url> resolve_location(const Url& base, std::string_view location);

}  // namespace tento::http::inner
