// SPDX-License-Identifier: Apache-2.0
// Link headers by the parsing algorithm of RFC 8288 appendix B, references by that of RFC 3986 section 5.2.
#include <tento/sdk/link.hpp>

#include <algorithm>

#include "digits.hpp"

namespace tento::http {
namespace {

constexpr std::string_view white_space = " \t";

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// One header value, read from left to right.
class LinkReader {
 public:
  explicit LinkReader(std::string_view value) : value_(value) {}

  Result<std::vector<Link>> read() {
    std::vector<Link> links;
    for (;;) {
      skip(" \t,");
      if (done()) return links;
      if (value_[at_] != '<') return broken("a link begins with <");
      const std::size_t close = value_.find('>', at_);
      if (close == std::string_view::npos) return broken("the < is not closed by >");
      Link link;
      link.target = value_.substr(at_ + 1, close - at_ - 1);
      at_ = close + 1;
      TENTO_TRY(read_params(link));
      links.push_back(std::move(link));
    }
  }

 private:
  [[nodiscard]] bool done() const noexcept { return at_ == value_.size(); }
  void skip(std::string_view what) noexcept { at_ = std::min(value_.find_first_not_of(what, at_), value_.size()); }

  tl::unexpected<Error> broken(std::string_view why) const {
    return fail(ErrorCode::invalid_data, ErrorClass::provider,
                "the Link header is broken at byte " + std::to_string(at_) + ": " + std::string(why),
                "bad_link_header");
  }

  Result<void> read_params(Link& link) {
    bool have_rel = false;
    bool have_anchor = false;
    for (;;) {
      skip(white_space);
      if (done() || value_[at_] == ',') return {};
      if (value_[at_] != ';') return broken("a parameter is led by ;");
      ++at_;
      skip(" \t;");
      const std::size_t end = std::min(value_.find_first_of(" \t=;,", at_), value_.size());
      const std::string name = lowered(value_.substr(at_, end - at_));
      at_ = end;
      skip(white_space);
      std::string text;
      if (!done() && value_[at_] == '=') {
        ++at_;
        skip(white_space);
        TENTO_TRY_ASSIGN(text, read_value());
      }
      // The first of each counts (RFC 8288 sections 3.3 and 3.2).
      if (name == "rel" && !have_rel) {
        link.rel = lowered(text);
        have_rel = true;
      } else if (name == "anchor" && !have_anchor) {
        link.anchor = std::move(text);
        have_anchor = true;
      }
    }
  }

  Result<std::string> read_value() {
    std::string out;
    if (done() || value_[at_] != '"') {
      const std::size_t end = std::min(value_.find_first_of(" \t;,", at_), value_.size());
      out = value_.substr(at_, end - at_);
      at_ = end;
      return out;
    }
    for (++at_; !done() && value_[at_] != '"'; ++at_) {
      if (value_[at_] == '\\' && at_ + 1 < value_.size()) ++at_;
      out += value_[at_];
    }
    if (done()) return broken("a quoted value is not closed");
    ++at_;
    return out;
  }

  std::string_view value_;
  std::size_t at_ = 0;
};

struct UrlParts {
  std::string_view scheme, authority, path, query;
  bool has_scheme = false, has_authority = false, has_query = false;
};

bool is_scheme(std::string_view text) noexcept {
  const auto letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
  return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

UrlParts split_url(std::string_view url) noexcept {
  UrlParts out;
  url = url.substr(0, url.find('#'));
  const std::size_t colon = url.find(':');
  if (colon != std::string_view::npos && is_scheme(url.substr(0, colon))) {
    out.scheme = url.substr(0, colon);
    out.has_scheme = true;
    url.remove_prefix(colon + 1);
  }
  if (const std::size_t mark = url.find('?'); mark != std::string_view::npos) {
    out.query = url.substr(mark + 1);
    out.has_query = true;
    url = url.substr(0, mark);
  }
  if (url.starts_with("//")) {
    url.remove_prefix(2);
    out.authority = url.substr(0, url.find('/'));
    out.has_authority = true;
    url.remove_prefix(out.authority.size());
  }
  out.path = url;
  return out;
}

// RFC 3986 section 5.2.4, for a path that begins with a slash or is empty.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t next = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, next);
    path.remove_prefix(next);
    if (segment == "/.") {
      if (path.empty()) out += '/';
    } else if (segment == "/..") {
      out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
      if (path.empty()) out += '/';
    } else {
      out += segment;
    }
  }
  return out;
}

std::string merged(const UrlParts& base, std::string_view path) {
  if (path.starts_with('/')) return without_dots(path);
  const std::size_t slash = base.path.rfind('/');
  std::string out = slash == std::string_view::npos ? "/" : std::string(base.path.substr(0, slash + 1));
  return without_dots(out.append(path));
}

bool is_plain(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

bool Link::has_rel(std::string_view relation) const noexcept {
  std::string_view rest = rel;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(white_space), rest.size());
    if (end != 0 && rest.substr(0, end) == relation) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

Result<std::vector<Link>> parse_links(std::string_view value) {
  return LinkReader(value).read();
}

Result<std::optional<std::string>> find_link(const Response& response, std::string_view relation) {
  for (const Header& header : response.headers) {
    if (!same_name(header.name, "Link")) continue;
    TENTO_TRY_ASSIGN(const std::vector<Link> links, parse_links(header.value));
    for (const Link& link : links) {
      if (!link.anchor.empty() || !link.has_rel(relation)) continue;
      TENTO_TRY_ASSIGN(std::string url, resolve_url(response.final_url, link.target));
      return std::optional<std::string>(std::move(url));
    }
  }
  return std::optional<std::string>();
}

Result<std::string> resolve_url(std::string_view base, std::string_view reference) {
  const UrlParts from = split_url(base);
  const UrlParts to = split_url(reference);
  if (!is_plain(reference) || !is_plain(base) ||
      (!to.has_scheme && (!from.has_scheme || !from.has_authority || from.authority.empty()))) {
    return fail(ErrorCode::invalid_data, ErrorClass::provider,
                "no URL can be made of " + quoted(reference.substr(0, reference.find('?'))) + " as seen from " +
                    quoted(base.substr(0, base.find('?'))),
                "bad_url");
  }
  std::string out(to.has_scheme ? to.scheme : from.scheme);
  out += ':';
  if (to.has_scheme || to.has_authority) {
    if (to.has_authority) out.append("//").append(to.authority);
    out += to.has_authority ? without_dots(to.path) : std::string(to.path);
    if (to.has_query) out.append("?").append(to.query);
    return out;
  }
  out.append("//").append(from.authority);
  if (to.path.empty()) {
    out += without_dots(from.path);
    if (to.has_query || from.has_query) out.append("?").append(to.has_query ? to.query : from.query);
    return out;
  }
  out += merged(from, to.path);
  if (to.has_query) out.append("?").append(to.query);
  return out;
}

}  // namespace tento::http
