// SPDX-License-Identifier: Apache-2.0
/// @file client.hpp
/// A client of WHOOP (API v2) over any transport: requests, and what the service's refusals mean.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>
#include <tento/sdk/transport.hpp>

#include "models.hpp"

namespace whoop {

/// One record of a list that is not understood. It is kept out of the list, and the rest goes on.
struct OddRecord {
  std::string what;  ///< for people: `sleep 123e4567-...`, or where it stands in its list
  std::string why;   ///< what is wrong with it
  std::string id;    ///< its id, of a recovery its cycle's; empty = it has none
};
/// Is told of each record that was kept out.
using OnOdd = std::function<void(const OddRecord&)>;

/// What a client does not decide itself.
struct ClientOptions {
  std::string base_url = "https://api.prod.whoop.com/developer";  ///< without a slash at the end
  std::function<tento::Instant()> now = {};                       ///< the time; the machine's where it is empty
  std::function<void(std::string_view)> on_odd_wait = {};         ///< told of waits that make no sense
};

/// Holds no credential and no transport: both belong to a call. Usable from many threads.
///
/// Errors: auth_required (tag `whoop_auth_expired`) for a token that is dead; rate_limited with the wait; forbidden
/// (tag `whoop_membership_ended`) for a person whose membership is over; invalid_data (tag `whoop_bad_answer`) for an
/// answer that makes no sense, saying where; others as tento::http::status_error. Texts name what was asked, never a
/// secret.
class Client {
 public:
  /// With these options.
  explicit Client(ClientOptions options = {}) : options_(std::move(options)) {}
  /// The same client with the time and the listener of one call, which must outlive it.
  [[nodiscard]] Client with(std::function<tento::Instant()> now,
                            std::function<void(std::string_view)> on_odd_wait) const {
    return Client({options_.base_url, std::move(now), std::move(on_odd_wait)});
  }
  /// `path` (led by a slash) at the service.
  [[nodiscard]] std::string url(std::string_view path) const { return options_.base_url + std::string(path); }

  /// Whose token it is.
  tento::Result<Profile> profile(tento::http::Transport& http) const;
  /// One sleep by its id; nothing = the service has none.
  tento::Result<std::optional<Sleep>> sleep(tento::http::Transport& http, std::string_view id) const;

  /// Sends; an answer that is no success is an Error that says what `what` was. The body is still to be read.
  tento::Result<tento::http::Response> ask(tento::http::Transport& http, tento::http::Request request,
                                           std::string_view what) const;

 private:
  [[nodiscard]] tento::Error error_of(tento::http::Response& response, std::string_view what) const;
  [[nodiscard]] tento::Instant now() const;
  ClientOptions options_;
};

/// `text` as one segment of a path, or as a value of a query (RFC 3986): all but unreserved characters as %XX.
[[nodiscard]] std::string escaped(std::string_view text);
/// `2026-11-24T17:00:00.000Z`, as the service's parameters want it; finer fractions are cut off.
[[nodiscard]] std::string utc_text(tento::Instant at);

}  // namespace whoop
