// SPDX-License-Identifier: Apache-2.0
/// @file result.hpp
/// Expected failure as a value: `Error`, `Result<T>`, and the macro that hands an error up.
#pragma once

#include "build_mode.hpp"  // first: what it says has to come before what follows from it

#include <tento/base.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace tento {

/// Who has to act on an error; the values are those of `tento_error_class`.
enum class ErrorClass : std::uint32_t {
  internal = TENTO_CLASS_INTERNAL,      ///< a defect of the provider or of the host
  config = TENTO_CLASS_CONFIG,          ///< settings or set-up are wrong
  auth = TENTO_CLASS_AUTH,              ///< the account has to be connected again
  rate_limit = TENTO_CLASS_RATE_LIMIT,  ///< too many requests
  transient = TENTO_CLASS_TRANSIENT,    ///< retrying helps
  provider = TENTO_CLASS_PROVIDER,      ///< the service refused or answered nonsense
};

/// What went wrong, for programs; the values are those of `tento_error_code`.
enum class ErrorCode : std::uint32_t {
  unspecified = TENTO_E_UNSPECIFIED,
  invalid_argument = TENTO_E_INVALID_ARGUMENT,
  forbidden = TENTO_E_FORBIDDEN,
  not_found = TENTO_E_NOT_FOUND,
  unsupported = TENTO_E_UNSUPPORTED,
  conflict = TENTO_E_CONFLICT,
  too_large = TENTO_E_TOO_LARGE,
  invalid_data = TENTO_E_INVALID_DATA,
  auth_required = TENTO_E_AUTH_REQUIRED,
  rate_limited = TENTO_E_RATE_LIMITED,
  upstream = TENTO_E_UPSTREAM,
  io = TENTO_E_IO,
  exception = TENTO_E_EXCEPTION,
};

/// An expected failure. Texts never hold a secret.
struct Error {
  ErrorCode code = ErrorCode::unspecified;        ///< for programs
  ErrorClass error_class = ErrorClass::internal;  ///< who has to act
  std::string message;                            ///< what, where and why, in plain words
  std::string tag;                                ///< own name for it, [a-z0-9_]{1,63}, or empty
  std::string remedy;                             ///< what to do; at most 31 bytes cross the ABI
  std::int64_t retry_after_ms = -1;               ///< milliseconds; -1 = not said
  std::int32_t http_status = 0;                   ///< status the service answered; 0 = none
  bool stopped = false;                           ///< not an error: cancelled or expired (TENTO_STOPPED)

  /// Reads an error that a slot filled. Texts are taken up to their NUL or their end; what is not UTF-8 in them is
  /// replaced by `?`; a tag that breaks its grammar is dropped; unknown codes and classes become the first ones.
  static Error from_abi(const tento_error& abi);
  /// Fills all of `out`; texts that do not fit are cut at a character border. Does not look at `stopped`.
  void to_abi(tento_error& out) const noexcept;
  friend bool operator==(const Error&, const Error&) = default;  ///< memberwise
};

/// A value or an Error. The compiler warns when one is dropped: a call whose outcome nobody looks at is a mistake.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  using Base = tl::expected<T, Error>;

 public:
  using Base::Base;
  Result() = default;                                        ///< `T{}`, as in tl::expected
  Result(const Base& other) : Base(other) {}                 ///< the same  NOLINT(*-explicit-constructor)
  Result(Base&& other) noexcept : Base(std::move(other)) {}  ///< the same  NOLINT(*-explicit-constructor)
};

/// An Error to return from a function that gives a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, ErrorClass error_class, std::string message,
                                                std::string tag = {}) {
  Error e;
  e.code = code;
  e.error_class = error_class;
  e.message = std::move(message);
  e.tag = std::move(tag);
  return tl::unexpected<Error>(std::move(e));
}

/// An Error handed on.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

/// The stop that `check` or a sink asked for; it crosses the ABI as TENTO_STOPPED.
[[nodiscard]] inline tl::unexpected<Error> stopped() {
  Error e;
  e.stopped = true;
  e.message = "stopped";
  return tl::unexpected<Error>(std::move(e));
}

/// What a slot answered as a Result: TENTO_STOPPED becomes stopped(), TENTO_FAILED reads `err`, and a status that is
/// none is an internal error.
[[nodiscard]] Result<void> to_result(tento_status status, const tento_error& err);
/// The status for an Error, with `err` (which may be null) filled when it is TENTO_FAILED.
[[nodiscard]] tento_status to_status(const Error& error, tento_error* err) noexcept;

/// View of an ABI text; the same bytes, no copy.
[[nodiscard]] inline std::string_view view(tento_str s) noexcept {
  return {s.data == nullptr ? "" : s.data, static_cast<std::size_t>(s.size)};
}

/// ABI text over the bytes of `s`, which must outlive it.
[[nodiscard]] constexpr tento_str str(std::string_view s) noexcept {
  return {s.data(), s.size()};
}

}  // namespace tento

/// @cond
// What these macros are given is a declaration or a name, which no parentheses may enclose.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define TENTO_CONCAT_INNER(a, b) a##b
#define TENTO_CONCAT(a, b) TENTO_CONCAT_INNER(a, b)
/// @endcond

/// Returns the error of `expression` from the enclosing function, if it has one.
#define TENTO_TRY(expression)                                    \
  do {                                                           \
    if (auto tento_try_result = (expression); !tento_try_result) \
      return ::tento::fail(std::move(tento_try_result).error()); \
  } while (false)

/// Declares `declaration` with the value of `expression`, or returns its error.
#define TENTO_TRY_ASSIGN(declaration, expression) \
  TENTO_TRY_ASSIGN_INNER(TENTO_CONCAT(tento_try_, __LINE__), declaration, expression)
/// @cond
#define TENTO_TRY_ASSIGN_INNER(name, declaration, expression) \
  auto name = (expression);                                   \
  if (!name) return ::tento::fail(std::move(name).error());   \
  declaration = std::move(*name)
/// @endcond
// NOLINTEND(bugprone-macro-parentheses)
