// SPDX-License-Identifier: Apache-2.0
/// @file sync_plugin.hpp
/// Topology and executor of a provider's syncs. The derived one takes both from the rows; an author's types override it
/// row by row and slot by slot:
///
///     struct CommitsSync {                             // both SyncProvider and SyncExecutor of one row
///       using Row = Commits;
///       static constexpr tento::SyncShape sync_shape();                                           // topology ...
///       static tento::Result<std::string> lock_key(const tento::RowKeyCtx<Row>&, std::string_view stage);
///       static tento::Result<std::string> alias_key(const tento::RowKeyCtx<Row>&);
///       static tento::Result<tento::Span> stage_range(const tento::RowKeyCtx<Row>&, std::string_view stage,
///                                                     tento::Date today, const tento::Span& hosts_own);
///       static tento::Result<tento::Synced> execute(tento::SyncCtx<Row>&);                        // executor
///     };
///     TENTO_SYNC_PLUGIN(CommitsSync, tento::MaxConcurrent<2>);
///
/// Every member but `Row` is optional; what is left out falls back to the row.
#pragma once

#include <tento/sync_plugin.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema_check.hpp"
#include "slots.hpp"

namespace tento {

/// Argument of TENTO_SYNC_PLUGIN: at most so many jobs of the provider run at once.
template <std::uint32_t N>
struct MaxConcurrent {
  static constexpr std::uint32_t MAX_CONCURRENT = N;  ///< how many
};

/// Overrides topology of one row: any of `sync_shape`, `lock_key`, `alias_key`, `stage_range`.
template <class S>
concept SyncProvider = requires {
  typename S::Row;
}
&&(
    requires { S::sync_shape(); } || requires { &S::lock_key; } || requires { &S::alias_key; } ||
    requires { &S::stage_range; });
/// Overrides execution of one row.
template <class S>
concept SyncExecutor = requires(SyncCtx<typename S::Row>& ctx) {
  { S::execute(ctx) } -> std::convertible_to<Result<Synced>>;
};

namespace detail {

template <class S>
concept SyncHasShape = requires {
  S::sync_shape();
};
template <class S>
concept SyncHasLockKey = requires(const RowKeyCtx<typename S::Row>& ctx, std::string_view stage) {
  { S::lock_key(ctx, stage) } -> std::same_as<Result<std::string>>;
};
template <class S>
concept SyncHasAliasKey = requires(const RowKeyCtx<typename S::Row>& ctx) {
  { S::alias_key(ctx) } -> std::same_as<Result<std::string>>;
};
template <class S>
concept SyncHasStageRange = requires(const RowKeyCtx<typename S::Row>& ctx, std::string_view stage, Date today,
                                     const Span& own) {
  { S::stage_range(ctx, stage, today, own) } -> std::same_as<Result<Span>>;
};

/// Names what an override got wrong. True when nothing.
template <class S>
constexpr bool check_sync_part() {
  if constexpr (!requires { S::MAX_CONCURRENT; }) {
    static_assert(
        requires { typename S::Row; }, "tento: a part of a sync-plugin needs `using Row = ...;`");
    static_assert(
        SyncProvider<S> || SyncExecutor<S> || requires { &S::execute; },
        "tento: a part of a sync-plugin overrides sync_shape, lock_key, alias_key, stage_range or execute");
    static_assert(
        !requires { &S::execute; } || SyncExecutor<S>,
        "tento: execute is `static Result<Synced> execute(SyncCtx<Row>& ctx);`");
    static_assert(
        !requires { &S::lock_key; } || SyncHasLockKey<S>,
        "tento: lock_key is `static Result<std::string> lock_key(const RowKeyCtx<Row>&, std::string_view stage);`");
    static_assert(
        !requires { &S::alias_key; } || SyncHasAliasKey<S>,
        "tento: alias_key is `static Result<std::string> alias_key(const RowKeyCtx<Row>&);`");
    static_assert(
        !requires { &S::stage_range; } || SyncHasStageRange<S>,
        "tento: stage_range is `static Result<Span> stage_range(const RowKeyCtx<Row>&, std::string_view stage, "
        "Date today, const Span& hosts_own);`");
    static_assert(check_sync_part_names<Beside<S, SyncPartSlips>>());
  }
  return true;
}

[[nodiscard]] inline const void* tag_of_row(const tento_row& row) noexcept {
  return reinterpret_cast<const RowTable&>(row).tag;
}

/// What the row itself says: the fallback of every slot.
tento_status row_lock_key(const tento_row_ctx& ctx, const tento_sync_shape* shape, std::string_view stage,
                          const tento_text_sink& sink, tento_error* err) noexcept;
tento_status row_alias_key(tento_provider* self, const tento_row_ctx& ctx, const tento_text_sink& sink,
                           tento_error* err) noexcept;
tento_status row_sync(tento_provider* self, tento_client* client, const tento_sync_ctx& ctx, tento_sync_result* result,
                      tento_error* err) noexcept;

template <class S>
struct SyncShapeSource {
  static constexpr SyncShape shape() { return S::sync_shape(); }
};

template <class S>
bool is_for(const tento_row& row) noexcept {
  if constexpr (requires { typename S::Row; }) {
    return tag_of_row(row) == &tag_of<typename S::Row>;
  } else {
    return false;
  }
}

/// The slots of a sync-plugin made of `S...`: the first part that is for the row and has the member answers.
template <class... S>
struct SyncSlots {
  static const tento_sync_shape* shape(tento_provider*, const tento_row* row) noexcept {
    const tento_sync_shape* out = row->sync_shape;
    [[maybe_unused]] const auto ask = [&]<class P>(P*) {
      if constexpr (SyncHasShape<P>) {
        if (is_for<P>(*row)) out = &ShapeTable<SyncShapeSource<P>>::abi;
      }
    };
    (ask(static_cast<S*>(nullptr)), ...);
    return out;
  }
  static tento_status lock_key(tento_provider* self, const tento_row_ctx* ctx, tento_str stage,
                               const tento_text_sink* sink, tento_error* err) noexcept {
    bool done = false;
    tento_status status = TENTO_OK;
    [[maybe_unused]] const auto ask = [&]<class P>(P*) {
      if constexpr (SyncHasLockKey<P>) {
        if (done || !is_for<P>(*ctx->row)) return;
        done = true;
        status = guarded({"lock_key", *ctx}, err, [&]() -> Result<void> {
          TENTO_TRY_ASSIGN(const auto at, row_key_ctx<typename P::Row>(*ctx));
          TENTO_TRY_ASSIGN(const std::string key, P::lock_key(at, view(stage)));
          return push_text(*sink, key);
        });
      }
    };
    (ask(static_cast<S*>(nullptr)), ...);
    return done ? status : row_lock_key(*ctx, shape(self, ctx->row), view(stage), *sink, err);
  }
  static tento_status alias_key(tento_provider* self, const tento_row_ctx* ctx, const tento_text_sink* sink,
                                tento_error* err) noexcept {
    bool done = false;
    tento_status status = TENTO_OK;
    [[maybe_unused]] const auto ask = [&]<class P>(P*) {
      if constexpr (SyncHasAliasKey<P>) {
        if (done || !is_for<P>(*ctx->row)) return;
        done = true;
        status = guarded({"alias_key", *ctx}, err, [&]() -> Result<void> {
          TENTO_TRY_ASSIGN(const auto at, row_key_ctx<typename P::Row>(*ctx));
          TENTO_TRY_ASSIGN(const std::string key, P::alias_key(at));
          return push_text(*sink, key);
        });
      }
    };
    (ask(static_cast<S*>(nullptr)), ...);
    return done ? status : row_alias_key(self, *ctx, *sink, err);
  }
  static tento_status stage_range(tento_provider*, const tento_row_ctx* ctx, tento_str stage,
                                  const tento_semantic_time* today, tento_span* out, tento_error* err) noexcept {
    tento_status status = TENTO_OK;  // `out` holds the host's own window already
    [[maybe_unused]] const auto ask = [&]<class P>(P*) {
      if constexpr (SyncHasStageRange<P>) {
        if (!is_for<P>(*ctx->row)) return;
        status = guarded({"stage_range", *ctx}, err, [&]() -> Result<void> {
          TENTO_TRY_ASSIGN(const auto at, row_key_ctx<typename P::Row>(*ctx));
          TENTO_TRY_ASSIGN(const SemanticTime day, SemanticTime::from_abi(*today));
          TENTO_TRY_ASSIGN(const Span hosts, Span::from_abi(*out));
          TENTO_TRY_ASSIGN(const Span mine, P::stage_range(at, view(stage), day.start(), hosts));
          *out = mine.to_abi();
          return {};
        });
      }
    };
    (ask(static_cast<S*>(nullptr)), ...);
    return status;
  }
  static tento_status execute(tento_provider* self, tento_client* client, const tento_sync_ctx* ctx,
                              tento_sync_result* result, tento_error* err) noexcept {
    bool done = false;
    tento_status status = TENTO_OK;
    [[maybe_unused]] const auto ask = [&]<class P>(P*) {
      if constexpr (SyncExecutor<P>) {
        if (done || !is_for<P>(*ctx->at->row)) return;
        done = true;
        status = guarded({"execute", *ctx->at}, err, [&]() -> Result<void> {
          TENTO_TRY_ASSIGN(auto at, sync_ctx<typename P::Row>(*ctx, client));
          Result<Synced> ran = P::execute(at);
          if (!ran) return fail(std::move(ran).error());
          report(*ran, result);
          return {};
        });
      }
    };
    (ask(static_cast<S*>(nullptr)), ...);
    return done ? status : row_sync(self, client, *ctx, result, err);
  }
};

template <class S>
constexpr std::uint32_t max_concurrent_of() {
  if constexpr (requires { S::MAX_CONCURRENT; }) {
    return S::MAX_CONCURRENT;
  } else {
    return 0;
  }
}

template <class List>
struct SyncStorage;
/// What `tento_sync_plugin` answers. A slot that no part overrides and that the rows answer as well stays null.
template <class... S>
struct SyncStorage<TypeList<S...>> {
  static_assert((check_sync_part<S>() && ...));
  using Slots = SyncSlots<S...>;
  static constexpr tento_sync_api table{
      sizeof(tento_sync_api),
      std::max({std::uint32_t{0}, max_concurrent_of<S>()...}),
      &Slots::shape,
      (SyncHasLockKey<S> || ...) ? &Slots::lock_key : nullptr,
      (SyncHasAliasKey<S> || ...) ? &Slots::alias_key : nullptr,
      (SyncHasStageRange<S> || ...) ? &Slots::stage_range : nullptr,
      &Slots::execute,
  };
};

}  // namespace detail

}  // namespace tento
