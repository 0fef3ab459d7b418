// SPDX-License-Identifier: Apache-2.0
// Link headers, references and caches of versions from any bytes: no crash, what is made is a URL, and a cache's text
// is a fixed point within its limit.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tento/sdk/etag_cache.hpp>
#include <tento/sdk/link.hpp>

using namespace tento;
using namespace tento::http;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void try_links(std::string_view text) {
  Response response;
  response.final_url = "https://api.example.com/v1/items?page=1";
  response.headers = {{"Link", std::string(text)}};
  const auto links = parse_links(text);
  const auto next = find_link(response, "next");
  require(links.has_value() || !next.has_value());
  if (!links) require(links.error().tag == "bad_link_header" && links.error().message.size() < 200);
  if (next && *next) {
    // What was resolved is absolute, and stays what it is.
    const auto again = resolve_url("https://other.example.com/", **next);
    require(again == **next);
  }
}

void try_references(std::string_view text) {
  const std::size_t middle = text.find(' ');
  if (middle == std::string_view::npos) return;
  const auto url = resolve_url(text.substr(0, middle), text.substr(middle + 1));
  if (url) require(resolve_url("https://other.example.com/", *url) == *url);
  if (!url) require(url.error().message.size() < 1024);
}

void try_cache(std::string_view text) {
  EtagCache cache = EtagCache::parse(text);
  const std::string kept = cache.text();
  require(kept.size() <= TENTO_MAX_CURSOR_VALUE);
  require(EtagCache::parse(kept).text() == kept);
  require(cache.text(100).size() <= 100);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_links(text);
  try_references(text);
  try_cache(text);
  try_cache("etags 1\n" + std::string(text));
  return 0;
}
