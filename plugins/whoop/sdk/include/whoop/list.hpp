// SPDX-License-Identifier: Apache-2.0
/// @file list.hpp
/// The service's four lists, page by page: `List<Sleep>`, `List<Recovery>`, `List<Cycle>`, `List<Workout>`.
#pragma once

#include <functional>
#include <string>
#include <tento/sdk/paging.hpp>

#include "client.hpp"

namespace whoop {

/// What is asked for: records that touch `[from, to)`; a recovery does where its sleep does.
struct Query {
  tento::Instant from{};                                 ///< first moment
  tento::Instant to{};                                   ///< first moment after
  tento::http::PageLimits limits = {.most_pages = 200};  ///< how far it may go
};

/// A walk over the pages, newest first, 25 records in each, which is what the service gives at most. Not thread-safe.
///
///     for (List<Sleep> sleeps(client, http, {from, to}); sleeps.more();) {
///       TENTO_TRY(sleeps.fetch([](Sleep& sleep) { ...; return tento::Result<void>(); },
///                              [](const OddRecord& odd) { ... }));
///     }
///
/// The same record may come twice when the list moved meanwhile: the one with the later `updated` is the newer.
template <class Model>
class List {
 public:
  /// Asks nothing yet. Client and transport must outlive it.
  List(const Client& client, tento::http::Transport& http, Query query)
      : client_(client), http_(http), query_(query), walk_({}, query.limits) {}
  /// Whether there is a page to ask for.
  [[nodiscard]] bool more() const noexcept { return walk_.more(); }
  /// Asks for the next page and gives each of its records to `each`, in their order; an error of it ends the page.
  /// Those that are not understood go to `odd`. How many there were of both. An answer that makes no sense as a whole
  /// is the error `whoop_bad_answer`, which names the page; a page that was there before, or more pages than anybody
  /// has records for, is `page_repeats` or `too_many_pages`.
  tento::Result<std::size_t> fetch(const std::function<tento::Result<void>(Model&)>& each, const OnOdd& odd);
  /// Number of the page that the next fetch asks for, from 1 on.
  [[nodiscard]] std::size_t page() const noexcept { return walk_.page(); }
  /// For people: `the sleeps from 2026-04-20 to 2026-05-01`.
  [[nodiscard]] std::string what() const;

 private:
  [[nodiscard]] std::string page_url() const;
  const Client& client_;
  tento::http::Transport& http_;
  Query query_;
  tento::http::CursorWalk walk_;
};

extern template class List<Sleep>;
extern template class List<Recovery>;
extern template class List<Cycle>;
extern template class List<Workout>;

}  // namespace whoop
