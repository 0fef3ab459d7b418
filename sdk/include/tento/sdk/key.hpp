// SPDX-License-Identifier: Apache-2.0
/// @file key.hpp
/// Patterns and lookup keys: parsing, matching, canonical text. One parser for the SDK, the host and its HTTP server.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace tento {

/// One segment of a pattern: a literal, or a parameter's name.
struct Segment {
  std::string text;      ///< literal text, or the name without braces
  bool param = false;    ///< whether it is `{text}`
  friend bool operator==(const Segment&, const Segment&) = default;
};

/// One parameter of a key, percent-decoded.
struct Param {
  std::string name;   ///< as in the pattern
  std::string value;  ///< never empty, no NUL
  friend bool operator==(const Param&, const Param&) = default;
};

/// A parsed pattern such as `:~git:{authId}:commits`.
class Pattern {
 public:
  /// Literals are `~`-led or camelCase words; params are camelCase names, each once. Errors say which segment and why.
  static Result<Pattern> parse(std::string_view text);
  [[nodiscard]] const std::vector<Segment>& segments() const noexcept { return segments_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// The canonical key for these parameter values, in pattern order. An error when one is missing, empty or has a NUL.
  [[nodiscard]] Result<std::string> key(const std::vector<Param>& params) const;

 private:
  std::string text_;
  std::vector<Segment> segments_;
};

/// Splits a key of the form `:a:b:c` into raw (still encoded) segments; an error for an empty segment, a NUL, a bad
/// percent escape, `.` or `..` as a decoded segment, or more than TENTO_MAX_KEY bytes.
[[nodiscard]] Result<std::vector<std::string_view>> split_key(std::string_view key);
/// Decodes percent escapes exactly once.
[[nodiscard]] Result<std::string> percent_decode(std::string_view text);
/// Encodes only `%`, `:`, controls and DEL, upper-case hex: the canonical form of a parameter's value.
[[nodiscard]] std::string percent_encode_param(std::string_view value);
/// The contract's match_pattern: the params when `key` matches `pattern`, an error (not_found) when not.
[[nodiscard]] Result<std::vector<Param>> match_pattern(const Pattern& pattern, std::string_view key);

}  // namespace tento
