// SPDX-License-Identifier: Apache-2.0
/// @file client.hpp
/// A client of Google Calendar (API v3) over any transport: requests, and what the service's refusals mean.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>
#include <tento/sdk/transport.hpp>
#include <vector>

#include "event.hpp"
#include "scope.hpp"

namespace google {

/// One record of a list that is not understood. It is kept out of the list, and the rest goes on.
struct OddRecord {
  std::string what;    ///< for people: `event abc`, or where it stands in its list
  std::string why;     ///< what is wrong with it
  std::string id;      ///< its id; empty = it has none
  std::string series;  ///< of an event: id of its series; empty = none
};
/// Is told of each record that was kept out.
using OnOdd = std::function<void(const OddRecord&)>;

/// What a client does not decide itself.
struct ClientOptions {
  std::string base_url = "https://www.googleapis.com";     ///< without a slash at the end
  std::optional<GoogleScopes> granted = {};                ///< what the token may do; nothing = it is not known
  std::function<tento::Instant()> now = {};                ///< the time; the machine's where it is empty
  std::function<void(std::string_view)> on_odd_wait = {};  ///< told of waits that make no sense
};

/// One entry of the account's list of calendars.
struct Calendar {
  std::string id;           ///< what events are asked for by
  std::string title;        ///< as the person named it, else as its owner did
  std::string description;  ///< may be empty
  std::string zone;         ///< IANA name
  std::string access;       ///< `owner`, `writer`, `reader` or `freeBusyReader`
  std::string colour;       ///< `#rrggbb`, or empty
  bool primary = false;     ///< the account's own
  bool selected = false;    ///< whether it is shown
  bool hidden = false;      ///< whether it is hidden from the list
  /// Whether its events may be read, and not only when people are busy.
  [[nodiscard]] bool readable() const { return access != "freeBusyReader" && access != "none"; }
};

/// A time in which a calendar is busy.
struct Busy {
  tento::Instant from;                                         ///< first moment
  tento::Instant to;                                           ///< first moment after
  friend bool operator==(const Busy&, const Busy&) = default;  ///< memberwise
};

/// Holds no credential and no transport: both belong to a call. Usable from many threads.
class Client {
 public:
  /// With these options.
  explicit Client(ClientOptions options = {}) : options_(std::move(options)) {}
  /// A client for a token with those scopes: `google_scope_missing` (class auth) unless it has one of the group's, and
  /// the same from each call that needs others. Of a token that says nothing of its scopes the service will tell.
  static tento::Result<Client> new_from_handle(std::string_view granted_scopes, const ScopeGroup& group,
                                               ClientOptions options = {});
  /// Its options, to make another like it.
  [[nodiscard]] const ClientOptions& options() const noexcept { return options_; }
  /// `path` at the service.
  [[nodiscard]] std::string url(std::string_view path) const { return options_.base_url + std::string(path); }
  /// The events of a calendar, or what is below them: `rest` is appended.
  [[nodiscard]] std::string events_url(std::string_view calendar, std::string_view rest = {}) const;

  /// One page of the calendars; `cursor` empty = the first. `next` gets the cursor of the page after it, or nothing.
  tento::Result<std::vector<Calendar>> calendars(tento::http::Transport& http, std::string_view cursor,
                                                 std::string& next, const OnOdd& odd) const;
  /// When the calendar is busy within `[from, to)`, in order.
  tento::Result<std::vector<Busy>> free_busy(tento::http::Transport& http, std::string_view calendar,
                                             tento::Instant from, tento::Instant to, const OnOdd& odd) const;
  /// Creates an event of a body in the service's form. `conflict` where it names an id that is taken.
  tento::Result<Event> insert(tento::http::Transport& http, std::string_view calendar, std::string body) const;
  /// One event.
  tento::Result<Event> get(tento::http::Transport& http, std::string_view calendar, std::string_view id) const;
  /// Changes an event. With `version` only while it has that one, else `conflict`.
  tento::Result<Event> patch(tento::http::Transport& http, std::string_view calendar, std::string_view id,
                             std::string body, std::string_view version) const;
  /// Deletes an event; of an instance only itself. One that is gone already is success. `version` as in patch.
  tento::Result<void> remove(tento::http::Transport& http, std::string_view calendar, std::string_view id,
                             std::string_view version) const;

  /// Sends; an answer that is no success is an Error that says what `what` was. The body is still to be read.
  tento::Result<tento::http::Response> ask(tento::http::Transport& http, tento::http::Request request,
                                           std::string_view what, const ScopeGroup& group) const;

 private:
  tento::Result<std::string> whole(tento::http::Transport& http, tento::http::Request request, std::string_view what,
                                   const ScopeGroup& group) const;
  [[nodiscard]] tento::Error error_of(tento::http::Response& response, std::string_view what,
                                      const ScopeGroup& group) const;
  [[nodiscard]] tento::Instant now() const;
  ClientOptions options_;
};

/// `text` as one segment of a path, or as a value of a query (RFC 3986): all but unreserved characters as %XX.
[[nodiscard]] std::string escaped(std::string_view text);
/// `2026-11-24T17:00:00Z`, as the service's parameters want it; the fraction is cut off.
[[nodiscard]] std::string utc_text(tento::Instant at);

}  // namespace google
