// SPDX-License-Identifier: Apache-2.0
/// @file row.hpp
/// What an author writes: integrations and rows are plain structs, found by what they have. Only the required members
/// have to be there; each missing one is named by a static_assert.
///
/// An integration: `ID`, `Deps`, `Client`, `Params`, `client(const ClientCtx<I>&) -> Result<Client>`; and where they
/// apply `TITLE`, `Auth` (an AuthProvider), `ACCOUNT_PARAM` (default `authId` where there is an Auth), `LIMITS`,
/// `client_for_write`, `check_account`, `discover`.
///
/// A row: `Integration`, `Params` (often NoParams), `ROW_LABEL`, `lookup_key(const Integration::Params&, const Params&)
/// -> std::string`; and where they apply `ROW_TYPE` ("data"), `CELL_ENCODING` (none), `CARDINALITY` (multi),
/// `DATA_VERSION` (1), `FIELDS`, `attributes`, `alias_key`, `sync_shape` + `sync`, `list_cells`, `post`, `patch`,
/// `remove`.
///
/// A member that is not there is not missed, so a misspelt one would be silence: names that look like a slip of an
/// optional one (`pach`, `FIELD`, `checkAccount`) are errors while it is not there itself.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "context.hpp"
#include "label.hpp"
#include "near_names.hpp"
#include "sync_shape.hpp"

namespace tento {

/// How many cells a row holds for a date.
enum class Cardinality {
  multi,   ///< any number, each with an id
  single,  ///< at most one, known by its date
};

/// Takes computed cells; batches them. `add` gives stopped() when the reader has enough: hand that on.
using CellSink = CellWriter;

/// A request budget that the service publishes: `limit("core").per_account().requests(5000).per_hours(1)`.
class Limit {
  template <class F>
  [[nodiscard]] constexpr Limit with(F&& change) const noexcept {
    Limit out = *this;
    change(out.abi_);
    return out;
  }
  tento_limit abi_{};

 public:
  /// A budget of 1 request a second, shared by all accounts.
  constexpr explicit Limit(std::string_view name) noexcept {
    abi_.struct_size = sizeof(tento_limit);
    abi_.name = str(name);
    abi_.capacity = 1;
    abi_.window_ms = 1000;
  }
  /// Each account has its own.
  [[nodiscard]] constexpr Limit per_account() const noexcept {
    return with([](auto& a) { a.scope = TENTO_LIMIT_ACCOUNT; });
  }
  /// Each account has its own for URLs that begin with `url_prefix`.
  [[nodiscard]] constexpr Limit per_endpoint(std::string_view url_prefix) const noexcept {
    return with([&](auto& a) {
      a.scope = TENTO_LIMIT_ENDPOINT;
      a.url_prefix = str(url_prefix);
    });
  }
  /// How many requests fit into the window.
  [[nodiscard]] constexpr Limit requests(std::uint64_t count) const noexcept {
    return with([&](auto& a) { a.capacity = count; });
  }
  /// Only requests that name it (`Request::limit_name`) count; without it, all that its prefix matches.
  [[nodiscard]] constexpr Limit named_only() const noexcept {
    return with([](auto& a) { a.flags |= TENTO_LIMIT_NAMED_ONLY; });
  }
  /// Length of the window.
  [[nodiscard]] constexpr Limit per_seconds(std::uint64_t count) const noexcept {
    return with([&](auto& a) { a.window_ms = count * 1000; });
  }
  /// Length of the window.
  [[nodiscard]] constexpr Limit per_hours(std::uint64_t count) const noexcept { return per_seconds(count * 3600); }
  /// As it crosses the ABI.
  [[nodiscard]] constexpr const tento_limit& abi() const noexcept { return abi_; }
};

/// Begins a limit.
[[nodiscard]] constexpr Limit limit(std::string_view name) noexcept {
  return Limit(name);
}
/// The limits of an integration: `static constexpr auto LIMITS = tento::limits(tento::limit("core")...)`.
template <class... L>
[[nodiscard]] constexpr std::array<Limit, sizeof...(L)> limits(const L&... entries) noexcept {
  return {entries...};
}

/// What check_account found out.
struct CheckedAccount {
  std::string auth_id;  ///< stable id of the account; empty = the host's choice
  std::string label;    ///< what people see; empty = the id
};

/// The base that gives a row what it does not say itself: `struct Sleep : tento::RowBase<MyProvider>`. Using it is a
/// convenience: a struct with these two aliases of its own is as good.
template <class I>
struct RowBase {
  using Integration = I;    ///< the integration
  using Params = NoParams;  ///< no parameters beyond the integration's
};

/// The `:logs` sibling of a sync-backed row: the host makes its cells of the row's runs.
template <class R>
struct Logs {
  using Integration = typename R::Integration;  ///< the parent's
  using Params = typename R::Params;            ///< the parent's
  using Parent = R;                             ///< whose runs they are
  /// The parent's key and `:logs`.
  static std::string lookup_key(const typename Integration::Params& params, const Params& own) {
    return R::lookup_key(params, own) + ":logs";
  }
};

/// Receives the rows that `discover` finds.
class RowSink {
 public:
  /// Wraps the host's sink and the table that finds descriptors.
  RowSink(const tento_row_sink& sink, const tento_integration& integration) noexcept
      : sink_(&sink), integration_(&integration) {}
  /// One concrete row of the account, with all of its parameters; `attributes_json` is a JSON object or empty.
  template <class R>
  Result<void> add(const typename R::Integration::Params& params, const typename R::Params& own, std::string_view label,
                   std::string_view attributes_json = {}) const;

 private:
  Result<void> put(const void* row_tag, const std::vector<Param>& params, std::string_view label,
                   std::string_view attributes_json) const;
  const tento_row_sink* sink_;
  const tento_integration* integration_;
};

namespace detail {

/// The address that stands for a type in this shared object.
template <class T>
inline constexpr char tag_of = 0;

/// A row descriptor and the type it was made of, so that another part of the provider finds its way back.
struct RowTable {
  tento_row abi;    ///< first, so that the descriptor's address is the table's
  const void* tag;  ///< &tag_of<Row>
};

template <class R>
inline constexpr bool is_logs = false;
template <class R>
inline constexpr bool is_logs<Logs<R>> = true;

template <class R>
concept HasSyncShape = requires {
  R::sync_shape();
};
template <class R>
concept HasSync = requires(SyncCtx<R>& ctx) {
  { R::sync(ctx) } -> std::convertible_to<Result<Synced>>;
};
template <class R>
concept HasListCellsTo = requires(ReadCtx<R>& ctx, CellSink& out) {
  { R::list_cells(ctx, out) } -> std::same_as<Result<void>>;
};
template <class R>
concept HasListCells = requires(ReadCtx<R>& ctx) {
  { R::list_cells(ctx) } -> std::same_as<Result<std::vector<Cell>>>;
};
template <class R>
concept HasPost = requires(WriteCtx<R>& ctx) {
  { R::post(ctx) } -> std::same_as<Result<WriteOutput>>;
};
template <class R>
concept HasPatch = requires(WriteCtx<R>& ctx) {
  { R::patch(ctx) } -> std::same_as<Result<WriteOutput>>;
};
template <class R>
concept HasRemove = requires(WriteCtx<R>& ctx) {
  { R::remove(ctx) } -> std::same_as<Result<WriteOutput>>;
};
template <class R>
concept HasAttributes = requires(const RowKeyCtx<R>& ctx) {
  { R::attributes(ctx) } -> std::same_as<Result<std::string>>;
};
template <class R>
concept HasAliasKey = requires(const RowKeyCtx<R>& ctx) {
  { R::alias_key(ctx) } -> std::same_as<Result<std::string>>;
};

template <class I>
concept HasClientForWrite = requires(const ClientCtx<I>& ctx) {
  { I::client_for_write(ctx) } -> std::same_as<Result<typename I::Client>>;
};
template <class I>
concept HasCheckAccount = requires(const IntegrationCtx<I>& ctx, const typename I::Client& client) {
  { I::check_account(ctx, client) } -> std::same_as<Result<CheckedAccount>>;
};
template <class I>
concept HasDiscover = requires(const IntegrationCtx<I>& ctx, const typename I::Client& client, RowSink& sink) {
  { I::discover(ctx, client, sink) } -> std::same_as<Result<void>>;
};

/// An author's struct and names that look like slips of its members, side by side; see near_names.hpp. A final struct
/// cannot be looked at.
template <class T, class Slips>
struct Beside : T, Slips {};
template <class T, class Slips>
requires std::is_final_v<T>
struct Beside<T, Slips> : Slips {
};

/// Names what an integration lacks. True when nothing.
template <class I>
constexpr bool check_integration() {
  static_assert(
      requires {
        { I::ID } -> std::convertible_to<std::string_view>;
      },
      "tento: an integration needs `static constexpr std::string_view ID = \"...\";`");
  static_assert(
      requires { typename I::Deps; }, "tento: an integration needs `using Deps = tento::Deps<...>;`");
  static_assert(
      requires { typename I::Client; }, "tento: an integration needs `using Client = ...;`");
  static_assert(
      requires { requires ParamsStruct<typename I::Params>; },
      "tento: an integration needs `using Params = ...;`, a struct with `fields = tento::params(...)`");
  static_assert(
      requires(const ClientCtx<I>& ctx) {
        { I::client(ctx) } -> std::same_as<Result<typename I::Client>>;
      },
      "tento: an integration needs `static Result<Client> client(const ClientCtx<I>& ctx);`");
  static_assert(
      !requires { &I::client_for_write; } || HasClientForWrite<I>,
      "tento: client_for_write is `static Result<Client> client_for_write(const ClientCtx<I>& ctx);`");
  static_assert(
      !requires { &I::check_account; } || HasCheckAccount<I>,
      "tento: check_account is `static Result<CheckedAccount> check_account(const IntegrationCtx<I>&, const "
      "Client&);`");
  static_assert(
      !requires { &I::discover; } || HasDiscover<I>,
      "tento: discover is `static Result<void> discover(const IntegrationCtx<I>&, const Client&, RowSink&);`");
  static_assert(check_integration_names<Beside<I, IntegrationSlips>>());
  if constexpr (requires { typename I::Auth; }) {
    static_assert(check_auth_names<Beside<typename I::Auth, AuthSlips>>());
  }
  return true;
}

/// Names what a row lacks. True when nothing.
template <class R>
constexpr bool check_row() {
  static_assert(
      requires { typename R::Integration; }, "tento: a row needs `using Integration = ...;`");
  static_assert(
      requires { requires ParamsStruct<typename R::Params>; },
      "tento: a row needs `using Params = tento::NoParams;` or a struct with `fields = tento::params(...)`");
  static_assert(
      is_logs<R> ||
          requires {
            { R::ROW_LABEL } -> std::convertible_to<Label>;
          },
      "tento: a row needs `static constexpr std::string_view ROW_LABEL = \"...\";`");
  static_assert(
      requires(const typename R::Integration::Params& params, const typename R::Params& own) {
        { R::lookup_key(params, own) } -> std::convertible_to<std::string>;
      },
      "tento: a row needs `static std::string lookup_key(const Integration::Params&, const Params&);`");
  static_assert(
      !HasSyncShape<R> || HasSync<R> || !requires { &R::sync; },
      "tento: sync is `static Result<Synced> sync(SyncCtx<R>& ctx);` (or Result<std::size_t>)");
  static_assert(
      !requires { &R::sync; } || HasSyncShape<R>,
      "tento: a row with `sync` needs `static constexpr SyncShape sync_shape();`");
  static_assert(
      !requires { &R::list_cells; } || HasListCells<R> || HasListCellsTo<R>,
      "tento: list_cells is `static Result<std::vector<Cell>> list_cells(ReadCtx<R>& ctx);` or "
      "`static Result<void> list_cells(ReadCtx<R>& ctx, CellSink& out);`");
  static_assert(
      !requires { &R::post; } || HasPost<R>, "tento: post is `static Result<WriteOutput> post(WriteCtx<R>& ctx);`");
  static_assert(
      !requires { &R::patch; } || HasPatch<R>, "tento: patch is `static Result<WriteOutput> patch(WriteCtx<R>& ctx);`");
  static_assert(
      !requires { &R::remove; } || HasRemove<R>,
      "tento: remove is `static Result<WriteOutput> remove(WriteCtx<R>& ctx);`");
  static_assert(
      !requires { &R::attributes; } || HasAttributes<R>,
      "tento: attributes is `static Result<std::string> attributes(const RowKeyCtx<R>& ctx);`");
  static_assert(
      !requires { &R::alias_key; } || HasAliasKey<R>,
      "tento: alias_key is `static Result<std::string> alias_key(const RowKeyCtx<R>& ctx);`");
  if constexpr (!is_logs<R>) static_assert(check_row_names<Beside<R, RowSlips>>());
  return true;
}

}  // namespace detail

template <class R>
Result<void> RowSink::add(const typename R::Integration::Params& params, const typename R::Params& own,
                          std::string_view label, std::string_view attributes_json) const {
  std::vector<Param> list;
  encode_params(params, list);
  encode_params(own, list);
  return put(&detail::tag_of<R>, list, label, attributes_json);
}

}  // namespace tento
