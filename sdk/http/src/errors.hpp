// SPDX-License-Identifier: Apache-2.0
// The errors that the client makes: one place for their classes. Their texts name an origin, never a path, a query, a
// header's value or user information.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>

namespace tento::http::inner {

/// The network or a clock: trying again may help.
[[nodiscard]] inline tl::unexpected<Error> transient(std::string_view tag, std::string message) {
  return fail(ErrorCode::io, ErrorClass::transient, std::move(message), std::string(tag));
}

/// What came from the other side breaks a rule.
[[nodiscard]] inline tl::unexpected<Error> upstream(std::string_view tag, std::string message,
                                                    ErrorCode code = ErrorCode::upstream) {
  return fail(code, ErrorClass::provider, std::move(message), std::string(tag));
}

/// Settings: certificates, proxies, URLs.
[[nodiscard]] inline tl::unexpected<Error> config(std::string_view tag, std::string message, std::string_view remedy,
                                                  ErrorCode code = ErrorCode::upstream) {
  auto error = fail(code, ErrorClass::config, std::move(message), std::string(tag));
  error.value().remedy = remedy;
  return error;
}

/// The caller asked for what is no request.
[[nodiscard]] inline tl::unexpected<Error> bad_request(std::string message) {
  return fail(ErrorCode::invalid_argument, ErrorClass::internal, std::move(message), "bad_request");
}

}  // namespace tento::http::inner
