// SPDX-License-Identifier: Apache-2.0
/// @file etag_cache.hpp
/// Conditional requests (RFC 9110 section 13): which version of each page was taken, kept in a cursor of the row, so
/// that a page that did not change is answered by 304 and no body.
#pragma once

#include <tento/base.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport.hpp"

namespace tento::http {

/// Versions of pages by URL, with the page that followed each: a 304 need not say it. Commit its text as a cursor in
/// the transaction that holds the pages' cells, so that the two agree whatever happens:
///
///     TENTO_TRY_ASSIGN(const auto kept, ctx.deps.load_cursor(ctx.row_id, "etags"));
///     EtagCache etags = EtagCache::parse(kept.value_or(""));
///     for (LinkWalk walk(first_url); walk.more();) {
///       Request request{.url = walk.url()};
///       etags.condition(request);
///       TENTO_TRY_ASSIGN(Response page, http.send(request));
///       if (page.status == 304) {
///         TENTO_TRY(walk.advance_to(etags.next_of(request.url)));
///         continue;
///       }
///       ... store its cells ...
///       TENTO_TRY(walk.advance(page));
///       etags.keep(request.url, page, walk.url());
///     }
///     TENTO_TRY(txn.commit({{ctx.window}}, {{"etags", etags.text()}}));
///
/// Pages that were neither conditioned nor kept since `parse` are the first to go when there is too much; then the last
/// ones, so that the first pages stay. Not thread-safe.
class EtagCache {
 public:
  /// An empty one.
  EtagCache() = default;
  /// Reads what text() wrote. Never fails: a cache that cannot be read is an empty one, and lines that make no sense
  /// are left out.
  [[nodiscard]] static EtagCache parse(std::string_view cursor);
  /// One line for each page, at most `most` bytes.
  [[nodiscard]] std::string text(std::size_t most = TENTO_MAX_CURSOR_VALUE) const;

  /// Adds `If-None-Match` when a version of `request.url` is known. Whether it is.
  bool condition(Request& request);
  /// The page that followed `url` when it was last kept; nothing = it was the last one, or is not known.
  [[nodiscard]] std::optional<std::string> next_of(std::string_view url) const;
  /// Keeps the version of an answer to `url`, and `next`, the URL of the page after it (empty = none). An answer
  /// without a usable ETag is forgotten.
  void keep(std::string_view url, const Response& response, std::string_view next);
  /// Forgets a page.
  void forget(std::string_view url);
  /// Forgets all.
  void clear() noexcept { pages_.clear(); }
  /// Pages known.
  [[nodiscard]] std::size_t size() const noexcept { return pages_.size(); }

 private:
  struct Page {
    std::string url;
    std::string etag;
    std::string next;
    bool used = false;
  };
  [[nodiscard]] const Page* find(std::string_view url) const noexcept;

  std::vector<Page> pages_;
};

/// Whether `text` is an entity tag as RFC 9110 section 8.8.3 writes it: `"..."` or `W/"..."`.
[[nodiscard]] bool is_etag(std::string_view text) noexcept;

}  // namespace tento::http
