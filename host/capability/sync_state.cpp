// SPDX-License-Identifier: Apache-2.0
// tento.sync-state/1: a sync as a transaction.
#include <algorithm>
#include <memory>
#include <vector>

#include "host/base/text.hpp"
#include "host/capability/row_access.hpp"
#include "host/capability/standard_deps.hpp"
#include "host/capability/text_push.hpp"

namespace tento::host {
namespace {

constexpr std::uint64_t most_statements = 65536;  // of coverage or cursors in one commit

tl::unexpected<Error> wrong_commit(ErrorCode code, std::string message) {
  return fail(code, ErrorClass::provider, std::move(message), "invalid_commit");
}

Result<void> check_cursor_name(std::string_view name) {
  const bool good =
      !name.empty() && name.size() <= TENTO_MAX_CURSOR_NAME && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
      });
  if (good) return {};
  return wrong_commit(ErrorCode::invalid_argument, "the cursor name " + quote(name) + " is not 1 to " +
                                                       std::to_string(TENTO_MAX_CURSOR_NAME) + " of [a-z0-9_.-]");
}

// The open transaction with this handle, under the gate.
Result<OpenTxn*> open_txn(CallContext& context, std::uint64_t handle) {
  if (context.closed) return stopped();
  if (!context.txn || handle != context.txn_handle) {
    return fail(ErrorCode::not_found, ErrorClass::internal,
                "this call has no open transaction " + std::to_string(handle), "unknown_transaction");
  }
  return context.txn.get();
}

tento_status load(void* self, const tento_call* call, const tento_uuid* row, tento_str name,
                  const tento_text_sink* sink, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    TENTO_TRY(check_own_row(port, context, row));
    TENTO_TRY(check_cursor_name(view(name)));
    std::optional<std::string> value;
    {
      const std::lock_guard lock(context.gate);
      if (context.closed) return stopped();
      TENTO_TRY_ASSIGN(value, port.env().store->rows().cursor(context.subject.row->id, view(name)));
    }
    if (!value) return {};
    return push_text(context, sink, *value);
  });
}

tento_status begin(void* self, const tento_call* call, const tento_uuid* row, std::uint32_t flags,
                   const tento_span* window, std::uint64_t* txn, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    TENTO_TRY(check_own_row(port, context, row));
    if (txn == nullptr)
      return wrong_commit(ErrorCode::invalid_argument, "the place for the transaction's handle is null");
    if ((flags & ~static_cast<std::uint32_t>(TENTO_TXN_REPLACE)) != 0) {
      return wrong_commit(ErrorCode::invalid_argument, "unknown transaction flags " + std::to_string(flags));
    }
    const std::lock_guard lock(context.gate);
    if (context.closed) return stopped();
    if (context.txn) {
      return fail(ErrorCode::conflict, ErrorClass::internal,
                  "this call has an open transaction; commit or abort it before the next", "transaction_open");
    }
    std::optional<Moments> replace;
    if (flags != 0) {
      replace.emplace();
      if (window != nullptr) {
        TENTO_TRY_ASSIGN(const Span span, Span::from_abi(*window));
        TENTO_TRY_ASSIGN(const Zone* zone, context.zone());
        replace = moments_of(span, *zone);
      }
    }
    TENTO_TRY(ensure_own_row(port, context));
    context.txn = std::make_unique<OpenTxn>(port.env().store->cells().staging_folder());
    context.txn->replace = replace;
    context.used_txn = true;
    context.txn_cells = 0;
    context.txn_refused.reset();
    *txn = ++context.txn_handle;
    return {};
  });
}

Result<void> put_batch(const ProviderPort& port, CallContext& context, std::uint64_t handle,
                       const tento_cell_batch* batch) {
  TENTO_TRY(check_outside_of_sinks(port, context));
  const std::lock_guard lock(context.gate);
  TENTO_TRY_ASSIGN(OpenTxn* const txn, open_txn(context, handle));
  const auto put_into = [&]() -> Result<void> {
    TENTO_TRY_ASSIGN(const CellRules rules, rules_of(context));
    TENTO_TRY_ASSIGN(const auto cells, context.intake.take(batch, rules));
    context.txn_cells += cells.size();
    return cells.empty() ? Result<void>() : txn->cells.put(cells);
  };
  auto done = put_into();
  if (!done && !context.txn_refused) context.txn_refused = done.error();
  return done;
}

tento_status put(void* self, const tento_call* call, std::uint64_t handle, const tento_cell_batch* batch,
                 tento_error* err) noexcept {
  const tento_status status = anywhere_in_call(self, call, err, [&](ProviderPort& port, CallContext& context) {
    return remember(context, "put", put_batch(port, context, handle, batch));
  });
  return remember_stop(*static_cast<ProviderPort*>(self), call, status);
}

Result<CoverageInput> coverage_input(const tento_coverage& said, const Zone& zone, std::int64_t now_us) {
  if (said.state < TENTO_COVERAGE_HAVE || said.state > TENTO_COVERAGE_FAILED) {
    return wrong_commit(ErrorCode::invalid_argument, "unknown coverage state " + std::to_string(said.state));
  }
  TENTO_TRY_ASSIGN(const Span span, Span::from_abi(said.span));
  CoverageInput out;
  out.span = moments_of(span, zone);
  if (out.span.to_us <= out.span.from_us)
    return wrong_commit(ErrorCode::invalid_argument, "a span of coverage is empty");
  out.state = static_cast<tento_coverage_state>(said.state);
  if (said.state == TENTO_COVERAGE_FAILED) {
    out.error_class = said.error_class <= TENTO_CLASS_PROVIDER ? said.error_class
                                                               : static_cast<tento_error_class>(TENTO_CLASS_INTERNAL);
    out.reason = "the provider said so";
    constexpr std::int64_t longest_retry_after_ms = std::int64_t{366} * 24 * 3600 * 1000;
    if (said.retry_after_ms >= 0)
      out.retry_at_us = now_us + std::min(said.retry_after_ms, longest_retry_after_ms) * 1000;
  }
  return out;
}

struct Statements {
  const tento_coverage* coverage = nullptr;
  std::uint64_t coverage_count = 0;
  const tento_cursor* cursors = nullptr;
  std::uint64_t cursor_count = 0;
};

Result<void> commit_with(ProviderPort& port, CallContext& context, std::uint64_t handle, const Statements& said) {
  TENTO_TRY(check_outside_of_sinks(port, context));
  const std::lock_guard lock(context.gate);
  TENTO_TRY_ASSIGN(OpenTxn* const txn, open_txn(context, handle));
  if (said.coverage_count > most_statements || said.cursor_count > most_statements) {
    return wrong_commit(ErrorCode::too_large,
                        "a commit has at most " + std::to_string(most_statements) + " spans and cursors");
  }
  if ((said.coverage == nullptr && said.coverage_count != 0) || (said.cursors == nullptr && said.cursor_count != 0)) {
    return wrong_commit(ErrorCode::invalid_argument, "a list is null but has a count");
  }
  TENTO_TRY_ASSIGN(const Zone* zone, context.zone());
  std::vector<CoverageInput> spans;
  for (std::uint64_t i = 0; i < said.coverage_count; ++i) {
    TENTO_TRY_ASSIGN(CoverageInput span, coverage_input(said.coverage[i], *zone, port.env().now_unix_us()));
    spans.push_back(std::move(span));
  }
  std::vector<CursorInput> marks;
  for (std::uint64_t i = 0; i < said.cursor_count; ++i) {
    TENTO_TRY(check_cursor_name(view(said.cursors[i].name)));
    if (said.cursors[i].value.size > TENTO_MAX_CURSOR_VALUE) {
      return wrong_commit(ErrorCode::too_large, "the cursor " + quote(view(said.cursors[i].name)) + " has more than " +
                                                    std::to_string(TENTO_MAX_CURSOR_VALUE) + " bytes");
    }
    marks.push_back({view(said.cursors[i].name), view(said.cursors[i].value)});
  }
  if (context.txn_refused) {
    context.txn.reset();
    return fail(*context.txn_refused);
  }
  RowCommit commit = commit_of(context);
  commit.cells = txn->cells;
  commit.replace = txn->replace;
  commit.coverage = spans;
  commit.cursors = marks;
  auto done = port.env().store->cells().commit(commit);
  context.txn.reset();
  if (!done) return fail(std::move(done).error());
  context.committed = true;
  context.dropped_cells = 0;
  add_counts(context, *done);
  return {};
}

tento_status commit(void* self, const tento_call* call, std::uint64_t handle, const tento_coverage* coverage,
                    std::uint64_t coverage_count, const tento_cursor* cursors, std::uint64_t cursor_count,
                    tento_error* err) noexcept {
  const tento_status status = anywhere_in_call(self, call, err, [&](ProviderPort& port, CallContext& context) {
    return remember(context, "commit",
                    commit_with(port, context, handle, {coverage, coverage_count, cursors, cursor_count}));
  });
  return remember_stop(*static_cast<ProviderPort*>(self), call, status);
}

tento_status abort_txn(void* self, const tento_call* call, std::uint64_t handle) noexcept {
  return in_call(self, call, nullptr, [&](ProviderPort&, CallContext& context) -> Result<void> {
    const std::lock_guard lock(context.gate);
    if (context.closed) return stopped();
    if (context.txn && handle == context.txn_handle) {
      context.txn.reset();
      context.dropped_cells = context.txn_cells;
    }
    return {};
  });
}

constexpr tento_sync_state sync_state_table{sizeof(tento_sync_state), 0, &load, &begin, &put, &commit, &abort_txn};

}  // namespace

const tento_sync_state& sync_state_vtable() {
  return sync_state_table;
}

}  // namespace tento::host
