// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp
/// Reads an account's settings by name and type.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "result.hpp"

namespace tento {

/// The settings of an account, parsed once: `TENTO_TRY_ASSIGN(Settings settings, Settings::of(ctx));`.
/// Each getter gives nothing for a setting that is absent or null, and an error for one of another type.
class Settings {
 public:
  /// Parses the settings of the call's account.
  [[nodiscard]] static Result<Settings> of(const CallCtx& ctx) { return parse(ctx.settings_json()); }
  /// Parses a JSON object (RFC 8259).
  [[nodiscard]] static Result<Settings> parse(std::string_view json);
  /// A text.
  [[nodiscard]] Result<std::optional<std::string>> string(std::string_view name) const;
  /// A text that has to be there.
  [[nodiscard]] Result<std::string> required_string(std::string_view name) const;
  /// A whole number of 64 bits, signed.
  [[nodiscard]] Result<std::optional<std::int64_t>> integer(std::string_view name) const;
  /// Any number.
  [[nodiscard]] Result<std::optional<double>> number(std::string_view name) const;
  /// True or false.
  [[nodiscard]] Result<std::optional<bool>> boolean(std::string_view name) const;
  /// A list of texts; empty when absent.
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view name) const;

 private:
  // What was parsed, with the parser that owns its memory; apart, so that authors' files do not read a JSON library's
  // header.
  struct Document;
  // The value of that type; nothing when the setting is absent or null; an error when it is something else.
  template <class T>
  [[nodiscard]] Result<std::optional<T>> get(std::string_view name, std::string_view wanted) const;
  std::shared_ptr<const Document> document_;
};

}  // namespace tento
