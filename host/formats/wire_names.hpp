// SPDX-License-Identifier: Apache-2.0
// The words of the wire for what is an enumeration in an Output.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "host/operations/output.hpp"

namespace tento::host {

inline constexpr std::array<std::pair<FieldType, std::string_view>, 6> wire_types{{{FieldType::text, "text"},
                                                                                   {FieldType::integer, "integer"},
                                                                                   {FieldType::boolean, "boolean"},
                                                                                   {FieldType::time, "time"},
                                                                                   {FieldType::json, "json"},
                                                                                   {FieldType::list, "list"}}};
inline constexpr std::array<std::pair<PartRole, std::string_view>, 7> wire_roles{{{PartRole::none, "none"},
                                                                                  {PartRole::title, "title"},
                                                                                  {PartRole::value, "value"},
                                                                                  {PartRole::category, "category"},
                                                                                  {PartRole::start, "start"},
                                                                                  {PartRole::end, "end"},
                                                                                  {PartRole::url, "url"}}};

template <class Table, class Value>
[[nodiscard]] constexpr std::string_view name_in(const Table& table, Value value) {
  for (const auto& [known, name] : table)
    if (known == value) return name;
  return table.front().second;
}
[[nodiscard]] constexpr std::string_view wire_name(FieldType type) {
  return name_in(wire_types, type);
}
[[nodiscard]] constexpr std::string_view wire_name(PartRole role) {
  return name_in(wire_roles, role);
}
// The value of a word; the first of the table for one that is not known.
template <class Table>
[[nodiscard]] constexpr auto value_in(const Table& table, std::string_view name) {
  for (const auto& [value, known] : table)
    if (known == name) return value;
  return table.front().first;
}

}  // namespace tento::host
