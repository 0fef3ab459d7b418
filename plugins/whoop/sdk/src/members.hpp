// SPDX-License-Identifier: Apache-2.0
/// @file members.hpp
/// Members of one record by name and type. What is missing or null is absent; what is of another type, or a number that
/// nothing can be measured to have, is an error that names it.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>

namespace whoop {

/// The error of one record that is odd; its message says why and not where.
[[nodiscard]] tl::unexpected<tento::Error> odd(std::string why);
/// Whether it is that error.
[[nodiscard]] bool is_odd(const tento::Error& error) noexcept;
/// The error of an answer that makes no sense: invalid_data, provider, `whoop_bad_answer`.
[[nodiscard]] tl::unexpected<tento::Error> bad_answer(std::string_view where, std::string_view why);

/// A text of the service, so that people recognise it: in quotes, cut.
[[nodiscard]] std::string shown(std::string_view text);

/// One object. Texts are views, good as long as what was parsed is.
class Members {
 public:
  /// `object` is one; `within` is how its members are called, `score.`.
  explicit Members(simdjson::dom::element object, std::string within = {})
      : object_(object), within_(std::move(within)) {}

  /// A text that has to be there and not to be empty.
  [[nodiscard]] tento::Result<std::string_view> text(const char* name) const;
  /// A text, or an empty one.
  [[nodiscard]] tento::Result<std::string_view> text_if(const char* name) const;
  /// A whole number that has to be there, from 0 on.
  [[nodiscard]] tento::Result<std::int64_t> id(const char* name) const;
  /// A moment that has to be there.
  [[nodiscard]] tento::Result<tento::Instant> time(const char* name) const;
  /// A moment.
  [[nodiscard]] tento::Result<std::optional<tento::Instant>> time_if(const char* name) const;
  /// `+hh:mm`, `-hh:mm` or `Z`, as minutes.
  [[nodiscard]] tento::Result<int> offset(const char* name) const;
  /// A truth value that has to be there.
  [[nodiscard]] tento::Result<bool> flag(const char* name) const;

  // Members of scores: into what they are called here.
  [[nodiscard]] tento::Result<void> read(const char* name, std::optional<double>& out) const;
  [[nodiscard]] tento::Result<void> read(const char* name, std::optional<bool>& out) const;
  /// Milliseconds or a count, from 0 on.
  [[nodiscard]] tento::Result<void> read(const char* name, std::optional<std::int64_t>& out) const;
  /// The same of either sign.
  [[nodiscard]] tento::Result<void> read_signed(const char* name, std::optional<std::int64_t>& out) const;

  /// An object; nothing where there is none.
  [[nodiscard]] tento::Result<std::optional<Members>> object_if(const char* name) const;

 private:
  [[nodiscard]] std::optional<simdjson::dom::element> find(const char* name) const;
  [[nodiscard]] tl::unexpected<tento::Error> wrong(const char* name, std::string_view what) const;
  simdjson::dom::element object_;
  std::string within_;
};

}  // namespace whoop
