// SPDX-License-Identifier: Apache-2.0
/// @file schema.hpp
/// The routes of a provider as nested blocks, checked while compiling:
///
///     tento::attrs(tento::integration<MyAccount>)(
///         tento::resource(":~myprovider:{authId}")(
///             tento::resource(":commits")(
///                 tento::get<Commits>,
///                 tento::resource(":logs")(tento::get<tento::Logs<Commits>>))))
///
/// Nesting concatenates; an `attrs` block sets integration and guards for all inside, guards add up; the verbs of a
/// resource name the row they belong to. What is wrong is a compile error whose text names the defect.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "row.hpp"

namespace tento {

namespace schema_error {
void a_path_that_is_read_is_absolute_or_below_the_home_folder();
}  // namespace schema_error

/// A verb of a resource, bound to its row.
template <class R, std::uint32_t Verb>
struct Bind {};

/// Read cells of `R`.
template <class R>
inline constexpr Bind<R, TENTO_VERB_GET> get{};
/// Create a cell of `R`.
template <class R>
inline constexpr Bind<R, TENTO_VERB_POST> post{};
/// Change a cell of `R`.
template <class R>
inline constexpr Bind<R, TENTO_VERB_PATCH> patch{};
/// Delete a cell of `R` (`delete` is a word that C++ keeps for itself).
template <class R>
inline constexpr Bind<R, TENTO_VERB_DELETE> remove{};

/// A resource and what is in it.
template <class... Items>
struct Resource {
  std::string_view path;       ///< one or more `:`-led segments
  std::tuple<Items...> items;  ///< verbs and nested resources
};

/// A resource that still waits for what is in it.
struct ResourceHead {
  std::string_view path;  ///< one or more `:`-led segments
  /// Puts verbs, nested resources and attribute blocks in it.
  template <class... Items>
  [[nodiscard]] consteval Resource<Items...> operator()(Items... items) const {
    return {path, std::tuple<Items...>(items...)};
  }
};

/// Begins a resource: `resource(":sleep")(get<Sleep>)`.
[[nodiscard]] consteval ResourceHead resource(std::string_view path) {
  return {path};
}

/// Attribute: everything inside belongs to the integration `I`.
template <class I>
struct IntegrationAttr {};
/// Attribute: everything inside belongs to the integration `I`.
template <class I>
inline constexpr IntegrationAttr<I> integration{};

/// Attribute: everything inside is dispatched only while the guard holds.
struct GuardAttr {
  std::string_view name;  ///< `operator`, or one that the embedder registered
};
/// Attribute: everything inside is dispatched only while the guard `name` holds.
[[nodiscard]] consteval GuardAttr guard(std::string_view name) {
  return {name};
}

namespace detail {

template <class I, std::size_t Guards, class... Items>
struct AttrBlock {
  using Integration = I;  // void = the outer block's
  std::array<std::string_view, Guards> guards;
  std::tuple<Items...> items;
};

template <class I, std::size_t Guards>
struct AttrHead {
  std::array<std::string_view, Guards> guards;
  template <class... Items>
  [[nodiscard]] consteval AttrBlock<I, Guards, Items...> operator()(Items... items) const {
    return {guards, std::tuple<Items...>(items...)};
  }
};

template <class... A>
struct AttrIntegration {
  using type = void;
};
template <class I, class... Rest>
struct AttrIntegration<IntegrationAttr<I>, Rest...> {
  using type = I;
};
template <class... Rest>
struct AttrIntegration<GuardAttr, Rest...> : AttrIntegration<Rest...> {};

template <class... A>
inline constexpr std::size_t guard_count = (std::size_t{std::same_as<A, GuardAttr>} + ... + 0);

/// A note flag or feature among the root items.
struct ProviderOption {
  std::uint32_t note_flags = 0;
  std::string_view note_string;
  std::string_view note_kind = {};  ///< put before note_string
};

/// A value among the root items that lives as long as the provider.
template <class T>
struct KeptValue {};

}  // namespace detail

/// Begins an attribute block: `attrs(integration<MyAccount>, guard("operator"))(...)`.
template <class... A>
[[nodiscard]] consteval auto attrs(A... attributes) {
  static_assert((std::size_t{!std::same_as<A, GuardAttr>} + ... + 0) <= 1,
                "tento: an attribute block names one integration at most");
  detail::AttrHead<typename detail::AttrIntegration<A...>::type, detail::guard_count<A...>> out{};
  std::size_t i = 0;
  const auto take = [&](const auto& attribute) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(attribute)>, GuardAttr>)
      out.guards.at(i++) = attribute.name;
  };
  (take(attributes), ...);
  return out;
}

/// Root item: the provider opens files itself: those of its accounts' path settings and those it `reads`; operators are
/// told.
inline constexpr detail::ProviderOption own_io{TENTO_NOTE_OWN_IO, {}};
/// Root item: beside the paths that its accounts' settings name, the provider reads this file or folder: absolute, or
/// below the home folder of the person who runs the host, as in `reads("~/.netrc")`; no segment is a dot or two.
/// Operators are told, and where providers are isolated it is the grant. Says own_io, too.
[[nodiscard]] consteval detail::ProviderOption reads(std::string_view path) {
  std::string_view rest = path.starts_with("~/") ? path.substr(1) : path;
  bool good = rest.size() > 1 && rest.front() == '/';
  while (good && !rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    good = !segment.empty() && segment != "." && segment != "..";
    for (const char c : segment) good = good && (c < '\0' || c >= ' ') && c != '\x7f';
    rest.remove_prefix(segment.size());
  }
  if (!good) schema_error::a_path_that_is_read_is_absolute_or_below_the_home_folder();
  return {TENTO_NOTE_OWN_IO, path, "r="};
}
/// Root item: the provider opens sockets itself; operators are told, and such a provider cannot be isolated.
inline constexpr detail::ProviderOption own_net{TENTO_NOTE_OWN_NET, {}};
/// Root item: the provider asks for tokens themselves (`acquire_handle`); operators have to allow it.
inline constexpr detail::ProviderOption raw_credentials{0, "f=raw-credentials"};
/// Root item: a `T` is made with the provider, before any call to it, and ended with it: for libraries that have to be
/// set up once for a whole process. `T` is default-constructible and used by nobody; an exception of its constructor
/// keeps the provider from being loaded, with its text as the reason. What accounts share belongs in their client.
template <class T>
inline constexpr detail::KeptValue<T> keeps{};

}  // namespace tento
