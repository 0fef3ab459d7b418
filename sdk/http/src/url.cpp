// SPDX-License-Identifier: Apache-2.0
// URLs by Boost.URL (RFC 3986), and what http and https demand beyond it (RFC 9110 section 4.2).
#include "url.hpp"

#include <algorithm>
#include <boost/url.hpp>
#include <charconv>
#include <tento/http/client.hpp>
#include <tento/sdk/link.hpp>

#include "errors.hpp"

namespace tento::http {
namespace inner {
namespace {

namespace urls = boost::urls;

constexpr std::size_t longest_url_bytes = 65536;

tl::unexpected<Error> bad_url(std::string what) {
  return config("bad_url", "the URL is not usable: " + std::move(what), "correct the URL", ErrorCode::invalid_argument);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

// Letters, digits, `-`, `.` and `_`: what names have that resolvers know. An empty label is none, but for the last.
bool is_host_name(std::string_view host) {
  const bool known = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
  return known && !host.empty() && host.size() <= 254 && host.front() != '.' &&
         host.find("..") == std::string_view::npos;
}

Result<Url> from_view(const urls::url_view& in) {
  Url out;
  const std::string scheme = lower(in.scheme());
  if (scheme != "http" && scheme != "https") return bad_url("its scheme is neither http nor https");
  out.https = scheme == "https";
  if (!in.has_authority()) return bad_url("it has no host");
  if (in.has_userinfo()) return bad_url("it has user information, which belongs into a header");
  std::string shown;
  switch (in.host_type()) {
    case urls::host_type::ipv4:
      out.host = in.host_address();
      out.literal = true;
      shown = out.host;
      break;
    case urls::host_type::ipv6:
      out.host = in.host_ipv6_address().to_string();
      out.literal = true;
      shown = "[" + out.host + "]";
      break;
    case urls::host_type::name:
      out.host = lower(in.encoded_host());
      if (!is_host_name(out.host))
        return bad_url("its host is not a name of letters, digits, `-`, `.` and `_` (other scripts need Punycode)");
      shown = out.host;
      break;
    default:
      return bad_url("its host is neither a name nor an address");
  }
  const std::uint16_t own = out.https ? 443 : 80;
  out.port = own;
  if (const std::string_view port = in.port(); !port.empty()) {
    const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (code != std::errc() || end != port.data() + port.size() || out.port == 0)
      return bad_url("its port is not from 1 to 65535");
  }
  out.host_header = out.port == own ? shown : shown + ":" + std::to_string(out.port);
  out.origin = scheme + "://" + out.host_header;
  const std::string_view path = in.encoded_path();
  // RFC 3986 section 3.3; Boost.URL takes what follows the digits of a port for a path.
  if (!path.empty() && path.front() != '/') return bad_url("its port is not a number");
  out.target = path.empty() ? "/" : std::string(path);
  if (in.has_query()) out.target.append("?").append(std::string_view(in.encoded_query()));
  return out;
}

std::string encode_stray(std::string_view text) {
  constexpr std::string_view escaped_characters = "\"<>\\^`{|} ";
  constexpr std::string_view hex_digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x21 || byte > 0x7e || escaped_characters.find(c) != std::string_view::npos) {
      out.append({'%', hex_digits[byte >> 4], hex_digits[byte & 15]});
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (text.size() > longest_url_bytes) return bad_url("it is longer than 65536 bytes");
  const auto parsed = urls::parse_uri(text);
  if (!parsed) return bad_url("it is not an absolute URL (RFC 3986)");
  TENTO_TRY_ASSIGN(Url out, from_view(*parsed));
  out.text = text.substr(0, text.find('#'));
  return out;
}

Result<Url> resolve_location(const Url& base, std::string_view location) {
  const auto refuse = [&base](std::string_view why) {
    return upstream("bad_url", base.origin + " redirects to what is not followed: " + std::string(why));
  };
  if (location.size() > longest_url_bytes)
    return refuse("it is longer than " + std::to_string(longest_url_bytes) + " bytes");
  // Not by Boost.URL, whose resolve() decodes what a path has encoded, and a slash among it.
  const Result<std::string> text = resolve_url(base.text, encode_stray(location));
  if (!text) return refuse("it is not a URL reference (RFC 3986)");
  Result<Url> out = parse_url(*text);
  if (!out) return refuse(out.error().message);
  return out;
}

}  // namespace inner

Result<std::string> origin_of(std::string_view url) {
  TENTO_TRY_ASSIGN(inner::Url parsed, inner::parse_url(url));
  return std::move(parsed.origin);
}

}  // namespace tento::http
