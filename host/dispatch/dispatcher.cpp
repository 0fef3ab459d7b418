// SPDX-License-Identifier: Apache-2.0
// The dispatcher: calls that touch data. Those on an integration and the pure slots are in integration_calls.cpp and
// pure_slots.cpp.
#include "host/dispatch/dispatcher.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <tento/sdk/fixed_text.hpp>

#include "host/base/text.hpp"
#include "host/capability/limit_reports.hpp"
#include "host/capability/log_cells.hpp"
#include "host/capability/row_access.hpp"
#include "host/dispatch/calls.hpp"
#include "host/dispatch/computed.hpp"
#include "host/dispatch/core.hpp"
#include "host/dispatch/resolve.hpp"
#include "host/dispatch/row_frame.hpp"
#include "host/loader/descriptors.hpp"
#include "host/model/row_id.hpp"
#include "host/store/cells_json.hpp"

namespace tento::host {

const std::string& Target::zone() const {
  return zone_of(owner, account ? &*account : nullptr);
}

bool Target::has_stored_cells() const {
  return state == RowState::no_provider || (match.route->logs_of == nullptr && match.route->sync_shape != nullptr);
}

std::int64_t Target::stale_after_s() const {
  return match.route->sync_shape == nullptr ? 0 : match.route->sync_shape->stale_after_s;
}

std::string_view to_string(RowState state) {
  switch (state) {
    case RowState::active:
      return "active";
    case RowState::disconnected:
      return "disconnected";
    case RowState::no_provider:
      return "no_provider";
  }
  return "active";
}

namespace {

tl::unexpected<Error> unsupported(const Target& target, const std::string& why) {
  return fail(ErrorCode::unsupported, ErrorClass::config, "the row " + quote(target.row.lookup_key) + " " + why,
              "unsupported");
}

CellView view_of(const CellInput& cell) {
  CellView out;
  out.id = cell.id;
  out.date = cell.date;
  out.end_date = cell.end_date;
  out.start_us = cell.start_us;
  out.end_us = cell.end_us;
  out.data = cell.data;
  out.version = cell.version;
  out.tombstone = cell.tombstone;
  out.raw = cell.raw;
  return out;
}

class TheDispatcher final : public Dispatcher {
 public:
  TheDispatcher(Store& store, DepsRegistry& registry, DispatcherOptions options)
      : core_(Core::make(store, registry, std::move(options))) {}
  ~TheDispatcher() override {
    if (!down_) core_->shutdown(1000);
  }

  Result<Target> resolve(const UserRecord& owner, std::string_view key, std::uint32_t verb) override {
    return resolve_key(core_->store, table(), owner, key, verb);
  }

  Result<void> store_row(Target& target) override {
    const bool stored = target.row.created_us != 0;
    // A row of the log has no cells of its own, so it needs no record.
    if (stored || (target.match.route->row->flags & TENTO_ROW_LOGS) != 0) return {};
    RowRecord record = target.row;
    record.attributes_json = attributes_of(*core_, target);
    record.created_us = core_->options.now_unix_us();
    TENTO_TRY_ASSIGN(target.row, core_->store.rows().ensure(record));
    return {};
  }

  Result<void> check_guards(const Target& target, std::uint32_t verb, const ActorInfo& actor) override {
    return core_->check_guards(target, verb, actor);
  }

  Result<SyncOutcome> sync(const Target& target, std::string_view stage, const Span& window,
                           const CallOptions& options) override {
    TENTO_TRY(core_->check_guards(target, TENTO_VERB_GET, options.actor));
    TENTO_TRY_ASSIGN(const auto kept, stored(target));
    const auto provider = core_->state_of(target.match.route->provider);
    TENTO_TRY(recall_limits_once(provider->port, target.owner));
    TENTO_TRY(check_not_held(provider->port, subject_of(kept)));
    const auto result = std::make_shared<tento_sync_result>();
    const auto context = std::make_shared<CallRef>();
    const auto landed_of = [context] {
      SyncOutcome landed;
      if (!*context) return landed;
      const std::lock_guard lock((**context).gate);
      landed.counts = (**context).counts;
      landed.used_txn = (**context).used_txn;
      return landed;
    };
    CallOptions calling = options;
    if (options.on_given_up) {
      calling.on_given_up = [landed_of, landed = options.landed, told = options.on_given_up](const Error& error) {
        if (landed != nullptr) *landed = landed_of();
        told(error);
      };
    }
    const auto done = core_->run(
        target.match.route->provider, subject_of(kept),
        "sync of " + quote(target.row.lookup_key) + ", stage " + quote(stage), calling,
        [kept, result, stage = std::string(stage), window = window.to_abi()](InFlightCall& in_flight,
                                                                             CallSlot& slot) -> Result<void> {
          TENTO_TRY_ASSIGN(const ClientPtr client, client_of(in_flight, &slot));
          return call_sync(in_flight.provider->port, &slot, *kept, client->get(), stage, window, *result);
        },
        {}, [context](const CallRef& made) { *context = made; });
    if (!done && done.error().tag == given_up_tag) return fail(done.error());
    SyncOutcome outcome = landed_of();
    if (done) {
      outcome.more = result->more != 0;
      outcome.seen = result->seen;
      outcome.skipped = result->skipped;
      if (outcome.skipped > 0) outcome.skipped_note = plain(read_fixed(result->skipped_note));
    }
    if (options.landed != nullptr) *options.landed = outcome;
    if (!done) return fail(done.error());
    return outcome;
  }

  Result<void> list_cells(const Target& target, const Span& window, std::uint64_t limit, const CallOptions& options,
                          const CellVisitor& visit) override {
    TENTO_TRY(core_->check_guards(target, TENTO_VERB_GET, options.actor));
    const Route& route = *target.match.route;
    TENTO_TRY_ASSIGN(const Zone zone, Zone::find(target.zone()));
    const Moments range = moments_of(window, zone);
    std::uint64_t left = limit == 0 ? UINT64_MAX : limit;
    const CellVisitor counted = [&](const CellView& cell) { return visit(cell) && --left > 0; };
    if (route.logs_of != nullptr) {
      const std::string& key = target.row.lookup_key;
      const Uuid parent = row_id(target.owner.id, std::string_view(key).substr(0, key.rfind(':')));
      return visit_log_cells(core_->store, parent, range, 0, LogOrder::oldest_first, counted);
    }
    if (target.has_stored_cells()) return core_->store.cells().read(target.row.id, range, counted);
    if (route.row->list_cells == nullptr) return unsupported(target, "has no cells to read");

    const auto kept = std::make_shared<const Target>(target);
    const bool single = (route.row->flags & TENTO_ROW_SINGLE) != 0;
    return core_->run(
        route.provider, subject_of(kept), "list_cells of " + quote(target.row.lookup_key), options,
        [kept, single, range, limit, window = window.to_abi()](InFlightCall& in_flight,
                                                               CallSlot& slot) -> Result<void> {
          TENTO_TRY_ASSIGN(const ClientPtr client, client_of(in_flight, &slot));
          ComputedSink sink(in_flight, single, range);
          auto done =
              call_list_cells(in_flight.provider->port, &slot, *kept, client->get(), window, limit, sink.sink());
          if (sink.defect()) return fail(*sink.defect());
          return done;
        },
        [&counted](std::span<const CellInput> batch) {
          return std::all_of(batch.begin(), batch.end(), [&](const CellInput& cell) { return counted(view_of(cell)); });
        });
  }

  Result<WriteOutcome> write(const Target& target, const WriteRequest& request, const CallOptions& options) override;

  Result<AccountCheck> check_account(const Route& route, const UserRecord& owner, const AccountRecord& provisional,
                                     std::string_view secret, const CallOptions& options) override {
    TENTO_TRY_ASSIGN(const auto now, served_now(route));
    return host::check_account(*core_, now.table, *now.route, owner, provisional, secret, options);
  }
  Result<std::vector<DiscoveredRow>> discover(const Route& route, const UserRecord& owner, const AccountRecord& account,
                                              const CallOptions& options) override {
    TENTO_TRY_ASSIGN(const auto now, served_now(route));
    return host::discover(*core_, now.table, *now.route, owner, account, options);
  }
  Result<std::optional<std::string>> alias_name(const Target& target) override { return alias_name_of(*core_, target); }
  Result<std::optional<std::string>> lock_name(const Target& target, std::string_view stage) override {
    return lock_name_of(*core_, target, stage);
  }
  Result<Span> stage_range(const Target& target, std::string_view stage, Date today, const Span& proposed,
                           const CallOptions& options) override {
    return stage_range_of(*core_, target, stage, today, proposed, options);
  }

  void forget_account(const Uuid& owner, std::string_view provider, std::string_view auth_id) override {
    const auto now = table();
    if (!now) return;
    std::shared_ptr<Provider> found;
    for (const Route* route : now->routes()) {
      if (route->provider->note().id == provider) found = route->provider;
    }
    if (found) core_->release_later(core_->state_of(found)->clients.take_account(owner, auth_id));
  }

  void publish(std::shared_ptr<const RouteTable> table) override {
    std::set<const Provider*> serving;
    for (const Route* route : table->routes())
      if (serving.insert(route->provider.get()).second) static_cast<void>(core_->state_of(route->provider));
    {
      const std::lock_guard lock(mutex_);
      table_.swap(table);
    }
    core_->release_clients_of_others(serving);
  }
  std::shared_ptr<const RouteTable> table() const override {
    const std::lock_guard lock(mutex_);
    return table_;
  }
  bool shutdown(std::int64_t deadline_ms) override {
    down_ = core_->shutdown(deadline_ms);
    return down_;
  }

 private:
  // The provider may have been replaced since the route was found.
  struct ServedRoute {
    std::shared_ptr<const RouteTable> table;
    const Route* route = nullptr;
  };
  Result<ServedRoute> served_now(const Route& any_route_of_integration) const {
    const std::string& provider = any_route_of_integration.provider->note().id;
    const auto integration = view(any_route_of_integration.integration->id);
    ServedRoute out{table()};
    for (const Route* route : out.table->routes())
      if (route->provider->note().id == provider && view(route->integration->id) == integration) {
        out.route = route;
        return out;
      }
    return fail(ErrorCode::not_found, ErrorClass::config, "provider " + provider + " is not loaded any more");
  }
  // The target of a call that writes, its row stored.
  Result<std::shared_ptr<const Target>> stored(const Target& target) {
    auto out = std::make_shared<Target>(target);
    TENTO_TRY(store_row(*out));
    return std::shared_ptr<const Target>(std::move(out));
  }
  Result<void> recall_limits_once(const ProviderPort& port, const UserRecord& owner) {
    const std::lock_guard lock(recall_mutex_);
    if (std::find(recalled_.begin(), recalled_.end(), owner.id) != recalled_.end()) return {};
    TENTO_TRY(recall_limits(port, owner));
    recalled_.push_back(owner.id);
    return {};
  }

  std::shared_ptr<Core> core_;
  std::mutex recall_mutex_;
  std::vector<Uuid> recalled_;  // owners whose runs were asked for silences that last
  mutable std::mutex mutex_;
  std::shared_ptr<const RouteTable> table_ = build_route_table({}, {}).table;
  bool down_ = false;
};

using WriteSlot = decltype(tento_row::post);

WriteSlot slot_of(const tento_row& row, std::uint32_t verb) {
  switch (verb) {
    case TENTO_VERB_POST:
      return row.post;
    case TENTO_VERB_PATCH:
      return row.patch;
    case TENTO_VERB_DELETE:
      return row.remove;
    default:
      return nullptr;
  }
}

std::string_view name_of(std::uint32_t verb) {
  return verb == TENTO_VERB_POST ? "post" : verb == TENTO_VERB_PATCH ? "patch" : "remove";
}

Result<WriteOutcome> TheDispatcher::write(const Target& target, const WriteRequest& request,
                                          const CallOptions& options) {
  const Route& route = *target.match.route;
  if ((route.verbs & request.verb) == 0 || slot_of(*route.row, request.verb) == nullptr) {
    return unsupported(target, "takes no " + std::string(name_of(request.verb)));
  }
  TENTO_TRY(core_->check_guards(target, request.verb, options.actor));
  TENTO_TRY_ASSIGN(const auto kept, stored(target));
  const auto asked = std::make_shared<const WriteRequest>(request);
  const auto outcome = std::make_shared<WriteOutcome>();
  // Cells of a computed row come from list_cells alone; storing what a write gave would show nobody anything.
  const bool computed = route.sync_shape == nullptr && route.row->list_cells != nullptr;
  const auto ran = core_->run(
      route.provider, subject_of(kept), std::string(name_of(request.verb)) + " of " + quote(target.row.lookup_key),
      options, [kept, asked, outcome, computed](InFlightCall& in_flight, CallSlot& slot) -> Result<void> {
        const Route& to = *kept->match.route;
        CallContext& context = *in_flight.context;
        const bool system = !kept->account && to.integration->account_param.size != 0;
        TENTO_TRY_ASSIGN(const ClientPtr client,
                         system ? make_client(in_flight.provider->port, *to.integration, context, &slot, true)
                                : client_of(in_flight, &slot));
        WrittenSink sink(in_flight, (to.row->flags & TENTO_ROW_SINGLE) != 0);
        const RowFrame frame(*kept, &slot);
        tento_write_ctx ctx{};
        ctx.struct_size = sizeof ctx;
        ctx.verb = asked->verb;
        ctx.at = frame.ctx();
        ctx.cell_id = str(asked->cell_id);
        ctx.cell_date = Span{asked->cell_date, {}}.to_abi().from;
        ctx.body = str(asked->body);
        ctx.idempotency_key = str(asked->idempotency_key);
        ctx.expected = str(asked->expected);
        auto done =
            call_slot(in_flight.provider->port, name_of(asked->verb), slot_of(*to.row, asked->verb),
                      in_flight.provider->port.provider().instance(), client->get(), &std::as_const(ctx), sink.sink());
        if (sink.defect()) return fail(*sink.defect());
        if (!done) return done;
        outcome->accepted_only = sink.cells().empty();
        Store& store = *in_flight.provider->port.env().store;
        for (const CellInput& cell : sink.cells()) {
          CellView written = view_of(cell);
          // A deletion by id is told with the date of what it deletes.
          if (written.tombstone && written.date.kind == TENTO_TIME_NONE && !computed) {
            TENTO_TRY_ASSIGN(const auto known, store.cells().find(kept->row.id, CellKey{cell.id, {}}));
            if (known) {
              written.date = known->date;
              written.end_date = known->end_date;
            }
          }
          append_cell_json(outcome->cells_json.emplace_back(), written);
        }
        if (computed || sink.cells().empty()) return {};
        const std::lock_guard lock(context.gate);
        if (context.closed || context.stopped()) return stopped();
        RowCommit written = commit_of(context);
        written.cells = std::span<const CellInput>(sink.cells());
        TENTO_TRY_ASSIGN(outcome->counts, store.cells().commit(written));
        return {};
      });
  if (!ran) return fail(ran.error());
  const auto& told = core_->options.on_written;
  if (told && outcome->counts.changed() > 0) told(target.row.provider, outcome->counts);
  return std::move(*outcome);
}

}  // namespace

std::unique_ptr<Dispatcher> make_dispatcher(Store& store, DepsRegistry& registry, DispatcherOptions options) {
  return std::make_unique<TheDispatcher>(store, registry, std::move(options));
}

}  // namespace tento::host
