// SPDX-License-Identifier: Apache-2.0
// Questions, and what the service's refusals mean.
#include "weather/client.hpp"

#include <algorithm>
#include <tento/sdk/clock.hpp>
#include <tento/sdk/http_status.hpp>

#include "read.hpp"

namespace weather {
namespace {

namespace http = tento::http;
using tento::Date;
using tento::Error;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::Instant;
using tento::Result;

constexpr std::size_t longest_error_body_bytes = 64u << 10;

std::chrono::sys_days utc_day(Instant at) {
  return std::chrono::floor<std::chrono::days>(at);
}

std::string iso_day(Date day) {
  return tento::PartialDate::ymd(day).text().substr(4);
}

// The service says no `Retry-After`: it says in words which of its limits it was. Its counts begin anew with each
// minute, hour and day of UTC.
std::optional<std::chrono::milliseconds> wait_by_words(std::string_view reason, Instant now) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  constexpr std::chrono::hours one_hour{1};
  if (reason.starts_with("Minutely")) return std::chrono::minutes(1);
  if (reason.starts_with("Hourly")) return ceil<milliseconds>(floor<std::chrono::hours>(now) + one_hour - now);
  if (reason.starts_with("Daily")) return ceil<milliseconds>(utc_day(now) + std::chrono::days(1) - now);
  if (reason.starts_with("Too many concurrent")) return std::chrono::seconds(10);
  return std::nullopt;
}

const std::string& address_of(const ClientOptions& options, Source source) {
  switch (source) {
    case Source::archive:
      return options.archive_url;
    case Source::air:
      return options.air_url;
    default:
      return options.forecast_url;
  }
}

std::string_view path_of(Source source) {
  switch (source) {
    case Source::archive:
      return "/v1/archive";
    case Source::air:
      return "/v1/air-quality";
    default:
      return "/v1/forecast";
  }
}

// Days of a place may lie a day beside those of UTC, and hours are told of a day by another offset than its own.
Bounds bounds_of(const Query& query) {
  constexpr std::chrono::days margin{2};
  return {Instant(std::chrono::sys_days(query.first) - margin), Instant(std::chrono::sys_days(query.last) + margin)};
}

}  // namespace

std::string question_text(Source source, const Coordinates& at) {
  const std::string place = " for " + at.text();
  switch (source) {
    case Source::archive:
      return "the archive" + place;
    case Source::air:
      return "the air quality" + place;
    default:
      return "the forecast" + place;
  }
}

Reach reach_of(Source source, Instant now) {
  using std::chrono::days;
  const std::chrono::sys_days today = utc_day(now);
  const auto date = [](int year, unsigned month) {
    return Date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(1)};
  };
  switch (source) {
    case Source::archive:
      return {date(1940, 1), Date{today}};
    case Source::air:
      return {date(2013, 1), Date{today + days(6)}};
    default:
      return {Date{today - days(92)}, Date{today + days(15)}};
  }
}

std::uint64_t cost_of(Source source, const Query& query) {
  constexpr std::uint64_t variables_of_unit = 10;
  constexpr std::uint64_t days_of_unit = 14;
  std::uint64_t variables = source == Source::air ? 0 : 2;  // sunrise and sunset
  for (const Variable& one : variables_of(source)) variables += is_asked(source, one) ? 1 : 0;
  const auto days = std::chrono::sys_days(query.last) - std::chrono::sys_days(query.first);
  const auto asked = static_cast<std::uint64_t>(std::max<std::int64_t>(days.count(), 0)) + 1;
  const std::uint64_t share = variables * std::max(asked, days_of_unit);
  const std::uint64_t unit = variables_of_unit * days_of_unit;
  return (share + unit - 1) / unit;
}

Client Client::with(std::function<Instant()> now, std::function<void(std::string_view)> on_odd_wait) const {
  ClientOptions options = options_;
  options.now = std::move(now);
  options.on_odd_wait = std::move(on_odd_wait);
  return Client(std::move(options));
}

Instant Client::now() const {
  return options_.now ? options_.now() : tento::SystemClock().now();
}

Error Client::error_of(http::Response& response, std::string_view what) const {
  std::string reason;
  if (const auto body = http::read_all(response, longest_error_body_bytes)) reason = read_reason(*body);
  http::StatusRules rules;
  rules.waits.on_odd = options_.on_odd_wait;
  Error out = http::status_error(response, what, reason, now(), rules);
  if (out.error_class == ErrorClass::rate_limit) {
    out.remedy = "wait, then try again";
    if (out.retry_after_ms < 0) {
      if (const auto wait = wait_by_words(reason, now())) out.retry_after_ms = wait->count();
    }
  }
  return out;
}

Result<std::string> Client::whole(http::Transport& http, http::Request request, std::string_view what) const {
  request.headers.push_back({"Accept", "application/json"});
  request.max_body = most_bytes;
  TENTO_TRY_ASSIGN(http::Response response, http.send(request));
  if (response.status / 100 != 2) return tento::fail(error_of(response, what));
  return http::read_all(response, most_bytes);
}

Result<Place> Client::place(http::Transport& http, std::int32_t id) const {
  const std::string what = "the place of GeoNames id " + std::to_string(id);
  http::Request request;
  request.url = options_.geocoding_url + "/v1/get?id=" + std::to_string(id);
  auto body = whole(http, std::move(request), what);
  if (!body) {
    // 400 is its answer to an id that it does not have; to every other mistake as well, of which this can be none.
    Error error = std::move(body).error();
    if (error.http_status == 400 || error.http_status == 404) {
      error.code = ErrorCode::not_found;
      error.error_class = ErrorClass::config;
      error.tag = "weather_no_such_place";
      error.message += ". Look the id up at GeoNames, or name latitude,longitude instead";
      error.remedy = "name another place";
    }
    return tento::fail(std::move(error));
  }
  simdjson::dom::parser parser;
  TENTO_TRY_ASSIGN(const simdjson::dom::element root, parse_answer(parser, *body, what));
  Place out;
  std::int64_t told = 0;
  if (root["id"].get(told) != simdjson::SUCCESS || told != id) return bad_answer(what, "it tells of another place");
  // What is zero is left out; a place where both are is none.
  const auto latitude = number_of(root, "latitude");
  const auto longitude = number_of(root, "longitude");
  if (!latitude && !longitude) return bad_answer(what, "it does not tell where the place is");
  const auto at = Coordinates::of(latitude.value_or(0), longitude.value_or(0));
  if (!at) return bad_answer(what, "latitude and longitude are not on the globe");
  out.id = id;
  out.name = text_of(root, "name");
  out.at = *at;
  return out;
}

std::string Client::url_of(Source source, const Query& query) const {
  std::string variables;
  for (const Variable& one : variables_of(source)) {
    if (is_asked(source, one)) variables.append(variables.empty() ? "" : ",").append(one.name);
  }
  std::string url = address_of(options_, source);
  url.append(path_of(source)).append("?latitude=").append(query.at.latitude_text());
  url.append("&longitude=").append(query.at.longitude_text()).append("&hourly=").append(variables);
  if (source != Source::air) {
    url += "&daily=sunrise,sunset&temperature_unit=celsius&wind_speed_unit=kmh&precipitation_unit=mm";
  }
  // Times of day mean the offset that holds at the place now, in all of an answer; moments mean what they say.
  url += "&timezone=auto&timeformat=unixtime";
  return url + "&start_date=" + iso_day(query.first) + "&end_date=" + iso_day(query.last);
}

Result<Series> Client::hours(http::Transport& http, Source source, const Query& query, const OnOdd& odd) const {
  const std::string what = question_text(source, query.at);
  http::Request request;
  request.url = url_of(source, query);
  request.limit_name = "minute";
  request.limit_cost = cost_of(source, query);
  TENTO_TRY_ASSIGN(std::string body, whole(http, std::move(request), what));
  return read_series(std::move(body), source, bounds_of(query), what, odd);
}

}  // namespace weather
