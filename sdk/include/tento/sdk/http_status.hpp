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
  std::string_view forbidden_action = "grant_access";  ///< what is to be done then
  WaitRules waits = {};                                ///< which waits are believed
};

/// The Error of an answer that is no success. `what` says what was asked, for people (`the issues of a/b`); `said` is
/// the service's own text, cut to 200 bytes, or empty. Neither may hold a secret.
///
/// | status | code, class | tag |
/// |---|---|---|
/// | 401 | auth_required, auth | `expired_tag`; action `reconnect` |
/// | 429; 403 or 503 with `Retry-After`; 403 with no requests left | rate_limited, rate_limit, with the wait |
/// `rate_limited` | | 403 | forbidden, `forbidden_class` | `forbidden` | | 404, 410 | not_found, config | `not_found`,
/// `gone` | | 409, 412 | conflict, provider | `conflict` | | 400, 413, 414, 422 | invalid_argument, config | `refused`
/// | | 408, 425, 5xx | upstream, transient | `unavailable` | | 501, 505 and all others | upstream, provider |
/// `unexpected_status` |
[[nodiscard]] Error status_error(const Response& response, std::string_view what, std::string_view said, Instant now,
                                 const StatusRules& rules = {});

}  // namespace tento::http
