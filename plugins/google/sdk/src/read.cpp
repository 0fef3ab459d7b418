// SPDX-License-Identifier: Apache-2.0
// Members by name and type; event.v1's details.
#include "read.hpp"

#include <boost/json.hpp>

#include <tento/sdk/event_v1.hpp>

#include "boost_view.hpp"

namespace google {
namespace {

namespace dom = simdjson::dom;
namespace json = boost::json;
using simdjson::SUCCESS;
using tento::Result;
using tento::SemanticTime;

tl::unexpected<tento::Error> odd(std::string why) {
  return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider, std::move(why), "google_bad_answer");
}

// A text of the service, so that people recognise it.
std::string shown(std::string_view text) {
  return "`" + std::string(text.substr(0, 40)) + "`";
}

// `2026-04-29T09:00:00`, a time by the clock of a zone.
std::optional<tento::Instant> moment_in(const Zone& zone, std::string_view local) {
  const auto time = SemanticTime::parse(std::string(local) + "Z");
  if (!time || !time->is_instant()) return std::nullopt;
  const auto second = std::chrono::floor<std::chrono::seconds>(*time->instant());
  const tento::Instant at = zone.moment(WallTime(second.time_since_epoch())) + (*time->instant() - second);
  const int year = static_cast<int>(tento::Date(std::chrono::floor<std::chrono::days>(at)).year());
  return year >= 0 && year <= 9999 ? std::optional(at) : std::nullopt;
}

// `{"date": "2026-04-29"}`, or `{"dateTime": "2026-04-29T09:00:00+02:00", "timeZone": "Europe/Berlin"}`, in which one
// of the offset and the zone may be missing.
Result<std::optional<EventTime>> read_time(const dom::element& item, std::string_view name,
                                           std::string_view calendar_zone) {
  dom::element member;
  if (item[name].get(member) != SUCCESS || member.is_null()) return std::optional<EventTime>();
  const auto wrong = [&](std::string_view what) { return odd("`" + std::string(name) + "` " + std::string(what)); };
  if (!member.is_object()) return wrong("is not an object");
  EventTime out;
  if (const std::string_view date = text_of(member, "date"); !date.empty()) {
    const auto day = tento::PartialDate::parse("ymd-" + std::string(date));
    if (!day || date.size() != 10) return wrong("holds " + shown(date) + ", which is not a date");
    out.all_day = true;
    out.day = day->start();
    return std::optional(out);
  }
  const std::string_view moment = text_of(member, "dateTime");
  if (moment.empty()) return wrong("has neither `date` nor `dateTime`");
  const std::string_view zone = text_of(member, "timeZone");
  if (const auto time = SemanticTime::parse(moment); time && time->is_instant()) {
    out.at = *time->instant();
    TENTO_TRY(out.plan_in(zone, Zone::fixed(std::chrono::minutes(time->offset_minutes().value_or(0)))));
    return std::optional(out);
  }
  const auto local = SemanticTime::parse(std::string(moment) + "Z");
  if (!local || !local->is_instant()) return wrong("holds " + shown(moment) + ", which is not a time");
  for (const std::string_view by : {zone, calendar_zone}) {
    if (by.empty()) continue;
    TENTO_TRY_ASSIGN(const auto known, Zone::find(by));
    if (!known) continue;
    const auto at = moment_in(*known, moment);
    if (!at) return wrong("holds " + shown(moment) + ", which is not within the years 0 to 9999");
    out.at = *at;
    out.zone_name = by;
    out.zone = *known;
    return std::optional(out);
  }
  return wrong("holds " + shown(moment) + ", without a UTC offset and in " +
               (zone.empty() ? "no zone" : "the unknown zone " + shown(zone)));
}

// When the series' rule puts an instance: as it is told, or as its id says.
Result<std::optional<EventTime>> read_original(const dom::element& item, const Event& event,
                                               std::string_view calendar_zone) {
  auto told = read_time(item, "originalStartTime", calendar_zone);
  if (!told && !is_odd(told.error())) return told;
  if (told && (*told || event.series.empty())) return told;
  if (const auto id = parse_instance_id(event.id)) {
    if (auto original = EventTime::of_key(id->key)) return original;
  }
  return told;
}

void copy_text(const dom::element& from, std::string_view name, json::object& to, std::string_view as) {
  if (const std::string_view text = text_of(from, name); !text.empty()) to[boost_view(as)] = boost_view(text);
}

json::object person(const dom::element& from) {
  json::object out;
  copy_text(from, "displayName", out, "name");
  copy_text(from, "email", out, "email");
  if (flag_of(from, "self")) out["self"] = true;
  return out;
}

json::object attendee(const dom::element& from) {
  json::object out = person(from);
  const std::string_view answer = text_of(from, "responseStatus");
  if (!answer.empty()) out["status"] = boost_view(answer == "needsAction" ? "needs_action" : answer);
  for (const std::string_view flag : {"optional", "organizer", "resource"}) {
    if (flag_of(from, flag)) out[boost_view(flag)] = true;
  }
  return out;
}

std::string details_of(const dom::element& item) {
  json::object out;
  out["title"] = boost_view(text_of(item, "summary"));
  copy_text(item, "location", out, "location");
  copy_text(item, "description", out, "description");
  const std::string_view status = text_of(item, "status");
  out["status"] = boost_view(status.empty() ? tento::event_v1::CONFIRMED : status);
  out["busy"] = text_of(item, "transparency") != "transparent";
  if (const std::string_view who = text_of(item, "visibility"); !who.empty() && who != "default") {
    out["visibility"] = boost_view(who);
  }
  copy_text(item, "htmlLink", out, "url");
  dom::element organizer;
  if (item["organizer"].get(organizer) == SUCCESS && organizer.is_object()) out["organizer"] = person(organizer);
  dom::array attendees;
  if (item["attendees"].get(attendees) == SUCCESS) {
    json::array list;
    for (const dom::element one : attendees) {
      if (one.is_object()) list.push_back(attendee(one));
    }
    if (!list.empty()) out["attendees"] = std::move(list);
  }
  copy_text(item, "iCalUID", out, "uid");
  copy_text(item, "updated", out, "updated");
  return json::serialize(out);
}

}  // namespace

tl::unexpected<tento::Error> bad_answer(std::string_view where, std::string_view why) {
  return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider,
                     std::string(where) + ": " + std::string(why), "google_bad_answer");
}

std::string_view text_of(const dom::element& object, std::string_view name) {
  std::string_view out;
  if (object[name].get(out) != SUCCESS) return {};
  return out;
}

bool flag_of(const dom::element& object, std::string_view name) {
  bool out = false;
  return object[name].get(out) == SUCCESS && out;
}

namespace {

Result<dom::element> object_of(simdjson::simdjson_result<dom::element> parsed, std::string_view where) {
  dom::element root;
  if (const auto error = parsed.get(root); error != SUCCESS) {
    return bad_answer(where, std::string("not JSON: ") + simdjson::error_message(error));
  }
  if (!root.is_object()) return bad_answer(where, "not a JSON object");
  return root;
}

}  // namespace

Result<dom::element> parse_object(dom::parser& parser, const tento::http::Text& body, std::string_view where) {
  static_assert(simdjson::SIMDJSON_PADDING <= tento::http::Text::padding);
  return object_of(parser.parse(body.data(), body.size(), false), where);
}

Result<dom::element> parse_object(dom::parser& parser, const std::string& body, std::string_view where) {
  return object_of(parser.parse(body), where);
}

bool is_odd(const tento::Error& error) noexcept {
  return error.code == tento::ErrorCode::invalid_data && error.tag == "google_bad_answer";
}

Result<Event> read_event(const dom::element& item, std::string_view calendar_zone) {
  if (!item.is_object()) return odd("it is not an object");
  Event out;
  out.id = text_of(item, "id");
  if (out.id.empty()) return odd("it has no `id`");
  out.etag = text_of(item, "etag");
  out.updated = text_of(item, "updated");
  out.cancelled = text_of(item, "status") == tento::event_v1::CANCELLED;
  out.series = text_of(item, "recurringEventId");
  TENTO_TRY_ASSIGN(out.original, read_original(item, out, calendar_zone));
  if (out.cancelled && !out.series.empty() && !out.original) {
    return odd("it is a cancelled instance, and neither `originalStartTime` nor its id says which");
  }
  if (out.cancelled) return out;
  TENTO_TRY_ASSIGN(out.start, read_time(item, "start", calendar_zone));
  TENTO_TRY_ASSIGN(out.end, read_time(item, "end", calendar_zone));
  if (!out.start) return odd("`start` is missing");
  if (!out.end) out.end = out.start;
  if (out.end->all_day != out.start->all_day) return odd("one of `start` and `end` is a day, the other not");
  dom::element recurrence;
  if (item["recurrence"].get(recurrence) == SUCCESS && !recurrence.is_null()) {
    dom::array lines;
    if (recurrence.get(lines) != SUCCESS) return odd("`recurrence` is not a list");
    for (const dom::element line : lines) {
      std::string_view text;
      if (line.get(text) != SUCCESS) return odd("a line of `recurrence` is not text");
      out.recurrence.emplace_back(text);
    }
  }
  out.details = details_of(item);
  out.raw = simdjson::minify(item);
  return out;
}

Refusal read_refusal(const std::string& body) {
  Refusal out;
  dom::parser parser;
  dom::element root;
  if (parser.parse(body).get(root) != SUCCESS) return out;
  dom::element error;
  if (root["error"].get(error) != SUCCESS || !error.is_object()) return out;
  out.message = text_of(error, "message");
  dom::array errors;
  if (error["errors"].get(errors) == SUCCESS) {
    for (const dom::element one : errors) {
      if (out.reason.empty()) out.reason = text_of(one, "reason");
      if (out.message.empty()) out.message = text_of(one, "message");
    }
  }
  // The newer form says it in `details`, as a type of google.rpc.ErrorInfo.
  dom::array details;
  if (error["details"].get(details) == SUCCESS) {
    for (const dom::element one : details) {
      if (const std::string_view reason = text_of(one, "reason"); !reason.empty()) {
        if (out.reason.empty() || reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT") out.reason = reason;
      }
    }
  }
  // The canonical name of the status, where nothing else says more.
  if (out.reason.empty()) out.reason = text_of(error, "status");
  return out;
}

}  // namespace google
