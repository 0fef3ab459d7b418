// SPDX-License-Identifier: Apache-2.0
// Pages by token.
#include "google/event_list.hpp"

#include "read.hpp"

namespace google {

namespace dom = simdjson::dom;
using tento::Result;

EventList::EventList(const Client& client, tento::http::Transport& http, EventQuery query)
    : client_(client), http_(http), query_(std::move(query)), walk_({}, query_.limits) {}

std::string EventList::page_url() const {
  // Whatever goes with a token has to be the same as with the list that gave it.
  std::string url = client_.events_url(query_.calendar, "?maxResults=" + std::to_string(query_.page_size) +
                                                            "&singleEvents=" + (query_.expanded ? "true" : "false"));
  if (query_.from) url += "&timeMin=" + escaped(utc_text(*query_.from));
  if (query_.to) url += "&timeMax=" + escaped(utc_text(*query_.to));
  if (!query_.sync_token.empty()) url += "&syncToken=" + escaped(query_.sync_token);
  if (!walk_.cursor().empty()) url += "&pageToken=" + escaped(walk_.cursor());
  return url;
}

Result<std::size_t> EventList::fetch(const std::function<Result<void>(Event&)>& each, const OnOdd& odd) {
  const std::string what = (query_.sync_token.empty() ? "the events of " : "the changed events of ") + query_.calendar;
  const std::string page = "page " + std::to_string(walk_.page());
  const std::string where = page + " of " + what;
  tento::http::Request request;
  request.url = page_url();
  TENTO_TRY_ASSIGN(tento::http::Response response, client_.ask(http_, std::move(request), what, READ_EVENTS));
  TENTO_TRY_ASSIGN(const tento::http::Text body, tento::http::whole(response));
  dom::parser parser;
  TENTO_TRY_ASSIGN(const dom::element root, parse_object(parser, body, where));
  dom::array items;
  if (root["items"].get(items) != simdjson::SUCCESS) return bad_answer(where, "`items` is not a list");
  if (const std::string_view zone = text_of(root, "timeZone"); !zone.empty()) zone_ = zone;
  std::size_t count = 0;
  for (const dom::element item : items) {
    ++count;
    auto event = read_event(item, zone_);
    if (!event && is_odd(event.error())) {
      const bool object = item.is_object();
      OddRecord record{"event " + std::to_string(count) + " of " + page, event.error().message,
                       object ? std::string(text_of(item, "id")) : std::string(),
                       object ? std::string(text_of(item, "recurringEventId")) : std::string()};
      if (!record.id.empty()) record.what = "event " + record.id;
      odd(record);
      continue;
    }
    if (!event) return tento::fail(std::move(event).error());
    TENTO_TRY(each(*event));
  }
  next_sync_token_ = text_of(root, "nextSyncToken");
  TENTO_TRY(walk_.advance(text_of(root, "nextPageToken")));
  return count;
}

}  // namespace google
