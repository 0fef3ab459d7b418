// SPDX-License-Identifier: Apache-2.0
/// @file json_object.hpp
/// A flat JSON object. Numbers stand as people write them (`9.5`, not `9.5E0`), so that tables and CSV may have them as
/// they are; what is absent is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whoop::rows {

/// Built member by member; names are plain.
class JsonObject {
 public:
  /// A text.
  void add_text(std::string_view name, std::string_view text);
  /// A truth value.
  void add(std::string_view name, std::optional<bool> value);
  /// A whole number.
  void add(std::string_view name, std::optional<std::int64_t> value);
  /// A finite number.
  void add(std::string_view name, std::optional<double> value);
  /// Milliseconds, as seconds.
  void add_seconds(std::string_view name, std::optional<std::int64_t> ms);
  /// All of it.
  [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  void put(std::string_view name, std::string_view json);
  std::string text_;
};

}  // namespace whoop::rows
