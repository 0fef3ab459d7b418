// SPDX-License-Identifier: Apache-2.0
// Each record of a page is parsed by itself, so that a number that is none spoils its own record only.
#include "read.hpp"

#include <tento/cell.h>

#include <tento/sdk/json_structure.hpp>

namespace whoop {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;
using tento::Result;

// A night of more than this is none, and neither is a workout.
constexpr std::chrono::hours longest_activity{7 * 24};

std::string not_json(simdjson::error_code error) {
  return std::string("not JSON: ") + simdjson::error_message(error);
}

std::string_view trimmed(std::string_view piece) {
  return piece.substr(0, piece.find_last_not_of(" \t\r\n") + 1);
}

std::string said_by(const dom::element& root) {
  for (const char* name : {"error_description", "message", "error"}) {
    std::string_view out;
    if (root[name].get(out) == SUCCESS && !out.empty()) return std::string(out.substr(0, 200));
  }
  return {};
}

Result<dom::element> parse_object(dom::parser& parser, const std::string& body, std::string_view where) {
  dom::element root;
  if (const auto error = parser.parse(body).get(root); error != SUCCESS) return bad_answer(where, not_json(error));
  if (!root.is_object()) return bad_answer(where, "not a JSON object");
  return root;
}

Result<void> read_common(const Members& members, Record& out) {
  TENTO_TRY_ASSIGN(out.updated_at, members.text("updated_at"));
  TENTO_TRY_ASSIGN(out.updated, members.time("updated_at"));
  TENTO_TRY_ASSIGN(out.state_text, members.text("score_state"));
  if (out.state_text == "SCORED") out.state = ScoreState::scored;
  if (out.state_text == "PENDING_SCORE") out.state = ScoreState::pending;
  if (out.state_text == "UNSCORABLE") out.state = ScoreState::unscorable;
  return {};
}

Result<std::string_view> read_uuid(const Members& members, const char* name) {
  TENTO_TRY_ASSIGN(const std::string_view out, members.text(name));
  if (out.size() > TENTO_MAX_CELL_ID)
    return odd("`" + std::string(name) + "` has " + std::to_string(out.size()) + " bytes");
  return out;
}

Result<void> check_length(tento::Instant start, tento::Instant end) {
  if (end < start) return odd("it ends before it starts");
  if (end - start > longest_activity) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(end - start);
    return odd("it lasts for " + std::to_string(days.count()) + " days");
  }
  return {};
}

// The score, where there is one and it counts.
Result<std::optional<Members>> score_of(const Members& members, ScoreState state) {
  if (state != ScoreState::scored) return std::optional<Members>();
  return members.object_if("score");
}

Result<void> read_stages(const Members& score, SleepStages& out) {
  TENTO_TRY_ASSIGN(const auto stages, score.object_if("stage_summary"));
  if (!stages) return {};
  TENTO_TRY(stages->read("total_in_bed_time_milli", out.in_bed_ms));
  TENTO_TRY(stages->read("total_awake_time_milli", out.awake_ms));
  TENTO_TRY(stages->read("total_no_data_time_milli", out.no_data_ms));
  TENTO_TRY(stages->read("total_light_sleep_time_milli", out.light_ms));
  TENTO_TRY(stages->read("total_slow_wave_sleep_time_milli", out.slow_wave_ms));
  TENTO_TRY(stages->read("total_rem_sleep_time_milli", out.rem_ms));
  TENTO_TRY(stages->read("sleep_cycle_count", out.cycles));
  return stages->read("disturbance_count", out.disturbances);
}

Result<void> read_need(const Members& score, SleepNeed& out) {
  TENTO_TRY_ASSIGN(const auto need, score.object_if("sleep_needed"));
  if (!need) return {};
  TENTO_TRY(need->read_signed("baseline_milli", out.baseline_ms));
  TENTO_TRY(need->read_signed("need_from_sleep_debt_milli", out.debt_ms));
  TENTO_TRY(need->read_signed("need_from_recent_strain_milli", out.strain_ms));
  return need->read_signed("need_from_recent_nap_milli", out.nap_ms);
}

Result<void> read_zones(const Members& score, ZoneDurations& out) {
  static constexpr const char* names[] = {"zone_zero_milli",  "zone_one_milli",  "zone_two_milli",
                                          "zone_three_milli", "zone_four_milli", "zone_five_milli"};
  TENTO_TRY_ASSIGN(const auto zones, score.object_if("zone_durations"));
  if (!zones) return {};
  for (std::size_t i = 0; i < std::size(names); ++i) TENTO_TRY(zones->read(names[i], out.zone_ms[i]));
  return {};
}

// What a record is called, if that much can be read of it.
std::string id_of(const dom::element& object, const char* name) {
  dom::element found;
  std::string_view text;
  std::int64_t number = 0;
  if (object[name].get(found) != SUCCESS) return {};
  if (found.get(text) == SUCCESS) return std::string(text.size() <= TENTO_MAX_CELL_ID ? text : std::string_view());
  return found.get(number) == SUCCESS && number >= 0 ? std::to_string(number) : std::string();
}

// The same of one that cannot be parsed.
std::string id_of_broken(std::string_view piece, const char* name) {
  ondemand::parser parser;
  ondemand::document document;
  ondemand::value found;
  std::string_view text;
  std::int64_t number = 0;
  if (parser.iterate(piece.data(), piece.size(), piece.size() + simdjson::SIMDJSON_PADDING).get(document) != SUCCESS ||
      document.find_field_unordered(name).get(found) != SUCCESS || found.type().error() != SUCCESS) {
    return {};
  }
  if (found.get_string().get(text) == SUCCESS) {
    return std::string(text.size() <= TENTO_MAX_CELL_ID ? text : std::string_view());
  }
  return found.get_int64().get(number) == SUCCESS && number >= 0 ? std::to_string(number) : std::string();
}

}  // namespace

template <>
Result<Sleep> read_record<Sleep>(const Members& members) {
  Sleep out;
  TENTO_TRY_ASSIGN(out.id, read_uuid(members, "id"));
  TENTO_TRY(read_common(members, out));
  TENTO_TRY_ASSIGN(out.cycle_id, members.id("cycle_id"));
  TENTO_TRY_ASSIGN(out.start, members.time("start"));
  TENTO_TRY_ASSIGN(out.end, members.time("end"));
  TENTO_TRY(check_length(out.start, out.end));
  TENTO_TRY_ASSIGN(out.offset_minutes, members.offset("timezone_offset"));
  TENTO_TRY_ASSIGN(out.nap, members.flag("nap"));
  TENTO_TRY_ASSIGN(const auto told, score_of(members, out.state));
  if (!told) return out;
  SleepScore score;
  TENTO_TRY(read_stages(*told, score.stages));
  TENTO_TRY(read_need(*told, score.need));
  TENTO_TRY(told->read("respiratory_rate", score.respiratory_rate));
  TENTO_TRY(told->read("sleep_performance_percentage", score.performance));
  TENTO_TRY(told->read("sleep_consistency_percentage", score.consistency));
  TENTO_TRY(told->read("sleep_efficiency_percentage", score.efficiency));
  out.score = score;
  return out;
}

template <>
Result<Recovery> read_record<Recovery>(const Members& members) {
  Recovery out;
  TENTO_TRY_ASSIGN(out.cycle_id, members.id("cycle_id"));
  TENTO_TRY(read_common(members, out));
  TENTO_TRY_ASSIGN(out.sleep_id, read_uuid(members, "sleep_id"));
  TENTO_TRY_ASSIGN(const auto told, score_of(members, out.state));
  if (!told) return out;
  RecoveryScore score;
  TENTO_TRY(told->read("user_calibrating", score.calibrating));
  TENTO_TRY(told->read("recovery_score", score.recovery));
  TENTO_TRY(told->read("resting_heart_rate", score.resting_heart_rate));
  TENTO_TRY(told->read("hrv_rmssd_milli", score.hrv_rmssd_ms));
  TENTO_TRY(told->read("spo2_percentage", score.spo2));
  TENTO_TRY(told->read("skin_temp_celsius", score.skin_temperature_c));
  out.score = score;
  return out;
}

template <>
Result<Cycle> read_record<Cycle>(const Members& members) {
  Cycle out;
  TENTO_TRY_ASSIGN(out.id, members.id("id"));
  TENTO_TRY(read_common(members, out));
  TENTO_TRY_ASSIGN(out.start, members.time("start"));
  TENTO_TRY_ASSIGN(out.end, members.time_if("end"));
  if (out.end && *out.end < out.start) return odd("it ends before it starts");
  TENTO_TRY_ASSIGN(out.offset_minutes, members.offset("timezone_offset"));
  TENTO_TRY_ASSIGN(const auto told, score_of(members, out.state));
  if (!told) return out;
  CycleScore score;
  TENTO_TRY(told->read("strain", score.strain));
  TENTO_TRY(told->read("kilojoule", score.kilojoules));
  TENTO_TRY(told->read("average_heart_rate", score.average_heart_rate));
  TENTO_TRY(told->read("max_heart_rate", score.max_heart_rate));
  out.score = score;
  return out;
}

template <>
Result<Workout> read_record<Workout>(const Members& members) {
  Workout out;
  TENTO_TRY_ASSIGN(out.id, read_uuid(members, "id"));
  TENTO_TRY(read_common(members, out));
  TENTO_TRY_ASSIGN(out.sport, members.text_if("sport_name"));
  TENTO_TRY_ASSIGN(out.start, members.time("start"));
  TENTO_TRY_ASSIGN(out.end, members.time("end"));
  TENTO_TRY(check_length(out.start, out.end));
  TENTO_TRY_ASSIGN(out.offset_minutes, members.offset("timezone_offset"));
  TENTO_TRY_ASSIGN(const auto told, score_of(members, out.state));
  if (!told) return out;
  WorkoutScore score;
  TENTO_TRY(told->read("strain", score.strain));
  TENTO_TRY(told->read("average_heart_rate", score.average_heart_rate));
  TENTO_TRY(told->read("max_heart_rate", score.max_heart_rate));
  TENTO_TRY(told->read("kilojoule", score.kilojoules));
  TENTO_TRY(told->read("percent_recorded", score.recorded));
  TENTO_TRY(told->read("distance_meter", score.distance_m));
  TENTO_TRY(told->read("altitude_gain_meter", score.altitude_gain_m));
  TENTO_TRY(told->read("altitude_change_meter", score.altitude_change_m));
  TENTO_TRY(read_zones(*told, score.zones));
  out.score = score;
  return out;
}

Result<Sleep> read_sleep(const std::string& body, std::string_view where) {
  dom::parser parser;
  TENTO_TRY_ASSIGN(const dom::element root, parse_object(parser, body, where));
  auto out = read_record<Sleep>(Members(root));
  if (!out) return bad_answer(where, out.error().message);
  out->raw = trimmed(body);
  return out;
}

Result<Profile> read_profile(const std::string& body, std::string_view where) {
  dom::parser parser;
  TENTO_TRY_ASSIGN(const dom::element root, parse_object(parser, body, where));
  const Members members(root);
  const auto text = [&](const char* name) { return std::string(members.text_if(name).value_or(std::string_view())); };
  const auto id = members.id("user_id");
  if (!id) return bad_answer(where, id.error().message);
  return Profile{*id, text("email"), text("first_name"), text("last_name")};
}

std::string read_said(std::string_view body) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(body.data(), body.size()).get(root) != SUCCESS || !root.is_object()) return {};
  return said_by(root);
}

Result<std::size_t> each_piece(const tento::http::Text& body, std::string_view where, std::string& next,
                               const std::function<Result<void>(std::string_view, std::size_t)>& each) {
  static_assert(simdjson::SIMDJSON_PADDING <= tento::http::Text::padding);
  if (!tento::is_structured_json(body.view())) return bad_answer(where, "not JSON");
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object page;
  ondemand::value list;
  ondemand::array records;
  if (const auto error = parser.iterate(body.data(), body.size(), body.readable()).get(document); error != SUCCESS) {
    return bad_answer(where, not_json(error));
  }
  if (document.get_object().get(page) != SUCCESS) return bad_answer(where, "not a JSON object");
  auto error = page.find_field_unordered("records").get(list);
  if (error == SUCCESS) error = list.type().error();
  if (error == SUCCESS) error = list.get_array().get(records);
  if (error != SUCCESS) {
    const std::string said = read_said(body.view());
    return bad_answer(where, std::string("`records` is ") +
                                 (error == simdjson::NO_SUCH_FIELD ? "missing" : "not a list") +
                                 (said.empty() ? "" : "; it says: " + said));
  }
  std::size_t count = 0;
  for (auto item : records) {
    ++count;
    std::string_view piece;
    if (error = simdjson::to_json_string(item).get(piece); error != SUCCESS) return bad_answer(where, not_json(error));
    TENTO_TRY(each(trimmed(piece), count));
  }
  ondemand::value token;
  error = page.find_field_unordered("next_token").get(token);
  if (error == simdjson::NO_SUCH_FIELD || (error == SUCCESS && token.type().error() == SUCCESS && token.is_null())) {
    next.clear();
    return count;
  }
  std::string_view text;
  if (error == SUCCESS) error = token.type().error();
  if (error == SUCCESS) error = token.get_string().get(text);
  if (error != SUCCESS) return bad_answer(where, "`next_token` is not text");
  next = text;
  return count;
}

template <class Model>
Result<Model> read_piece(dom::parser& parser, std::string_view piece, std::string& id) {
  id.clear();
  dom::element object;
  if (const auto error = parser.parse(piece.data(), piece.size(), false).get(object); error != SUCCESS) {
    id = id_of_broken(piece, Kind<Model>::id_member);
    return odd(std::string("a value of it cannot be read: ") + simdjson::error_message(error));
  }
  if (!object.is_object()) return odd("it is not an object");
  id = id_of(object, Kind<Model>::id_member);
  if (piece.size() > TENTO_MAX_CELL_BYTES / 2) return odd("it has " + std::to_string(piece.size()) + " bytes");
  TENTO_TRY_ASSIGN(Model out, read_record<Model>(Members(object)));
  out.raw = piece;
  return out;
}

template Result<Sleep> read_piece(dom::parser&, std::string_view, std::string&);
template Result<Recovery> read_piece(dom::parser&, std::string_view, std::string&);
template Result<Cycle> read_piece(dom::parser&, std::string_view, std::string&);
template Result<Workout> read_piece(dom::parser&, std::string_view, std::string&);

}  // namespace whoop
