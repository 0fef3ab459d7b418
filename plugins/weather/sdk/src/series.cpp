// SPDX-License-Identifier: Apache-2.0
// An answer's columns as hours. Twice through the body: once to know that it is JSON and what stands around the
// columns, once for the columns' own bytes.
#include "weather/series.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "read.hpp"

namespace weather {
namespace {

using simdjson::SUCCESS;
using tento::Instant;
using tento::Result;
namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

// Three years of hours: no question is that long.
constexpr std::size_t most_hours = 27'000;
constexpr std::int64_t largest_offset_s = 18 * 3600;
constexpr auto one_hour = std::chrono::hours(1);

const Value no_value{std::nullopt, "null"};

// One entry of a list, as it stands there.
struct Scalar {
  enum class Kind : unsigned char { null, number, other };
  Kind kind = Kind::other;
  double number = 0;
  std::string_view token;
};
struct Column {
  bool told = false;
  bool list = false;
  std::vector<Scalar> entries;
};

std::string utc_minute(Instant at) {
  std::string text = tento::SemanticTime(at).text();
  return text.substr(0, 16) + "Z";
}

Result<Scalar> read_scalar(ondemand::value value, std::string_view where) {
  Scalar out;
  ondemand::json_type type{};
  if (const auto error = value.type().get(type); error != SUCCESS) {
    return bad_answer(where, simdjson::error_message(error));
  }
  if (type == ondemand::json_type::array || type == ondemand::json_type::object) return out;
  out.token = value.raw_json_token();
  out.token = out.token.substr(0, out.token.find_first_of(" \t\r\n"));
  if (type == ondemand::json_type::null) out.kind = Scalar::Kind::null;
  if (type == ondemand::json_type::number && value.get_double().get(out.number) == SUCCESS &&
      std::isfinite(out.number)) {
    out.kind = Scalar::Kind::number;
  }
  return out;
}

Result<Column> read_column(ondemand::value value, std::string_view where) {
  Column out;
  out.told = true;
  ondemand::array list;
  const auto error = value.get_array().get(list);
  if (error == simdjson::INCORRECT_TYPE) return out;
  if (error != SUCCESS) return bad_answer(where, simdjson::error_message(error));
  out.list = true;
  for (auto entry : list) {
    ondemand::value one;
    if (const auto broken = entry.get(one); broken != SUCCESS) {
      return bad_answer(where, simdjson::error_message(broken));
    }
    TENTO_TRY_ASSIGN(const Scalar scalar, read_scalar(one, where));
    if (out.entries.size() == most_hours) {
      return bad_answer(where, "a list has more than " + std::to_string(most_hours) + " entries");
    }
    out.entries.push_back(scalar);
  }
  return out;
}

// `hourly.time` and the variables that were asked for, whatever their order; of a name that comes twice the first.
struct Columns {
  Column time;
  std::vector<Column> variables;
};
Result<Columns> read_columns(const std::string& body, Source source, std::string_view where) {
  const auto variables = variables_of(source);
  Columns out;
  out.variables.resize(variables.size());
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object hourly;
  auto error = parser.iterate(body.data(), body.size(), body.capacity()).get(document);
  if (error == SUCCESS) error = document["hourly"].get_object().get(hourly);
  if (error != SUCCESS) return bad_answer(where, "`hourly` is not an object");
  for (auto field : hourly) {
    std::string_view name;
    ondemand::value value;
    if (error = field.unescaped_key().get(name); error == SUCCESS) error = field.value().get(value);
    if (error != SUCCESS) return bad_answer(where, simdjson::error_message(error));
    Column* column = name == "time" ? &out.time : nullptr;
    for (std::size_t i = 0; i < variables.size(); ++i) {
      if (variables[i].name == name) column = &out.variables[i];
    }
    if (column == nullptr || column->told) continue;
    TENTO_TRY_ASSIGN(*column, read_column(value, where));
  }
  return out;
}

// The place's zone. A name that this machine's database lacks leaves the offset that holds now.
Result<void> read_zone(const dom::element& root, std::string_view where, Series& out) {
  out.zone_name = shown(text_of(root, "timezone"));
  if (!out.zone_name.empty()) {
    TENTO_TRY_ASSIGN(const auto found, Zone::find(out.zone_name));
    if (found) {
      out.zone = *found;
      return {};
    }
  }
  std::int64_t offset = 0;
  if (root["utc_offset_seconds"].get(offset) != SUCCESS || offset < -largest_offset_s || offset > largest_offset_s) {
    return bad_answer(where, "it names neither a time zone nor an offset from UTC");
  }
  out.zone = Zone::fixed(std::chrono::seconds(offset));
  out.zone_known = false;
  return {};
}

// One sign has two code points, and both are used for a millionth.
std::string same_micro(std::string_view unit) {
  constexpr std::string_view micro_sign = "\xC2\xB5";
  constexpr std::string_view greek_mu = "\xCE\xBC";
  std::string out(unit);
  if (out.starts_with(micro_sign)) out.replace(0, micro_sign.size(), greek_mu);
  return out;
}

class Reader {
 public:
  Reader(const Bounds& bounds, std::string_view where, const OnOdd& odd) : bounds_(bounds), where_(where), odd_(odd) {}

  // The hours that can be used, in order: which entry of the lists each is.
  Result<std::vector<std::size_t>> read_times(const Column& column, Series& out) {
    if (!column.list) return bad_answer(where_, "`hourly.time` is not a list");
    std::vector<std::optional<Instant>> known;
    for (const Scalar& entry : column.entries) {
      known.push_back(time_of(entry));
      if (!known.back()) odd_({"hour " + std::to_string(known.size()), why_no_time(entry)});
    }
    std::vector<std::size_t> order(known.size());
    std::iota(order.begin(), order.end(), 0);
    std::erase_if(order, [&known](std::size_t i) { return !known[i]; });
    std::stable_sort(order.begin(), order.end(),
                     [&known](std::size_t a, std::size_t b) { return *known[a] < *known[b]; });
    std::vector<std::size_t> used;
    for (const std::size_t i : order) {
      if (!out.times.empty() && out.times.back() == *known[i]) {
        odd_({"hour " + utc_minute(*known[i]), "it is told twice"});
        continue;
      }
      out.times.push_back(*known[i]);
      used.push_back(i);
    }
    return used;
  }

  // One variable at the hours that are used; empty where none of it can be.
  std::vector<Value> read_values(const Column& column, const Variable& variable, std::size_t hours,
                                 const std::vector<std::size_t>& used, const Series& series) {
    const std::string name(variable.name);
    std::vector<Value> out;
    if (!column.list) {
      odd_({name, column.told ? "it is not a list" : "it was asked for and is missing"});
      return out;
    }
    if (column.entries.size() != hours) {
      odd_({name, std::to_string(column.entries.size()) + " values for " + std::to_string(hours) + " hours"});
      return out;
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
      const Scalar& entry = column.entries[used[i]];
      Value value{std::nullopt, entry.token};
      if (entry.kind == Scalar::Kind::number && is_believed(variable, entry.number)) {
        value.number = entry.number;
      } else if (entry.kind != Scalar::Kind::null) {
        odd_({name + " of " + utc_minute(series.times[i]),
              entry.kind == Scalar::Kind::number ? shown(entry.token) + " " + std::string(variable.unit) + " cannot be"
                                                 : "it is not a number"});
        if (entry.kind == Scalar::Kind::other) value.token = no_value.token;
      }
      out.push_back(value);
    }
    return out;
  }

  // What the service says of a variable's unit is what was asked for.
  bool has_unit(const dom::element& root, const Variable& variable) {
    std::string_view told;
    const bool any = root["hourly_units"][variable.name].get(told) == SUCCESS;
    if (any && same_micro(told) == variable.unit) return true;
    const std::string wanted = variable.unit.empty() ? "none" : "`" + std::string(variable.unit) + "`";
    odd_({std::string(variable.name),
          any ? "its unit is `" + shown(told) + "`, not " + wanted : "its unit is not told; it should be " + wanted});
    return false;
  }

  void read_suns(const dom::element& root, Series& out) {
    dom::array rises;
    dom::array sets;
    if (root["daily"]["sunrise"].get(rises) != SUCCESS || root["daily"]["sunset"].get(sets) != SUCCESS) {
      odd_({"sunrise and sunset", "they were asked for and are missing"});
      return;
    }
    if (rises.size() != sets.size() || rises.size() > most_hours) {
      odd_({"sunrise and sunset",
            "there are " + std::to_string(rises.size()) + " and " + std::to_string(sets.size()) + " of them"});
      return;
    }
    auto set = sets.begin();
    for (const dom::element rise : rises) {
      const auto from = moment_of(rise);
      const auto to = moment_of(*set);
      ++set;
      if (from && to && *from <= *to && *to - *from <= std::chrono::days(1)) {
        out.suns.push_back({*from, *to});
      } else {
        odd_({"sunrise and sunset " + std::to_string(out.suns.size() + 1), "they are no times of one day"});
      }
    }
  }

 private:
  [[nodiscard]] bool within(std::int64_t seconds) const {
    const auto low = std::chrono::floor<std::chrono::seconds>(bounds_.from.time_since_epoch()).count();
    const auto high = std::chrono::floor<std::chrono::seconds>(bounds_.to.time_since_epoch()).count();
    return seconds >= low && seconds < high;
  }
  [[nodiscard]] std::optional<Instant> time_of(const Scalar& entry) const {
    if (entry.kind != Scalar::Kind::number || entry.number != std::floor(entry.number)) return std::nullopt;
    // Far within what both types can hold.
    if (std::abs(entry.number) > 1e12) return std::nullopt;
    const auto seconds = static_cast<std::int64_t>(entry.number);
    if (!within(seconds)) return std::nullopt;
    return Instant(std::chrono::seconds(seconds));
  }
  [[nodiscard]] std::string why_no_time(const Scalar& entry) const {
    if (entry.kind != Scalar::Kind::number) return "its time is not a number";
    return "its time " + shown(entry.token) + " is not one that was asked for";
  }
  // A day that begins or ends at the bounds has its sun a little beyond them.
  [[nodiscard]] std::optional<Instant> moment_of(const dom::element& entry) const {
    std::int64_t seconds = 0;
    if (entry.get(seconds) != SUCCESS || seconds < -1'000'000'000'000 || seconds > 1'000'000'000'000) {
      return std::nullopt;
    }
    const Instant at{std::chrono::seconds(seconds)};
    if (at < bounds_.from - std::chrono::days(2) || at > bounds_.to + std::chrono::days(2)) return std::nullopt;
    return at;
  }
  static bool is_believed(const Variable& variable, double number) {
    return number >= variable.low && number <= variable.high && (!variable.whole || number == std::floor(number));
  }

  const Bounds& bounds_;
  std::string_view where_;
  const OnOdd& odd_;
};

}  // namespace

const Value& Series::at(std::size_t variable, std::size_t hour) const {
  return columns[variable].empty() ? no_value : columns[variable][hour];
}

bool Series::has_value(std::size_t hour) const {
  return std::any_of(columns.begin(), columns.end(), [hour](const std::vector<Value>& column) {
    return !column.empty() && column[hour].number.has_value();
  });
}

std::vector<Day> Series::days(tento::Date from, tento::Date to) const {
  std::vector<Day> out;
  for (std::chrono::sys_days date = from; date < std::chrono::sys_days(to); date += std::chrono::days(1)) {
    Day day;
    day.date = date;
    const Instant start = zone.start_of(day.date);
    const Instant end = zone.start_of(tento::Date(date + std::chrono::days(1)));
    const auto first = std::lower_bound(times.begin(), times.end(), start);
    const auto last = std::lower_bound(first, times.end(), end);
    day.first = static_cast<std::size_t>(first - times.begin());
    day.count = static_cast<std::size_t>(last - first);
    // Hours need not begin with the day: there are zones of half and quarter hours. And there are days that a zone left
    // out, which have none.
    day.complete = start == end;
    if (first != last) {
      day.complete = *first - start < one_hour && end - *(last - 1) <= one_hour;
      for (auto hour = first; hour + 1 != last; ++hour) day.complete = day.complete && *(hour + 1) - *hour == one_hour;
    }
    for (std::size_t i = 0; i < day.count; ++i) day.valued += has_value(day.first + i) ? 1 : 0;
    out.push_back(day);
  }
  return out;
}

const Sun* Series::sun_of(tento::Date date) const {
  // By the noon between the two: where the sun does not rise or does not set, they are midnights by the offset that
  // holds now, which is not always that of the day.
  const auto noon = [](const Sun& sun) {
    return sun.rise == sun.set ? sun.rise + std::chrono::hours(12) : sun.rise + (sun.set - sun.rise) / 2;
  };
  const auto found =
      std::find_if(suns.begin(), suns.end(), [&](const Sun& sun) { return zone.day(noon(sun)) == date; });
  return found == suns.end() ? nullptr : &*found;
}

Result<Series> read_series(std::string body, Source source, const Bounds& bounds, std::string_view where,
                           const OnOdd& odd) {
  Series out;
  out.source = source;
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  out.body = std::make_shared<const std::string>(std::move(body));
  dom::parser parser;
  TENTO_TRY_ASSIGN(const dom::element root, parse_answer(parser, *out.body, where));
  TENTO_TRY(read_zone(root, where, out));
  TENTO_TRY_ASSIGN(const Columns columns, read_columns(*out.body, source, where));
  Reader reader(bounds, where, odd);
  TENTO_TRY_ASSIGN(const std::vector<std::size_t> used, reader.read_times(columns.time, out));
  const auto variables = variables_of(source);
  out.columns.resize(variables.size());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (!is_asked(source, variables[i])) continue;
    // A list without any unit is told of as such, and not as one of another unit.
    if (columns.variables[i].list && !reader.has_unit(root, variables[i])) continue;
    out.columns[i] = reader.read_values(columns.variables[i], variables[i], columns.time.entries.size(), used, out);
  }
  if (source != Source::air) reader.read_suns(root, out);
  return out;
}

}  // namespace weather
