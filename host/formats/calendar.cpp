// SPDX-License-Identifier: Apache-2.0
// Dated cells as a calendar (RFC 5545, RFC 7986), one entry after the other; titles, times and the rest are found by
// the roles of the row's own fields.
#include <libical/ical.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include <tento/sdk/event_v1.hpp>
#include <tento/sdk/time.hpp>

#include "host/formats/calendar_times.hpp"
#include "host/formats/formats.hpp"
#include "host/formats/json_parts.hpp"

namespace tento::host {
namespace {

struct FreeProperty {
  void operator()(icalproperty* p) const { icalproperty_free(p); }
};

// What a calendar's text may hold: no control characters but line ends.
std::string clean(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\r') continue;
    out += (code < 0x20 && c != '\n') || code == 0x7F ? ' ' : c;
  }
  return out;
}

class Entries {
 public:
  explicit Entries(const Output& output)
      : calendar_(*output.calendar), is_event_(calendar_.encoding == event_v1::ENCODING) {
    for (std::size_t i = 0; i < output.columns.size(); ++i) {
      const auto& column = output.columns[i];
      for (auto [name, at] :
           {std::pair{"id", &id_}, {"date", &date_}, {"end_date", &end_}, {"data", &data_}, {"updated_us", &updated_}})
        if (column.name == name) *at = i;
      if (column.name == "data") parts_ = &column.parts;
    }
  }

  // The text of one entry; empty where the record has no date, or one that no calendar has a place for.
  std::string operator()(std::span<const FieldView> record) {
    const auto own = time_of(text(record, date_));
    if (!own) return {};
    read_data(record);
    const auto start = time_of(first(PartRole::start)).value_or(*own);
    if (const int year = static_cast<int>(start.start().year());
        year < first_calendar_year || year > last_calendar_year)
      return {};
    auto end = time_of(first(PartRole::end));
    if (!end) end = time_of(text(record, end_));
    const auto when = when_of(start, end);
    const auto zone_name = when.start.is_date != 0 ? std::string() : member("/zone");
    auto* zone = CalendarZones::find(zone_name);

    Component event(icalcomponent_new_vevent());
    const auto add = [&](icalproperty* p) { icalcomponent_add_property(event.get(), p); };
    const auto add_time = [&](icalproperty_kind kind, const icaltimetype& time) {
      auto* property = icalproperty_new(kind);
      CalendarZones::set_time(property, time, zone, zone_name);
      add(property);
    };
    const auto id = text(record, id_);
    const auto name = name_of(id.empty() ? text(record, date_) : id);
    add(icalproperty_new_uid(clean(name.uid).c_str()));
    if (name.instance) add_time(ICAL_RECURRENCEID_PROPERTY, when_of(*name.instance, std::nullopt).start);
    add(icalproperty_new_dtstamp(ical_moment(revised(record, *own))));
    add_time(ICAL_DTSTART_PROPERTY, when.start);
    if (when.end) add_time(ICAL_DTEND_PROPERTY, *when.end);
    add(icalproperty_new_summary(clean(summary()).c_str()));
    if (const auto url = first(PartRole::url);
        !url.empty() && clean(url) == url && url.find_first_of(" \n") == url.npos)
      add(icalproperty_new_url(url.c_str()));
    if (is_event_) add_event_parts(add);
    auto out = zones_.definition(zone, zone_name) + text_of(event.get());
    const auto last_line = out.rfind("END:VEVENT");
    if (last_line != std::string::npos) out.insert(last_line, categories());
    return out;
  }

  // Gives back the memory of the entry before.
  void release() {
    parsed_ = false;
    parser_ = simdjson::dom::parser();
  }

 private:
  static std::string_view text(std::span<const FieldView> record, std::size_t at) {
    const auto* found = at < record.size() ? std::get_if<std::string_view>(&record[at]) : nullptr;
    return found == nullptr ? std::string_view() : *found;
  }
  static std::optional<SemanticTime> time_of(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const auto time = SemanticTime::parse(text);
    return time ? std::optional(*time) : std::nullopt;
  }
  // When it was stored; for what is computed when it is read, its own date.
  Instant revised(std::span<const FieldView> record, const SemanticTime& date) const {
    const auto* us = updated_ < record.size() ? std::get_if<std::int64_t>(&record[updated_]) : nullptr;
    if (us != nullptr && *us > 0) return Instant(std::chrono::microseconds(*us));
    return utc_range(date).from;
  }

  void read_data(std::span<const FieldView> record) {
    const auto* json = data_ < record.size() ? std::get_if<JsonView>(&record[data_]) : nullptr;
    parsed_ = json != nullptr && parser_.parse(json->text.data(), json->text.size()).get(root_) == simdjson::SUCCESS;
  }
  std::optional<simdjson::dom::element> find(const ColumnPart& part) const {
    simdjson::dom::element found;
    if (!parsed_ || root_.at_pointer(part.pointer).get(found) != simdjson::SUCCESS || found.is_null())
      return std::nullopt;
    return found;
  }
  // A member of the encoding event.v1 as text; empty where there is none, or in another encoding.
  std::string member(std::string_view pointer) const {
    simdjson::dom::element found;
    if (!is_event_ || !parsed_ || root_.at_pointer(pointer).get(found) != simdjson::SUCCESS) return {};
    return host::text_of(found);
  }

  // What an entry is known by: the event's own UID, of an instance with the moment that its series has for it; where
  // two would be called the same, or it has none, the row's id and its own.
  struct Name {
    std::string uid;
    std::optional<SemanticTime> instance = {};
  };
  Name name_of(std::string_view id) {
    Name own{calendar_.id + "/" + std::string(id)};
    Name out{member("/uid")};
    if (out.uid.empty()) return own;
    if (!member("/series").empty()) {
      out.instance = time_of(member("/original_start"));
      if (!out.instance) return own;
    }
    const auto hash = std::hash<std::string>()(out.uid + "\n" + (out.instance ? out.instance->text() : std::string()));
    return named_.insert(hash).second ? out : own;
  }

  // What event.v1 says beyond the roles of fields (RFC 5545, 3.8.1 and 3.8.2). What is cancelled says so and takes no
  // time, for readers that show it all the same.
  template <class Add>
  void add_event_parts(const Add& add) const {
    const auto status = member("/status"), busy = member("/busy"), visibility = member("/visibility");
    constexpr std::array<std::pair<std::string_view, icalproperty_status>, 3> statuses{
        {{event_v1::CONFIRMED, ICAL_STATUS_CONFIRMED},
         {event_v1::TENTATIVE, ICAL_STATUS_TENTATIVE},
         {event_v1::CANCELLED, ICAL_STATUS_CANCELLED}}};
    for (const auto& [word, value] : statuses)
      if (status == word) add(icalproperty_new_status(value));
    if (busy == "false" || status == event_v1::CANCELLED)
      add(icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
    else if (busy == "true")
      add(icalproperty_new_transp(ICAL_TRANSP_OPAQUE));
    constexpr std::array<std::pair<std::string_view, icalproperty_class>, 3> classes{
        {{"public", ICAL_CLASS_PUBLIC}, {"private", ICAL_CLASS_PRIVATE}, {"confidential", ICAL_CLASS_CONFIDENTIAL}}};
    for (const auto& [word, value] : classes)
      if (visibility == word) add(icalproperty_new_class(value));
    if (const auto place = clean(member("/location")); !place.empty()) add(icalproperty_new_location(place.c_str()));
    if (const auto about = clean(member("/description")); !about.empty())
      add(icalproperty_new_description(about.c_str()));
    if (const auto changed = time_of(member("/updated")); changed && changed->is_instant())
      add(icalproperty_new_lastmodified(ical_moment(*changed->instant())));
  }

  // The first field of a role that is there and says something.
  std::string first(PartRole role) const {
    if (parts_ == nullptr) return {};
    for (const auto& part : *parts_) {
      if (part.role != role) continue;
      if (const auto found = find(part))
        if (auto text = host::text_of(*found); !text.empty()) return text;
    }
    return {};
  }
  std::string summary() const {
    auto title = first(PartRole::title);
    if (!title.empty()) return title;
    if (parts_ != nullptr)
      for (const auto& part : *parts_) {
        if (part.role != PartRole::value) continue;
        if (const auto found = find(part))
          return (part.title.empty() ? calendar_.name : part.title) + ": " + host::text_of(*found) +
                 (part.unit.empty() ? "" : " " + part.unit);
      }
    return calendar_.name;
  }
  // A comma within a category has to be escaped, which the library leaves out for CATEGORIES since it separates several
  // there: it writes them as a property of one text, under a name that is no shorter.
  static void append_category(std::string& out, const std::string& category) {
    if (category.empty()) return;
    const std::unique_ptr<icalproperty, FreeProperty> property(icalproperty_new_description(clean(category).c_str()));
    const std::unique_ptr<char, FreeText> text(icalproperty_as_ical_string_r(property.get()));
    constexpr std::string_view written = "DESCRIPTION";
    out += "CATEGORIES";
    out += std::string_view(text.get()).substr(written.size());
  }
  std::string categories() const {
    std::string out;
    if (parts_ == nullptr) return out;
    for (const auto& part : *parts_) {
      if (part.role != PartRole::category) continue;
      const auto found = find(part);
      if (!found) continue;
      simdjson::dom::array list;
      if (found->get(list) != simdjson::SUCCESS) {
        append_category(out, host::text_of(*found));
        continue;
      }
      for (const auto item : list) append_category(out, host::text_of(item));
    }
    return out;
  }

  static constexpr std::size_t nowhere = SIZE_MAX;
  const CalendarInfo& calendar_;
  const bool is_event_;
  CalendarZones zones_;
  std::unordered_set<std::size_t> named_;  // hashes of the names that were given
  std::size_t id_ = nowhere, date_ = nowhere, end_ = nowhere, data_ = nowhere, updated_ = nowhere;
  const std::vector<ColumnPart>* parts_ = nullptr;
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
  bool parsed_ = false;
};

std::string head_of(const CalendarInfo& calendar) {
  Component all(icalcomponent_new(ICAL_VCALENDAR_COMPONENT));
  const auto add = [&](icalproperty* p) { icalcomponent_add_property(all.get(), p); };
  const auto name = clean(calendar.name);
  add(icalproperty_new_prodid("-//Tento//tento//EN"));
  add(icalproperty_new_version("2.0"));
  add(icalproperty_new_name(name.c_str()));
  auto* known_name = icalproperty_new_x(name.c_str());  // what programs read that do not know RFC 7986
  icalproperty_set_x_name(known_name, "X-WR-CALNAME");
  add(known_name);
  const auto seconds = static_cast<int>(std::clamp<std::int64_t>(calendar.refresh_s, 60, 30 * 86'400));
  add(icalproperty_new_refreshinterval(icaldurationtype_from_int(seconds)));
  return text_of(all.get());
}

class CalendarWriter final : public AnswerWriter {
 public:
  CalendarWriter(const Output& output, Sink sink)
      : AnswerWriter(output, std::move(sink)),
        head_(head_of(*output.calendar)),
        last_line_(std::min(head_.rfind("END:VCALENDAR"), head_.size())),
        entries_(output) {}

 private:
  void begin(Pieces& out) override { out.write(std::string_view(head_).substr(0, last_line_)); }
  bool record(Pieces& out, std::span<const FieldView> record) override { return out.write(entries_(record)); }
  void release() override { entries_.release(); }
  Result<void> end(Pieces& out, Result<void> read) override {
    if (read) out.write(std::string_view(head_).substr(last_line_));
    return out.finish(std::move(read));
  }

  const std::string head_;
  const std::size_t last_line_;
  Entries entries_;
};

// Of an output that is none.
class NoCalendar final : public AnswerWriter {
 public:
  NoCalendar(const Output& output, Sink sink) : AnswerWriter(output, std::move(sink)) {}

 private:
  bool record(Pieces&, std::span<const FieldView>) override { return false; }
  Result<bool> part(Pieces&) override {
    return fail(ErrorCode::unsupported, ErrorClass::config, "only the cells of a row can be a calendar");
  }
};

}  // namespace

std::unique_ptr<AnswerWriter> calendar_writer(const Output& output, Sink sink) {
  if (!output.calendar) return std::make_unique<NoCalendar>(output, std::move(sink));
  return std::make_unique<CalendarWriter>(output, std::move(sink));
}

}  // namespace tento::host
