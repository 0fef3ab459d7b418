// SPDX-License-Identifier: Apache-2.0
// Times, ids, and the data of a cell.
#include "google/event.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

namespace google {
namespace {

namespace json = boost::json;
using tento::Instant;
using tento::PartialDate;
using tento::SemanticTime;

bool digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

tento::Result<void> EventTime::plan_in(std::string_view name, const Zone& otherwise) {
  zone_name = name;
  zone = otherwise;
  if (name.empty()) return {};
  TENTO_TRY_ASSIGN(const auto found, Zone::find(name));
  if (found) zone = *found;
  return {};
}

SemanticTime EventTime::semantic() const {
  if (all_day) return PartialDate::ymd(day);
  return SemanticTime(at, zone.offset_minutes(at));
}

std::string EventTime::key() const {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const auto midnight = std::chrono::floor<std::chrono::days>(second);
  const tento::Date date = all_day ? day : tento::Date(midnight);
  const std::chrono::hh_mm_ss<std::chrono::seconds> time(second - midnight);
  char text[64];
  if (all_day) {
    std::snprintf(text, sizeof text, "%04d%02u%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()));
  } else {
    std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
  }
  return text;
}

std::optional<EventTime> EventTime::of_key(std::string_view key) {
  const bool moment = key.size() == 16;
  if (key.size() < 8 || !digits(key.substr(0, 8)) || !(moment || key.size() == 8)) return std::nullopt;
  std::string text(key.substr(0, 4));
  text.append("-").append(key.substr(4, 2)).append("-").append(key.substr(6, 2));
  EventTime out;
  if (!moment) {
    const auto day = PartialDate::parse("ymd-" + text);
    if (!day) return std::nullopt;
    out.all_day = true;
    out.day = day->start();
    return out;
  }
  text.append("T").append(key.substr(9, 2)).append(":").append(key.substr(11, 2));
  text.append(":").append(key.substr(13, 2)).append("Z");
  const auto time = SemanticTime::parse(text);
  if (key[8] != 'T' || key[15] != 'Z' || !time || !time->is_instant()) return std::nullopt;
  out.at = *time->instant();
  return out;
}

std::string instance_id(std::string_view series, const EventTime& original) {
  return std::string(series) + "_" + original.key();
}

std::string cell_id(const Event& event) {
  if (event.series.empty() || !event.original) return event.id;
  return instance_id(event.series, *event.original);
}

std::optional<InstanceId> parse_instance_id(std::string_view id) noexcept {
  const std::size_t bar = id.rfind('_');
  if (bar == std::string_view::npos || bar == 0) return std::nullopt;
  const std::string_view key = id.substr(bar + 1);
  const bool day = key.size() == 8 && digits(key);
  const bool moment =
      key.size() == 16 && digits(key.substr(0, 8)) && key[8] == 'T' && digits(key.substr(9, 6)) && key[15] == 'Z';
  if (!day && !moment) return std::nullopt;
  return InstanceId{id.substr(0, bar), key};
}

SemanticTime inclusive_end(const EventTime& start, const EventTime& end) {
  if (!start.all_day) {
    EventTime shown = end;
    shown.at = std::max(end.at, start.at);
    if (shown.zone_name.empty()) shown.zone = start.zone;
    return shown.semantic();
  }
  const auto last = std::chrono::sys_days(end.day) - std::chrono::days(1);
  return PartialDate::ymd(tento::Date(std::max(last, std::chrono::sys_days(start.day))));
}

std::string event_data(std::string_view details, const EventTime& start, const EventTime& end, std::string_view series,
                       const std::optional<EventTime>& original) {
  boost::system::error_code error;
  json::value parsed = json::parse(json::string_view(details.data(), details.size()), error);
  json::object out = !error && parsed.is_object() ? std::move(parsed.as_object()) : json::object();
  const auto set = [&out](json::string_view name, std::string_view text) {
    out[name] = json::string_view(text.data(), text.size());
  };
  set("start", start.semantic().local_text());
  set("end", inclusive_end(start, end).local_text());
  out["all_day"] = start.all_day;
  if (!start.all_day && !start.zone.name().empty()) set("zone", start.zone.name());
  if (!series.empty()) {
    set("series", series);
    if (original) set("original_start", original->semantic().local_text());
  }
  return json::serialize(out);
}

}  // namespace google
