// SPDX-License-Identifier: Apache-2.0
// What a client is told whose request cannot be read; of connection.cpp alone, since errors are of Beast.
#pragma once

#include <boost/beast/http/error.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string>
#include <utility>

#include "host/server/server.hpp"

namespace tento::host::server {

// A status and what is wrong. Nothing: the connection ended, and nobody is told.
inline std::optional<std::pair<unsigned, std::string>> unreadable_request(const boost::system::error_code& error,
                                                                          bool head_is_there, const Limits& limits) {
  namespace http = boost::beast::http;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    if (head_is_there) return {{400, "a chunk of the body says more about itself than its size"}};
    return {{431, "the request line and the header fields are larger than " + std::to_string(limits.header_bytes) +
                      " bytes"}};
  }
  if (error == http::error::body_limit)
    return {{413, "the body is larger than " + std::to_string(limits.body_bytes) + " bytes"}};
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == http::make_error_code(http::error::bad_method).category())
    return {{400, "the request is not valid HTTP/1.1: " + error.message()}};
  return std::nullopt;
}

}  // namespace tento::host::server
