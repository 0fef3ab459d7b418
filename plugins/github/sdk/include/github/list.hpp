// SPDX-License-Identifier: Apache-2.0
/// @file list.hpp
/// A list of the API, page by page: one page is in memory, however many there are.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tento/sdk/etag_cache.hpp>
#include <tento/sdk/paging.hpp>

#include "client.hpp"

namespace github {

/// Walks a list:
///
///     List issues(client, http, {.url = client.repository_url(repository, "/issues?per_page=100"),
///                                .what = "the issues of octo/hello", .kind = Kind::issue});
///     while (issues.more()) {
///       TENTO_TRY(issues.fetch());
///       TENTO_TRY(issues.each([](const Record& record) { ...; return tento::Result<void>(); },
///                             [](const OddRecord& odd) { ... }));
///     }
///
/// The same record may come twice when the list moved meanwhile; the later one is the newer. Not thread-safe.
class List {
 public:
  /// What is listed.
  struct Options {
    std::string url;                           ///< the first page
    std::string what;                          ///< for people, in errors
    Kind kind = Kind::issue;                   ///< what its records are
    tento::http::EtagCache* etags = nullptr;   ///< which pages are asked for conditionally; null = none
    tento::http::PageLimits limits = {};       ///< how far it goes
    std::uint64_t max_page_bytes = 64u << 20;  ///< a larger page is an error
  };
  /// Client, transport and cache must outlive it.
  List(const Client& client, tento::http::Transport& http, Options options);
  ~List();
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  /// Whether there is a page to fetch.
  [[nodiscard]] bool more() const noexcept { return walk_.more(); }
  /// The page that fetch asks for; after a fetch, the one that follows; empty = none.
  [[nodiscard]] const std::string& next_url() const noexcept { return walk_.url(); }
  /// Fetches the page. Views of the one before are gone, also after an error.
  tento::Result<void> fetch();
  /// Whether the page that was fetched is the one that the cache knew (304): each() shows nothing of it.
  [[nodiscard]] bool unchanged() const noexcept { return unchanged_; }
  /// Calls `take` with each record, in order; its error ends it. Once for each page. Records that are not understood go
  /// to `odd` instead. How many there were of both. A page that is not a list of objects in JSON is the error
  /// `github_bad_answer`, which names the page; records before it were shown then.
  tento::Result<std::size_t> each(const std::function<tento::Result<void>(const Record&)>& take,
                                  const std::function<void(const OddRecord&)>& odd);
  /// Head of the page's answer; its body was taken.
  [[nodiscard]] const tento::http::Response& head() const noexcept { return head_; }
  /// For people: `page 2 of the issues of octo/hello`.
  [[nodiscard]] std::string where() const { return "page " + std::to_string(page_) + " of " + options_.what; }
  /// Number of the page that was fetched, from 1 on.
  [[nodiscard]] std::size_t page() const noexcept { return page_; }

 private:
  struct Reader;
  const Client& client_;
  tento::http::Transport& http_;
  Options options_;
  tento::http::LinkWalk walk_;
  tento::http::Response head_;
  tento::http::Text body_;  // lent by head_
  std::size_t page_ = 0;
  bool unchanged_ = false;
  std::unique_ptr<Reader> reader_;
};

}  // namespace github
