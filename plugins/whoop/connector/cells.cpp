// SPDX-License-Identifier: Apache-2.0
// Members of cells.
#include "cells.hpp"

#include "json_object.hpp"

namespace whoop::rows {
namespace {

using tento::Cell;
using tento::Date;
using tento::Instant;
using tento::PartialDate;

std::string local_time(Instant at, int offset_minutes) {
  return tento::SemanticTime(at, offset_minutes).local_text();
}

// The sum of what is there; nothing unless all of it is.
template <class... Parts>
std::optional<std::int64_t> sum(const Parts&... parts) {
  if (!(parts && ...)) return std::nullopt;
  return (*parts + ...);
}

Cell cell_with(std::string id, Date day, const Record& record, const JsonObject& data) {
  return {.id = std::move(id),
          .date = PartialDate::ymd(day),
          .data = data.text(),
          .version = record.updated_at,
          .raw = record.raw};
}

void add_sleep_score(const SleepScore& score, JsonObject& out) {
  const SleepStages& stages = score.stages;
  const SleepNeed& need = score.need;
  out.add("performance", score.performance);
  out.add_seconds("asleep_s", sum(stages.light_ms, stages.slow_wave_ms, stages.rem_ms));
  out.add_seconds("in_bed_s", stages.in_bed_ms);
  out.add_seconds("awake_s", stages.awake_ms);
  out.add_seconds("light_s", stages.light_ms);
  out.add_seconds("slow_wave_s", stages.slow_wave_ms);
  out.add_seconds("rem_s", stages.rem_ms);
  out.add_seconds("no_data_s", stages.no_data_ms);
  out.add("sleep_cycles", stages.cycles);
  out.add("disturbances", stages.disturbances);
  out.add("efficiency", score.efficiency);
  out.add("consistency", score.consistency);
  out.add("respiratory_rate", score.respiratory_rate);
  out.add_seconds("need_s", sum(need.baseline_ms, need.debt_ms, need.strain_ms, need.nap_ms));
  out.add_seconds("need_baseline_s", need.baseline_ms);
  out.add_seconds("need_debt_s", need.debt_ms);
  out.add_seconds("need_strain_s", need.strain_ms);
  out.add_seconds("need_nap_s", need.nap_ms);
}

}  // namespace

std::string state_word(const Record& record) {
  switch (record.state) {
    case ScoreState::scored:
      return "scored";
    case ScoreState::pending:
      return "pending";
    case ScoreState::unscorable:
      return "unscorable";
    case ScoreState::other:
      break;
  }
  return record.state_text.substr(0, 100);
}

Cell cell_of(const Sleep& sleep) {
  JsonObject data;
  data.add_text("kind", sleep.nap ? "nap" : "night");
  data.add_text("start", local_time(sleep.start, sleep.offset_minutes));
  data.add_text("end", local_time(sleep.end, sleep.offset_minutes));
  data.add_text("state", state_word(sleep));
  if (sleep.score) add_sleep_score(*sleep.score, data);
  data.add("cycle", std::optional(sleep.cycle_id));
  return cell_with(sleep.id, sleep.day(), sleep, data);
}

Cell cell_of(const Recovery& recovery, Date day) {
  JsonObject data;
  data.add_text("state", state_word(recovery));
  if (recovery.score) {
    const RecoveryScore& score = *recovery.score;
    data.add("recovery", score.recovery);
    data.add("resting_heart_rate", score.resting_heart_rate);
    data.add("hrv_rmssd_ms", score.hrv_rmssd_ms);
    data.add("spo2", score.spo2);
    data.add("skin_temperature_c", score.skin_temperature_c);
    data.add("calibrating", score.calibrating);
  }
  data.add("cycle", std::optional(recovery.cycle_id));
  data.add_text("sleep", recovery.sleep_id);
  return cell_with(std::to_string(recovery.cycle_id), day, recovery, data);
}

Cell cell_of(const Cycle& cycle) {
  JsonObject data;
  data.add_text("start", local_time(cycle.start, cycle.offset_minutes));
  if (cycle.end) data.add_text("end", local_time(*cycle.end, cycle.offset_minutes));
  data.add_text("state", state_word(cycle));
  if (cycle.score) {
    const CycleScore& score = *cycle.score;
    data.add("strain", score.strain);
    data.add("energy_kj", score.kilojoules);
    data.add("average_heart_rate", score.average_heart_rate);
    data.add("max_heart_rate", score.max_heart_rate);
  }
  return cell_with(std::to_string(cycle.id), cycle.day(), cycle, data);
}

Cell cell_of(const Workout& workout) {
  static constexpr std::string_view zones[] = {"zone_0_s", "zone_1_s", "zone_2_s", "zone_3_s", "zone_4_s", "zone_5_s"};
  JsonObject data;
  if (!workout.sport.empty()) data.add_text("sport", workout.sport);
  data.add_text("start", local_time(workout.start, workout.offset_minutes));
  data.add_text("end", local_time(workout.end, workout.offset_minutes));
  data.add_text("state", state_word(workout));
  if (workout.score) {
    const WorkoutScore& score = *workout.score;
    data.add("strain", score.strain);
    data.add("energy_kj", score.kilojoules);
    data.add("average_heart_rate", score.average_heart_rate);
    data.add("max_heart_rate", score.max_heart_rate);
    data.add("distance_m", score.distance_m);
    data.add("altitude_gain_m", score.altitude_gain_m);
    data.add("altitude_change_m", score.altitude_change_m);
    data.add("recorded", score.recorded);
    for (std::size_t i = 0; i < std::size(zones); ++i) data.add_seconds(zones[i], score.zones.zone_ms[i]);
  }
  return cell_with(workout.id, workout.day(), workout, data);
}

}  // namespace whoop::rows
