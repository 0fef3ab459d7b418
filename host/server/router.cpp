// SPDX-License-Identifier: Apache-2.0
// Compares paths segment by segment: the table is short, and a literal decides nearly everything.
#include "host/server/router.hpp"

#include <simdjson.h>

#include <algorithm>

#include "host/config/nearest.hpp"
#include "host/schema/plain_text.hpp"

namespace tento::host::server {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = path.find('/');
    out.push_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return out;
}

bool is_param(std::string_view segment) {
  return segment.starts_with('{');
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Router::Router(std::span<const Operation> operations) {
  for (const auto& operation : operations)
    if (!operation.http.path.empty()) entries_.push_back({&operation, segments_of(operation.http.path)});
}

tl::expected<Routed, Unrouted> Router::find(std::string_view method, std::string_view path) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const auto asked = path.starts_with('/') ? segments_of(path) : std::vector<std::string_view>();
  std::string allow;
  for (const auto& entry : entries_) {
    if (entry.segments.size() != asked.size()) continue;
    Routed found{entry.operation};
    bool same = true;
    for (std::size_t i = 0; same && i < asked.size(); ++i) {
      const auto pattern = entry.segments[i];
      auto segment = asked[i];
      if (is_param(pattern)) {
        same = !segment.empty();
        found.params.emplace_back(pattern.substr(1, pattern.size() - 2), segment);
        continue;
      }
      if (i + 1 == asked.size() && segment != pattern) {
        const auto split = split_suffix(segment);
        segment = split.path;
        found.suffix = split.media;
      }
      same = segment == pattern;
    }
    if (!same) continue;
    const auto own = to_string(entry.operation->http.method);
    if (own == wanted) return found;
    allow += (allow.empty() ? "" : ", ") + std::string(own);
    if (own == "GET") allow += ", HEAD";
  }
  if (!allow.empty())
    return tl::unexpected(Unrouted{405, allow, quote(path) + " knows " + allow + ", not " + std::string(method)});
  std::vector<std::string> known;
  for (const auto& entry : entries_) known.emplace_back(entry.operation->http.path);
  return tl::unexpected(Unrouted{404, {}, "there is no " + quote(path) + did_you_mean(path, known)});
}

Result<std::string> percent_decoded(std::string_view text) {
  const auto bad = [&](std::string_view what) {
    return fail(
        usage_error(quote(text) + " " + std::string(what), "escape it once: % and two hex digits a byte of UTF-8"));
  };
  const auto plain = std::min(text.find('%'), text.size());
  std::string out(text.substr(0, plain));
  for (std::size_t i = plain; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || nibble(text[i + 1]) < 0 || nibble(text[i + 2]) < 0)
      return bad("has a % without two hex digits");
    out += static_cast<char>(nibble(text[i + 1]) * 16 + nibble(text[i + 2]));
    i += 2;
  }
  if (!simdjson::validate_utf8(out.data(), out.size())) return bad("is no UTF-8");
  if (out.find('\0') != std::string::npos) return bad("has a NUL in it");
  return out;
}

Result<std::string> key_of_path(std::string_view segment) {
  if (segment.find('%') == std::string_view::npos) return std::string(segment);
  // Whoever escapes a key's colons escapes all of it.
  if (segment.find(':') == std::string_view::npos) return percent_decoded(segment);
  // Clients and proxies also escape what need not be (RFC 3986, 6.2.2.2), each its own part of it. What the key's
  // parser reads alike either way becomes what it is; a colon, a slash and a percent sign may be meant as part of a
  // name. The first character is a colon in any case.
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const int high = i + 2 < segment.size() ? nibble(segment[i + 1]) : -1;
    const int low = i + 2 < segment.size() ? nibble(segment[i + 2]) : -1;
    const int code = segment[i] == '%' && high >= 0 && low >= 0 ? high * 16 + low : -1;
    const bool kept = code <= 0x20 || code >= 0x7F || code == '%' || code == '/' || (code == ':' && i > 0);
    if (kept) {
      out += segment[i];
      continue;
    }
    out += static_cast<char>(code);
    i += 2;
  }
  return out;
}

}  // namespace tento::host::server
