// SPDX-License-Identifier: Apache-2.0
/// @file slots.hpp
/// Between the ABI's slots and an author's functions: nothing throws across, and what is odd fails closed.
#pragma once

#include <tento/connector.h>

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "fixed_text.hpp"
#include "row.hpp"

namespace tento::detail {

/// Which slot runs, and for what: what an exception that leaves it is reported with.
struct SlotName {
  const char* slot;             ///< as the ABI calls it
  std::string_view where = {};  ///< a row's pattern or an integration's id; empty = the provider as a whole
  SlotName(const char* name) noexcept : slot(name) {}  ///< a slot of the provider  NOLINT(*-explicit-constructor)
  /// A slot of a row.
  SlotName(const char* name, const tento_row_ctx& at) noexcept : slot(name), where(tento::view(at.row->pattern)) {}
  /// A slot of an integration.
  SlotName(const char* name, const tento_integration_ctx& at) noexcept
      : slot(name), where(tento::view(at.integration->id)) {}
};

/// The status of the exception that is being handled, with `err` filled: code exception, the provider, the slot, the
/// exception's type and what it says. `what` is null for one that is not a std::exception.
tento_status exception_status(const SlotName& name, const char* what, tento_error* err) noexcept;

/// Runs `body`, which gives a Result, behind a slot: its error or exception becomes status and `err`.
template <class F>
tento_status guarded(const SlotName& name, tento_error* err, F&& body) noexcept {
  try {
    auto answer = body();
    if (answer) return TENTO_OK;
    return to_status(answer.error(), err);
  } catch (const std::exception& thrown) {
    return exception_status(name, thrown.what(), err);
  } catch (...) {
    return exception_status(name, nullptr, err);
  }
}

/// Pushes one text; an error when the sink does not take it.
[[nodiscard]] Result<void> push_text(const tento_text_sink& sink, std::string_view text);

/// Sends batches to the sink of a slot.
class SinkTarget final : public BatchTarget {
 public:
  explicit SinkTarget(const tento_cell_sink& sink) noexcept : sink_(&sink) {}
  Result<void> put(const tento_cell_batch& batch) override {
    tento_error err;
    return to_result(sink_->put(sink_, &batch, &err), err);
  }

 private:
  const tento_cell_sink* sink_;
};

[[nodiscard]] inline std::span<const tento_param> params_of(const tento_row_ctx& at) {
  return {at.params, static_cast<std::size_t>(at.param_count)};
}

template <class R>
[[nodiscard]] Result<RowKeyCtx<R>> row_key_ctx(const tento_row_ctx& at) {
  TENTO_TRY_ASSIGN(auto params, decode_params<typename R::Integration::Params>(params_of(at)));
  TENTO_TRY_ASSIGN(auto own, decode_params<typename R::Params>(params_of(at)));
  return RowKeyCtx<R>(at, std::move(params), std::move(own));
}

template <class R>
[[nodiscard]] Result<RowCtx<R>> row_ctx(const tento_row_ctx& at, tento_client* client) {
  if (client == nullptr) {
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, "the host called a row without a client");
  }
  TENTO_TRY_ASSIGN(auto params, decode_params<typename R::Integration::Params>(params_of(at)));
  TENTO_TRY_ASSIGN(auto own, decode_params<typename R::Params>(params_of(at)));
  return RowCtx<R>(at, std::move(params), std::move(own),
                   reinterpret_cast<const ClientBox<typename R::Integration>*>(client)->value);
}

template <class R>
[[nodiscard]] Result<SyncCtx<R>> sync_ctx(const tento_sync_ctx& ctx, tento_client* client) {
  TENTO_TRY_ASSIGN(auto row, row_ctx<R>(*ctx.at, client));
  TENTO_TRY_ASSIGN(Span window, Span::from_abi(ctx.window));
  return SyncCtx<R>(std::move(row), view(ctx.stage), std::move(window));
}

/// Writes what a sync did into what the host gave, as far as the host knows it.
inline void report(const Synced& done, tento_sync_result* out) noexcept {
  if (out == nullptr) return;
  if (has(out->struct_size, offsetof(tento_sync_result, more) + sizeof out->more)) out->more = done.more ? 1 : 0;
  if (has(out->struct_size, offsetof(tento_sync_result, seen) + sizeof out->seen)) out->seen = done.seen;
  if (has(out->struct_size, offsetof(tento_sync_result, skipped) + sizeof out->skipped)) out->skipped = done.skipped;
  if (has(out->struct_size, offsetof(tento_sync_result, skipped_note) + sizeof out->skipped_note)) {
    ::tento::write_fixed(out->skipped_note, done.skipped_note);
  }
}

/// The slots of a row.
template <class R>
struct RowSlots {
  using Integration = typename R::Integration;

  static tento_status attributes(tento_provider*, const tento_row_ctx* ctx, const tento_text_sink* sink,
                                 tento_error* err) noexcept {
    return guarded({"attributes", *ctx}, err, [&]() -> Result<void> {
      TENTO_TRY_ASSIGN(const auto at, row_key_ctx<R>(*ctx));
      TENTO_TRY_ASSIGN(const std::string json, R::attributes(at));
      return push_text(*sink, json);
    });
  }
  static tento_status alias_key(tento_provider*, const tento_row_ctx* ctx, const tento_text_sink* sink,
                                tento_error* err) noexcept {
    return guarded({"alias_key", *ctx}, err, [&]() -> Result<void> {
      TENTO_TRY_ASSIGN(const auto at, row_key_ctx<R>(*ctx));
      TENTO_TRY_ASSIGN(const std::string key, R::alias_key(at));
      return push_text(*sink, key);
    });
  }
  static tento_status sync(tento_provider*, tento_client* client, const tento_sync_ctx* ctx, tento_sync_result* result,
                           tento_error* err) noexcept {
    return guarded({"sync", *ctx->at}, err, [&]() -> Result<void> {
      TENTO_TRY_ASSIGN(auto at, sync_ctx<R>(*ctx, client));
      Result<Synced> done = R::sync(at);
      if (!done) return fail(std::move(done).error());
      report(*done, result);
      return {};
    });
  }
  static tento_status list_cells(tento_provider*, tento_client* client, const tento_read_ctx* ctx,
                                 const tento_cell_sink* sink, tento_error* err) noexcept {
    return guarded({"list_cells", *ctx->at}, err, [&]() -> Result<void> {
      TENTO_TRY_ASSIGN(auto row, row_ctx<R>(*ctx->at, client));
      TENTO_TRY_ASSIGN(Span window, Span::from_abi(ctx->window));
      ReadCtx<R> at(std::move(row), std::move(window), ctx->limit_hint);
      SinkTarget target(*sink);
      CellSink out(target);
      if constexpr (HasListCellsTo<R>) {
        TENTO_TRY(R::list_cells(at, out));
      } else {
        TENTO_TRY_ASSIGN(const std::vector<Cell> cells, R::list_cells(at));
        TENTO_TRY(put_all(out, cells));
      }
      return out.flush();
    });
  }
  static tento_status post(tento_provider*, tento_client* client, const tento_write_ctx* ctx,
                           const tento_cell_sink* sink, tento_error* err) noexcept {
    return write("post", client, ctx, sink, err, [](WriteCtx<R>& at) { return R::post(at); });
  }
  static tento_status patch(tento_provider*, tento_client* client, const tento_write_ctx* ctx,
                            const tento_cell_sink* sink, tento_error* err) noexcept {
    return write("patch", client, ctx, sink, err, [](WriteCtx<R>& at) { return R::patch(at); });
  }
  static tento_status remove(tento_provider*, tento_client* client, const tento_write_ctx* ctx,
                             const tento_cell_sink* sink, tento_error* err) noexcept {
    return write("delete", client, ctx, sink, err, [](WriteCtx<R>& at) { return R::remove(at); });
  }

 private:
  static Result<void> put_all(CellSink& out, const std::vector<Cell>& cells) {
    for (const Cell& cell : cells) {
      TENTO_TRY(out.add(cell));
    }
    return {};
  }
  template <class F>
  static tento_status write(const char* slot, tento_client* client, const tento_write_ctx* ctx,
                            const tento_cell_sink* sink, tento_error* err, F&& run) noexcept {
    return guarded({slot, *ctx->at}, err, [&]() -> Result<void> {
      TENTO_TRY_ASSIGN(auto row, row_ctx<R>(*ctx->at, client));
      std::optional<SemanticTime> date;
      if (ctx->cell_date.kind != TENTO_TIME_NONE) {
        TENTO_TRY_ASSIGN(date, SemanticTime::from_abi(ctx->cell_date));
      }
      WriteCtx<R> at(std::move(row), *ctx, std::move(date));
      TENTO_TRY_ASSIGN(const WriteOutput answer, run(at));
      SinkTarget target(*sink);
      CellSink out(target);
      TENTO_TRY(put_all(out, answer.cells));
      return out.flush();
    });
  }
};

/// The slots of an integration.
template <class I>
struct IntegrationSlots {
  using Box = ClientBox<I>;

  static tento_status client(tento_provider*, const tento_integration_ctx* ctx, tento_client** out,
                             tento_error* err) noexcept {
    return make("client", ctx, out, err, [](const ClientCtx<I>& at) { return I::client(at); });
  }
  static tento_status client_for_write(tento_provider*, const tento_integration_ctx* ctx, tento_client** out,
                                       tento_error* err) noexcept {
    return make("client_for_write", ctx, out, err, [](const ClientCtx<I>& at) { return I::client_for_write(at); });
  }
  static void release(tento_provider*, tento_client* client) noexcept {
    // A destructor that throws would end the process; std::terminate at this border is the honest outcome.
    std::unique_ptr<Box> gone(reinterpret_cast<Box*>(client));
  }
  static tento_status check_account(tento_provider*, tento_client* client, const tento_integration_ctx* ctx,
                                    const tento_text_sink* auth_id, const tento_text_sink* label,
                                    tento_error* err) noexcept {
    return with_client("check_account", client, ctx, err,
                       [&](const IntegrationCtx<I>& at, const Box& box) -> Result<void> {
                         TENTO_TRY_ASSIGN(const CheckedAccount found, I::check_account(at, box.value));
                         TENTO_TRY(push_text(*auth_id, found.auth_id));
                         return push_text(*label, found.label);
                       });
  }
  static tento_status discover(tento_provider*, tento_client* client, const tento_integration_ctx* ctx,
                               const tento_row_sink* sink, tento_error* err) noexcept {
    return with_client("discover", client, ctx, err, [&](const IntegrationCtx<I>& at, const Box& box) -> Result<void> {
      RowSink out(*sink, *ctx->integration);
      return I::discover(at, box.value, out);
    });
  }

 private:
  static Result<IntegrationCtx<I>> decode(const tento_integration_ctx& ctx) {
    TENTO_TRY_ASSIGN(
        auto params,
        decode_params<typename I::Params>(
            std::span<const tento_param>(ctx.params, static_cast<std::size_t>(ctx.param_count)), Missing::allow));
    return IntegrationCtx<I>(*ctx.call, std::move(params));
  }
  template <class F>
  static tento_status make(const char* slot, const tento_integration_ctx* ctx, tento_client** out, tento_error* err,
                           F&& run) noexcept {
    return guarded({slot, *ctx}, err, [&]() -> Result<void> {
      TENTO_TRY_ASSIGN(const auto at, decode(*ctx));
      Result<typename I::Client> made = run(at);
      if (!made) return fail(std::move(made).error());
      auto box = std::make_unique<Box>(Box{std::move(*made)});
      *out = reinterpret_cast<tento_client*>(box.release());
      return {};
    });
  }
  template <class F>
  static tento_status with_client(const char* slot, tento_client* client, const tento_integration_ctx* ctx,
                                  tento_error* err, F&& run) noexcept {
    return guarded({slot, *ctx}, err, [&]() -> Result<void> {
      if (client == nullptr) {
        return fail(ErrorCode::invalid_argument, ErrorClass::internal,
                    "the host called an integration without a client");
      }
      TENTO_TRY_ASSIGN(const auto at, decode(*ctx));
      return run(at, *reinterpret_cast<const Box*>(client));
    });
  }
};

}  // namespace tento::detail
