// SPDX-License-Identifier: Apache-2.0
// Reading the appendable structs a provider hands over: no byte at or beyond their struct_size is touched.
#pragma once

#include <tento/connector.h>
#include <tento/sync_plugin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include <tento/sdk/floor_size.hpp>

#include "host/loader/provider.hpp"

namespace tento::host {

// Whether `field` of an appendable struct is there. Needed for what was appended after 1.0, and for structs that nobody
// checked against their floor.
#define TENTO_FIELD_PRESENT(pointer, field) \
  ((pointer)->struct_size >= offsetof(std::remove_cvref_t<decltype(*(pointer))>, field) + sizeof((pointer)->field))

// `field` of an appendable struct, or `absent`.
#define TENTO_FIELD_OR(pointer, field, absent) (TENTO_FIELD_PRESENT(pointer, field) ? (pointer)->field : (absent))

// The struct as this host knows it, zero where the provider's is shorter; nothing when the pointer is null or the
// struct is shorter than in 1.0.
template <class T>
[[nodiscard]] std::optional<T> read_appendable(const T* from) {
  static_assert(floor_size<T> > 0 && std::is_trivially_copyable_v<T>);
  if (from == nullptr) return std::nullopt;
  std::uint32_t size = 0;
  std::memcpy(&size, from, sizeof size);
  if (size < floor_size<T>) return std::nullopt;
  T value{};
  std::memcpy(&value, from, size < sizeof(T) ? size : sizeof(T));
  return value;
}

// A checked table as a range.
[[nodiscard]] inline std::span<const tento_integration* const> integrations(const tento_connector_api& api) {
  return {api.integrations, static_cast<std::size_t>(api.integration_count)};
}
[[nodiscard]] inline std::span<const tento_row* const> rows(const tento_integration& integration) {
  return {integration.rows, static_cast<std::size_t>(integration.row_count)};
}
[[nodiscard]] inline std::span<const tento_need> needs(const tento_integration& integration) {
  return {integration.needs, static_cast<std::size_t>(integration.need_count)};
}
[[nodiscard]] inline std::span<const tento_limit* const> limits(const tento_integration& integration) {
  return {integration.limits, static_cast<std::size_t>(integration.limit_count)};
}
[[nodiscard]] inline std::span<const tento_field* const> fields(const tento_row& row) {
  return {row.fields, static_cast<std::size_t>(row.field_count)};
}
[[nodiscard]] inline std::span<const tento_guard> guards(const tento_row& row) {
  return {row.guards, static_cast<std::size_t>(row.guard_count)};
}
[[nodiscard]] inline std::span<const tento_stage* const> stages(const tento_sync_shape& shape) {
  return {shape.stages, static_cast<std::size_t>(shape.stage_count)};
}
[[nodiscard]] inline std::span<const tento_str> after(const tento_stage& stage) {
  return {stage.after, static_cast<std::size_t>(stage.after_count)};
}
[[nodiscard]] inline std::span<const tento_setting* const> settings(const tento_auth& auth) {
  return {auth.settings, static_cast<std::size_t>(auth.setting_count)};
}
[[nodiscard]] inline std::span<const tento_scope_group* const> scope_groups(const tento_auth& auth) {
  return {auth.groups, static_cast<std::size_t>(auth.group_count)};
}
[[nodiscard]] inline std::span<const tento_str> origins(const tento_auth& auth) {
  return {auth.origins, static_cast<std::size_t>(auth.origin_count)};
}
[[nodiscard]] inline std::span<const tento_str> choices(const tento_setting& setting) {
  return {setting.choices, static_cast<std::size_t>(setting.choice_count)};
}

// The shape a row really has: the sync-plugin's where its slot is there, else the row's; null = not sync-backed.
[[nodiscard]] inline const tento_sync_shape* effective_shape(tento_provider* self, const tento_sync_api* sync,
                                                             const tento_row& row) {
  if (sync != nullptr && sync->shape != nullptr) return sync->shape(self, &row);
  return row.sync_shape;
}

// A slot as a function that may throw: a provider built without `noexcept` types can let an exception out, and a call
// through a noexcept type could not be caught.
template <class R, class... A>
[[nodiscard]] auto may_throw(R (*slot)(A...) noexcept) -> R (*)(A...) {
  return slot;
}

}  // namespace tento::host
