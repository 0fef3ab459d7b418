// SPDX-License-Identifier: Apache-2.0
/// @file key.hpp
/// Patterns and lookup keys: parsing, matching, canonical text. One parser for the SDK, the host and its HTTP server.
///
/// A key is a list of segments, each led by a colon: `:~myprovider:9f3a:activities`. Segments are percent-encoded, in
/// any way that decodes; literals compare exactly, byte for byte and undecoded; a parameter takes one segment, decoded
/// exactly once, which then is UTF-8, not empty, without a NUL, not `.` or `..`, and at most TENTO_MAX_PARAM bytes
/// long. Of all the keys that match, one is canonical: the one that Pattern::key writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace tento {

/// One segment of a pattern: a literal, or a parameter's name.
struct Segment {
  std::string text;                                                  ///< literal text, or the name without braces
  bool param = false;                                                ///< whether it is `{text}`
  friend bool operator==(const Segment&, const Segment&) = default;  ///< memberwise
};

/// One parameter of a key, percent-decoded.
struct Param {
  std::string name;                                              ///< as in the pattern
  std::string value;                                             ///< never empty, no NUL
  friend bool operator==(const Param&, const Param&) = default;  ///< memberwise
};

/// Whether `text` is a camelCase word, `[a-z][A-Za-z0-9]*`: what literals and parameter names are.
[[nodiscard]] constexpr bool is_camel_case(std::string_view text) noexcept {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return false;
  }
  return true;
}

/// Whether `text` may be the first segment of a reserved key: `~`, then `[a-z][A-Za-z0-9-]*` without a hyphen at the
/// end.
[[nodiscard]] constexpr bool is_key_prefix(std::string_view text) noexcept {
  if (text.size() < 2 || text[0] != '~' || text[1] < 'a' || text[1] > 'z' || text.back() == '-') return false;
  for (const char c : text.substr(1)) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return true;
}

/// A parsed pattern such as `:~myprovider:{authId}:activities`.
class Pattern {
 public:
  /// The first segment is a key prefix (`~myprovider`), other literals are camelCase words; params are camelCase names,
  /// each once. Errors (`invalid_argument`) say which segment and why.
  static Result<Pattern> parse(std::string_view text);
  /// Its segments, in order; at least one.
  [[nodiscard]] const std::vector<Segment>& segments() const noexcept { return segments_; }
  /// The text it was parsed from.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// The canonical key for these parameter values, which may come in any order. An error when one is missing, unknown,
  /// given twice, or not what a parameter may be.
  [[nodiscard]] Result<std::string> key(const std::vector<Param>& params) const;

 private:
  std::string text_;
  std::vector<Segment> segments_;
};

/// What is wrong with a key.
enum class KeyDefect : std::uint8_t {
  none,           ///< nothing
  too_long,       ///< more than TENTO_MAX_KEY bytes
  no_colon,       ///< it does not begin with a colon
  empty_segment,  ///< two colons in a row, or one at the end
  nul,            ///< a NUL, plain or as %00
  bad_escape,     ///< a `%` that two hex digits do not follow
  dot_segment,    ///< a segment that is `.` or `..`, plain or encoded
  not_utf8,       ///< a segment that is not UTF-8 once decoded
  long_segment    ///< a segment of more than TENTO_MAX_PARAM bytes once decoded
};

/// Checks a key, without allocating, in one pass.
[[nodiscard]] KeyDefect check_key(std::string_view key) noexcept;
/// The error for a defect of `key`; `too_large` for lengths, else `invalid_argument`. `defect` must not be none.
[[nodiscard]] Error key_error(KeyDefect defect, std::string_view key);

/// The raw (still encoded) segments of a key that check_key found good, as views into it; allocates nothing.
class KeySegments {
 public:
  /// Walks over the segments.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;  ///< one pass
    using value_type = std::string_view;                ///< a raw segment
    using difference_type = std::ptrdiff_t;             ///< required of iterators
    using pointer = const std::string_view*;            ///< required of iterators
    using reference = std::string_view;                 ///< by value
    /// The end of every key.
    iterator() = default;
    /// The first segment of `key`.
    explicit iterator(std::string_view key) noexcept : rest_(key), done_(false) { ++*this; }
    /// The raw segment.
    std::string_view operator*() const noexcept { return segment_; }
    /// Steps to the next one.
    iterator& operator++() noexcept {
      if (rest_.empty()) {
        done_ = true;
        segment_ = {};
        return *this;
      }
      rest_.remove_prefix(1);
      segment_ = rest_.substr(0, rest_.find(':'));
      rest_.remove_prefix(segment_.size());
      return *this;
    }
    /// Steps to the next one and gives where it was.
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    /// Whether both stand at the same place of one key.
    friend bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.done_ == b.done_ && (a.done_ || a.segment_.data() == b.segment_.data());
    }

   private:
    std::string_view rest_;
    std::string_view segment_;
    bool done_ = true;
  };

  /// Over the segments of `key`, which must outlive it.
  explicit KeySegments(std::string_view key) noexcept : key_(key) {}
  /// The first segment.
  [[nodiscard]] iterator begin() const noexcept { return iterator(key_); }
  /// Past the last segment.
  [[nodiscard]] iterator end() const noexcept { return {}; }

 private:
  std::string_view key_;
};

/// Splits a key of the form `:a:b:c` into raw (still encoded) segments; an error for an empty segment, a NUL, a bad
/// percent escape, a decoded segment that is one dot or two, bytes that are no UTF-8, a decoded segment of more than
/// TENTO_MAX_PARAM bytes, or more than TENTO_MAX_KEY bytes.
[[nodiscard]] Result<std::vector<std::string_view>> split_key(std::string_view key);
/// Decodes percent escapes exactly once; `+` stays itself. An error for an escape that is none.
[[nodiscard]] Result<std::string> percent_decode(std::string_view text);
/// The same for a segment of a checked key, appended to `out`. Allocates only what `out` has to grow.
void append_percent_decoded(std::string& out, std::string_view segment);
/// Encodes only `%`, `:`, controls and DEL, upper-case hex: the canonical form of a parameter's value.
[[nodiscard]] std::string percent_encode_param(std::string_view value);
/// The same, appended to `out`. Allocates only what `out` has to grow.
void append_percent_encoded(std::string& out, std::string_view value);

/// Whether `key` has the pattern's literals and number of segments; the raw parameter segments go into `raw`, in
/// pattern order, as far as it has room. Allocates nothing. Only the parts that matter are looked at: call check_key
/// before.
[[nodiscard]] bool matches(const Pattern& pattern, std::string_view key, std::span<std::string_view> raw = {}) noexcept;
/// The params when `key` matches `pattern`, an error (not_found) when not, and the error
/// of split_key when it is no key.
[[nodiscard]] Result<std::vector<Param>> match_pattern(const Pattern& pattern, std::string_view key);

}  // namespace tento
