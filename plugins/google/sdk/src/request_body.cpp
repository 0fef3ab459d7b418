// SPDX-License-Identifier: Apache-2.0
// event.v1 as the service takes it.
#include <simdjson.h>

#include <boost/json.hpp>

#include "boost_view.hpp"
#include "google/event.hpp"

namespace google {
namespace {

namespace dom = simdjson::dom;
namespace json = boost::json;
using simdjson::SUCCESS;
using tento::Result;

tl::unexpected<tento::Error> refused(std::string_view member, std::string_view why) {
  return tento::fail(tento::ErrorCode::invalid_argument, tento::ErrorClass::config,
                     "the event's `" + std::string(member) + "` " + std::string(why), "google_bad_event");
}

Result<std::string_view> text(const dom::element& value, std::string_view name) {
  std::string_view out;
  if (value.get(out) != SUCCESS) return refused(name, "is not text");
  return out;
}

// A member that the service calls otherwise, or the same.
Result<void> rename(const dom::element& value, std::string_view name, json::object& to, std::string_view as) {
  if (value.is_null()) {
    to[boost_view(as)] = nullptr;
    return {};
  }
  TENTO_TRY_ASSIGN(const std::string_view given, text(value, name));
  to[boost_view(as)] = boost_view(given);
  return {};
}

Result<json::array> attendees(const dom::element& value) {
  dom::array list;
  if (value.get(list) != SUCCESS) return refused("attendees", "is not a list");
  json::array out;
  for (const dom::element one : list) {
    if (!one.is_object()) return refused("attendees", "holds something that is not an object");
    json::object made;
    for (const auto [name, member] : dom::object(one)) {
      bool flag = false;
      const std::string where = "attendees." + std::string(name);
      if (name == "email" || name == "name") {
        TENTO_TRY(rename(member, where, made, name == "name" ? "displayName" : "email"));
      } else if (name == "status") {
        TENTO_TRY_ASSIGN(const std::string_view given, text(member, where));
        made["responseStatus"] = boost_view(given == "needs_action" ? "needsAction" : given);
      } else if (name == "optional" || name == "resource") {
        if (member.get(flag) != SUCCESS) return refused(where, "is neither true nor false");
        made[boost_view(name)] = flag;
      } else if (name != "self" && name != "organizer") {
        return refused(where, "is not one of an attendee's members: name, email, status, optional, resource");
      }
    }
    if (!made.contains("email")) return refused("attendees", "holds one without `email`");
    out.push_back(std::move(made));
  }
  return out;
}

Result<json::array> recurrence(const dom::element& value) {
  json::array out;
  dom::array list;
  if (value.is_null()) return out;
  if (value.get(list) != SUCCESS) return refused("recurrence", "is not a list of lines");
  for (const dom::element one : list) {
    TENTO_TRY_ASSIGN(const std::string_view line, text(one, "recurrence"));
    const std::string_view name = line.substr(0, line.find_first_of(":;"));
    if (name != "RRULE" && name != "EXRULE" && name != "RDATE" && name != "EXDATE") {
      return refused("recurrence", "holds a line that is not an RRULE, EXRULE, RDATE or EXDATE (RFC 5545)");
    }
    out.push_back(json::value(boost_view(line)));
  }
  return out;
}

// `ymd-2026-04-29` (or a bare date) as a day; else a time, whose offset may be missing where a zone is named.
struct When {
  bool all_day = false;
  tento::Date day{};
  std::string moment;
};

Result<When> when(std::string_view given, std::string_view name, bool has_zone) {
  When out;
  const bool bare = given.size() == 10 && given[4] == '-' && given[7] == '-';
  const auto parsed = tento::SemanticTime::parse(bare ? "ymd-" + std::string(given) : std::string(given));
  if (parsed && parsed->is_instant()) {
    out.moment = given;
    return out;
  }
  if (parsed && parsed->bucket()->kind() == tento::PartialDate::Kind::day) {
    out.all_day = true;
    out.day = parsed->start();
    return out;
  }
  const auto local = tento::SemanticTime::parse(std::string(given) + "Z");
  if (!parsed && local && local->is_instant()) {
    if (!has_zone) return refused(name, "has no UTC offset: add one, or say the `zone`");
    out.moment = given;
    return out;
  }
  return refused(name, "is neither a day (ymd-2026-04-29) nor a time (2026-04-29T09:00:00+02:00)");
}

json::object time_json(const When& time, std::string_view zone, bool is_end) {
  json::object out;
  if (time.all_day) {
    const tento::Date day = is_end ? tento::Date(std::chrono::sys_days(time.day) + std::chrono::days(1)) : time.day;
    const std::string text = tento::PartialDate::ymd(day).text().substr(4);
    out["date"] = text;
    out["dateTime"] = nullptr;
    return out;
  }
  out["dateTime"] = time.moment;
  out["date"] = nullptr;
  if (!zone.empty()) out["timeZone"] = boost_view(zone);
  return out;
}

void drop_nulls(json::object& object) {
  for (auto at = object.begin(); at != object.end();) {
    if (at->value().is_null()) {
      at = object.erase(at);
    } else {
      if (at->value().is_object()) drop_nulls(at->value().as_object());
      ++at;
    }
  }
}

Result<void> add_member(std::string_view name, const dom::element& value, json::object& out) {
  if (name == "title") return rename(value, name, out, "summary");
  if (name == "location" || name == "description" || name == "visibility") return rename(value, name, out, name);
  if (name == "status") {
    TENTO_TRY_ASSIGN(const std::string_view given, text(value, name));
    if (given != "confirmed" && given != "tentative") return refused(name, "is neither confirmed nor tentative");
    return rename(value, name, out, name);
  }
  if (name == "busy") {
    bool flag = false;
    if (value.get(flag) != SUCCESS) return refused(name, "is neither true nor false");
    out["transparency"] = flag ? "opaque" : "transparent";
    return {};
  }
  if (name == "attendees") {
    if (value.is_null()) {
      out["attendees"] = json::array();
      return {};
    }
    TENTO_TRY_ASSIGN(out["attendees"], attendees(value));
    return {};
  }
  if (name == "recurrence") {
    TENTO_TRY_ASSIGN(out["recurrence"], recurrence(value));
    return {};
  }
  if (name == "start" || name == "end" || name == "zone" || name == "all_day") return {};
  return refused(name,
                 "cannot be written: title, start, end, all_day, zone, location, description, status, busy, "
                 "visibility, attendees and recurrence can");
}

}  // namespace

Result<std::string> request_body(std::string_view event_v1, std::optional<std::string_view> id) {
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(event_v1.data(), event_v1.size()).get(root); error != SUCCESS) {
    return tento::fail(tento::ErrorCode::invalid_argument, tento::ErrorClass::config,
                       std::string("the event is not valid JSON: ") + simdjson::error_message(error),
                       "google_bad_event");
  }
  if (!root.is_object()) {
    return tento::fail(tento::ErrorCode::invalid_argument, tento::ErrorClass::config, "the event is not a JSON object",
                       "google_bad_event");
  }
  json::object out;
  for (const auto [name, value] : dom::object(root)) TENTO_TRY(add_member(name, value, out));

  std::string_view zone;
  if (dom::element value; root["zone"].get(value) == SUCCESS && !value.is_null()) {
    TENTO_TRY_ASSIGN(const std::string_view given, text(value, "zone"));
    TENTO_TRY_ASSIGN(const auto known, Zone::find(given));
    if (known) zone = known->name();  // the service takes IANA's names alone
    if (zone.empty()) return refused("zone", "is unknown: give an IANA name such as Europe/Berlin");
  }
  std::optional<When> start;
  std::optional<When> end;
  for (const auto& [name, into] : {std::pair{"start", &start}, std::pair{"end", &end}}) {
    dom::element value;
    if (root[name].get(value) != SUCCESS) continue;
    TENTO_TRY_ASSIGN(const std::string_view given, text(value, name));
    TENTO_TRY_ASSIGN(*into, when(given, name, !zone.empty()));
  }
  if (dom::element value; root["all_day"].get(value) == SUCCESS) {
    bool flag = false;
    if (value.get(flag) != SUCCESS) return refused("all_day", "is neither true nor false");
    if (start && start->all_day != flag) return refused("all_day", "does not agree with `start`");
  }
  if (id && !start) return refused("start", "is missing");
  if (id && !end) {
    if (!start->all_day) return refused("end", "is missing");
    end = start;  // one day
  }
  if (start && end && start->all_day != end->all_day)
    return refused("end", "is a day and `start` is not, or the reverse");
  if (start && end && start->all_day && std::chrono::sys_days(end->day) < std::chrono::sys_days(start->day)) {
    return refused("end", "is before `start`");
  }
  if (!zone.empty() && !start && !end) return refused("zone", "needs `start` and `end` beside it");
  if (const auto* rules = out.if_contains("recurrence");
      rules != nullptr && !rules->as_array().empty() && start && !start->all_day && zone.empty()) {
    return refused("zone", "is missing: a series needs the zone in which its rule counts");
  }
  if (start) out["start"] = time_json(*start, zone, false);
  if (end) out["end"] = time_json(*end, zone, true);
  if (id) {
    drop_nulls(out);
    if (!id->empty()) out["id"] = boost_view(*id);
  }
  return json::serialize(out);
}

}  // namespace google
