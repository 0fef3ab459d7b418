// SPDX-License-Identifier: Apache-2.0
/// @file paging.hpp
/// Walks over pages that end: by the `Link` header, and by cursors in the answers. Both notice a service that gives the
/// same page for ever. Neither sends anything; the client that walks does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link.hpp"

namespace tento::http {

/// How far a walk may go.
struct PageLimits {
  std::size_t most_pages = 10'000;  ///< beyond it a walk is the error `too_many_pages`
};

/// What was on the way already: a page is asked for once. Eight bytes for each page.
class PageGuard {
 public:
  /// With these limits; nothing seen yet.
  explicit PageGuard(PageLimits limits = {}) noexcept : limits_(limits) {}
  /// Enters a page, named by its URL or cursor. `page_repeats` when it was entered before, `too_many_pages` beyond the
  /// limit: both invalid_data, provider, and the text names the page.
  Result<void> enter(std::string_view page);
  /// Pages entered so far.
  [[nodiscard]] std::size_t count() const noexcept { return seen_.size(); }

 private:
  PageLimits limits_;
  std::vector<std::uint64_t> seen_;
};

/// A walk by `rel="next"`, which is followed as given, also to another path or host:
///
///     for (LinkWalk walk(first_url); walk.more();) {
///       TENTO_TRY_ASSIGN(Response page, http.send({.url = walk.url()}));
///       ... its status, its body ...
///       TENTO_TRY(walk.advance(page));
///     }
///
/// May be kept across calls by its url(). Not thread-safe.
class LinkWalk {
 public:
  /// Begins at `first_url`.
  explicit LinkWalk(std::string first_url, PageLimits limits = {});
  /// Whether there is a page to ask for.
  [[nodiscard]] bool more() const noexcept { return more_; }
  /// The page to ask for; empty after the last one.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  /// Its number, from 1 on.
  [[nodiscard]] std::size_t page() const noexcept { return page_; }
  /// Steps to the page that the answer's `Link` header names, or to the end. Errors are those of find_link and of
  /// PageGuard::enter; the walk is over then.
  Result<void> advance(const Response& response);
  /// Steps to a page that is known otherwise (an EtagCache, a cursor); nothing = that was the last.
  Result<void> advance_to(std::optional<std::string> next);

 private:
  PageGuard guard_;
  std::string url_;
  std::size_t page_ = 1;
  bool more_ = true;
};

/// A walk by cursors (`next_token`, `endCursor`, `nextPageToken`), of a service whose answers hold the next one:
///
///     for (CursorWalk walk; walk.more();) {
///       ... ask with walk.cursor() unless it is empty, find the next one in the answer ...
///       TENTO_TRY(walk.advance(next));
///     }
///
/// Not thread-safe.
class CursorWalk {
 public:
  /// Begins at `first`; empty = at the beginning.
  explicit CursorWalk(std::string first = {}, PageLimits limits = {});
  /// Whether there is a page to ask for.
  [[nodiscard]] bool more() const noexcept { return more_; }
  /// The cursor to ask with; empty = none yet.
  [[nodiscard]] const std::string& cursor() const noexcept { return cursor_; }
  /// The number of the page to ask for, from 1 on.
  [[nodiscard]] std::size_t page() const noexcept { return page_; }
  /// Steps on; empty = that was the last. Errors are those of PageGuard::enter; the walk is over then.
  Result<void> advance(std::string_view next);

 private:
  PageGuard guard_;
  std::string cursor_;
  std::size_t page_ = 1;
  bool more_ = true;
};

}  // namespace tento::http
