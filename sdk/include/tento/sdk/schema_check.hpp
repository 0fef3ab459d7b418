// SPDX-License-Identifier: Apache-2.0
/// @file schema_check.hpp
/// Flattens the blocks of schema.hpp into routes and refuses what is wrong with them. Everything happens while
/// compiling: a defect calls a function that is not constexpr, whose name the compiler prints.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "schema.hpp"

namespace tento {

/// What a compiler names when a schema is wrong. None of these exists at run time.
namespace schema_error {
void a_resource_is_outside_of_an_integration_block();
void a_path_has_to_begin_with_a_colon();
void a_pattern_has_an_empty_segment();
void a_pattern_has_to_begin_with_the_provider_as_in_colon_tilde_id();
void a_literal_segment_is_not_camelCase();
void a_param_name_is_not_camelCase();
void a_brace_does_not_enclose_a_whole_segment();
void a_param_stands_twice_in_a_pattern();
void a_pattern_is_too_long();
void a_param_of_the_pattern_has_no_field_in_the_params_structs();
void a_field_of_a_params_struct_is_not_in_the_pattern();
void the_pattern_lacks_the_param_that_names_the_account();
void the_same_pattern_and_verb_stand_twice();
void two_rows_have_the_same_pattern();
void one_row_has_two_patterns();
void a_logs_row_has_to_stand_at_its_parents_pattern_and_colon_logs();
void too_many_guards_on_one_row();
void too_many_root_items();
}  // namespace schema_error

namespace detail {

/// A pattern while it is being put together.
struct PatternText {
  std::array<char, 512> chars{};
  std::size_t size = 0;
  constexpr void append(std::string_view text) {
    if (size + text.size() > chars.size()) schema_error::a_pattern_is_too_long();
    for (char c : text) chars[size++] = c;
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {chars.data(), size}; }
};

struct GuardList {
  std::array<std::string_view, 8> names{};
  std::size_t size = 0;
  constexpr void add(std::string_view name) {
    if (size == names.size()) schema_error::too_many_guards_on_one_row();
    names[size++] = name;
  }
};

/// One verb of one row, with everything inherited.
struct Route {
  PatternText pattern;
  GuardList guards;
  std::uint32_t verb = 0;
  std::size_t row_index = 0;  // among the rows of the schema: what can be compared while compiling, under any sanitizer
  const void* row = nullptr;  // &tag_of<R>: what can be compared at run time, without the schema's types
};

template <class... T>
struct TypeList {
  static constexpr std::size_t size = sizeof...(T);
};

template <class R, class I, std::uint32_t V>
struct Bound {
  using Row = R;
  using Integration = I;
  static constexpr std::uint32_t verb = V;
};

// The bindings below an item, in order, as types: the same walk that `collect` makes with values.
template <class I, class Item>
struct BindingsOf {
  using type = TypeList<>;
};
template <class... L>
struct Join {
  using type = TypeList<>;
};
template <class... T>
struct Join<TypeList<T...>> {
  using type = TypeList<T...>;
};
template <class... A, class... B, class... Rest>
struct Join<TypeList<A...>, TypeList<B...>, Rest...> : Join<TypeList<A..., B...>, Rest...> {};
template <class I, class R, std::uint32_t V>
struct BindingsOf<I, Bind<R, V>> {
  using type = TypeList<Bound<R, I, V>>;
};
template <class I, class... Items>
struct BindingsOf<I, Resource<Items...>> : Join<typename BindingsOf<I, Items>::type...> {};
template <class I, class Own, std::size_t N, class... Items>
struct BindingsOf<I, AttrBlock<Own, N, Items...>>
    : Join<typename BindingsOf<std::conditional_t<std::is_void_v<Own>, I, Own>, Items>::type...> {};

template <std::size_t N>
struct Routes {
  std::array<Route, N> items{};
  std::size_t size = 0;
  std::uint32_t note_flags = 0;
  std::array<ProviderOption, 16> note_strings{};
  std::size_t note_string_count = 0;
};

template <std::size_t N, class R, std::uint32_t V>
constexpr void collect(Routes<N>& out, const PatternText& path, const GuardList& guards, const Bind<R, V>&) {
  out.items[out.size++] = Route{path, guards, V, 0, &tag_of<R>};
}
template <std::size_t N, class... Items>
constexpr void collect(Routes<N>& out, const PatternText& path, const GuardList& guards,
                       const Resource<Items...>& item) {
  if (!item.path.starts_with(':')) schema_error::a_path_has_to_begin_with_a_colon();
  PatternText inner = path;
  inner.append(item.path);
  std::apply([&](const auto&... each) { (collect(out, inner, guards, each), ...); }, item.items);
}
template <std::size_t N, class I, std::size_t G, class... Items>
constexpr void collect(Routes<N>& out, const PatternText& path, const GuardList& guards,
                       const AttrBlock<I, G, Items...>& block) {
  GuardList inner = guards;
  for (std::string_view name : block.guards) inner.add(name);
  std::apply([&](const auto&... each) { (collect(out, path, inner, each), ...); }, block.items);
}
template <std::size_t N>
constexpr void collect(Routes<N>& out, const PatternText&, const GuardList&, const ProviderOption& option) {
  out.note_flags |= option.note_flags;
  if (option.note_string.empty()) return;
  if (out.note_string_count == out.note_strings.size()) schema_error::too_many_root_items();
  out.note_strings[out.note_string_count++] = option;
}
template <std::size_t N, class T>
constexpr void collect(Routes<N>&, const PatternText&, const GuardList&, const KeptValue<T>&) {}

/// The values that root items have a provider keep.
template <class Item>
struct KeptOf {
  using type = TypeList<>;
};
template <class T>
struct KeptOf<KeptValue<T>> {
  using type = TypeList<T>;
};

/// Takes the first segment off `rest`, which begins with a colon.
constexpr std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  // By hand: `find` compares a pointer with null, which is no constant for g++ 12 with -fsanitize=undefined.
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != ':') ++end;
  const std::string_view segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

/// The name of `{name}`; empty for a literal.
constexpr std::string_view param_name(std::string_view segment) {
  const bool open = segment.starts_with('{');
  const bool close = segment.ends_with('}');
  if (open != close || (open && segment.size() < 3)) schema_error::a_brace_does_not_enclose_a_whole_segment();
  if (!open) return {};
  return segment.substr(1, segment.size() - 2);
}

constexpr bool pattern_has(std::string_view pattern, std::string_view name) {
  while (!pattern.empty()) {
    if (param_name(next_segment(pattern)) == name) return true;
  }
  return false;
}

/// Whether two patterns match the same keys.
constexpr bool same_routes(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view x = next_segment(a);
    const std::string_view y = next_segment(b);
    const bool both_params = !param_name(x).empty() && !param_name(y).empty();
    if (!both_params && x != y) return false;
  }
  return a.empty() && b.empty();
}

constexpr void check_pattern(std::string_view pattern) {
  std::string_view rest = pattern;
  bool first = true;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const std::string_view segment = next_segment(rest);
    if (segment.empty()) schema_error::a_pattern_has_an_empty_segment();
    const std::string_view name = param_name(segment);
    if (first) {
      if (!is_key_prefix(segment)) schema_error::a_pattern_has_to_begin_with_the_provider_as_in_colon_tilde_id();
    } else if (!name.empty()) {
      if (!is_camel_case(name)) schema_error::a_param_name_is_not_camelCase();
      const std::string_view head = pattern.substr(0, pattern.size() - before.size());
      if (!head.empty() && pattern_has(head, name)) schema_error::a_param_stands_twice_in_a_pattern();
    } else if (!is_camel_case(segment)) {
      schema_error::a_literal_segment_is_not_camelCase();
    }
    first = false;
  }
}

/// The parameter that names the account: ACCOUNT_PARAM, else authId where there is an Auth, else none.
template <class I>
constexpr std::string_view account_param() {
  if constexpr (requires { I::ACCOUNT_PARAM; }) {
    return I::ACCOUNT_PARAM;
  } else if constexpr (requires { typename I::Auth; }) {
    return "authId";
  } else {
    return {};
  }
}

/// Whether every field that has to be given stands in the pattern.
template <class P>
constexpr bool fields_are_in(std::string_view pattern) {
  bool all = true;
  for_each_param<P>([&](const auto& field) {
    using Value = typename std::remove_cvref_t<decltype(field)>::Value;
    bool found = is_optional<Value> || pattern_has(pattern, field.name);
    for (std::string_view other : field.aliases) found = found || (!other.empty() && pattern_has(pattern, other));
    all = all && found;
  });
  return all;
}

template <class B>
constexpr void check_binding(std::string_view pattern) {
  using R = typename B::Row;
  using I = typename B::Integration;
  static_assert(!std::is_void_v<I>,
                "tento: a resource is outside of an integration block; wrap it in attrs(integration<I>)(...)");
  if constexpr (!std::is_void_v<I>) {
    static_assert(std::same_as<typename R::Integration, I>, "tento: a row stands in the block of another integration");
    static_assert(check_integration<I>());
    static_assert(check_row<R>());
    check_pattern(pattern);
    if (!fields_are_in<typename I::Params>(pattern) || !fields_are_in<typename R::Params>(pattern)) {
      schema_error::a_field_of_a_params_struct_is_not_in_the_pattern();
    }
    std::string_view rest = pattern;
    while (!rest.empty()) {
      const std::string_view name = param_name(next_segment(rest));
      if (!name.empty() && !has_param<typename I::Params>(name) && !has_param<typename R::Params>(name)) {
        schema_error::a_param_of_the_pattern_has_no_field_in_the_params_structs();
      }
    }
    if (!account_param<I>().empty() && !pattern_has(pattern, account_param<I>())) {
      schema_error::the_pattern_lacks_the_param_that_names_the_account();
    }
  }
}

template <class B>
constexpr void check_slot() {
  using R = typename B::Row;
  constexpr std::uint32_t V = B::verb;
  if constexpr (V == TENTO_VERB_GET) {
    static_assert(is_logs<R> || HasSyncShape<R> || HasListCells<R> || HasListCellsTo<R>,
                  "tento: get needs a row with sync_shape, or one with list_cells");
  } else if constexpr (V == TENTO_VERB_POST) {
    static_assert(HasPost<R>, "tento: post needs `static Result<WriteOutput> post(WriteCtx<R>& ctx);` in its row");
  } else if constexpr (V == TENTO_VERB_PATCH) {
    static_assert(HasPatch<R>, "tento: patch needs `static Result<WriteOutput> patch(WriteCtx<R>& ctx);` in its row");
  } else {
    static_assert(HasRemove<R>,
                  "tento: remove needs `static Result<WriteOutput> remove(WriteCtx<R>& ctx);` in its row");
  }
}

}  // namespace detail

}  // namespace tento
