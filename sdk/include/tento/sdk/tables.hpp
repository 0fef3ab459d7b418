// SPDX-License-Identifier: Apache-2.0
/// @file tables.hpp
/// The descriptors that a host reads, made of an author's types while compiling: constants, so that loading a provider
/// runs no initialiser.
#pragma once

#include <tento/connector.h>
#include <tento/sync_plugin.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>

#include "schema_check.hpp"
#include "slots.hpp"

namespace tento {

/// A checked schema: what `schema(...)` gives.
template <class List, std::size_t N, class Values = detail::TypeList<>>
struct Schema {
  using Bindings = List;     ///< rows and integrations, in order
  using Kept = Values;       ///< what the provider keeps; see `keeps`
  detail::Routes<N> routes;  ///< patterns, guards and verbs, in the same order
};

namespace detail {

/// The same rows as a list without repetition.
template <class Done, class... B>
struct UniqueRows {
  using type = Done;
};
template <class... D, class B, class... Rest>
struct UniqueRows<TypeList<D...>, B, Rest...>
    : UniqueRows<std::conditional_t<(std::same_as<D, typename B::Row> || ...), TypeList<D...>,
                                    TypeList<D..., typename B::Row>>,
                 Rest...> {};
template <class Done, class... R>
struct UniqueIntegrations {
  using type = Done;
};
template <class... D, class R, class... Rest>
struct UniqueIntegrations<TypeList<D...>, R, Rest...>
    : UniqueIntegrations<std::conditional_t<(std::same_as<D, typename R::Integration> || ...), TypeList<D...>,
                                            TypeList<D..., typename R::Integration>>,
                         Rest...> {};

/// The place of `R` among the rows of a schema. Types are told apart by it, since the addresses of two objects are no
/// constants for a compiler that checks pointers (-fsanitize=undefined).
template <class R, class... Rows>
constexpr std::size_t index_of(TypeList<Rows...>) {
  std::size_t at = 0;
  const bool found = ((std::same_as<R, Rows> || (++at, false)) || ...);
  return found ? at : sizeof...(Rows);
}

template <std::size_t N>
constexpr const Route& route_of(const Routes<N>& routes, std::size_t row_index) {
  for (std::size_t i = 0; i < routes.size; ++i) {
    if (routes.items[i].row_index == row_index) return routes.items[i];
  }
  return routes.items[routes.size];
}

template <class R, class Rows, std::size_t N>
constexpr void check_logs(Rows rows, const Routes<N>& routes) {
  if constexpr (is_logs<R>) {
    PatternText wanted = route_of(routes, index_of<typename R::Parent>(rows)).pattern;
    wanted.append(":logs");
    if (wanted.view() != route_of(routes, index_of<R>(rows)).pattern.view()) {
      schema_error::a_logs_row_has_to_stand_at_its_parents_pattern_and_colon_logs();
    }
  }
}

template <std::size_t N>
constexpr void check_clashes(const Routes<N>& routes) {
  for (std::size_t i = 0; i < routes.size; ++i) {
    for (std::size_t j = i + 1; j < routes.size; ++j) {
      const Route& a = routes.items[i];
      const Route& b = routes.items[j];
      const bool same = same_routes(a.pattern.view(), b.pattern.view());
      if (same && a.verb == b.verb) schema_error::the_same_pattern_and_verb_stand_twice();
      if (same && a.row_index != b.row_index) schema_error::two_rows_have_the_same_pattern();
      if (a.row_index == b.row_index && a.pattern.view() != b.pattern.view()) schema_error::one_row_has_two_patterns();
    }
  }
}

template <class... B>
constexpr auto rows_of(TypeList<B...>) -> typename UniqueRows<TypeList<>, B...>::type {
  return {};
}

template <class... B, std::size_t N>
constexpr void number_rows(TypeList<B...> bindings, Routes<N>& routes) {
  std::size_t i = 0;
  ((routes.items[i++].row_index = index_of<typename B::Row>(rows_of(bindings))), ...);
}

template <class... B, std::size_t N>
constexpr void check_bindings(TypeList<B...> bindings, const Routes<N>& routes) {
  std::size_t i = 0;
  (check_binding<B>(routes.items[i++].pattern.view()), ...);
  (check_slot<B>(), ...);
  check_clashes(routes);
  (check_logs<typename B::Row>(rows_of(bindings), routes), ...);
}

template <class... R>
constexpr auto integrations_of(TypeList<R...>) -> typename UniqueIntegrations<TypeList<>, R...>::type {
  return {};
}

/// Pointers to the ABI part of each element of a constant table.
template <const auto& Table, class Abi>
inline constexpr auto abi_pointers = [] {
  std::array<const Abi*, Table.size()> out{};
  for (std::size_t i = 0; i < Table.size(); ++i) out[i] = &Table[i].abi();
  return out;
}();

template <class P>
constexpr tento_auth auth_abi() {
  tento_auth out = auth_none().abi();
  if constexpr (requires { P::AUTH; }) out = P::AUTH.abi();
  out.kind = str(std::string_view(P::KIND));
  if constexpr (requires { P::SETTINGS; }) {
    out.settings = abi_pointers<P::SETTINGS, tento_setting>.data();
    out.setting_count = P::SETTINGS.size();
  }
  if constexpr (requires { P::SCOPES; }) {
    out.groups = abi_pointers<P::SCOPES, tento_scope_group>.data();
    out.group_count = P::SCOPES.size();
  }
  if constexpr (requires { P::ORIGINS; }) {
    out.origins = P::ORIGINS.data();
    out.origin_count = P::ORIGINS.size();
  }
  return out;
}
template <class P>
inline constexpr tento_auth auth_table = auth_abi<P>();

/// The label of a `:logs` row: its parent's and `-logs`.
template <class R>
struct LogsLabel {
  static constexpr std::string_view parent = Label(R::ROW_LABEL).text();
  static constexpr auto text = [] {
    std::array<char, parent.size() + 5> out{};
    std::size_t i = 0;
    for (char c : parent) out[i++] = c;
    for (char c : std::string_view("-logs")) out[i++] = c;
    return out;
  }();
};

/// The descriptor of row `R` in the schema of `Provider`.
template <class Provider, class R>
struct RowStorage {
  static constexpr auto& routes = Provider::schema.routes;
  static constexpr std::size_t index = index_of<R>(rows_of(typename decltype(Provider::schema)::Bindings{}));
  static constexpr PatternText pattern = route_of(routes, index).pattern;
  struct Guards {
    std::array<tento_guard, 8> items{};
    std::size_t size = 0;
  };
  static constexpr std::uint32_t verbs = [] {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < routes.size; ++i) {
      if (routes.items[i].row_index == index) out |= routes.items[i].verb;
    }
    return out;
  }();
  static constexpr Guards guards = [] {
    Guards out;
    for (std::size_t i = 0; i < routes.size; ++i) {
      const Route& route = routes.items[i];
      if (route.row_index != index) continue;
      for (std::size_t g = 0; g < route.guards.size; ++g) {
        std::size_t at = 0;
        while (at < out.size &&
               std::string_view(out.items[at].name.data, out.items[at].name.size) != route.guards.names[g])
          ++at;
        if (at == out.items.size()) schema_error::too_many_guards_on_one_row();
        if (at == out.size) out.items[out.size++] = {str(route.guards.names[g]), 0, 0};
        out.items[at].verbs |= route.verb;
      }
    }
    return out;
  }();
  struct Shape {
    static constexpr SyncShape shape() { return R::sync_shape(); }
  };

  static constexpr tento_row make() {
    tento_row out{};
    out.struct_size = sizeof(tento_row);
    out.verbs = verbs;
    out.data_version = 1;
    out.pattern = str(pattern.view());
    out.type = str(std::string_view("data"));
    out.guards = guards.size == 0 ? nullptr : guards.items.data();
    out.guard_count = guards.size;
    if constexpr (is_logs<R>) {
      out.flags = TENTO_ROW_LOGS;
      using Text = LogsLabel<typename R::Parent>;
      out.label = Label(std::string_view(Text::text.data(), Text::text.size())).abi();
    } else {
      out.label = Label(R::ROW_LABEL).abi();
      describe(out);
      bind(out);
    }
    return out;
  }
  static constexpr void describe(tento_row& out) {
    if constexpr (requires { R::ROW_TYPE; }) out.type = str(std::string_view(R::ROW_TYPE));
    if constexpr (requires { R::CELL_ENCODING; }) out.encoding = str(std::string_view(R::CELL_ENCODING));
    if constexpr (requires { R::DATA_VERSION; }) out.data_version = R::DATA_VERSION;
    if constexpr (requires { R::CARDINALITY; }) {
      if (R::CARDINALITY == Cardinality::single) out.flags |= TENTO_ROW_SINGLE;
    }
    if constexpr (requires { R::FIELDS; }) {
      out.fields = abi_pointers<R::FIELDS, tento_field>.data();
      out.field_count = R::FIELDS.size();
    }
    if constexpr (HasSyncShape<R>) out.sync_shape = &ShapeTable<Shape>::abi;
  }
  static constexpr void bind(tento_row& out) {
    using Slots = RowSlots<R>;
    if constexpr (HasAttributes<R>) out.attributes = &Slots::attributes;
    if constexpr (HasAliasKey<R>) out.alias_key = &Slots::alias_key;
    if constexpr (HasSync<R>) out.sync = &Slots::sync;
    if constexpr (HasListCells<R> || HasListCellsTo<R>) out.list_cells = &Slots::list_cells;
    if constexpr (HasPost<R>) out.post = &Slots::post;
    if constexpr (HasPatch<R>) out.patch = &Slots::patch;
    if constexpr (HasRemove<R>) out.remove = &Slots::remove;
  }
  static constexpr RowTable table{make(), &tag_of<R>};
};

template <class Provider, class I, class... R>
constexpr auto row_pointers_of(TypeList<R...>) {
  constexpr std::size_t count = (std::size_t{std::same_as<typename R::Integration, I>} + ... + 0);
  std::array<const tento_row*, count> out{};
  std::size_t i = 0;
  const auto take = [&]<class Row>(Row*) {
    if constexpr (std::same_as<typename Row::Integration, I>) out[i++] = &RowStorage<Provider, Row>::table.abi;
  };
  (take(static_cast<R*>(nullptr)), ...);
  return out;
}

/// The descriptor of integration `I` in the schema of `Provider`.
template <class Provider, class I>
struct IntegrationStorage {
  using Rows = decltype(rows_of(typename decltype(Provider::schema)::Bindings{}));
  static constexpr auto rows = row_pointers_of<Provider, I>(Rows{});

  static constexpr tento_integration make() {
    tento_integration out{};
    out.struct_size = sizeof(tento_integration);
    out.id = str(std::string_view(I::ID));
    out.title = Label(std::string_view(I::ID)).abi();
    if constexpr (requires { I::TITLE; }) out.title = Label(I::TITLE).abi();
    out.account_param = str(account_param<I>());
    if constexpr (requires { typename I::Auth; }) out.auth = &auth_table<typename I::Auth>;
    out.rows = rows.data();
    out.row_count = rows.size();
    out.needs = I::Deps::count == 0 ? nullptr : I::Deps::needs.data();
    out.need_count = I::Deps::count;
    if constexpr (requires { I::LIMITS; }) {
      out.limits = abi_pointers<I::LIMITS, tento_limit>.data();
      out.limit_count = I::LIMITS.size();
    }
    out.client = &IntegrationSlots<I>::client;
    out.release = &IntegrationSlots<I>::release;
    if constexpr (HasClientForWrite<I>) out.client_for_write = &IntegrationSlots<I>::client_for_write;
    if constexpr (HasCheckAccount<I>) out.check_account = &IntegrationSlots<I>::check_account;
    if constexpr (HasDiscover<I>) out.discover = &IntegrationSlots<I>::discover;
    return out;
  }
  static constexpr tento_integration table = make();
};

template <class Provider, class... I>
constexpr std::array<const tento_integration*, sizeof...(I)> integration_pointers(TypeList<I...>) {
  return {&IntegrationStorage<Provider, I>::table...};
}

/// What `tento_connector` answers for `Provider`.
template <class Provider>
struct ConnectorStorage {
  using Rows = decltype(rows_of(typename decltype(Provider::schema)::Bindings{}));
  using Integrations = decltype(integrations_of(Rows{}));
  static constexpr auto integrations = integration_pointers<Provider>(Integrations{});
  static constexpr tento_connector_api table{sizeof(tento_connector_api), 0, integrations.data(), integrations.size()};
};

}  // namespace detail

/// Flattens and checks blocks. What is wrong is a compile error; see schema_error.
template <class... Items>
[[nodiscard]] consteval auto schema(Items... items) {
  using List = typename detail::Join<typename detail::BindingsOf<void, Items>::type...>::type;
  static_assert(List::size > 0, "tento: a schema needs at least one row");
  Schema<List, List::size, typename detail::Join<typename detail::KeptOf<Items>::type...>::type> out{};
  (detail::collect(out.routes, detail::PatternText{}, detail::GuardList{}, items), ...);
  detail::number_rows(List{}, out.routes);
  detail::check_bindings(List{}, out.routes);
  return out;
}

}  // namespace tento
