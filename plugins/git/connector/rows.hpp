// SPDX-License-Identifier: Apache-2.0
/// @file rows.hpp
/// The rows of the integration, and how their tables are made.
#pragma once

#include <tento/row.h>

#include <array>
#include <string_view>
#include <tento/sdk/label.hpp>
#include <tento/sdk/sync_shape.hpp>

namespace tento::git {

extern const tento_row commits_row;        ///< `:~git:{authId}:commits`
extern const tento_row commits_daily_row;  ///< `:~git:{authId}:commits:daily`
extern const tento_row commits_logs_row;   ///< `:~git:{authId}:commits:logs`

/// The tables behind a constant list of fields.
template <const auto& Fields>
struct FieldTable {
  static constexpr auto values = [] {
    std::array<tento_field, Fields.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = Fields[i].abi();
    return out;
  }();
  static constexpr auto pointers = [] {
    std::array<const tento_field*, Fields.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = &values[i];
    return out;
  }();
};

/// A readable row with these fields, its slots still null.
template <const auto& Fields>
constexpr tento_row described(std::string_view pattern, std::string_view label) {
  tento_row row{};
  row.struct_size = sizeof(tento_row);
  row.verbs = TENTO_VERB_GET;
  row.data_version = 1;
  row.pattern = str(pattern);
  row.label = Label(label).abi();
  row.type = str("data");
  row.fields = FieldTable<Fields>::pointers.data();
  row.field_count = Fields.size();
  return row;
}

}  // namespace tento::git
