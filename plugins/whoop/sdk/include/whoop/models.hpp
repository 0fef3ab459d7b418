// SPDX-License-Identifier: Apache-2.0
/// @file models.hpp
/// Sleeps, recoveries, cycles and workouts as the service tells them (API v2). What it did not tell is absent; nothing
/// is made up in its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tento/sdk/time.hpp>

namespace whoop {

/// Whether the service has evaluated a record.
enum class ScoreState : std::uint8_t {
  scored,      ///< `SCORED`: it has values
  pending,     ///< `PENDING_SCORE`: it is being evaluated, values will come
  unscorable,  ///< `UNSCORABLE`: there was too little to evaluate
  other,       ///< a word that is not documented
};

/// What records of all kinds have.
struct Record {
  std::string updated_at;                ///< when it last changed, as the service writes it: its version
  tento::Instant updated{};              ///< the same as a moment
  ScoreState state = ScoreState::other;  ///< whether it was evaluated
  std::string state_text;                ///< the same, as the service writes it
  std::string raw;                       ///< the service's own bytes
};

/// The day on which `at` falls by a clock that is `offset_minutes` ahead of UTC.
[[nodiscard]] tento::Date local_day(tento::Instant at, int offset_minutes) noexcept;

/// Milliseconds of a sleep, by stage, and counts.
struct SleepStages {
  std::optional<std::int64_t> in_bed_ms;     ///< from lying down to getting up
  std::optional<std::int64_t> awake_ms;      ///< awake in bed
  std::optional<std::int64_t> no_data_ms;    ///< nothing was measured
  std::optional<std::int64_t> light_ms;      ///< light sleep
  std::optional<std::int64_t> slow_wave_ms;  ///< slow wave sleep
  std::optional<std::int64_t> rem_ms;        ///< REM sleep
  std::optional<std::int64_t> cycles;        ///< sleep cycles
  std::optional<std::int64_t> disturbances;  ///< how often it was disturbed
};

/// How much sleep was needed, in milliseconds; the need is the sum of the four.
struct SleepNeed {
  std::optional<std::int64_t> baseline_ms;  ///< what the person usually needs
  std::optional<std::int64_t> debt_ms;      ///< more, for sleep that was missed
  std::optional<std::int64_t> strain_ms;    ///< more, for recent strain
  std::optional<std::int64_t> nap_ms;       ///< less (0 or negative), for recent naps
};

/// Values of a sleep.
struct SleepScore {
  SleepStages stages;                      ///< by stage
  SleepNeed need;                          ///< what was needed
  std::optional<double> respiratory_rate;  ///< breaths a minute
  std::optional<double> performance;       ///< percent of the need that was slept
  std::optional<double> consistency;       ///< percent: how like the day before
  std::optional<double> efficiency;        ///< percent of the time in bed that was slept
};

/// A night or a nap.
struct Sleep : Record {
  std::string id;                   ///< UUID
  std::int64_t cycle_id = 0;        ///< the cycle that it belongs to
  tento::Instant start{};           ///< falling asleep
  tento::Instant end{};             ///< waking up
  int offset_minutes = 0;           ///< of the person's clock ahead of UTC
  bool nap = false;                 ///< whether it is a nap
  std::optional<SleepScore> score;  ///< absent unless it was scored
  /// The day it belongs to: the one on which it ends, by the person's clock.
  [[nodiscard]] tento::Date day() const noexcept { return local_day(end, offset_minutes); }
  /// Whether the service has said its last word on it.
  [[nodiscard]] bool settled() const noexcept;
};

/// Values of a recovery.
struct RecoveryScore {
  std::optional<bool> calibrating;           ///< the person is new, and the values are not exact yet
  std::optional<double> recovery;            ///< percent
  std::optional<double> resting_heart_rate;  ///< beats a minute
  std::optional<double> hrv_rmssd_ms;        ///< heart rate variability, milliseconds
  std::optional<double> spo2;                ///< percent of oxygen in the blood
  std::optional<double> skin_temperature_c;  ///< degrees Celsius
};

/// How recovered a person is at the beginning of a cycle. It has neither an id nor a time of its own: there is one for
/// a cycle, and its day is that of the sleep it was made of.
struct Recovery : Record {
  std::int64_t cycle_id = 0;           ///< the cycle that it is for: what identifies it
  std::string sleep_id;                ///< the sleep it was made of
  std::optional<RecoveryScore> score;  ///< absent unless it was scored
  /// Whether the service has said its last word on it.
  [[nodiscard]] bool settled() const noexcept;
};

/// Values of a cycle.
struct CycleScore {
  std::optional<double> strain;              ///< 0 to 21
  std::optional<double> kilojoules;          ///< energy
  std::optional<double> average_heart_rate;  ///< beats a minute
  std::optional<double> max_heart_rate;      ///< beats a minute
};

/// A day of the body: from falling asleep to falling asleep.
struct Cycle : Record {
  std::int64_t id = 0;                ///< the service's id
  tento::Instant start{};             ///< falling asleep
  std::optional<tento::Instant> end;  ///< falling asleep again; absent = it goes on
  int offset_minutes = 0;             ///< of the person's clock ahead of UTC
  std::optional<CycleScore> score;    ///< absent unless it was scored
  /// The day it belongs to by the person's clock: the one on which it starts, or the next one where it starts at noon
  /// or later. So bedtimes before and after midnight give neither two cycles in a day nor a day without one, and it
  /// stays where it is when it ends.
  [[nodiscard]] tento::Date day() const noexcept { return local_day(start + std::chrono::hours(12), offset_minutes); }
  /// Whether the service has said its last word on it; values of one that goes on change all the same.
  [[nodiscard]] bool settled() const noexcept;
};

/// Milliseconds in each zone of the heart rate.
struct ZoneDurations {
  std::optional<std::int64_t> zone_ms[6];  ///< from very light to maximum
};

/// Values of a workout.
struct WorkoutScore {
  std::optional<double> strain;              ///< 0 to 21
  std::optional<double> average_heart_rate;  ///< beats a minute
  std::optional<double> max_heart_rate;      ///< beats a minute
  std::optional<double> kilojoules;          ///< energy
  std::optional<double> recorded;            ///< percent of the heart rate that was received
  std::optional<double> distance_m;          ///< metres
  std::optional<double> altitude_gain_m;     ///< metres climbed
  std::optional<double> altitude_change_m;   ///< metres between start and end
  ZoneDurations zones;                       ///< by zone
};

/// A workout.
struct Workout : Record {
  std::string id;                     ///< UUID
  std::string sport;                  ///< `running`
  tento::Instant start{};             ///< when it starts
  tento::Instant end{};               ///< when it ends
  int offset_minutes = 0;             ///< of the person's clock ahead of UTC
  std::optional<WorkoutScore> score;  ///< absent unless it was scored
  /// The day it belongs to: the one on which it starts, by the person's clock.
  [[nodiscard]] tento::Date day() const noexcept { return local_day(start, offset_minutes); }
  /// Whether the service has said its last word on it.
  [[nodiscard]] bool settled() const noexcept;
};

/// Whose token it is.
struct Profile {
  std::int64_t user_id = 0;  ///< never changes
  std::string email;         ///< may be empty
  std::string first_name;    ///< may be empty
  std::string last_name;     ///< may be empty
};

}  // namespace whoop
