// SPDX-License-Identifier: Apache-2.0
/// @file deps.hpp
/// The standard interfaces of a host as C++: storing and reading cells, credentials, clients, log, clock, progress.
/// (Transactions are in sync_state.hpp.)
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "account.hpp"
#include "batch.hpp"
#include "cell.hpp"
#include "dep.hpp"
#include "host_transport.hpp"
#include "time.hpp"
#include "uuid.hpp"

namespace tento {

namespace detail {

/// Hands cells that a host pushes to an author's function object; keeps its first error or exception.
template <class F>
class CellReceiver {
 public:
  explicit CellReceiver(F& each) noexcept : each_(&each) {}
  [[nodiscard]] tento_cell_sink sink() noexcept { return {sizeof(tento_cell_sink), 0, this, &put}; }
  /// What the whole read came to: the author's error or exception, "enough" as success, else the host's answer.
  Result<void> finish(tento_status status, const tento_error& err) {
    if (thrown_) std::rethrow_exception(thrown_);
    if (!answer_ && answer_.error().stopped) return {};
    if (!answer_) return std::move(answer_);
    return to_result(status, err);
  }

 private:
  static tento_status put(const tento_cell_sink* sink, const tento_cell_batch* batch, tento_error* err) noexcept {
    auto* self = static_cast<CellReceiver*>(sink->self);
    try {
      for (std::size_t i = 0; i < batch->count; ++i) {
        const CellView cell = CellView::from_abi(*batch, i);
        if constexpr (std::is_void_v<std::invoke_result_t<F&, const CellView&>>) {
          (*self->each_)(cell);
        } else {
          self->answer_ = (*self->each_)(cell);
        }
        if (!self->answer_) return to_status(self->answer_.error(), err);
      }
      return TENTO_OK;
    } catch (...) {
      self->thrown_ = std::current_exception();
      return TENTO_STOPPED;
    }
  }

  F* each_;
  Result<void> answer_;
  std::exception_ptr thrown_;
};

}  // namespace detail

/// `tento.backend/1`, the thin path: store cells, read them back, read the log.
class Backend : public Dep<tento_backend> {
 public:
  using Dep::Dep;
  static constexpr tento_need need = TENTO_NEED(tento_backend, recent_log_cells);  ///< what is declared

  /// Stores cells of the call's row in transactions of their own, a batch at a time; success = durable. Nothing is
  /// copied. Nothing happens when there are none.
  Result<void> persist_cells(const Uuid& row_id, std::span<const Cell> cells) const;
  /// Stores one batch.
  Result<void> persist_batch(const Uuid& row_id, const tento_cell_batch& batch) const;

  /// Calls `each` with the stored cells of a row of the same provider, owner and account that overlap `span`, in order
  /// of start. `each` takes a `const CellView&` (borrowed for the call) and gives nothing, or a Result<void>:
  /// `stopped()` = enough, another error ends the reading with it.
  template <class F>
  Result<void> read_cells(std::string_view lookup_key, const Span& span, F&& each) const {
    TENTO_TRY_ASSIGN(const Found found, find(need));
    detail::CellReceiver<std::remove_reference_t<F>> receiver(each);
    const tento_cell_sink sink = receiver.sink();
    const tento_span window = span.to_abi();
    tento_error err;
    return receiver.finish(found.table->read_cells(found.self, call(), str(lookup_key), &window, &sink, &err), err);
  }
  /// Calls `each` with the latest runs of a row as cells, newest first; otherwise as read_cells.
  template <class F>
  Result<void> recent_log_cells(std::string_view lookup_key, std::uint64_t limit, F&& each) const {
    TENTO_TRY_ASSIGN(const Found found, find(need));
    detail::CellReceiver<std::remove_reference_t<F>> receiver(each);
    const tento_cell_sink sink = receiver.sink();
    tento_error err;
    return receiver.finish(found.table->recent_log_cells(found.self, call(), str(lookup_key), limit, &sink, &err), err);
  }
};

/// Sends batches to `Backend::persist_cells`: `BackendTarget target(ctx.deps, ctx.row_id); CellWriter out(target);`.
class BackendTarget final : public BatchTarget {
 public:
  /// Writes to `row_id` through `backend`, which must outlive it.
  BackendTarget(const Backend& backend, const Uuid& row_id) noexcept : backend_(&backend), row_id_(row_id) {}
  Result<void> put(const tento_cell_batch& batch) override { return backend_->persist_batch(row_id_, batch); }

 private:
  const Backend* backend_;
  Uuid row_id_;
};

/// A usable credential; its texts are wiped by the host when the call ends. Never log it, never keep it.
struct Credential {
  std::string_view user;             ///< user name, for basic; else empty
  std::string_view secret;           ///< token or password
  std::int64_t expires_unix_us = 0;  ///< microseconds since 1970; INT64_MAX = never or unknown
  std::uint64_t generation = 0;      ///< for report_rejected
};

/// `tento.user-auth/1`: accounts of the call's owner, of kinds the provider declared. Authors
/// use `ctx.auth<MyAuth>(id)`, which gives types to it.
class UserAuth : public Dep<tento_user_auth> {
 public:
  using Dep::Dep;
  static constexpr tento_need need = TENTO_NEED(tento_user_auth, report_rejected);  ///< what is declared

  /// Looks an account up, without its secret; nothing = there is none. A kind that was not declared is the error
  /// `unknown auth kind {kind}`.
  [[nodiscard]] Result<std::optional<Account>> sourced_credentials(std::string_view kind,
                                                                   std::string_view auth_id) const;
  /// A credential that lives `min_ttl_s` seconds more, refreshed if needed. Only with the feature `raw-credentials`.
  [[nodiscard]] Result<Credential> acquire_handle(std::string_view kind, std::string_view auth_id,
                                                  std::int64_t min_ttl_s = 60) const;
  /// Says that the service refused the credential of that generation.
  Result<void> report_rejected(std::string_view kind, std::string_view auth_id, std::uint64_t generation) const;
};

/// `tento.api-context/1`: resolves a client for an executor. Authors use
/// `ctx.client_for<Integration>(params)`.
class ApiContext : public Dep<tento_api_context> {
 public:
  using Dep::Dep;
  static constexpr tento_need need = TENTO_NEED(tento_api_context, client_for);  ///< what is declared

  /// The client of an integration of this provider for the call's account, borrowed for the call.
  [[nodiscard]] Result<tento_client*> client_for(std::string_view integration_id,
                                                 std::span<const tento_param> params) const;
};

/// How loud a log line is.
enum class LogLevel : tento_log_level {
  trace = TENTO_LOG_TRACE,                            ///< every step
  debug = TENTO_LOG_DEBUG,                            ///< for authors
  info = TENTO_LOG_INFO,                              ///< for operators
  warn = TENTO_LOG_WARN,                              ///< odd, but it goes on
  error = TENTO_LOG_ERROR,                            ///< something failed
  host_misbehaving = TENTO_LOG_HOST_MISBEHAVING,      ///< the host broke a rule of the ABI
  plugin_misbehaving = TENTO_LOG_PLUGIN_MISBEHAVING,  ///< the provider noticed that it broke it
};

/// `tento.log/1`: the host's log. Lines carry the provider and the call. Without a log they vanish.
class Log : public Dep<tento_log> {
 public:
  using Dep::Dep;
  static constexpr tento_need need = TENTO_NEED(tento_log, write);  ///< what is declared

  /// Writes one line.
  void log(LogLevel level, std::string_view text) const noexcept;
};

/// `tento.clock/1`: time, so that tests and replays can move it.
class HostClock : public Dep<tento_clock> {
 public:
  using Dep::Dep;
  static constexpr tento_need need = TENTO_NEED(tento_clock, local_day);  ///< what is declared

  /// The moment it is.
  [[nodiscard]] Result<Instant> now() const;
  /// The calendar day on which `at` falls in an IANA zone.
  [[nodiscard]] Result<Date> local_day(std::string_view zone, Instant at) const;
};

/// `tento.http/1`: HTTP with the account's credential injected by the host for the listed origins only.
class Http : public Dep<tento_http> {
 public:
  using Dep::Dep;
  static constexpr tento_need need = TENTO_NEED(tento_http, view);  ///< what is declared

  /// A transport for the length of this call, to hand to a client that speaks HTTP.
  [[nodiscard]] Result<http::HostTransport> transport() const {
    TENTO_TRY_ASSIGN(const tento_iface found, detail::find_interface(*call(), need.id, need.min_size));
    return http::HostTransport(found, call());
  }
};

/// `tento.progress/1`: progress of the run behind a sync. Without one it vanishes.
class Progress : public Dep<tento_progress> {
 public:
  using Dep::Dep;
  static constexpr tento_need need = TENTO_NEED(tento_progress, report);  ///< what is declared

  /// `done` of `total` records (0 = unknown) and a short text; as often as you like. An error only to stop.
  Result<void> report_progress(std::uint64_t done, std::uint64_t total = 0, std::string_view text = {}) const;
};

}  // namespace tento
