// SPDX-License-Identifier: Apache-2.0
// Versions of pages, and their text: a line `etag url next` for each, where `=` is the page that followed the one above
// and `-` is none.
#include <tento/sdk/etag_cache.hpp>

#include <algorithm>

namespace tento::http {
namespace {

constexpr std::string_view cache_header = "etags 1\n";
constexpr std::size_t longest_etag_bytes = 512;
constexpr std::size_t longest_url_bytes = 8192;
// A cursor has no room for more, whatever they are, so that a walk over many pages keeps no more than that.
constexpr std::size_t most_etag_pages = 4096;

// An absolute URL that fits on a line; `=` and `-`, which have a meaning of their own, are none.
bool is_url(std::string_view url) noexcept {
  return url.size() <= longest_url_bytes && url.find("://") != std::string_view::npos &&
         std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// Takes what stands before the next `mark`, and the mark.
std::string_view take(std::string_view& rest, char mark) noexcept {
  const std::size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view out = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

}  // namespace

bool is_etag(std::string_view text) noexcept {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  const std::string_view inner = text.substr(1, text.size() - 2);
  return std::all_of(inner.begin(), inner.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
  });
}

EtagCache EtagCache::parse(std::string_view cursor) {
  EtagCache out;
  if (!cursor.starts_with(cache_header)) return out;
  cursor.remove_prefix(cache_header.size());
  std::string last_next;
  while (!cursor.empty()) {
    std::string_view line = take(cursor, '\n');
    const std::string_view etag = take(line, ' ');
    const std::string_view url = take(line, ' ');
    Page page{url == "=" ? last_next : std::string(url), std::string(etag), line == "-" ? "" : std::string(line)};
    last_next = page.next;
    const bool good = is_etag(page.etag) && page.etag.size() <= longest_etag_bytes && is_url(page.url) &&
                      (line == "-" || is_url(page.next));
    if (good && out.find(page.url) == nullptr) out.pages_.push_back(std::move(page));
  }
  return out;
}

std::string EtagCache::text(std::size_t most) const {
  if (pages_.empty() || most < cache_header.size()) return {};
  std::string out(cache_header);
  // Two passes choose what fits, those in use first; a third writes them in order, so that each may follow the last.
  std::vector<bool> chosen(pages_.size(), false);
  std::size_t bytes = out.size();
  for (const bool used : {true, false}) {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      const Page& page = pages_[i];
      if (page.used != used) continue;
      const bool follows = i > 0 && chosen[i - 1] && pages_[i - 1].next == page.url;
      const std::size_t size =
          page.etag.size() + (follows ? 1 : page.url.size()) + std::max<std::size_t>(page.next.size(), 1) + 3;
      if (bytes + size > most) continue;
      bytes += size;
      chosen[i] = true;
    }
  }
  const Page* last = nullptr;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    if (!chosen[i]) continue;
    const Page& page = pages_[i];
    out.append(page.etag).append(" ");
    out.append(last != nullptr && last->next == page.url ? "=" : page.url).append(" ");
    out.append(page.next.empty() ? "-" : page.next).append("\n");
    last = &page;
  }
  return out;
}

const EtagCache::Page* EtagCache::find(std::string_view url) const noexcept {
  const auto at = std::find_if(pages_.begin(), pages_.end(), [url](const Page& page) { return page.url == url; });
  return at == pages_.end() ? nullptr : &*at;
}

bool EtagCache::condition(Request& request) {
  const auto at = std::find_if(pages_.begin(), pages_.end(), [&](const Page& page) { return page.url == request.url; });
  if (at == pages_.end()) return false;
  at->used = true;
  request.headers.push_back({"If-None-Match", at->etag});
  return true;
}

std::optional<std::string> EtagCache::next_of(std::string_view url) const {
  const Page* page = find(url);
  if (page == nullptr || page->next.empty()) return std::nullopt;
  return page->next;
}

void EtagCache::keep(std::string_view url, const Response& response, std::string_view next) {
  const auto etag = find_header(response.headers, "ETag");
  if (!etag || !is_etag(*etag) || etag->size() > longest_etag_bytes || !is_url(url) ||
      (!next.empty() && !is_url(next))) {
    forget(url);
    return;
  }
  const auto at = std::find_if(pages_.begin(), pages_.end(), [url](const Page& page) { return page.url == url; });
  Page page{std::string(url), std::string(*etag), std::string(next), true};
  if (at == pages_.end()) {
    if (pages_.size() < most_etag_pages) pages_.push_back(std::move(page));
  } else {
    *at = std::move(page);
  }
}

void EtagCache::forget(std::string_view url) {
  pages_.erase(std::remove_if(pages_.begin(), pages_.end(), [url](const Page& page) { return page.url == url; }),
               pages_.end());
}

}  // namespace tento::http
