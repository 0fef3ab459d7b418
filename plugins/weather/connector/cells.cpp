// SPDX-License-Identifier: Apache-2.0
// Values as JSON. Names and words are of this program's own tables, and numbers are written here: nothing needs
// escapes.
#include "cells.hpp"

#include <charconv>
#include <cmath>

#include "weather/condition.hpp"

namespace weather::rows {
namespace {

using tento::Instant;
using tento::SemanticTime;

std::string_view source_text(Source source) {
  return source == Source::archive ? "archive" : "forecast";
}

void add_condition(CellData& data, std::optional<double> code) {
  if (!code) return;
  data.add("weather", condition_of(static_cast<int>(*code))).add("weather_code", code, 0);
}

}  // namespace

void CellData::begin(std::string_view name) {
  text_.append(text_.empty() ? "{\"" : ",\"").append(name).append("\":");
}

CellData& CellData::add(std::string_view name, std::optional<double> number, int decimals) {
  if (!number) return *this;
  const double unit = std::pow(10.0, decimals);
  // Adding zero makes of a negative one a plain one.
  const double rounded = std::round(*number * unit) / unit + 0.0;
  char digits[64];
  const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), rounded);
  if (error != std::errc()) return *this;
  begin(name);
  text_.append(std::begin(digits), end);
  return *this;
}

CellData& CellData::add(std::string_view name, std::string_view plain_text) {
  if (plain_text.empty()) return *this;
  begin(name);
  text_.append("\"").append(plain_text).append("\"");
  return *this;
}

SemanticTime local_time(const Series& series, Instant at) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(series.zone.offset(at));
  return SemanticTime(at, static_cast<int>(minutes.count()));
}

std::string hour_id(Instant at) {
  return SemanticTime(at).text().substr(0, 16) + "Z";
}

std::string day_data(const Series& series, const Day& day) {
  const Summary summary = summary_of(series, day);
  CellData out;
  add_condition(out, summary.weather_code);
  out.add("temperature_max", summary.temperature_max, 1)
      .add("temperature_min", summary.temperature_min, 1)
      .add("temperature_mean", summary.temperature_mean, 1)
      .add("apparent_temperature_max", summary.apparent_temperature_max, 1)
      .add("apparent_temperature_min", summary.apparent_temperature_min, 1)
      .add("precipitation", summary.precipitation, 2)
      .add("rain", summary.rain, 2)
      .add("snowfall", summary.snowfall, 2)
      .add("precipitation_hours", summary.precipitation_hours, 0)
      .add("precipitation_probability_max", summary.precipitation_probability_max, 0)
      .add("cloud_cover", summary.cloud_cover, 0)
      .add("humidity", summary.humidity, 0)
      .add("pressure", summary.pressure, 1)
      .add("wind_speed_max", summary.wind_speed_max, 1)
      .add("wind_gusts_max", summary.wind_gusts_max, 1)
      .add("wind_direction", summary.wind_direction, 0)
      .add("sunshine", summary.sunshine, 0)
      .add("radiation", summary.radiation, 2)
      .add("uv_index_max", summary.uv_index_max, 2);
  if (const Sun* sun = series.sun_of(day.date)) {
    const auto daylight = std::chrono::duration_cast<std::chrono::seconds>(sun->set - sun->rise);
    const bool rises_and_sets = sun->rise < sun->set && sun->set - sun->rise < std::chrono::days(1);
    if (rises_and_sets) {
      out.add("sunrise", local_time(series, sun->rise).local_text());
      out.add("sunset", local_time(series, sun->set).local_text());
    }
    out.add("daylight", static_cast<double>(daylight.count()), 0);
  }
  out.add("hours", static_cast<double>(day.count), 0).add("source", source_text(series.source));
  return out.text();
}

std::string hour_data(const Series& series, std::size_t hour) {
  const auto variables = variables_of(series.source);
  CellData out;
  if (series.source != Source::air) {
    add_condition(out, series.at(static_cast<std::size_t>(Measure::weather_code), hour).number);
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const bool told_in_words = series.source != Source::air && i == static_cast<std::size_t>(Measure::weather_code);
    if (!told_in_words) out.add(variables[i].member(), series.at(i, hour).number, 3);
  }
  if (series.source != Source::air) out.add("source", source_text(series.source));
  return out.text();
}

std::string raw_of(const Series& series, std::size_t first, std::size_t count) {
  const auto variables = variables_of(series.source);
  std::string out = "{";
  // Of a name that the zones' database has, which is plain; see Zone::find.
  if (series.zone_known) out.append("\"timezone\":\"").append(series.zone_name).append("\",");
  std::string units = "\"hourly_units\":{\"time\":\"unixtime\"";
  std::string lists = "\"hourly\":{\"time\":[";
  for (std::size_t i = 0; i < count; ++i) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(series.times[first + i].time_since_epoch());
    lists.append(i == 0 ? "" : ",").append(std::to_string(seconds.count()));
  }
  lists += "]";
  for (std::size_t v = 0; v < variables.size(); ++v) {
    if (series.columns[v].empty()) continue;
    units.append(",\"").append(variables[v].name).append("\":\"").append(variables[v].unit).append("\"");
    lists.append(",\"").append(variables[v].name).append("\":[");
    for (std::size_t i = 0; i < count; ++i) lists.append(i == 0 ? "" : ",").append(series.at(v, first + i).token);
    lists += "]";
  }
  return out.append(units).append("},").append(lists).append("}}");
}

tento::Result<std::size_t> put_day(const Series& series, const Day& day, tento::Transaction& txn) {
  const std::string data = day_data(series, day);
  const std::string raw = raw_of(series, day.first, day.count);
  tento::CellView cell;
  cell.date = SemanticTime(tento::PartialDate::ymd(day.date)).to_abi();
  cell.data = data;
  cell.raw = raw;
  TENTO_TRY(txn.add(cell));
  return std::size_t{1};
}

tento::Result<std::size_t> put_hours(const Series& series, const Day& day, tento::Transaction& txn) {
  std::size_t count = 0;
  for (std::size_t hour = day.first; hour < day.first + day.count; ++hour) {
    if (!series.has_value(hour)) continue;
    const std::string id = hour_id(series.times[hour]);
    const std::string data = hour_data(series, hour);
    const std::string raw = raw_of(series, hour, 1);
    tento::CellView cell(id, local_time(series, series.times[hour]), data);
    cell.raw = raw;
    TENTO_TRY(txn.add(cell));
    ++count;
  }
  return count;
}

}  // namespace weather::rows
