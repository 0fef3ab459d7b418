// SPDX-License-Identifier: Apache-2.0
// Rules by libical, on the wall clock; moments by the zone.
#include "google/recurrence.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace google {
namespace {

using std::chrono::days, std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
using tento::Instant;
using tento::Result;

struct FreeComponent {
  void operator()(icalcomponent* c) const { icalcomponent_free(c); }
};
struct FreeIterator {
  void operator()(icalrecur_iterator* i) const { icalrecur_iterator_free(i); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;
using Iterator = std::unique_ptr<icalrecur_iterator, FreeIterator>;

tl::unexpected<tento::Error> bad_rule(std::string_view line, std::string_view why) {
  return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider,
                     "the recurrence line `" + std::string(line.substr(0, 120)) + "` " + std::string(why),
                     "google_bad_recurrence");
}

WallTime wall_of(const icaltimetype& time) {
  const tento::Date day{std::chrono::year(time.year), std::chrono::month(static_cast<unsigned>(time.month)),
                        std::chrono::day(static_cast<unsigned>(time.day))};
  const auto midnight = std::chrono::sys_days(day).time_since_epoch();
  if (time.is_date) return WallTime(midnight);  // its hour is none
  return WallTime(midnight + hours(time.hour) + minutes(time.minute) + seconds(time.second));
}

icaltimetype ical_of(WallTime wall, bool is_date) {
  const auto midnight = std::chrono::floor<days>(wall);
  const tento::Date date{std::chrono::sys_days(midnight.time_since_epoch())};
  const std::chrono::hh_mm_ss<seconds> in_day(wall - midnight);
  icaltimetype out = is_date ? icaltime_null_date() : icaltime_null_time();
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.is_date = is_date ? 1 : 0;
  out.hour = is_date ? 0 : static_cast<int>(in_day.hours().count());
  out.minute = is_date ? 0 : static_cast<int>(in_day.minutes().count());
  out.second = is_date ? 0 : static_cast<int>(in_day.seconds().count());
  return out;
}

class Expander {
 public:
  Expander(const SeriesRule& rule, const ExpandLimits& limits)
      : rule_(rule), limits_(limits), all_day_(rule.start.all_day), zone_(all_day_ ? Zone() : rule.start.zone()) {
    start_ = all_day_ ? WallTime(std::chrono::sys_days(rule.start.day).time_since_epoch()) : zone_.wall(rule.start.at);
    lasts_ = all_day_ ? std::chrono::sys_days(rule.end.day) - std::chrono::sys_days(rule.start.day)
                      : std::chrono::duration_cast<std::chrono::microseconds>(rule.end.at - rule.start.at);
    lasts_ = std::max(lasts_, std::chrono::microseconds(0));
    from_ = moment(WallTime(std::chrono::sys_days(limits.from).time_since_epoch()));
    to_ = moment(WallTime(std::chrono::sys_days(limits.to).time_since_epoch()));
  }

  Result<Expansion> run() {
    TENTO_TRY_ASSIGN(const Component lines, parse());
    TENTO_TRY(read_excluded(*lines));
    add(start_, std::nullopt);
    TENTO_TRY(walk_rules(*lines, ICAL_RRULE_PROPERTY, [this](WallTime at) { return add(at, std::nullopt); }));
    TENTO_TRY(add_dates(*lines));
    Expansion out;
    out.complete = complete_;
    for (const auto& [at, end] : found_) {
      if (is_excluded(at)) continue;
      if (out.instances.size() == limits_.most_instances) {
        out.complete = false;
        break;
      }
      out.instances.push_back(instance(at, end));
    }
    return out;
  }

 private:
  // The lines as the properties of a component, so that the library splits lists of dates.
  Result<Component> parse() const {
    std::string text = "BEGIN:VEVENT\r\n";
    for (const std::string& line : rule_.lines) {
      if (std::any_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
        return bad_rule(line, "holds a control character");
      }
      const std::string_view name = std::string_view(line).substr(0, line.find_first_of(":;"));
      if (name != "RRULE" && name != "EXRULE" && name != "RDATE" && name != "EXDATE") {
        return bad_rule(line, "is no RRULE, EXRULE, RDATE or EXDATE");
      }
      if (line.size() > 100'000) return bad_rule(line, "is longer than 100,000 bytes");
      text += line + "\r\n";
    }
    text += "END:VEVENT\r\n";
    Component out(icalparser_parse_string(text.c_str()));
    if (!out) return bad_rule(rule_.lines.empty() ? "" : rule_.lines.front(), "is none of RFC 5545");
    // A line that the library does not take becomes an error property, in the order of lines.
    if (icalcomponent_count_errors(out.get()) > 0) return bad_rule(first_bad_line(), "is none of RFC 5545");
    return out;
  }
  [[nodiscard]] std::string first_bad_line() const {
    for (const std::string& line : rule_.lines) {
      const Component one(icalparser_parse_string(("BEGIN:VEVENT\r\n" + line + "\r\nEND:VEVENT\r\n").c_str()));
      if (!one || icalcomponent_count_errors(one.get()) > 0) return line;
    }
    return rule_.lines.empty() ? std::string() : rule_.lines.front();
  }

  [[nodiscard]] Instant moment(WallTime wall) const { return zone_.moment(wall); }
  // What a date of RDATE, EXDATE or UNTIL means on the series' wall clock.
  Result<WallTime> wall(const icaltimetype& time, icalproperty* property) const {
    const WallTime shown = wall_of(time);
    if (time.is_date || all_day_) return all_day_ ? std::chrono::floor<days>(shown) : shown;
    if (icaltime_is_utc(time)) return zone_.wall(Instant(shown.time_since_epoch()));
    auto* parameter = property == nullptr ? nullptr : icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
    if (parameter == nullptr) return shown;
    TENTO_TRY_ASSIGN(const Zone zone, Zone::find(icalparameter_get_tzid(parameter)));
    return zone_.wall(zone.moment(shown));
  }

  Result<void> read_excluded(icalcomponent& lines) {
    for (auto* p = icalcomponent_get_first_property(&lines, ICAL_EXDATE_PROPERTY); p != nullptr;
         p = icalcomponent_get_next_property(&lines, ICAL_EXDATE_PROPERTY)) {
      const icaltimetype time = icalproperty_get_exdate(p);
      if (icaltime_is_null_time(time)) continue;
      TENTO_TRY_ASSIGN(const WallTime at, wall(time, p));
      if (time.is_date && !all_day_) {
        excluded_days_.insert(std::chrono::floor<days>(at));
      } else {
        excluded_.insert(moment(at));
      }
    }
    return walk_rules(lines, ICAL_EXRULE_PROPERTY, [this](WallTime at) {
      excluded_.insert(moment(at));
      return moment(at) < to_;
    });
  }
  [[nodiscard]] bool is_excluded(Instant at) const {
    return excluded_.contains(at) || excluded_days_.contains(std::chrono::floor<days>(zone_.wall(at)));
  }

  Result<void> add_dates(icalcomponent& lines) {
    for (auto* p = icalcomponent_get_first_property(&lines, ICAL_RDATE_PROPERTY); p != nullptr;
         p = icalcomponent_get_next_property(&lines, ICAL_RDATE_PROPERTY)) {
      const icaldatetimeperiodtype given = icalproperty_get_rdate(p);
      const bool is_period = icaltime_is_null_time(given.time) != 0;
      const icaltimetype time = is_period ? given.period.start : given.time;
      if (icaltime_is_null_time(time)) continue;
      TENTO_TRY_ASSIGN(WallTime at, wall(time, p));
      if (time.is_date && !all_day_) at = std::chrono::floor<days>(at) + (start_ - std::chrono::floor<days>(start_));
      std::optional<Instant> end;
      if (is_period && !all_day_) {
        if (icaltime_is_null_time(given.period.end)) {
          end = moment(at) + seconds(icaldurationtype_as_int(given.period.duration));
        } else {
          TENTO_TRY_ASSIGN(const WallTime ends, wall(given.period.end, p));
          end = std::max(moment(ends), moment(at));
        }
      }
      add(at, end);
    }
    return {};
  }

  // Steps through each rule of one kind until it ends, `each` says so, or a limit is met.
  template <class Each>
  Result<void> walk_rules(icalcomponent& lines, icalproperty_kind kind, Each&& each) {
    for (auto* p = icalcomponent_get_first_property(&lines, kind); p != nullptr;
         p = icalcomponent_get_next_property(&lines, kind)) {
      icalrecurrencetype rule = kind == ICAL_RRULE_PROPERTY ? icalproperty_get_rrule(p) : icalproperty_get_exrule(p);
      TENTO_TRY(walk_rule(rule, each));
    }
    return {};
  }
  template <class Each>
  Result<void> walk_rule(icalrecurrencetype& rule, Each&& each) {
    // The library would compare UNTIL with the wall clock; it is a moment.
    const icaltimetype until = rule.until;
    const bool has_until = !icaltime_is_null_time(until);
    rule.until = ical_of(zone_.wall(to_), all_day_);  // so that it looks no further for what does not come
    const bool has_date_parts =
        rule.by_month[0] != ICAL_RECURRENCE_ARRAY_MAX || rule.by_month_day[0] != ICAL_RECURRENCE_ARRAY_MAX ||
        rule.by_year_day[0] != ICAL_RECURRENCE_ARRAY_MAX || rule.by_week_no[0] != ICAL_RECURRENCE_ARRAY_MAX ||
        rule.by_set_pos[0] != ICAL_RECURRENCE_ARRAY_MAX;
    // Calendars for people have none of these, and the library steps through every second on its way to 30 February.
    if (rule.freq == ICAL_SECONDLY_RECURRENCE || rule.freq == ICAL_MINUTELY_RECURRENCE ||
        (rule.freq == ICAL_HOURLY_RECURRENCE && has_date_parts)) {
      const std::string line = icalrecurrencetype_as_string(&rule);
      return bad_rule(line.substr(0, line.find(";UNTIL=")), "repeats more often than is followed");
    }
    std::optional<WallTime> last_day;
    std::optional<Instant> last;
    if (has_until) {
      TENTO_TRY_ASSIGN(const WallTime at, wall(until, nullptr));
      if (all_day_ || until.is_date) {
        last_day = std::chrono::floor<days>(at);
      } else {
        last = moment(at);
      }
    }
    int left = rule.count;  // 0 = no COUNT
    const Iterator iterator(icalrecur_iterator_new(rule, ical_of(start_, all_day_)));
    if (!iterator) return {};  // it never comes: 30 February
    bool first = true;
    for (;;) {
      const icaltimetype next = icalrecur_iterator_next(iterator.get());
      if (icaltime_is_null_time(next)) return {};
      const WallTime at = wall_of(next);
      // The first instance counts, though the rule does not put it there.
      if (first && at != start_ && left > 0 && --left == 0) return {};
      first = false;
      if (last_day && std::chrono::floor<days>(at) > *last_day) return {};
      if (last && moment(at) > *last) return {};
      if (++steps_ > limits_.most_steps || (limits_.go_on && steps_ % 1024 == 0 && !limits_.go_on())) {
        complete_ = false;
        return {};
      }
      if (!each(at)) return {};
      if (left > 0 && --left == 0) return {};
    }
  }

  // Whether what comes later may still be in the range.
  bool add(WallTime wall, std::optional<Instant> end) {
    const Instant at = moment(wall);
    if (at >= to_) return false;
    const Instant ends = end.value_or(at + lasts_);
    if (ends > from_ || at >= from_) found_.emplace(at, end);
    return true;
  }

  [[nodiscard]] Instance instance(Instant at, std::optional<Instant> end) const {
    Instance out{rule_.start, rule_.end};
    if (all_day_) {
      const auto day = std::chrono::floor<days>(at);
      out.start.day = tento::Date(day);
      out.end.day = tento::Date(day + std::chrono::duration_cast<days>(lasts_));
    } else {
      out.start.at = at;
      out.end.at = end.value_or(at + lasts_);
    }
    return out;
  }

  const SeriesRule& rule_;
  const ExpandLimits& limits_;
  bool all_day_;
  Zone zone_;
  WallTime start_;
  std::chrono::microseconds lasts_{};
  Instant from_, to_;
  std::map<Instant, std::optional<Instant>> found_;  // start, and an end of its own
  std::set<Instant> excluded_;
  std::set<std::chrono::local_days> excluded_days_;
  std::size_t steps_ = 0;
  bool complete_ = true;
};

}  // namespace

Result<Expansion> expand(const SeriesRule& rule, const ExpandLimits& limits) {
  return Expander(rule, limits).run();
}

}  // namespace google
