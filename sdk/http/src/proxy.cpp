// SPDX-License-Identifier: Apache-2.0
// Proxies from options and environment, and who goes without.
#include "proxy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <boost/url.hpp>
#include <cstdlib>

#include "errors.hpp"
#include "request_head.hpp"

namespace tento::http::inner {
namespace {

namespace urls = boost::urls;

// The bytes of an address; nothing if it is none. Brackets may stand around IPv6.
std::optional<std::string> address_bytes(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const std::string terminated(text);
  std::string bytes(16, '\0');
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return bytes.substr(0, 4);
  return std::nullopt;
}

bool same_bits(std::string_view a, std::string_view b, int bits) {
  if (a.size() != b.size()) return false;
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (a.substr(0, whole) != b.substr(0, whole)) return false;
  if (bits % 8 == 0) return true;
  const int mask = 0xff00 >> (bits % 8) & 0xff;
  return (static_cast<unsigned char>(a[whole]) & mask) == (static_cast<unsigned char>(b[whole]) & mask);
}

bool is_loopback(const Url& url) {
  if (const auto bytes = address_bytes(url.host))
    return bytes->size() == 4 ? bytes->front() == 127 : *bytes == std::string(15, '\0') + '\1';
  return url.host == "localhost" || url.host.ends_with(".localhost");
}

std::optional<int> number(std::string_view text, int most) {
  if (text.empty() || text.size() > 5 ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  const int value = std::stoi(std::string(text));
  return value <= most ? std::optional(value) : std::nullopt;
}

Result<Proxy> parse_proxy(std::string_view text, std::string_view where) {
  const auto refuse = [&](std::string_view what) {
    return config("proxy_failed", "the proxy in " + std::string(where) + " is not usable: " + std::string(what),
                  "correct the proxy", ErrorCode::invalid_argument);
  };
  constexpr std::string_view expected_form = "it has to be `http://[user:password@]host:port`";
  std::string with_scheme(text);
  if (text.find("://") == std::string_view::npos) with_scheme.insert(0, "http://");
  const auto parsed = urls::parse_uri(with_scheme);
  if (!parsed) return refuse(expected_form);
  if (parsed->scheme() != "http") return refuse("only http proxies are known; " + std::string(expected_form));
  std::string user;
  if (parsed->has_userinfo()) user = parsed->user() + ":" + parsed->password();
  urls::url bare(*parsed);
  bare.remove_userinfo();
  const Result<Url> url = parse_url(std::string_view(bare.buffer().data(), bare.buffer().size()));
  if (!url || url->target != "/") return refuse(expected_form);
  Proxy out{url->host, parsed->has_port() ? url->port : std::uint16_t{80}, url->origin, {}};
  if (!user.empty()) out.authorization = basic_credentials(user);
  return out;
}

}  // namespace

NoProxy::NoProxy(std::string_view list) {
  constexpr std::string_view list_separators = ", \t";
  for (std::size_t at = 0; (at = list.find_first_not_of(list_separators, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(list.find_first_of(list_separators, at), list.size());
    std::string_view item = list.substr(at, end - at);
    at = end;
    if (item == "*") {
      all_ = true;
      continue;
    }
    Entry entry;
    if (const std::size_t slash = item.find('/'); slash != std::string_view::npos) {
      const auto bytes = address_bytes(item.substr(0, slash));
      if (!bytes) continue;
      entry.prefix = number(item.substr(slash + 1), static_cast<int>(bytes->size()) * 8);
      if (!entry.prefix) continue;
      entry.host = *bytes;
      entries_.push_back(std::move(entry));
      continue;
    }
    auto bytes = address_bytes(item);
    if (!bytes) {
      if (const std::size_t colon = item.rfind(':'); colon != std::string_view::npos) {
        const auto port = number(item.substr(colon + 1), 65535);
        if (!port) continue;
        entry.port = static_cast<std::uint16_t>(*port);
        item = item.substr(0, colon);
        bytes = address_bytes(item);
      }
    }
    if (bytes) {
      entry.prefix = static_cast<int>(bytes->size()) * 8;
      entry.host = *bytes;
    } else {
      if (item.starts_with("*.")) item.remove_prefix(1);
      if (item.starts_with('.')) item.remove_prefix(1);
      if (item.empty()) continue;
      entry.host = item;
      std::transform(entry.host.begin(), entry.host.end(), entry.host.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    }
    entries_.push_back(std::move(entry));
  }
}

bool NoProxy::matches(const Url& url) const {
  if (all_) return true;
  if (entries_.empty()) return false;
  const auto bytes = address_bytes(url.host);
  std::string_view name = url.host;
  if (name.ends_with('.')) name.remove_suffix(1);
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    if (entry.port != 0 && entry.port != url.port) return false;
    if (entry.prefix) return bytes && same_bits(*bytes, entry.host, *entry.prefix);
    if (bytes || !name.ends_with(entry.host)) return false;
    return name.size() == entry.host.size() || name[name.size() - entry.host.size() - 1] == '.';
  });
}

Result<ProxyRules> ProxyRules::create(const ProxyOptions& options, const Environment& environment) {
  ProxyRules out;
  const auto read = [&](std::initializer_list<const char*> names) -> std::pair<std::string, std::string> {
    if (options.from_environment) {
      for (const char* name : names) {
        if (auto value = environment(name); value && !value->empty()) return {*value, name};
      }
    }
    return {};
  };
  const auto choose = [&](const std::string& option, const char* option_name,
                          std::initializer_list<const char*> names) -> Result<Choice> {
    Choice choice;
    if (!option.empty()) {
      TENTO_TRY_ASSIGN(choice.proxy, parse_proxy(option, option_name));
      return choice;
    }
    choice.from_environment = true;
    if (const auto [value, name] = read(names); !value.empty()) {
      Result<Proxy> proxy = parse_proxy(value, "the environment's " + name);
      if (proxy) {
        choice.proxy = std::move(*proxy);
      } else {
        choice.error = std::move(proxy).error();
      }
    }
    return choice;
  };
  TENTO_TRY_ASSIGN(out.http_, choose(options.http_url, "http_url", {"http_proxy", "all_proxy", "ALL_PROXY"}));
  TENTO_TRY_ASSIGN(out.https_,
                   choose(options.https_url, "https_url", {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}));
  out.no_proxy_ = NoProxy(options.no_proxy.empty() ? read({"no_proxy", "NO_PROXY"}).first : options.no_proxy);
  return out;
}

Result<const Proxy*> ProxyRules::choose(const Url& url) const {
  const Choice& choice = url.https ? https_ : http_;
  if ((!choice.proxy && !choice.error) || (choice.from_environment && is_loopback(url)) || no_proxy_.matches(url))
    return nullptr;
  if (choice.error) return fail(*choice.error);
  return &*choice.proxy;
}

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace tento::http::inner
