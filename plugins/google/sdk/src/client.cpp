// SPDX-License-Identifier: Apache-2.0
// Requests, and what the service's refusals mean.
#include "google/client.hpp"

#include <boost/json.hpp>
#include <tento/sdk/clock.hpp>
#include <tento/sdk/http_status.hpp>

#include "read.hpp"

namespace google {
namespace {

namespace http = tento::http;
namespace json = boost::json;
namespace dom = simdjson::dom;
using simdjson::SUCCESS;
using tento::Error;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::Result;

constexpr std::size_t longest_error_body_bytes = 64u << 10;
// The service's budgets are counted by the minute, and it need not say how long to wait.
constexpr std::int64_t budget_wait_ms = 60'000;

bool is_budget(std::string_view reason) {
  return reason == "rateLimitExceeded" || reason == "userRateLimitExceeded" || reason == "quotaExceeded" ||
         reason == "dailyLimitExceeded" || reason == "RATE_LIMIT_EXCEEDED" || reason == "RESOURCE_EXHAUSTED";
}

bool is_scope(std::string_view reason) {
  return reason == "insufficientPermissions" || reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT";
}

std::string event_name(std::string_view calendar, std::string_view id) {
  return "event " + std::string(id) + " of " + std::string(calendar);
}

Result<Event> event_of(const std::string& body, std::string_view where) {
  dom::parser parser;
  TENTO_TRY_ASSIGN(const dom::element root, parse_object(parser, body, where));
  auto event = read_event(root, {});
  if (!event && is_odd(event.error())) return bad_answer(where, event.error().message);
  return event;
}

Calendar calendar_of(const dom::element& item) {
  Calendar out;
  out.id = text_of(item, "id");
  const std::string_view own = text_of(item, "summaryOverride");
  out.title = own.empty() ? text_of(item, "summary") : own;
  out.description = text_of(item, "description");
  out.zone = text_of(item, "timeZone");
  out.access = text_of(item, "accessRole");
  out.colour = text_of(item, "backgroundColor");
  out.primary = flag_of(item, "primary");
  out.selected = flag_of(item, "selected");
  out.hidden = flag_of(item, "hidden");
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
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

std::string utc_text(tento::Instant at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  std::string text = tento::SemanticTime(tento::Instant(whole)).text();
  text.resize(text.size() - 6);  // +00:00
  return text + "Z";
}

Result<Client> Client::new_from_handle(std::string_view granted_scopes, const ScopeGroup& group,
                                       ClientOptions options) {
  if (!granted_scopes.empty()) {
    options.granted = GoogleScopes::parse(granted_scopes);
    TENTO_TRY(options.granted->assert_one_of(group));
  }
  return Client(std::move(options));
}

std::string Client::events_url(std::string_view calendar, std::string_view rest) const {
  return url("/calendar/v3/calendars/") + escaped(calendar) + "/events" + std::string(rest);
}

tento::Instant Client::now() const {
  return options_.now ? options_.now() : tento::SystemClock().now();
}

Error Client::error_of(http::Response& response, std::string_view what, const ScopeGroup& group) const {
  Refusal said;
  if (const auto body = http::read_all(response, longest_error_body_bytes)) said = read_refusal(*body);
  http::StatusRules rules;
  rules.expired_tag = "google_auth_expired";
  rules.waits.on_odd = options_.on_odd_wait;
  Error out = http::status_error(response, what, said.message, now(), rules);
  if ((response.status == 403 || response.status == 429) && is_budget(said.reason)) {
    out.code = ErrorCode::rate_limited;
    out.error_class = ErrorClass::rate_limit;
    out.tag = "rate_limited";
  } else if (response.status == 403 && is_scope(said.reason)) {
    Error missing = GoogleScopes().assert_one_of(group).error();
    missing.message = std::string(what) + ": " + missing.message;
    missing.http_status = out.http_status;
    return missing;
  } else if (response.status == 412) {
    out.tag = "google_event_changed";
    out.message = std::string(what) + " changed meanwhile; nothing was changed";
    out.remedy = "sync the row, then write again";
  }
  if (out.error_class == ErrorClass::rate_limit) {
    out.remedy = "wait, then try again";
    if (out.retry_after_ms < 0) out.retry_after_ms = budget_wait_ms;
  }
  return out;
}

Result<http::Response> Client::ask(http::Transport& http, http::Request request, std::string_view what,
                                   const ScopeGroup& group) const {
  if (options_.granted) TENTO_TRY(options_.granted->assert_one_of(group));
  request.headers.push_back({"Accept", "application/json"});
  if (!request.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  TENTO_TRY_ASSIGN(http::Response response, http.send(request));
  if (response.status / 100 == 2) return response;
  return tento::fail(error_of(response, what, group));
}

Result<std::string> Client::whole(http::Transport& http, http::Request request, std::string_view what,
                                  const ScopeGroup& group) const {
  TENTO_TRY_ASSIGN(http::Response response, ask(http, std::move(request), what, group));
  return http::read_all(response);
}

Result<std::vector<Calendar>> Client::calendars(http::Transport& http, std::string_view cursor, std::string& next,
                                                const OnOdd& odd) const {
  const std::string what = "the list of calendars";
  http::Request request;
  request.url = url("/calendar/v3/users/me/calendarList?maxResults=250");
  if (!cursor.empty()) request.url += "&pageToken=" + escaped(cursor);
  TENTO_TRY_ASSIGN(const std::string body, whole(http, std::move(request), what, READ_CALENDAR));
  dom::parser parser;
  TENTO_TRY_ASSIGN(const dom::element root, parse_object(parser, body, what));
  dom::array items;
  if (root["items"].get(items) != SUCCESS) return bad_answer(what, "`items` is not a list");
  std::vector<Calendar> out;
  std::size_t count = 0;
  for (const dom::element item : items) {
    const std::string place = "calendar " + std::to_string(++count) + (cursor.empty() ? "" : " of a later page");
    if (!item.is_object()) {
      odd({place, "it is not an object", {}, {}});
      continue;
    }
    if (flag_of(item, "deleted")) continue;
    Calendar one = calendar_of(item);
    if (one.id.empty()) {
      odd({place + (one.title.empty() ? "" : " (" + one.title + ")"), "it has no `id`", {}, {}});
      continue;
    }
    out.push_back(std::move(one));
  }
  next = text_of(root, "nextPageToken");
  return out;
}

Result<std::vector<Busy>> Client::free_busy(http::Transport& http, std::string_view calendar, tento::Instant from,
                                            tento::Instant to, const OnOdd& odd) const {
  const std::string what = "when " + std::string(calendar) + " is busy";
  json::object asked;
  asked["timeMin"] = utc_text(from);
  asked["timeMax"] = utc_text(to);
  asked["items"] = json::array{json::object{{"id", json::string_view(calendar.data(), calendar.size())}}};
  http::Request request;
  request.method = "POST";
  request.url = url("/calendar/v3/freeBusy");
  request.body = json::serialize(asked);
  TENTO_TRY_ASSIGN(const std::string body, whole(http, std::move(request), what, READ_FREEBUSY));
  dom::parser parser;
  TENTO_TRY_ASSIGN(const dom::element root, parse_object(parser, body, what));
  dom::object calendars;
  dom::element mine;
  if (root["calendars"].get(calendars) != SUCCESS) return bad_answer(what, "`calendars` is not an object");
  const auto refused = [&](std::string_view reason) {
    return tento::fail(ErrorCode::not_found, ErrorClass::config,
                       what + ": the service does not tell (" + std::string(reason) +
                           "): the calendar is gone, or the "
                           "account may not see it",
                       "not_found");
  };
  if (calendars[calendar].get(mine) != SUCCESS) return refused("notFound");
  dom::array errors;
  if (mine["errors"].get(errors) == SUCCESS && errors.size() > 0) return refused(text_of(errors.at(0), "reason"));
  dom::array busy;
  if (mine["busy"].get(busy) != SUCCESS) return bad_answer(what, "`busy` is not a list");
  std::vector<Busy> out;
  for (const dom::element one : busy) {
    const auto start = tento::SemanticTime::parse(text_of(one, "start"));
    const auto end = tento::SemanticTime::parse(text_of(one, "end"));
    if (!start || !start->is_instant() || !end || !end->is_instant()) {
      odd({"busy time " + std::to_string(out.size() + 1), "`start` or `end` is not a time", {}, {}});
      continue;
    }
    if (*end->instant() < *start->instant()) {
      odd({"busy time " + start->text(), "it ends before it starts", {}, {}});
      continue;
    }
    out.push_back({*start->instant(), *end->instant()});
  }
  return out;
}

Result<Event> Client::insert(http::Transport& http, std::string_view calendar, std::string body) const {
  const std::string what = "a new event of " + std::string(calendar);
  http::Request request;
  request.method = "POST";
  request.url = events_url(calendar);
  request.body = std::move(body);
  TENTO_TRY_ASSIGN(const std::string made, whole(http, std::move(request), what, EDIT_EVENT_SCOPES));
  return event_of(made, what);
}

Result<Event> Client::get(http::Transport& http, std::string_view calendar, std::string_view id) const {
  const std::string what = event_name(calendar, id);
  http::Request request;
  request.url = events_url(calendar, "/" + escaped(id));
  TENTO_TRY_ASSIGN(const std::string body, whole(http, std::move(request), what, READ_EVENTS));
  return event_of(body, what);
}

Result<Event> Client::patch(http::Transport& http, std::string_view calendar, std::string_view id, std::string body,
                            std::string_view version) const {
  const std::string what = event_name(calendar, id);
  http::Request request;
  request.method = "PATCH";
  request.url = events_url(calendar, "/" + escaped(id));
  request.body = std::move(body);
  if (!version.empty()) request.headers.push_back({"If-Match", std::string(version)});
  TENTO_TRY_ASSIGN(const std::string made, whole(http, std::move(request), what, EDIT_EVENT_SCOPES));
  return event_of(made, what);
}

Result<void> Client::remove(http::Transport& http, std::string_view calendar, std::string_view id,
                            std::string_view version) const {
  http::Request request;
  request.method = "DELETE";
  request.url = events_url(calendar, "/" + escaped(id));
  if (!version.empty()) request.headers.push_back({"If-Match", std::string(version)});
  const auto done = ask(http, std::move(request), event_name(calendar, id), EDIT_EVENT_SCOPES);
  // 410: it was deleted before, perhaps by an earlier try of this very write.
  if (!done && done.error().http_status != 410) return tento::fail(done.error());
  return {};
}

}  // namespace google
