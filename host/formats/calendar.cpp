// SPDX-License-Identifier: Apache-2.0
// Dated cells as a calendar (RFC 5545, RFC 7986), one entry after the other; titles, times and the rest are found by
// the roles of the row's own fields.
#include <libical/ical.h>

#include <algorithm>
#include <memory>
#include <optional>

#include <tento/sdk/time.hpp>

#include "host/formats/formats.hpp"
#include "host/formats/json_parts.hpp"

namespace tento::host {
namespace {

struct FreeComponent {
  void operator()(icalcomponent* c) const { icalcomponent_free(c); }
};
struct FreeProperty {
  void operator()(icalproperty* p) const { icalproperty_free(p); }
};
struct FreeText {
  void operator()(char* text) const { icalmemory_free_buffer(text); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

std::string text_of(const icalcomponent* component) {
  const std::unique_ptr<char, FreeText> text(icalcomponent_as_ical_string_r(const_cast<icalcomponent*>(component)));
  return text.get();
}

// What a calendar's text may hold: no control characters but line ends.
std::string clean(std::string text) {
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\r') continue;
    out += (code < 0x20 && c != '\n') || code == 0x7F ? ' ' : c;
  }
  return out;
}

// The years that the library writes.
constexpr int first_year = 1000, last_year = 3000;

icaltimetype ical_date(Date day) {
  using namespace std::chrono;
  day = std::clamp(day, Date(year(first_year), January, std::chrono::day(1)),
                   Date(year(last_year), December, std::chrono::day(31)));
  auto time = icaltime_null_date();
  time.year = static_cast<int>(day.year());
  time.month = static_cast<int>(static_cast<unsigned>(day.month()));
  time.day = static_cast<int>(static_cast<unsigned>(day.day()));
  return time;
}

icaltimetype ical_moment(Instant at) {
  using namespace std::chrono;
  const auto second = floor<seconds>(at);
  const auto midnight = floor<days>(second);
  const hh_mm_ss<seconds> in_day(second - midnight);
  auto time = ical_date(Date(midnight));
  time.is_date = 0;
  time.hour = static_cast<int>(in_day.hours().count());
  time.minute = static_cast<int>(in_day.minutes().count());
  time.second = static_cast<int>(in_day.seconds().count());
  time.zone = icaltimezone_get_utc_timezone();
  return time;
}

struct When {
  icaltimetype start;
  std::optional<icaltimetype> end;
};

// Days without a time where it starts with a bucket, all of the bucket; moments in UTC where it starts with one.
When when_of(const SemanticTime& start, const std::optional<SemanticTime>& end) {
  using std::chrono::days, std::chrono::sys_days;
  if (const auto at = start.instant()) {
    When out{ical_moment(*at), std::nullopt};
    if (end)
      if (const auto until = utc_range(*end).to; until > *at) out.end = ical_moment(until);
    return out;
  }
  Date after = start.end();
  if (end) {
    const Date last = end->is_instant() ? Date(sys_days(end->end()) + days(1)) : end->end();
    after = std::max(after, last);
  }
  return {ical_date(start.start()), ical_date(after)};
}

class Entries {
 public:
  explicit Entries(const Output& output) : calendar_(*output.calendar) {
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
    if (const int year = static_cast<int>(start.start().year()); year < first_year || year > last_year) return {};
    auto end = time_of(first(PartRole::end));
    if (!end) end = time_of(text(record, end_));
    const auto when = when_of(start, end);

    Component event(icalcomponent_new_vevent());
    const auto add = [&](icalproperty* p) { icalcomponent_add_property(event.get(), p); };
    const auto id = text(record, id_);
    const std::string uid = calendar_.id + "/" + std::string(id.empty() ? text(record, date_) : id);
    add(icalproperty_new_uid(clean(uid).c_str()));
    add(icalproperty_new_dtstamp(ical_moment(revised(record, *own))));
    add(icalproperty_new_dtstart(when.start));
    if (when.end) add(icalproperty_new_dtend(*when.end));
    add(icalproperty_new_summary(clean(summary()).c_str()));
    if (const auto url = first(PartRole::url);
        !url.empty() && clean(url) == url && url.find_first_of(" \n") == url.npos)
      add(icalproperty_new_url(url.c_str()));
    auto out = text_of(event.get());
    const auto last_line = out.rfind("END:VEVENT");
    if (last_line != std::string::npos) out.insert(last_line, categories());
    return out;
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

}  // namespace

Result<void> write_calendar(const Output& output, const Sink& sink) {
  if (!output.calendar)
    return fail(ErrorCode::unsupported, ErrorClass::config, "only the cells of a row can be a calendar");
  Pieces out(sink);
  const auto head = head_of(*output.calendar);
  const auto last_line = std::min(head.rfind("END:VCALENDAR"), head.size());
  out.write(std::string_view(head).substr(0, last_line));
  Entries entries(output);
  auto done = for_each_record(output, [&](std::span<const FieldView> record) { return out.write(entries(record)); });
  if (done) out.write(std::string_view(head).substr(last_line));
  return out.finish(std::move(done));
}

}  // namespace tento::host
