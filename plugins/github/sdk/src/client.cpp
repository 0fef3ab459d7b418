// SPDX-License-Identifier: Apache-2.0
// Requests, and what the service's refusals mean.
#include "github/client.hpp"

#include <algorithm>
#include <tento/sdk/clock.hpp>
#include <tento/sdk/http_status.hpp>

#include "read.hpp"

namespace github {
namespace {

using tento::Error;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::Result;
namespace http = tento::http;

constexpr std::size_t longest_error_body_bytes = 64u << 10;
constexpr std::int64_t default_wait_ms = 60'000;

// Whether the text holds the words, which are in lower case, whatever its own case.
bool mentions(std::string_view text, std::string_view words) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::search(text.begin(), text.end(), words.begin(), words.end(),
                     [&](char in, char wanted) { return lower(in) == wanted; }) != text.end();
}

// How the service words it when somebody asks too fast: today, and before it had that name.
bool is_secondary_limit(std::string_view said) {
  return mentions(said, "secondary rate limit") || mentions(said, "abuse detection") ||
         mentions(said, "abuse-detection");
}
// And when the hour's requests are used up, should the headers that say so be lost on the way.
bool is_limit(std::string_view said) {
  return mentions(said, "api rate limit exceeded") || mentions(said, "rate limit exceeded");
}

std::string issue_name(const RepositoryName& repository, std::string_view number) {
  return "issue " + std::string(number) + " of " + repository.owner + "/" + repository.name;
}

}  // namespace

std::string path_segment(std::string_view text) {
  static constexpr char hex_digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += hex_digits[byte >> 4];
      out += hex_digits[byte & 15];
    }
  }
  return out;
}

std::string Client::repository_url(const RepositoryName& repository, std::string_view rest) const {
  return url("/repos/") + path_segment(repository.owner) + "/" + path_segment(repository.name) + std::string(rest);
}

tento::Instant Client::now() const {
  return options_.now ? options_.now() : tento::SystemClock().now();
}

Error Client::error_of(http::Response& response, std::string_view what) const {
  std::string said;
  if (const auto body = http::read_all(response, longest_error_body_bytes)) said = read_message(*body);
  http::StatusRules rules;
  rules.expired_tag = "github_auth_expired";
  rules.waits.on_odd = options_.on_odd_wait;
  Error out = http::status_error(response, what, said, now(), rules);
  if (response.status != 403 && response.status != 429) return out;
  const bool secondary = is_secondary_limit(said);
  if (!secondary && response.status == 403 && !is_limit(said) && out.error_class != ErrorClass::rate_limit) return out;
  out.code = ErrorCode::rate_limited;
  out.error_class = ErrorClass::rate_limit;
  out.tag = secondary ? "github_secondary_limit" : "rate_limited";
  out.remedy = "wait, then try again";
  // Neither limit need come with a header; the service's own documentation asks for a minute then.
  if (out.retry_after_ms < 0) out.retry_after_ms = default_wait_ms;
  return out;
}

Result<http::Response> Client::ask(http::Transport& http, http::Request request, std::string_view what) const {
  request.headers.push_back({"Accept", "application/vnd.github+json"});
  request.headers.push_back({"X-GitHub-Api-Version", "2022-11-28"});
  if (!request.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  TENTO_TRY_ASSIGN(http::Response response, http.send(request));
  if (response.status / 100 == 2 || response.status == 304) return response;
  return tento::fail(error_of(response, what));
}

Result<std::string> Client::whole(http::Transport& http, http::Request request, std::string_view what) const {
  TENTO_TRY_ASSIGN(http::Response response, ask(http, std::move(request), what));
  return http::read_all(response);
}

Result<User> Client::user(http::Transport& http) const {
  http::Request request;
  request.url = url("/user");
  TENTO_TRY_ASSIGN(std::string body, whole(http, std::move(request), "the user of the token"));
  return read_user(std::move(body), "the user of the token");
}

Result<Single> Client::create_issue(http::Transport& http, const RepositoryName& repository,
                                    std::string_view body) const {
  const std::string what = "a new issue of " + repository.owner + "/" + repository.name;
  http::Request request;
  request.method = "POST";
  request.url = repository_url(repository, "/issues");
  request.body = body;
  request.limit_name = "write";
  TENTO_TRY_ASSIGN(std::string made, whole(http, std::move(request), what));
  return read_single(std::move(made), Kind::issue, what);
}

Result<Single> Client::update_issue(http::Transport& http, const RepositoryName& repository, std::string_view number,
                                    std::string_view body) const {
  const std::string what = issue_name(repository, number);
  http::Request request;
  request.method = "PATCH";
  request.url = repository_url(repository, "/issues/" + path_segment(number));
  request.body = body;
  request.limit_name = "write";
  TENTO_TRY_ASSIGN(std::string made, whole(http, std::move(request), what));
  return read_single(std::move(made), Kind::issue, what);
}

Result<std::optional<Single>> Client::find(http::Transport& http, std::string url, Kind kind,
                                           std::string_view what) const {
  http::Request request;
  request.url = std::move(url);
  auto body = whole(http, std::move(request), what);
  if (!body && body.error().code == ErrorCode::not_found) return std::optional<Single>();
  if (!body) return tento::fail(std::move(body).error());
  TENTO_TRY_ASSIGN(Single found, read_single(std::move(*body), kind, what));
  return std::optional<Single>(std::move(found));
}

Result<std::optional<Single>> Client::issue(http::Transport& http, const RepositoryName& repository,
                                            std::string_view number) const {
  return find(http, repository_url(repository, "/issues/" + path_segment(number)), Kind::issue,
              issue_name(repository, number));
}

Result<std::optional<Single>> Client::repository(http::Transport& http, std::string_view id) const {
  return find(http, url("/repositories/" + path_segment(id)), Kind::repository, "repository " + std::string(id));
}

Result<void> Client::mark_notifications_read(http::Transport& http) const {
  http::Request request;
  request.method = "PUT";
  request.url = url("/notifications");
  TENTO_TRY(ask(http, std::move(request), "the notifications"));
  return {};
}

}  // namespace github
