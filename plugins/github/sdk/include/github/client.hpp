// SPDX-License-Identifier: Apache-2.0
/// @file client.hpp
/// The REST API of GitHub over any transport. Reads by `list.hpp`; here is what is asked of it, and what its errors
/// mean.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/transport.hpp>

#include "record.hpp"

namespace github {

/// How a client behaves.
struct ClientOptions {
  std::string base_url = "https://api.github.com";         ///< without a slash at the end
  std::function<tento::Instant()> now = {};                ///< the time; empty = the machine's
  std::function<void(std::string_view)> on_odd_wait = {};  ///< told of waits that nobody can mean; empty = nobody
};

/// Speaks to one server. Holds no credential and no transport: both belong to a call, and a client outlives it. What
/// the two functions of its options allow, any number of threads may do with it.
///
/// Errors: auth_required (tag `github_auth_expired`) for a token that is dead; rate_limited with the wait for both
/// kinds of limit; not_found; forbidden for what the token may not do; invalid_data (tag `github_bad_answer`) for an
/// answer that makes no sense, saying where; others as tento::http::status_error. Texts name what was asked, never a
/// secret.
class Client {
 public:
  /// For a server.
  explicit Client(ClientOptions options = {}) : options_(std::move(options)) {}

  /// The same client with the time and the listener of one call, which must outlive it.
  [[nodiscard]] Client with(std::function<tento::Instant()> now,
                            std::function<void(std::string_view)> on_odd_wait) const {
    return Client({options_.base_url, std::move(now), std::move(on_odd_wait)});
  }
  /// `path` (led by a slash) on this server.
  [[nodiscard]] std::string url(std::string_view path) const { return options_.base_url + std::string(path); }
  /// `/repos/owner/name` on this server, and `rest` behind it.
  [[nodiscard]] std::string repository_url(const RepositoryName& repository, std::string_view rest = {}) const;

  /// Sends a request with the headers that the API wants. An answer of 2xx or 304 is handed on with its body unread;
  /// any other is an error. `what` names it for people: `the issues of octo/hello`.
  tento::Result<tento::http::Response> ask(tento::http::Transport& http, tento::http::Request request,
                                           std::string_view what) const;

  /// Who the token belongs to.
  tento::Result<User> user(tento::http::Transport& http) const;
  /// Creates an issue; `body` is the JSON object that the API takes, with a `title` at least. What the service made.
  tento::Result<Single> create_issue(tento::http::Transport& http, const RepositoryName& repository,
                                     std::string_view body) const;
  /// Changes an issue; otherwise as create_issue.
  tento::Result<Single> update_issue(tento::http::Transport& http, const RepositoryName& repository,
                                     std::string_view number, std::string_view body) const;
  /// One issue as it is now. Nothing when it was deleted, or may not be seen any more. One that was moved is found
  /// where it went: its `home` is another then.
  tento::Result<std::optional<Single>> issue(tento::http::Transport& http, const RepositoryName& repository,
                                             std::string_view number) const;
  /// One repository by id, whatever its name is now. Nothing when it was deleted, or may not be seen any more.
  tento::Result<std::optional<Single>> repository(tento::http::Transport& http, std::string_view id) const;
  /// Marks all notifications as read.
  tento::Result<void> mark_notifications_read(tento::http::Transport& http) const;

 private:
  [[nodiscard]] tento::Error error_of(tento::http::Response& response, std::string_view what) const;
  [[nodiscard]] tento::Instant now() const;
  tento::Result<std::string> whole(tento::http::Transport& http, tento::http::Request request,
                                   std::string_view what) const;
  tento::Result<std::optional<Single>> find(tento::http::Transport& http, std::string url, Kind kind,
                                            std::string_view what) const;
  ClientOptions options_;
};

/// `text` as one segment of a path (RFC 3986): all but unreserved characters as %XX.
[[nodiscard]] std::string path_segment(std::string_view text);

}  // namespace github
