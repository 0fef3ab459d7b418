// SPDX-License-Identifier: Apache-2.0
// Rules by libical, on the wall clock; moments by the zone.
#include "google/recurrence.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tento/sdk/fixed_text.hpp>
#include <utility>

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

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) {
           return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
         });
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

// Calls `each` with the pieces of `text` between `separator`s that stand in no quotes.
template <class Each>
void split(std::string_view text, char separator, Each&& each) {
  bool quoted = false;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '"') quoted = !quoted;
    if (at < text.size() && (quoted || text[at] != separator)) continue;
    each(text.substr(from, at - from));
    from = at + 1;
  }
}

// A line of `recurrence`, taken apart (RFC 5545 section 3.1).
struct Line {
  std::string name;  // RRULE, EXRULE, RDATE or EXDATE
  std::string zone;  // the parameter TZID; empty = none
  std::string type;  // the parameter VALUE; empty = none
  std::string value;
};

// Why it is not one goes to `why`.
std::optional<Line> read_line(std::string_view text, std::string& why) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    why = "holds a control character";
    return std::nullopt;
  }
  if (text.size() > 100'000) {
    why = "is longer than 100,000 bytes";
    return std::nullopt;
  }
  std::size_t colon = std::string_view::npos;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size() && colon == std::string_view::npos; ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (text[at] == ':' && !quoted) colon = at;
  }
  // `TZID=GMT+01:00`, which should stand in quotes: the first colon is the offset's.
  const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (colon < text.size() && text.size() - colon > 4 && is_digit(colon + 1) && is_digit(colon + 2) &&
      text[colon + 3] == ':') {
    colon += 3;
  }
  Line out;
  bool first = true;
  split(text.substr(0, std::min(colon, text.size())), ';', [&](std::string_view piece) {
    if (std::exchange(first, false)) {
      out.name = upper(piece);
      return;
    }
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos) return;
    std::string_view value = piece.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (is_word(piece.substr(0, equals), "TZID")) out.zone = value;
    if (is_word(piece.substr(0, equals), "VALUE")) out.type = upper(value);
  });
  if (out.name != "RRULE" && out.name != "EXRULE" && out.name != "RDATE" && out.name != "EXDATE") {
    why = "is not an RRULE, EXRULE, RDATE or EXDATE";
    return std::nullopt;
  }
  if (colon == std::string_view::npos || colon + 1 == text.size()) {
    why = "has no value";
    return std::nullopt;
  }
  out.value = text.substr(colon + 1);
  return out;
}

// A rule without the parts that vendors add.
std::string without_vendors(std::string_view rule) {
  std::string out;
  split(rule, ';', [&](std::string_view part) {
    if (part.empty() || part.starts_with("X-") || part.starts_with("x-")) return;
    if (!out.empty()) out += ';';
    out += part;
  });
  return out;
}

// The one property of a line; none for what is not understood.
Component parse_one(const std::string& line) {
  Component out(icalparser_parse_string(("BEGIN:VEVENT\r\n" + line + "\r\nEND:VEVENT\r\n").c_str()));
  // What the library does not take becomes an error property.
  if (!out || icalcomponent_count_errors(out.get()) > 0) return nullptr;
  return out;
}

WallTime wall_of(const icaltimetype& time) {
  const tento::Date day{std::chrono::year(time.year), std::chrono::month(static_cast<unsigned>(time.month)),
                        std::chrono::day(static_cast<unsigned>(time.day))};
  const auto midnight = std::chrono::sys_days(day).time_since_epoch();
  if (time.is_date) return WallTime(midnight);  // its hour is none
  return WallTime(midnight + hours(time.hour) + minutes(time.minute) + seconds(time.second));
}

// Whether there is such a time: the library takes 30 February.
bool is_time(const icaltimetype& time) {
  const tento::Date day{std::chrono::year(time.year), std::chrono::month(static_cast<unsigned>(time.month)),
                        std::chrono::day(static_cast<unsigned>(time.day))};
  return !icaltime_is_null_time(time) && day.ok() && icaltime_is_valid_time(time);
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
      : rule_(rule), limits_(limits), all_day_(rule.start.all_day), zone_(all_day_ ? Zone() : rule.start.zone) {
    start_ = all_day_ ? WallTime(std::chrono::sys_days(rule.start.day).time_since_epoch()) : zone_.wall(rule.start.at);
    lasts_ = all_day_ ? std::chrono::sys_days(rule.end.day) - std::chrono::sys_days(rule.start.day)
                      : std::chrono::duration_cast<std::chrono::microseconds>(rule.end.at - rule.start.at);
    lasts_ = std::max(lasts_, std::chrono::microseconds(0));
    from_ = moment(WallTime(std::chrono::sys_days(limits.from).time_since_epoch()));
    to_ = moment(WallTime(std::chrono::sys_days(limits.to).time_since_epoch()));
  }

  Result<Expansion> run() {
    TENTO_TRY(read_lines());
    add(start_, std::nullopt);
    for (const Item& item : items_) {
      if (item.name == "EXDATE") exclude_date(item);
      if (item.name == "RDATE") add_date(item);
      if (item.name == "RRULE") walk_rule(item, [this](WallTime at) { return add(at, std::nullopt); });
      if (item.name == "EXRULE") {
        walk_rule(item, [this](WallTime at) {
          excluded_.insert(moment(at));
          return moment(at) < to_;
        });
      }
    }
    Expansion out;
    out.complete = complete_;
    out.ignored = std::move(ignored_);
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
  // A rule, or one date of a list of them.
  struct Item {
    std::string name;
    std::string text;  // for people
    Component holder;
    icalproperty* property = nullptr;
    Zone zone;  // in which its local times are
  };

  void ignore(std::string_view line, std::string_view why) {
    constexpr std::size_t most = 20;  // of a list of thousands of dates a few are enough
    if (ignored_.size() == most) return;
    std::string text = "the recurrence line `";
    text.append(tento::cut_text(line, 120)).append("` ").append(why);
    ignored_.push_back(std::move(text));
  }

  Result<void> read_lines() {
    for (const std::string& text : rule_.lines) {
      std::string why;
      const auto line = read_line(text, why);
      if (!line) {
        ignore(text, why);
        continue;
      }
      Zone zone = zone_;
      if (!line->zone.empty()) {
        TENTO_TRY_ASSIGN(const auto known, Zone::find(line->zone));
        if (known) zone = *known;
      }
      const bool is_rule = line->name == "RRULE" || line->name == "EXRULE";
      const std::string lead = line->name + (is_rule || line->type.empty() ? "" : ";VALUE=" + line->type) + ":";
      const auto take = [&](std::string_view value) {
        Item item{line->name, lead + std::string(value), parse_one(lead + upper(value)), nullptr, zone};
        if (item.holder) item.property = icalcomponent_get_first_property(item.holder.get(), ICAL_ANY_PROPERTY);
        if (item.property == nullptr) return ignore(item.text, "is not understood (RFC 5545)");
        items_.push_back(std::move(item));
      };
      if (is_rule) {
        take(without_vendors(line->value));
      } else {
        split(line->value, ',', take);
      }
    }
    return {};
  }

  [[nodiscard]] Instant moment(WallTime wall) const { return zone_.moment(wall); }
  // What a date of RDATE, EXDATE or UNTIL means on the series' wall clock.
  [[nodiscard]] WallTime wall(const icaltimetype& time, const Zone& zone) const {
    const WallTime shown = wall_of(time);
    if (time.is_date || all_day_) return all_day_ ? std::chrono::floor<days>(shown) : shown;
    if (icaltime_is_utc(time)) return zone_.wall(Instant(shown.time_since_epoch()));
    return zone == zone_ ? shown : zone_.wall(zone.moment(shown));
  }

  void exclude_date(const Item& item) {
    const icaltimetype time = icalproperty_get_exdate(item.property);
    if (!is_time(time)) {
      ignore(item.text, "holds a date that is not one");
      return;
    }
    const WallTime at = wall(time, item.zone);
    if (time.is_date && !all_day_) {
      excluded_days_.insert(std::chrono::floor<days>(at));
    } else {
      excluded_.insert(moment(at));
    }
  }
  [[nodiscard]] bool is_excluded(Instant at) const {
    return excluded_.contains(at) || excluded_days_.contains(std::chrono::floor<days>(zone_.wall(at)));
  }

  void add_date(const Item& item) {
    const icaldatetimeperiodtype given = icalproperty_get_rdate(item.property);
    const bool is_period = icaltime_is_null_time(given.time) != 0;
    const icaltimetype time = is_period ? given.period.start : given.time;
    if (!is_time(time)) {
      ignore(item.text, "holds a date that is not one");
      return;
    }
    WallTime at = wall(time, item.zone);
    if (time.is_date && !all_day_) at = std::chrono::floor<days>(at) + (start_ - std::chrono::floor<days>(start_));
    std::optional<Instant> end;
    if (is_period && !all_day_) {
      if (icaltime_is_null_time(given.period.end)) {
        end = moment(at) + seconds(icaldurationtype_as_int(given.period.duration));
      } else {
        end = std::max(moment(wall(given.period.end, item.zone)), moment(at));
      }
    }
    add(at, end);
  }

  // Steps through a rule until it ends, `each` says so, or a limit is met.
  template <class Each>
  void walk_rule(const Item& item, Each&& each) {
    icalrecurrencetype rule =
        item.name == "RRULE" ? icalproperty_get_rrule(item.property) : icalproperty_get_exrule(item.property);
    // The library would compare UNTIL with the wall clock; it is a moment.
    const icaltimetype until = rule.until;
    const bool has_until = !icaltime_is_null_time(until);
    if (has_until && !is_time(until)) {
      ignore(item.text, "ends at a time that is not one");
      return;
    }
    rule.until = ical_of(zone_.wall(to_), all_day_);  // so that it looks no further for what does not come
    const bool has_date_parts =
        rule.by_month[0] != ICAL_RECURRENCE_ARRAY_MAX || rule.by_month_day[0] != ICAL_RECURRENCE_ARRAY_MAX ||
        rule.by_year_day[0] != ICAL_RECURRENCE_ARRAY_MAX || rule.by_week_no[0] != ICAL_RECURRENCE_ARRAY_MAX ||
        rule.by_set_pos[0] != ICAL_RECURRENCE_ARRAY_MAX;
    // Calendars for people have none of these, and the library steps through every second on its way to 30 February.
    if (rule.freq == ICAL_SECONDLY_RECURRENCE || rule.freq == ICAL_MINUTELY_RECURRENCE ||
        (rule.freq == ICAL_HOURLY_RECURRENCE && has_date_parts)) {
      ignore(item.text, "repeats more often than is followed");
      return;
    }
    std::optional<WallTime> last_day;
    std::optional<Instant> last;
    if (has_until) {
      const WallTime at = wall(until, zone_);
      if (all_day_ || until.is_date) {
        last_day = std::chrono::floor<days>(at);
      } else {
        last = moment(at);
      }
    }
    int left = rule.count;  // 0 = no COUNT
    const Iterator iterator(icalrecur_iterator_new(rule, ical_of(start_, all_day_)));
    if (!iterator) return;  // it never comes: 30 February
    bool first = true;
    for (;;) {
      const icaltimetype next = icalrecur_iterator_next(iterator.get());
      if (icaltime_is_null_time(next)) return;
      const WallTime at = wall_of(next);
      // The first instance counts, though the rule does not put it there.
      if (first && at != start_ && left > 0 && --left == 0) return;
      first = false;
      if (last_day && std::chrono::floor<days>(at) > *last_day) return;
      if (last && moment(at) > *last) return;
      if (++steps_ > limits_.most_steps || (limits_.go_on && steps_ % 1024 == 0 && !limits_.go_on())) {
        complete_ = false;
        return;
      }
      if (!each(at)) return;
      if (left > 0 && --left == 0) return;
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
  std::vector<Item> items_;
  std::vector<std::string> ignored_;
  std::size_t steps_ = 0;
  bool complete_ = true;
};

}  // namespace

Result<Expansion> expand(const SeriesRule& rule, const ExpandLimits& limits) {
  return Expander(rule, limits).run();
}

}  // namespace google
