// SPDX-License-Identifier: Apache-2.0
/// @file params.hpp
/// The path parameters of a key, decoded from a list of names and values into an author's own struct.
#pragma once

#include <tento/row.h>

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <vector>

#include "key.hpp"
#include "result.hpp"

namespace tento {

/// One more name under which a parameter is accepted (an older spelling): `param("locationId", &P::id, alias("lid"))`.
struct ParamAlias {
  std::string_view name;  ///< as in an older pattern
};

/// Makes an alias.
[[nodiscard]] constexpr ParamAlias alias(std::string_view name) {
  return {name};
}

/// How one parameter becomes one member of `Struct`.
template <class Struct, class Member>
struct ParamField {
  using Value = Member;                       ///< type of the member
  std::string_view name;                      ///< as in the pattern, and as keys are written
  Member Struct::*member;                     ///< where it goes
  std::array<std::string_view, 3> aliases{};  ///< further names; empty = none

  /// Whether it is the parameter called `wanted`.
  [[nodiscard]] constexpr bool is(std::string_view wanted) const noexcept {
    if (wanted == name) return true;
    for (std::string_view other : aliases) {
      if (!other.empty() && other == wanted) return true;
    }
    return false;
  }
};

/// Binds the parameter `name` of the pattern to a member: a std::string, an integer, or a std::optional of one.
template <class Struct, class Member, std::same_as<ParamAlias>... Aliases>
[[nodiscard]] constexpr ParamField<Struct, Member> param(std::string_view name, Member Struct::*member,
                                                         Aliases... aliases) {
  static_assert(sizeof...(Aliases) <= 3, "a param has at most three aliases");
  return {name, member, {aliases.name...}};
}

/// The parameters of a struct: `static constexpr auto fields = tento::params(tento::param("authId", &P::auth_id));`.
template <class... Fields>
[[nodiscard]] constexpr std::tuple<Fields...> params(Fields... fields) {
  return std::tuple<Fields...>(fields...);
}

/// The unit: no parameters beyond those of the integration.
struct NoParams {
  static constexpr std::tuple<> fields{};                              ///< none
  friend bool operator==(const NoParams&, const NoParams&) = default;  ///< always equal
};

/// A struct that names its parameters in `fields`.
template <class P>
concept ParamsStruct = std::default_initializable<P> && requires {
  std::tuple_size<std::remove_cvref_t<decltype(P::fields)>>::value;
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
Result<void> decode_param(std::string_view name, std::string_view text, T& out) {
  if constexpr (is_optional<T>) {
    return decode_param(name, text, out.emplace());
  } else if constexpr (std::same_as<T, std::string>) {
    out = text;
    return {};
  } else {
    static_assert(std::integral<T> && !std::same_as<T, bool>,
                  "tento: a path parameter is a std::string, an integer, or a std::optional of one");
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (problem == std::errc() && end == text.data() + text.size()) return {};
    return fail(
        ErrorCode::invalid_argument, ErrorClass::config,
        "path parameter '" + std::string(name) + "' is not a whole number of its range: '" + std::string(text) + "'");
  }
}

template <class T>
void encode_param(const T& value, std::string& out) {
  if constexpr (is_optional<T>) {
    if (value) encode_param(*value, out);
  } else if constexpr (std::same_as<T, std::string>) {
    out = value;
  } else {
    out = std::to_string(value);
  }
}

/// Calls `f` with each field of `P`.
template <ParamsStruct P, class F>
constexpr void for_each_param(F&& f) {
  constexpr auto fields = P::fields;  // a copy: g++ 12 reads the member itself in no immediate function
  std::apply([&](const auto&... field) { (f(field), ...); }, fields);
}

/// Whether `P` has a field for the parameter called `name`.
template <ParamsStruct P>
[[nodiscard]] constexpr bool has_param(std::string_view name) {
  bool found = false;
  for_each_param<P>([&](const auto& field) { found = found || field.is(name); });
  return found;
}

}  // namespace detail

/// What decode_params makes of a parameter that was not given.
enum class Missing {
  reject,  ///< an error
  allow,   ///< its member keeps its first value: an integration's call knows the account's parameter only
};

/// Reads the parameters that `P` names; others are left alone. An error when one is missing or does not fit its member.
template <ParamsStruct P>
[[nodiscard]] Result<P> decode_params(std::span<const tento_param> list, Missing missing = Missing::reject) {
  P out{};
  Result<void> answer;
  detail::for_each_param<P>([&](const auto& field) {
    if (!answer) return;
    for (const tento_param& given : list) {
      if (!field.is(view(given.name))) continue;
      answer = detail::decode_param(field.name, view(given.value), out.*(field.member));
      return;
    }
    using Value = typename std::remove_cvref_t<decltype(field)>::Value;
    if constexpr (!detail::is_optional<Value>) {
      if (missing == Missing::reject)
        answer = fail(ErrorCode::invalid_argument, ErrorClass::internal,
                      "path parameter '" + std::string(field.name) + "' was not given");
    }
  });
  if (!answer) return fail(std::move(answer).error());
  return out;
}

/// Writes the parameters of `P` as a list, under each of their names, since a pattern may use any; empty optionals are
/// left out.
template <ParamsStruct P>
void encode_params(const P& value, std::vector<Param>& out) {
  detail::for_each_param<P>([&](const auto& field) {
    std::string text;
    detail::encode_param(value.*(field.member), text);
    if (text.empty()) return;
    for (std::string_view other : field.aliases) {
      if (!other.empty()) out.push_back({std::string(other), text});
    }
    out.push_back({std::string(field.name), std::move(text)});
  });
}

/// Formats a canonical key: `lookup_key(":~myprovider:{authId}:activities", params)`. Values are percent-encoded where
/// the key's grammar needs it. A parameter that is empty or that no struct has leaves the key empty, which no host
/// takes.
template <ParamsStruct... P>
[[nodiscard]] std::string lookup_key(std::string_view pattern, const P&... params) {
  std::string out;
  out.reserve(pattern.size() + 32);
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    out.append(pattern.substr(0, open));
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    if (close == std::string_view::npos) return {};
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    std::string value;
    const auto pick = [&](const auto& from) {
      detail::for_each_param<std::remove_cvref_t<decltype(from)>>([&](const auto& field) {
        if (field.is(name)) detail::encode_param(from.*(field.member), value);
      });
    };
    (pick(params), ...);
    if (value.empty()) return {};
    append_percent_encoded(out, value);
    pattern.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace tento
