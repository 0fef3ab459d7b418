// SPDX-License-Identifier: Apache-2.0
// Origins and the operator's endpoints.
#include "host/deps/http_origins.hpp"

#include <algorithm>
#include <utility>

#include <tento/http/client.hpp>

#include "host/loader/grammar.hpp"
#include "host/schema/plain_text.hpp"

namespace tento::host {
namespace {

tl::unexpected<Error> bad_endpoint(std::string message) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.error_class = ErrorClass::config;
  error.message = std::move(message);
  error.tag = "bad_endpoint";
  error.action = "mend the provider's endpoints";
  return fail(std::move(error));
}

// Whether a path is `prefix` or below it.
bool below(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || std::string_view("/?#").find(path[prefix.size()]) != std::string_view::npos;
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

Result<Reach> Reach::of(std::span<const tento_str> listed, const EndpointSettings& settings) {
  Reach out;
  out.allow_insecure_ = settings.allow_insecure;
  std::string all;
  for (const tento_str& origin : listed) {
    TENTO_TRY_ASSIGN(UrlParts parts, split_url(view(origin)));
    all += (all.empty() ? "" : ", ") + parts.origin;
    out.origins_.push_back({std::move(parts.origin), {}, {}});
  }
  if (!settings.endpoint.empty()) {
    if (out.origins_.empty()) return bad_endpoint("an endpoint is set, and the provider lists no origin");
    TENTO_TRY(out.put_instead(out.origins_.front(), settings.endpoint));
  }
  for (const auto& [from, to] : settings.instead) {
    const auto parts = split_url(from);
    if (!parts) return bad_endpoint("endpoints: " + parts.error().message);
    const auto found = std::find_if(out.origins_.begin(), out.origins_.end(),
                                    [&](const Listed& l) { return l.origin == parts->origin; });
    // The table is for all account types of the provider, and each has its own list.
    if (found != out.origins_.end()) TENTO_TRY(out.put_instead(*found, to));
  }
  return out;
}

Result<Reach::Place> Reach::place(std::string_view url) const {
  TENTO_TRY_ASSIGN(const UrlParts parts, split_url(url));
  for (const Listed& listed : origins_) {
    if (listed.origin != parts.origin) continue;
    if (listed.to_origin.empty()) return Place{std::string(url), listed.origin + parts.rest, true};
    return Place{listed.to_origin + listed.to_path + parts.rest, listed.origin + parts.rest, true};
  }
  // Links in the answers of an endpoint lead there.
  const Listed* best = nullptr;
  for (const Listed& listed : origins_) {
    if (listed.to_origin.empty() || listed.to_origin != parts.origin || !below(parts.rest, listed.to_path)) continue;
    if (best == nullptr || listed.to_path.size() > best->to_path.size()) best = &listed;
  }
  if (best != nullptr) {
    return Place{std::string(url), best->origin + parts.rest.substr(best->to_path.size()), true};
  }
  return Place{std::string(url), parts.origin + parts.rest, counts(parts.origin)};
}

bool Reach::counts(std::string_view origin) const {
  return std::any_of(origins_.begin(), origins_.end(), [origin](const Listed& listed) {
    return listed.to_origin.empty() ? listed.origin == origin : listed.to_origin == origin;
  });
}

bool Reach::replaced(std::string_view origin) const {
  return !counts(origin) && std::any_of(origins_.begin(), origins_.end(),
                                        [origin](const Listed& listed) { return listed.origin == origin; });
}

bool Reach::safe(std::string_view origin) const {
  if (grammar::is_origin(origin)) return true;
  return allow_insecure_ && std::any_of(origins_.begin(), origins_.end(),
                                        [origin](const Listed& listed) { return listed.to_origin == origin; });
}

}  // namespace tento::host
