// SPDX-License-Identifier: Apache-2.0
// The small grammars of the contract, each as a scan over its bytes.
#include "host/loader/grammar.hpp"

#include <simdjson.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include <tento/sdk/key.hpp>

#include "host/base/encoding.hpp"
#include "host/base/text.hpp"

namespace tento::host::grammar {
namespace {

bool lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool hex(char c) {
  return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool alnum(char c) {
  return lower(c) || upper(c) || digit(c);
}

template <class First, class Rest>
bool matches(std::string_view text, std::size_t max, First first, Rest rest) {
  return !text.empty() && text.size() <= max && first(text.front()) && std::all_of(text.begin() + 1, text.end(), rest);
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  // 127.0.0.0/8 in its four-part form
  if (!host.starts_with("127.")) return false;
  int parts = 1;
  std::size_t digits = 0;
  for (const char c : host) {
    if (c == '.') {
      if (digits == 0) return false;
      ++parts;
      digits = 0;
    } else if (digit(c) && digits < 3) {
      ++digits;
    } else {
      return false;
    }
  }
  return parts == 4 && digits > 0;
}

// Splits `scheme://authority` off; `rest` is what follows the authority.
bool split_url(std::string_view text, std::string_view& scheme, std::string_view& authority, std::string_view& rest) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return false;
  scheme = text.substr(0, colon);
  const std::string_view after = text.substr(colon + 3);
  const std::size_t end = after.find_first_of("/?#");
  authority = after.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : after.substr(end);
  return true;
}

bool is_authority(std::string_view authority, std::string_view& host) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    host = authority.substr(0, close + 1);
    const std::string_view inner = host.substr(1, host.size() - 2);
    if (!std::all_of(inner.begin(), inner.end(), [](char c) { return hex(c) || c == ':' || c == '.'; })) return false;
    port = authority.substr(close + 1);
  } else {
    const std::size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    if (host.empty() || host.size() > 253 || host.front() == '.' || host.front() == '-') return false;
    if (!std::all_of(host.begin(), host.end(), [](char c) { return alnum(c) || c == '-' || c == '.'; })) return false;
    if (host.find("..") != std::string_view::npos) return false;
    port = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
  }
  if (port.empty()) return true;
  if (port.front() != ':' || port.size() < 2 || port.size() > 6) return false;
  unsigned number = 0;
  for (const char c : port.substr(1)) {
    if (!digit(c)) return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number >= 1 && number <= 65535;
}

bool is_secure_origin(std::string_view text, std::string_view& rest) {
  std::string_view scheme, authority, host;
  if (!split_url(text, scheme, authority, rest) || !is_authority(authority, host)) return false;
  return scheme == "https" || (scheme == "http" && is_loopback(host));
}

// Digits compare by length first, so that no number is too long to hold.
std::strong_ordering compare_digits(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

bool is_numeric(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), digit);
}

bool is_version_number(std::string_view text) {
  return is_numeric(text) && (text.size() == 1 || text.front() != '0');
}

// Dot-separated identifiers [0-9A-Za-z-]+; false when one is empty or has another byte.
bool split_identifiers(std::string_view text, std::vector<std::string>& out) {
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    if (part.empty() || !std::all_of(part.begin(), part.end(), [](char c) { return alnum(c) || c == '-'; }))
      return false;
    out.emplace_back(part);
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool is_provider_id(std::string_view text) {
  return matches(text, 31, lower, [](char c) { return lower(c) || digit(c) || c == '-'; }) && text.back() != '-';
}

bool is_integration_id(std::string_view text) {
  return matches(
      text, 64, [](char c) { return lower(c) || upper(c); }, alnum);
}

bool is_interface_id(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.size() > 128) return false;
  const std::string_view name = text.substr(0, slash);
  const std::string_view revision = text.substr(slash + 1);
  if (!is_version_number(revision) || revision == "0" || revision.size() > 6) return false;
  if (!matches(name, 128, lower, [](char c) { return lower(c) || digit(c) || c == '-' || c == '.'; })) return false;
  return name.find("..") == std::string_view::npos && name.back() != '.';
}

bool is_read_path(std::string_view text) {
  if (text.starts_with("~/")) text.remove_prefix(1);
  if (text.size() < 2 || text.front() != '/' || !is_utf8(text)) return false;
  if (std::any_of(text.begin(), text.end(), [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; })) return false;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view segment = text.substr(0, text.find('/'));
    if (segment.empty() || segment == "." || segment == "..") return false;
    text.remove_prefix(segment.size());
  }
  return true;
}

bool is_prefix(std::string_view text) {
  return text.size() <= 64 && is_key_prefix(text);
}

bool is_name(std::string_view text) {
  return matches(text, 32, lower, [](char c) { return lower(c) || digit(c) || c == '_' || c == '-'; });
}

bool is_setting_name(std::string_view text) {
  return matches(text, 64, lower, [](char c) { return lower(c) || digit(c) || c == '_'; });
}

bool is_param_name(std::string_view text) {
  return text.size() <= 64 && is_camel_case(text);
}

bool is_tag(std::string_view text) {
  const auto tag_byte = [](char c) { return lower(c) || digit(c) || c == '_'; };
  return matches(text, 63, tag_byte, tag_byte);
}

bool is_language(std::string_view text) {
  return text.size() >= 2 && matches(text, 35, alnum, [](char c) { return alnum(c) || c == '-'; }) &&
         text.back() != '-';
}

bool is_json_pointer(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  return true;
}

bool is_origin(std::string_view text) {
  std::string_view rest;
  return is_secure_origin(text, rest) && rest.empty();
}

bool is_secure_url(std::string_view text) {
  std::string_view rest;
  return is_secure_origin(text, rest) && std::all_of(rest.begin(), rest.end(), [](char c) {
           return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
         });
}

bool is_colour(std::string_view text) {
  return text.size() == 7 && text.front() == '#' && std::all_of(text.begin() + 1, text.end(), hex);
}

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  const bool utf8 = is_utf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // A cut never falls into a character: its later bytes are 10xxxxxx.
    if (out.size() >= limit && (!utf8 || (byte & 0xc0u) != 0x80u)) return out + "...";
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8))
      out += fmt::format("\\x{:02x}", byte);
    else
      out += text[i];
  }
  return out;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  if (const auto order = compare_digits(a.major, b.major); order != 0) return order;
  if (const auto order = compare_digits(a.minor, b.minor); order != 0) return order;
  if (const auto order = compare_digits(a.patch, b.patch); order != 0) return order;
  // A version without prerelease is above every prerelease of it.
  if (a.prerelease.empty() || b.prerelease.empty()) return b.prerelease.size() <=> a.prerelease.size();
  for (std::size_t i = 0; i < a.prerelease.size() && i < b.prerelease.size(); ++i) {
    const std::string& x = a.prerelease[i];
    const std::string& y = b.prerelease[i];
    const bool x_number = is_numeric(x);
    const bool y_number = is_numeric(y);
    if (x_number != y_number) return x_number ? std::strong_ordering::less : std::strong_ordering::greater;
    const std::strong_ordering order = x_number ? compare_digits(x, y) : x.compare(y) <=> 0;
    if (order != 0) return order;
  }
  return a.prerelease.size() <=> b.prerelease.size();
}

std::optional<Version> parse_version(std::string_view text) {
  Version version;
  const std::size_t plus = text.find('+');
  if (plus != std::string_view::npos) {
    std::vector<std::string> build;
    if (!split_identifiers(text.substr(plus + 1), build)) return std::nullopt;
    text = text.substr(0, plus);
  }
  const std::size_t hyphen = text.find('-');
  if (hyphen != std::string_view::npos) {
    if (!split_identifiers(text.substr(hyphen + 1), version.prerelease)) return std::nullopt;
    for (const std::string& part : version.prerelease)
      if (is_numeric(part) && !is_version_number(part)) return std::nullopt;
    text = text.substr(0, hyphen);
  }
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  version.major = text.substr(0, first);
  version.minor = text.substr(first + 1, second - first - 1);
  version.patch = text.substr(second + 1);
  if (!is_version_number(version.major) || !is_version_number(version.minor) || !is_version_number(version.patch))
    return std::nullopt;
  return version;
}

}  // namespace tento::host::grammar
