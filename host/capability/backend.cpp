// SPDX-License-Identifier: Apache-2.0
// tento.backend/1: the thin path.
#include <algorithm>
#include <cstring>
#include <limits>

#include "host/base/text.hpp"
#include "host/capability/cell_pusher.hpp"
#include "host/capability/log_cells.hpp"
#include "host/capability/row_access.hpp"
#include "host/capability/standard_deps.hpp"
#include "host/model/row_id.hpp"

namespace tento::host {
namespace {

Result<void> persist(ProviderPort& port, CallContext& context, const tento_uuid* id, const tento_cell_batch* batch) {
  TENTO_TRY(check_outside_of_sinks(port, context));
  TENTO_TRY(check_own_row(port, context, id));
  const std::lock_guard lock(context.gate);
  if (context.closed) return stopped();
  TENTO_TRY_ASSIGN(const CellRules rules, rules_of(context));
  TENTO_TRY_ASSIGN(const auto cells, context.intake.take(batch, rules));
  if (cells.empty()) return {};
  TENTO_TRY(ensure_own_row(port, context));
  RowCommit commit = commit_of(context);
  commit.cells = cells;
  TENTO_TRY_ASSIGN(const TxnCounts counts, port.env().store->cells().commit(commit));
  add_counts(context, counts);
  return {};
}

tento_status persist_cells(void* self, const tento_call* call, const tento_uuid* id, const tento_cell_batch* batch,
                           tento_error* err) noexcept {
  const tento_status status = anywhere_in_call(self, call, err, [&](ProviderPort& port, CallContext& context) {
    return remember(context, "persist_cells", persist(port, context, id, batch));
  });
  return remember_stop(*static_cast<ProviderPort*>(self), call, status);
}

// A key that the call may read, resolved: the route and the id of its row.
struct Readable {
  const Route* route = nullptr;
  Uuid row;
  Uuid parent;  // of a LOGS row: the row whose runs it lists
};

Result<Readable> readable(ProviderPort& port, CallContext& context, std::string_view key) {
  const CallSubject& subject = context.subject;
  TENTO_TRY_ASSIGN(const RouteMatch match, subject.table->find(key));
  const Route& route = *match.route;
  const auto deny = [&](const std::string& why) {
    return fail(forbidden(port, "may not read " + quote(key) + ": " + why));
  };
  if (route.provider.get() != &port.provider()) return deny("it belongs to another provider");
  const std::string_view wanted =
      route.account_param < 0 ? std::string_view() : match.params[static_cast<std::size_t>(route.account_param)].value;
  const std::string_view own = subject.account == nullptr ? std::string_view() : subject.account->auth_id;
  if (wanted != own) return deny("it belongs to another account");
  Readable out;
  out.route = &route;
  TENTO_TRY_ASSIGN(const std::string canonical, route.pattern.key(match.params));
  out.row = row_id(subject.owner->id, canonical);
  out.parent = out.row;
  if (route.logs_of != nullptr) {
    // The last segment is `:logs`; the params are the same.
    out.parent = row_id(subject.owner->id, std::string_view(canonical).substr(0, canonical.rfind(':')));
  }
  return out;
}

// Pushes while the call may go on; what the sink fails with is handed on.
class Pushing {
 public:
  Pushing(CallContext& context, CellPusher& pusher) : context_(context), pusher_(pusher) {}
  bool operator()(const CellView& cell) {
    // A clock for each cell would cost more than the cell.
    if (++count_ % 64 == 0 && context_.stopped()) {
      end_ = stopped();
      return false;
    }
    auto more = pusher_.add(cell);
    if (!more) {
      end_ = fail(std::move(more).error());
      return false;
    }
    enough_ = !*more;
    return *more;
  }
  Result<void> finish() {
    if (!end_ || enough_) return end_;
    if (context_.stopped()) return stopped();
    if (auto more = pusher_.flush(); !more) return fail(std::move(more).error());
    return {};
  }

 private:
  CallContext& context_;
  CellPusher& pusher_;
  Result<void> end_;
  std::uint64_t count_ = 0;
  bool enough_ = false;
};

tento_status read_cells(void* self, const tento_call* call, tento_str key, const tento_span* span,
                        const tento_cell_sink* sink, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    TENTO_TRY_ASSIGN(const Readable from, readable(port, context, view(key)));
    TENTO_TRY_ASSIGN(CellPusher pusher, CellPusher::make(context, sink, err));
    Moments range;
    if (span != nullptr) {
      TENTO_TRY_ASSIGN(const Span window, Span::from_abi(*span));
      const std::lock_guard lock(context.gate);
      TENTO_TRY_ASSIGN(const Zone* zone, context.zone());
      range = moments_of(window, *zone);
    }
    Pushing pushing(context, pusher);
    TENTO_TRY(port.env().store->cells().read(from.row, range, std::ref(pushing)));
    return pushing.finish();
  });
}

tento_status recent_log_cells(void* self, const tento_call* call, tento_str key, std::uint64_t limit,
                              const tento_cell_sink* sink, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    TENTO_TRY_ASSIGN(const Readable from, readable(port, context, view(key)));
    TENTO_TRY_ASSIGN(CellPusher pusher, CellPusher::make(context, sink, err));
    Pushing pushing(context, pusher);
    TENTO_TRY(visit_log_cells(*port.env().store, from.parent, {}, limit, LogOrder::newest_first, std::ref(pushing)));
    return pushing.finish();
  });
}

constexpr tento_backend backend_table{sizeof(tento_backend), 0, &persist_cells, &read_cells, &recent_log_cells};

}  // namespace

const tento_backend& backend_vtable() {
  return backend_table;
}

}  // namespace tento::host
