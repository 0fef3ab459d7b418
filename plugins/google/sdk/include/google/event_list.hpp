// SPDX-License-Identifier: Apache-2.0
/// @file event_list.hpp
/// The events of a calendar, page by page.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <tento/sdk/paging.hpp>

#include "client.hpp"

namespace google {

/// What is asked for. A token goes with neither bound, and with a list that was made without `expanded`.
struct EventQuery {
  std::string calendar;                     ///< which calendar
  std::string sync_token = {};              ///< what changed since; empty = everything
  std::optional<tento::Instant> from = {};  ///< events that end after it
  std::optional<tento::Instant> to = {};    ///< events that start before it
  bool expanded = false;                    ///< instances in the place of their series
  std::size_t page_size = 1000;             ///< the service gives 2500 at most
  tento::http::PageLimits limits = {};      ///< how far it may go
};

/// A walk over the pages. Not thread-safe.
class EventList {
 public:
  /// Asks nothing yet. Client and transport must outlive it.
  EventList(const Client& client, tento::http::Transport& http, EventQuery query);
  /// Whether there is a page to ask for.
  [[nodiscard]] bool more() const noexcept { return walk_.more(); }
  /// Asks for the next page and gives each of its events to `each`, in their order; an error of it ends the page. Those
  /// that are not understood go to `odd`. How many there were. `gone` (HTTP status 410) = the token is too old:
  /// everything has to be asked for anew.
  tento::Result<std::size_t> fetch(const std::function<tento::Result<void>(Event&)>& each, const OnOdd& odd);
  /// After the last page: the token to ask for changes with; empty = the service gave none.
  [[nodiscard]] const std::string& next_sync_token() const noexcept { return next_sync_token_; }
  /// The calendar's own zone, as the last page told it.
  [[nodiscard]] const std::string& zone() const noexcept { return zone_; }

 private:
  [[nodiscard]] std::string page_url() const;
  const Client& client_;
  tento::http::Transport& http_;
  EventQuery query_;
  tento::http::CursorWalk walk_;
  std::string next_sync_token_;
  std::string zone_;
};

}  // namespace google
