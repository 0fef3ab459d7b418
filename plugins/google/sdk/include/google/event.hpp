// SPDX-License-Identifier: Apache-2.0
/// @file event.hpp
/// Events of a calendar as the service tells them, and as `event.v1` (tento/sdk/event_v1.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>
#include <vector>

#include "zone.hpp"

namespace google {

/// When an event starts or ends: a day, or a moment with the zone it was planned in.
struct EventTime {
  bool all_day = false;        ///< whether it is a day
  tento::Date day{};           ///< the day; of an end the first day after it
  tento::Instant at{};         ///< the moment
  std::string zone_name = {};  ///< as the service told it; empty = none was told
  Zone zone = {};              ///< the zone of that name; the offset that was written where nobody knows it
  friend bool operator==(const EventTime&, const EventTime&) = default;  ///< memberwise

  /// Sets the zone by a name that the service told, or to `otherwise` where the name is empty or nobody knows it. An
  /// error where the database of zones cannot be read.
  tento::Result<void> plan_in(std::string_view name, const Zone& otherwise);
  /// As a cell's date: the day, or the moment with the zone's offset.
  [[nodiscard]] tento::SemanticTime semantic() const;
  /// As an id has it: `20260429` or `20260429T070000Z`.
  [[nodiscard]] std::string key() const;
  /// The time of a key; nothing for what is not one.
  [[nodiscard]] static std::optional<EventTime> of_key(std::string_view key);
};

/// One event: one of its own, a series (`recurrence` is not empty), or an instance of one that differs from its series
/// or was expanded by the service (`series` is not empty).
struct Event {
  std::string id;                       ///< the service's id
  std::string etag;                     ///< its version
  std::string updated;                  ///< when it last changed, as the service writes it
  bool cancelled = false;               ///< it is gone; nothing but ids and `original` need be there
  std::optional<EventTime> start;       ///< absent only where it is cancelled
  std::optional<EventTime> end;         ///< as start; exclusive
  std::vector<std::string> recurrence;  ///< lines of RFC 5545
  std::string series;                   ///< id of the series
  /// When the series' rule puts it. Absent where the service does not tell it and the id does not: such an instance is
  /// shown by itself, as it is of a series that the account may not see.
  std::optional<EventTime> original;
  std::string details;  ///< members of event.v1 but the times, a JSON object
  std::string raw;      ///< the service's record
};

/// What identifies a cell: an instance by its series and the start that the rule gives it, whoever expanded it; all
/// else by the service's id.
[[nodiscard]] std::string cell_id(const Event& event);
/// The same for an instance.
[[nodiscard]] std::string instance_id(std::string_view series, const EventTime& original);
/// The series of an instance's id, and the key of its start; nothing for the id of an event of its own.
struct InstanceId {
  std::string_view series;  ///< id of the series
  std::string_view key;     ///< EventTime::key
};
/// See InstanceId.
[[nodiscard]] std::optional<InstanceId> parse_instance_id(std::string_view id) noexcept;

/// The last day that an end covers, for events of whole days; the moment for others. Never before `start`.
[[nodiscard]] tento::SemanticTime inclusive_end(const EventTime& start, const EventTime& end);
/// `data` of a cell: the details and the times.
[[nodiscard]] std::string event_data(std::string_view details, const EventTime& start, const EventTime& end,
                                     std::string_view series, const std::optional<EventTime>& original);

/// A body in event.v1 as the service takes it. With `id` (which may be empty) for a new event, without for a change. An
/// error (invalid_argument, config) names the member that is wrong, or that the service does not take.
[[nodiscard]] tento::Result<std::string> request_body(std::string_view event_v1, std::optional<std::string_view> id);

}  // namespace google
