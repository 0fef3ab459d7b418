// SPDX-License-Identifier: Apache-2.0
/// @file http_status.hpp
/// HTTP statuses as Errors: which class, which tag, when to try again.
#pragma once

#include <string>
#include <string_view>

#include "retry_after.hpp"

namespace tento::http {

/// What a client says about its service's errors.
struct StatusRules {
  std::string_view expired_tag = {};                   ///< tag of 401, the one that the auth data declares
  ErrorClass forbidden_class = ErrorClass::config;     ///< who acts on a 403 that is no limit: config, or auth
  std::string_view forbidden_remedy = "grant_access";  ///< what is to be done then
  WaitRules waits = {};                                ///< which waits are believed
};

/// The Error of an answer that is no success. `what` says what was asked, for people (`the issues of a/b`); `said` is
/// the service's own text, cut to 200 bytes, or empty. Neither may hold a secret.
///
/// - 401: auth_required, auth; tag `expired_tag`, remedy `reconnect`
/// - 429, 403 or 503 with `Retry-After`, 403 with no requests left: rate_limited, rate_limit; tag `rate_limited`, with
///   the wait
/// - 403: forbidden, `forbidden_class`; tag `forbidden`, remedy `forbidden_remedy`
/// - 404 and 410: not_found, config; tags `not_found` and `gone`
/// - 409 and 412: conflict, provider; tag `conflict`
/// - 400, 413, 414 and 422: invalid_argument, config; tag `refused`
/// - 408, 425 and 5xx: upstream, transient; tag `unavailable`
/// - 501, 505 and all others: upstream, provider; tag `unexpected_status`
[[nodiscard]] Error status_error(const Response& response, std::string_view what, std::string_view said, Instant now,
                                 const StatusRules& rules = {});

}  // namespace tento::http
