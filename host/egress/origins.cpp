// SPDX-License-Identifier: Apache-2.0
// Origins and the operator's endpoints.
#include "host/egress/origins.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <tento/http/client.hpp>
#include <tento/sdk/settings.hpp>

#include "host/base/text.hpp"
#include "host/loader/grammar.hpp"

namespace tento::host {
namespace {

tl::unexpected<Error> bad_endpoint(std::string message) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.error_class = ErrorClass::config;
  error.message = std::move(message);
  error.tag = "bad_endpoint";
  error.remedy = "mend the provider's endpoints";
  return fail(std::move(error));
}

// Whether a path is `prefix` or below it.
bool below(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || std::string_view("/?#").find(path[prefix.size()]) != std::string_view::npos;
}

// Whether all of a path and query are characters that stand there for themselves (RFC 3986 sections 3.3 and 3.4).
bool is_plain(std::string_view rest) {
  static constexpr auto plain_characters = [] {
    std::array<bool, 256> plain{};
    for (char c = '0'; c <= '9'; ++c) plain[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c) plain[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c) plain[static_cast<unsigned char>(c)] = true;
    for (const char c : std::string_view("-._~!$&'()*+,;=:@/?")) plain[static_cast<unsigned char>(c)] = true;
    return plain;
  }();
  return std::all_of(rest.begin(), rest.end(), [](char c) { return plain_characters[static_cast<unsigned char>(c)]; });
}

}  // namespace

Result<UrlParts> split_url(std::string_view url) {
  // By the client's own reading, since what it connects to is what a credential is bound to.
  auto origin = http::origin_of(url);
  if (!origin) {
    Error error = std::move(origin).error();
    error.error_class = ErrorClass::internal;  // it is the provider's, unless the caller knows better
    // What may be secret in a URL stands behind its path, or before an @.
    const std::string_view shown = url.substr(0, url.find_first_of("?#"));
    if (shown.find('@') == std::string_view::npos) error.message = quote(shown, 200) + ": " + error.message;
    return fail(std::move(error));
  }
  UrlParts parts;
  parts.origin = std::move(*origin);
  const std::size_t rest = url.find_first_of("/?#", url.find("://") + 3);
  if (rest != std::string_view::npos) parts.rest = url.substr(rest);
  return parts;
}

Result<std::string> own_origin(std::string_view url) {
  const auto wrong = [](std::string why) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config, std::move(why), "bad_origin");
  };
  auto parts = split_url(url);
  if (!parts) return wrong(parts.error().message);
  if (!grammar::is_origin(parts->origin)) {
    return wrong(quote(parts->origin, 200) +
                 " is plain http on another machine, where the account's credential could be read along the way");
  }
  return std::move(parts->origin);
}

Result<std::vector<std::string>> own_origins(const tento_auth* auth, std::string_view settings_json) {
  std::vector<std::string> out;
  if (auth == nullptr) return out;
  std::optional<Settings> settings;
  for (std::uint64_t i = 0; i < auth->setting_count; ++i) {
    const tento_setting& setting = *auth->settings[i];
    if (setting.type != TENTO_SETTING_URL || (setting.flags & TENTO_SETTING_ORIGIN) == 0) continue;
    if (!settings) {
      TENTO_TRY_ASSIGN(settings, Settings::parse(settings_json.empty() ? "{}" : settings_json));
    }
    TENTO_TRY_ASSIGN(const std::optional<std::string> url, settings->string(view(setting.name)));
    if (!url || url->empty()) continue;
    auto origin = own_origin(*url);
    if (!origin) {
      Error error = std::move(origin).error();
      error.message = "the account's setting " + quote(view(setting.name)) + ": " + error.message;
      error.remedy = "write it with https://";
      return fail(std::move(error));
    }
    out.push_back(std::move(*origin));
  }
  return out;
}

Result<void> Reach::put_instead(Listed& listed, std::string_view endpoint) {
  auto parts = split_url(endpoint);
  if (!parts) return bad_endpoint("the endpoint for " + listed.origin + ": " + parts.error().message);
  if (parts->rest.find_first_of("?#") != std::string::npos) {
    return bad_endpoint("the endpoint for " + listed.origin + " has a query or a fragment; it is an origin and a path");
  }
  while (parts->rest.ends_with('/')) parts->rest.pop_back();
  listed.to_origin = std::move(parts->origin);
  listed.to_path = std::move(parts->rest);
  return {};
}

Result<Reach> Reach::of(std::span<const tento_str> listed, const EndpointSettings& settings,
                        std::span<const std::string> own) {
  Reach out;
  out.allow_insecure_ = settings.allow_insecure;
  std::string all;
  for (const tento_str& origin : listed) {
    TENTO_TRY_ASSIGN(UrlParts parts, split_url(view(origin)));
    all += (all.empty() ? "" : ", ") + parts.origin;
    out.origins_.push_back({std::move(parts.origin), {}, {}, false});
  }
  if (!settings.endpoint.empty()) {
    if (out.origins_.empty()) return bad_endpoint("an endpoint is set, and the provider lists no origin");
    TENTO_TRY(out.put_instead(out.origins_.front(), settings.endpoint));
  }
  // After the listed ones: `endpoint` stands in place of the first of those, never of an account's own server.
  for (const std::string& origin : own) {
    const bool listed_too =
        std::any_of(out.origins_.begin(), out.origins_.end(), [&](const Listed& one) { return one.origin == origin; });
    if (!listed_too) out.origins_.push_back({origin, {}, {}, false});
  }
  for (const auto& [from, to] : settings.instead) {
    const auto parts = split_url(from);
    if (!parts) return bad_endpoint("endpoints: " + parts.error().message);
    const auto found = std::find_if(out.origins_.begin(), out.origins_.end(),
                                    [&](const Listed& l) { return l.origin == parts->origin; });
    // The table is for all account types of the provider, and each has its own list.
    if (found != out.origins_.end()) TENTO_TRY(out.put_instead(*found, to));
  }
  for (Listed& one : out.origins_) {
    one.safe = grammar::is_origin(one.wire()) || (out.allow_insecure_ && !one.to_origin.empty());
  }
  return out;
}

Result<Reach::Place> Reach::place(std::string_view url) const {
  // A URL that spells a listed origin as it is listed, and ends it there, needs no reading: an authority ends at the
  // first slash or question mark (RFC 3986 section 3.2), and nothing behind it can be wrong.
  for (const Listed& listed : origins_) {
    if (!below(url, listed.origin)) continue;
    if (const std::string_view rest = url.substr(listed.origin.size()); is_plain(rest)) return under(listed, rest);
  }
  TENTO_TRY_ASSIGN(UrlParts parts, split_url(url));
  for (const Listed& listed : origins_) {
    if (listed.origin == parts.origin) {
      Place place = under(listed, parts.rest);
      if (listed.to_origin.empty()) place.url = url;
      return place;
    }
  }
  // Links in the answers of an endpoint lead there.
  const Listed* best = nullptr;
  for (const Listed& listed : origins_) {
    if (listed.to_origin.empty() || listed.to_origin != parts.origin || !below(parts.rest, listed.to_path)) continue;
    if (best == nullptr || listed.to_path.size() > best->to_path.size()) best = &listed;
  }
  if (best != nullptr) {
    std::string declared = best->origin + parts.rest.substr(best->to_path.size());
    return Place{std::string(url), std::move(parts.origin), std::move(declared), true};
  }
  std::string declared = parts.origin + parts.rest;
  const bool listed = counts(parts.origin);
  return Place{std::string(url), std::move(parts.origin), std::move(declared), listed};
}

Reach::Place Reach::under(const Listed& listed, std::string_view rest) {
  const auto joined = [rest](std::string_view origin, std::string_view path) {
    std::string out;
    out.reserve(origin.size() + path.size() + rest.size());
    return out.append(origin).append(path).append(rest);
  };
  if (listed.to_origin.empty()) return {joined(listed.origin, {}), listed.origin, joined(listed.origin, {}), true};
  return {joined(listed.to_origin, listed.to_path), listed.to_origin, joined(listed.origin, {}), true};
}

bool Reach::counts(std::string_view origin) const {
  return std::any_of(origins_.begin(), origins_.end(),
                     [origin](const Listed& listed) { return listed.wire() == origin; });
}

bool Reach::replaced(std::string_view origin) const {
  return !counts(origin) && std::any_of(origins_.begin(), origins_.end(),
                                        [origin](const Listed& listed) { return listed.origin == origin; });
}

bool Reach::safe(std::string_view origin) const {
  return std::any_of(origins_.begin(), origins_.end(),
                     [origin](const Listed& listed) { return listed.safe && listed.wire() == origin; }) ||
         grammar::is_origin(origin);
}

}  // namespace tento::host
