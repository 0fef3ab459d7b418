// SPDX-License-Identifier: Apache-2.0
// Loading and calling a provider's slots as a host does, without a host.
#include <tento/sdk/testing/fake_provider.hpp>

#include <cstring>
#include <tento/sdk/fixed_text.hpp>
#include <tento/sdk/floor_size.hpp>

namespace tento::testing {
namespace {

// Collects one text; a second put is refused.
struct TextSink {
  tento_text_sink abi{sizeof(tento_text_sink), 0, this, &TextSink::put};
  std::optional<std::string> text;
  static tento_status put(const tento_text_sink* sink, tento_str text) noexcept {
    TextSink& self = *static_cast<TextSink*>(sink->self);
    if (self.text) return TENTO_FAILED;
    self.text = view(text);
    return TENTO_OK;
  }
};

// Collects cells that pass a host's checks.
struct CellSink {
  explicit CellSink(bool is_single) : single(is_single) {}
  tento_cell_sink abi{sizeof(tento_cell_sink), 0, this, &CellSink::put};
  bool single;
  std::vector<StoredCell> cells;
  std::optional<Error> defect;  // of the first bad batch: the call fails with it, whatever the slot answers
  static tento_status put(const tento_cell_sink* sink, const tento_cell_batch* batch, tento_error* err) noexcept {
    CellSink& self = *static_cast<CellSink*>(sink->self);
    if (self.defect) return to_status(*self.defect, err);
    auto read = read_batch(*batch, self.single);
    if (!read) {
      self.defect = read.error();
      return to_status(*self.defect, err);
    }
    self.cells.insert(self.cells.end(), std::make_move_iterator(read->begin()), std::make_move_iterator(read->end()));
    return TENTO_OK;
  }
};

struct RowSink {
  tento_row_sink abi{sizeof(tento_row_sink), 0, this, &RowSink::put};
  const tento_integration* integration = nullptr;
  std::vector<DiscoveredRow> rows;
  static tento_status put(const tento_row_sink* sink, const tento_row_instance* row, tento_error* err) noexcept {
    RowSink& self = *static_cast<RowSink*>(sink->self);
    bool own = false;
    for (std::uint64_t i = 0; i < self.integration->row_count; ++i) own = own || self.integration->rows[i] == row->row;
    if (!own) {
      return to_status(
          fail(ErrorCode::invalid_argument, ErrorClass::internal, "discover pushed a row that is not the integration's")
              .value(),
          err);
    }
    std::vector<Param> params;
    for (std::uint64_t i = 0; i < row->param_count; ++i) {
      params.push_back({std::string(view(row->params[i].name)), std::string(view(row->params[i].value))});
    }
    const auto pattern = Pattern::parse(view(row->row->pattern));
    const auto key = pattern ? pattern->key(params) : Result<std::string>(tl::unexpected<Error>(pattern.error()));
    if (!key) return to_status(key.error(), err);
    self.rows.push_back({*key, std::string(view(row->label)), std::string(view(row->attributes_json))});
    return TENTO_OK;
  }
};

// Whether a table is there, as long as it was in ABI 1.0.
template <class T>
bool has(const T* table) {
  return table != nullptr && table->struct_size >= floor_size<T>;
}

tl::unexpected<Error> broken(std::string what) {
  return fail(ErrorCode::invalid_data, ErrorClass::internal, "the provider cannot be loaded: " + std::move(what),
              "provider_broken");
}

}  // namespace

Result<std::unique_ptr<FakeProvider>> FakeProvider::load(FakeHost& host, Entries entries) {
  std::unique_ptr<FakeProvider> out(new FakeProvider(host, entries));
  TENTO_TRY(out->start());
  return out;
}

Result<void> FakeProvider::start() {
  plugin_ = entries_.plugin(TENTO_ABI_MAJOR, TENTO_ABI_MAJOR);
  if (!has(plugin_)) return broken("tento_plugin answered null or a table that is too short");
  if (plugin_->create == nullptr || plugin_->destroy == nullptr) return broken("create or destroy is null");
  tento_error err;
  TENTO_TRY(to_result(plugin_->create(host_.lifetime(), &self_, &err), err));
  connector_ = entries_.connector(self_);
  if (!has(connector_) || connector_->integration_count == 0) {
    return broken("tento_connector answered null or a table without integrations");
  }
  if (entries_.sync_plugin != nullptr) sync_ = entries_.sync_plugin(self_);

  std::string problems;
  for (std::uint64_t i = 0; i < connector_->integration_count; ++i) add_routes(connector_->integrations[i], problems);
  if (!problems.empty()) return broken(problems);
  host_.store.set_may_read([this](const FakeCall& call, std::string_view key) {
    const auto at = find(key, 0);
    if (!at || call.options().owner_id != at->options.owner_id) return false;
    const std::optional<FakeAccount>&mine = call.options().account, &theirs = at->options.account;
    return mine.has_value() == theirs.has_value() && (!mine || mine->auth_id == theirs->auth_id);
  });
  return {};
}

void FakeProvider::add_routes(const tento_integration* integration, std::string& problems) {
  if (!has(integration)) {
    problems += "\n  an integration is null or too short";
    return;
  }
  const std::string id(view(integration->id));
  if (integration->client == nullptr || integration->release == nullptr)
    problems += "\n  " + id + ": client or release is null";
  for (std::uint64_t i = 0; i < integration->need_count; ++i) {
    const tento_need& need = integration->needs[i];
    if ((need.flags & TENTO_NEED_OPTIONAL) != 0) continue;
    if (const auto found = host_.find(view(need.id), need.min_size); !found) {
      problems += "\n  " + id + ": " + found.error().message;
    }
  }
  if (integration->auth != nullptr) host_.auth.declare_kind(std::string(view(integration->auth->kind)));
  for (std::uint64_t i = 0; i < integration->row_count; ++i) {
    const tento_row* const row = integration->rows[i];
    if (!has(row)) {
      problems += "\n  " + id + ": a row is null or too short";
      continue;
    }
    auto pattern = Pattern::parse(view(row->pattern));
    if (!pattern) {
      problems += "\n  " + id + ": " + pattern.error().message;
      continue;
    }
    const bool asked = sync_ != nullptr && sync_->shape != nullptr;
    routes_.push_back({integration, row, asked ? sync_->shape(self_, row) : row->sync_shape, std::move(*pattern)});
    problems += problems_of(*integration, routes_.back());
  }
}

std::string FakeProvider::problems_of(const tento_integration& integration, const Route& route) const {
  const tento_row& row = *route.row;
  std::string out;
  const auto need = [&](bool asked, bool there, const char* what) {
    if (asked && !there) out += "\n  " + route.pattern.text() + ": " + what;
  };
  const bool logs = (row.flags & TENTO_ROW_LOGS) != 0;
  need((row.verbs & TENTO_VERB_POST) != 0, row.post != nullptr, "has the verb post, and no slot for it");
  need((row.verbs & TENTO_VERB_PATCH) != 0, row.patch != nullptr, "has the verb patch, and no slot for it");
  need((row.verbs & TENTO_VERB_DELETE) != 0, row.remove != nullptr, "has the verb delete, and no slot for it");
  need((row.verbs & TENTO_VERB_GET) != 0 && route.shape == nullptr && !logs, row.list_cells != nullptr,
       "is computed, and has no list_cells");
  need(route.shape != nullptr, row.sync != nullptr || (sync_ != nullptr && sync_->execute != nullptr),
       "is sync-backed, and nothing syncs it");
  need(route.shape != nullptr, route.shape == nullptr || route.shape->stage_count > 0,
       "is sync-backed, and has no stage");
  const std::string account_param(view(integration.account_param));
  bool named = account_param.empty();
  for (const Segment& s : route.pattern.segments()) named = named || (s.param && s.text == account_param);
  need(true, named, "lacks the integration's account parameter");
  return out;
}

FakeProvider::~FakeProvider() {
  host_.store.set_may_read([](const FakeCall&, std::string_view) { return false; });
  for (const auto& [name, client] : clients_) name.first->release(self_, client);
  if (self_ != nullptr) plugin_->destroy(self_);
}

Result<FakeProvider::At> FakeProvider::find(std::string_view key, std::uint32_t verb) {
  if (const KeyDefect defect = check_key(key); defect != KeyDefect::none) return fail(key_error(defect, key));
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, key)) continue;
    // Literals beat parameters, from the left.
    const auto literal_first = [&] {
      const auto& a = route.pattern.segments();
      const auto& b = best->pattern.segments();
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].param != b[i].param) return !a[i].param;
      }
      return false;
    };
    if (best == nullptr || literal_first()) best = &route;
  }
  if (best == nullptr) {
    return fail(ErrorCode::not_found, ErrorClass::config,
                "no row of the provider matches " + std::string(key.substr(0, 200)), "no_match");
  }
  if ((best->row->verbs & verb) != verb) {
    return fail(ErrorCode::unsupported, ErrorClass::config,
                "the row " + best->pattern.text() + " does not have that verb", "no_verb");
  }
  At at{best, host_.defaults};
  TENTO_TRY_ASSIGN(at.options.params, match_pattern(best->pattern, key));
  TENTO_TRY_ASSIGN(at.options.key, best->pattern.key(at.options.params));
  at.options.single = (best->row->flags & TENTO_ROW_SINGLE) != 0;
  const std::string_view account_param = view(best->integration->account_param);
  for (const Param& p : at.options.params) {
    if (account_param.empty() || p.name != account_param) continue;
    const std::string kind(best->integration->auth == nullptr ? std::string_view()
                                                              : view(best->integration->auth->kind));
    at.options.account = kind.empty() ? host_.auth.find(p.value) : host_.auth.find(kind, p.value);
    if (!at.options.account) {
      Error e =
          fail(ErrorCode::auth_required, ErrorClass::auth, "no " + kind + " auth for " + p.value, "no_auth").value();
      e.remedy = "connect";
      return fail(std::move(e));
    }
  }
  return at;
}

Result<const tento_integration*> FakeProvider::integration(std::string_view id) const {
  for (std::uint64_t i = 0; i < connector_->integration_count; ++i) {
    if (view(connector_->integrations[i]->id) == id) return connector_->integrations[i];
  }
  return fail(ErrorCode::not_found, ErrorClass::internal, "the provider has no integration " + std::string(id));
}

Result<tento_client*> FakeProvider::make_client(const tento_integration* integration, const CallOptions& options,
                                                const std::vector<Param>& params) {
  const auto call = host_.call(options, integration);
  std::vector<tento_param> abi;
  for (const Param& p : params) abi.push_back({str(p.name), str(p.value)});
  tento_integration_ctx ctx{};
  ctx.struct_size = sizeof ctx;
  ctx.call = call->get();
  ctx.integration = integration;
  ctx.params = abi.data();
  ctx.param_count = abi.size();
  tento_client* made = nullptr;
  tento_error err;
  const tento_status status = integration->client(self_, &ctx, &made, &err);
  host_.finish(*call);
  TENTO_TRY(to_result(status, err));
  return made;
}

Result<tento_client*> FakeProvider::client(const tento_integration* integration, const CallOptions& options) {
  const std::pair name{integration, options.account ? options.account->auth_id : std::string()};
  if (const auto found = clients_.find(name); found != clients_.end()) return found->second;
  CallOptions own = options;
  own.key.clear();
  own.params.clear();
  own.cancel_after.reset();
  own.yield_after.reset();
  std::vector<Param> params;
  const std::string account_param(view(integration->account_param));
  if (options.account && !account_param.empty()) params.push_back({account_param, options.account->auth_id});
  host_.http.set_integration(integration);
  TENTO_TRY_ASSIGN(tento_client* const made, make_client(integration, own, params));
  clients_.emplace(name, made);
  host_.clients.set(std::string(view(integration->id)), made);
  return made;
}

namespace {

void follow(CallOptions& options, const CallPlan& plan) {
  options.cancel_after = plan.cancel_after;
  options.yield_after = plan.yield_after;
  options.timeout = plan.timeout;
}

}  // namespace

Result<void> FakeProvider::finish(FakeCall& call, tento_status status, const tento_error& err) {
  Result<void> outcome = to_result(status, err);
  if (outcome) outcome = host_.store.nothing_lost(call);
  host_.finish(call);
  return outcome;
}

Result<void> FakeProvider::check_there(std::string_view key, const WriteArgs& args) const {
  for (const StoredCell& cell : host_.store.cells(key)) {
    if (args.cell_date ? cell.date == args.cell_date : cell.id == args.cell_id) return {};
  }
  return fail(ErrorCode::conflict, ErrorClass::config, "the row " + std::string(key) + " has no such cell",
              "precondition_failed");
}

Result<SyncOutcome> FakeProvider::sync(std::string_view key, std::string_view stage, CallPlan plan,
                                       std::optional<Span> window_override) {
  TENTO_TRY_ASSIGN(At at, find(key, 0));
  if (at.route->shape == nullptr) {
    return fail(ErrorCode::unsupported, ErrorClass::config,
                "the row " + at.route->pattern.text() + " is not sync-backed");
  }
  Span span;
  if (window_override) {
    span = *window_override;
  } else {
    TENTO_TRY_ASSIGN(span, window(key, stage));
  }
  TENTO_TRY_ASSIGN(tento_client* const made, client(at.route->integration, at.options));
  follow(at.options, plan);
  const auto call = host_.call(at.options, at.route->integration);
  const tento_row_ctx row_ctx = call->row_ctx(at.route->row);
  tento_sync_ctx ctx{};
  ctx.struct_size = sizeof ctx;
  ctx.at = &row_ctx;
  ctx.stage = str(stage);
  ctx.window = span.to_abi();
  tento_sync_result result{};
  result.struct_size = sizeof result;
  tento_error err;
  host_.http.set_integration(at.route->integration);
  const bool executor = sync_ != nullptr && sync_->execute != nullptr;
  const tento_status status = (executor ? sync_->execute : at.route->row->sync)(self_, made, &ctx, &result, &err);
  const Result<void> outcome = finish(*call, status, err);

  // The thin path writes no coverage of its own: the outcome does. A failure is told in any case.
  const bool own_coverage = outcome && host_.store.end_call(*call);
  const bool stopped = !outcome && outcome.error().stopped;
  if (!own_coverage && !stopped && !(outcome && result.more != 0)) {
    StoredCoverage stated{span, TENTO_COVERAGE_FAILED, ErrorClass::internal, -1};
    if (outcome) {
      stated.state = host_.store.used_thin_path(*call) ? TENTO_COVERAGE_HAVE : TENTO_COVERAGE_EMPTY;
    } else {
      stated.error_class = outcome.error().error_class;
      stated.retry_after_ms = outcome.error().retry_after_ms;
    }
    host_.store.state_coverage(at.options.key, stated);
  }
  const char* const word = outcome ? result.skipped > 0 ? "partial" : "ok" : stopped ? "stopped" : "failed";
  host_.store.add_log(at.options.key,
                      {.id = "run-" + std::to_string(call->get()->id),
                       .date = SemanticTime(host_.clock.now()),
                       .data = std::string(R"({"stage":")") + std::string(stage) + R"(","status":")" + word + "\"}"});
  TENTO_TRY(outcome);
  return SyncOutcome{result.more != 0, result.seen, call->steps(), result.skipped, read_fixed(result.skipped_note)};
}

Result<std::uint64_t> FakeProvider::sync_all(std::string_view key) {
  constexpr int most_rounds = 100000;  // a provider that always says `more` must not hang a test
  TENTO_TRY_ASSIGN(const At at, find(key, 0));
  std::uint64_t seen = 0;
  for (std::uint64_t i = 0; at.route->shape != nullptr && i < at.route->shape->stage_count; ++i) {
    const std::string_view stage = view(at.route->shape->stages[i]->name);
    for (int round = 0;; ++round) {
      TENTO_TRY_ASSIGN(const SyncOutcome outcome, sync(key, stage));
      seen += outcome.seen;
      if (!outcome.more) break;
      if (round == most_rounds) {
        return fail(ErrorCode::unspecified, ErrorClass::internal,
                    "the stage " + std::string(stage) + " says `more` without end");
      }
    }
  }
  return seen;
}

Result<std::vector<StoredCell>> FakeProvider::get(std::string_view key, const Span& span, CallPlan plan) {
  TENTO_TRY_ASSIGN(At at, find(key, TENTO_VERB_GET));
  if (at.route->shape != nullptr || (at.route->row->flags & TENTO_ROW_LOGS) != 0) {
    const bool logs = (at.route->row->flags & TENTO_ROW_LOGS) != 0;
    const std::string parent = at.options.key.substr(0, at.options.key.rfind(':'));
    std::vector<StoredCell> cells = logs ? host_.store.logs(parent) : host_.store.cells(at.options.key);
    std::erase_if(cells, [&span](const StoredCell& c) { return !overlaps(c, span); });
    return cells;
  }
  TENTO_TRY_ASSIGN(tento_client* const made, client(at.route->integration, at.options));
  follow(at.options, plan);
  const auto call = host_.call(at.options, at.route->integration);
  const tento_row_ctx row_ctx = call->row_ctx(at.route->row);
  tento_read_ctx ctx{};
  ctx.struct_size = sizeof ctx;
  ctx.at = &row_ctx;
  ctx.window = span.to_abi();
  CellSink sink(at.options.single);
  tento_error err;
  host_.http.set_auth(at.route->integration->auth);
  const tento_status status = at.route->row->list_cells(self_, made, &ctx, &sink.abi, &err);
  const Result<void> done = finish(*call, status, err);
  if (sink.defect) return fail(*sink.defect);
  TENTO_TRY(done);
  for (std::size_t i = 1; i < sink.cells.size(); ++i) {
    const StoredCell &before = sink.cells[i - 1], &now = sink.cells[i];
    const Instant last = utc_range(*before.date).from, start = utc_range(*now.date).from;
    const bool same_date = start == last && before.date->to_abi().kind == now.date->to_abi().kind;
    if (start < last || (same_date && now.id <= before.id)) {
      return broken("list_cells of " + at.route->pattern.text() + " is not ascending by (date, id): `" + now.id +
                    "` after `" + before.id + "`");
    }
  }
  std::erase_if(sink.cells, [&span](const StoredCell& c) { return !overlaps(c, span); });
  return std::move(sink.cells);
}

Result<std::vector<StoredCell>> FakeProvider::write(std::uint32_t verb, std::string_view key, WriteArgs args,
                                                    CallPlan plan) {
  TENTO_TRY_ASSIGN(At at, find(key, verb));
  const tento_row& row = *at.route->row;
  const auto slot = verb == TENTO_VERB_POST     ? row.post
                    : verb == TENTO_VERB_PATCH  ? row.patch
                    : verb == TENTO_VERB_DELETE ? row.remove
                                                : nullptr;
  if (slot == nullptr)
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, "write takes one of post, patch and delete");
  TENTO_TRY_ASSIGN(tento_client* const made, client(at.route->integration, at.options));
  follow(at.options, plan);
  const auto call = host_.call(at.options, at.route->integration);
  const tento_row_ctx row_ctx = call->row_ctx(&row);
  if (args.expected == "*") {
    TENTO_TRY(check_there(at.options.key, args));
    args.expected.reset();
  }
  tento_write_ctx ctx{};
  ctx.struct_size = sizeof ctx;
  ctx.verb = verb;
  ctx.at = &row_ctx;
  ctx.cell_id = str(args.cell_id);
  ctx.cell_date.offset_minutes = TENTO_OFFSET_UNKNOWN;
  if (args.cell_date) ctx.cell_date = args.cell_date->to_abi();
  ctx.body = str(args.body);
  ctx.idempotency_key = str(args.idempotency_key);
  if (args.expected) ctx.expected = str(*args.expected);  // else no condition, whatever is stored
  CellSink sink(at.options.single);
  tento_error err;
  host_.http.set_integration(at.route->integration);
  const tento_status status = slot(self_, made, &ctx, &sink.abi, &err);
  const Result<void> done = finish(*call, status, err);
  if (sink.defect) return fail(*sink.defect);
  TENTO_TRY(done);
  // Cells of a computed row come from list_cells alone: what a write gives is told, and not stored.
  const bool computed = at.route->shape == nullptr && row.list_cells != nullptr;
  if (!computed) TENTO_TRY(host_.store.land(at.options.key, sink.cells, at.options.single));
  return std::move(sink.cells);
}

Result<Span> FakeProvider::window(std::string_view key, std::string_view stage) {
  TENTO_TRY_ASSIGN(const At at, find(key, 0));
  const std::string zone = at.options.account && !at.options.account->time_zone.empty() ? at.options.account->time_zone
                                                                                        : at.options.owner_zone;
  TENTO_TRY_ASSIGN(const PartialDate today, host_.zones.local_day(zone, host_.clock.now()));
  // A stage of another name than the wearables' has no window of the host's own.
  Span span = wearable_window_for_stage(stage, today.start()).value_or(Span{});
  if (sync_ == nullptr || sync_->stage_range == nullptr) return span;
  const auto call = host_.call(at.options, at.route->integration);
  const tento_row_ctx ctx = call->row_ctx(at.route->row);
  const tento_semantic_time day = SemanticTime(today).to_abi();
  tento_span out = span.to_abi();
  tento_error err;
  TENTO_TRY(to_result(sync_->stage_range(self_, &ctx, str(stage), &day, &out, &err), err));
  return Span::from_abi(out);
}

template <class Run>
Result<std::string> FakeProvider::pure(std::string_view key, Run&& run) {
  TENTO_TRY_ASSIGN(const At at, find(key, 0));
  const auto call = host_.call(at.options, at.route->integration);
  const tento_row_ctx ctx = call->row_ctx(at.route->row);
  TextSink sink;
  tento_error err;
  TENTO_TRY(to_result(run(*at.route->row, &ctx, &sink.abi, &err), err));
  if (call->steps() > call->checks()) return broken("a pure slot of " + at.route->pattern.text() + " used a dep");
  return sink.text.value_or("");
}

Result<std::string> FakeProvider::attributes(std::string_view key) {
  return pure(key,
              [this](const tento_row& row, const tento_row_ctx* ctx, const tento_text_sink* sink,
                     tento_error* err) -> tento_status {
                return row.attributes == nullptr ? tento_status{TENTO_OK} : row.attributes(self_, ctx, sink, err);
              });
}

Result<std::string> FakeProvider::alias_key(std::string_view key) {
  return pure(key,
              [this](const tento_row& row, const tento_row_ctx* ctx, const tento_text_sink* sink,
                     tento_error* err) -> tento_status {
                if (sync_ != nullptr && sync_->alias_key != nullptr) return sync_->alias_key(self_, ctx, sink, err);
                return row.alias_key == nullptr ? tento_status{TENTO_OK} : row.alias_key(self_, ctx, sink, err);
              });
}

Result<std::string> FakeProvider::lock_key(std::string_view key, std::string_view stage) {
  return pure(
      key,
      [&](const tento_row&, const tento_row_ctx* ctx, const tento_text_sink* sink, tento_error* err) -> tento_status {
        return sync_ == nullptr || sync_->lock_key == nullptr ? tento_status{TENTO_OK}
                                                              : sync_->lock_key(self_, ctx, str(stage), sink, err);
      });
}

Result<PushedAccount> FakeProvider::check_account(std::string_view integration_id, FakeAccount account) {
  TENTO_TRY_ASSIGN(const tento_integration* const of, integration(integration_id));
  PushedAccount out;
  if (of->check_account == nullptr) return out;
  account.state = TENTO_ACCOUNT_PROVISIONAL;
  if (of->auth != nullptr) account.kind = view(of->auth->kind);
  CallOptions options = host_.defaults;
  options.account = account;
  host_.http.set_integration(of);
  std::vector<Param> params;
  if (of->account_param.size > 0) params.push_back({std::string(view(of->account_param)), account.auth_id});
  // Staged: its credential can be used, and nothing of it stays.
  host_.auth.put(account);
  const auto run = [&]() -> Result<void> {
    TENTO_TRY_ASSIGN(tento_client* const made, make_client(of, options, params));
    const auto call = host_.call(options, of);
    std::vector<tento_param> abi;
    for (const Param& p : params) abi.push_back({str(p.name), str(p.value)});
    tento_integration_ctx ctx{};
    ctx.struct_size = sizeof ctx;
    ctx.call = call->get();
    ctx.integration = of;
    ctx.params = abi.data();
    ctx.param_count = abi.size();
    TextSink id, label;
    tento_error err;
    const tento_status status = of->check_account(self_, made, &ctx, &id.abi, &label.abi, &err);
    host_.finish(*call);
    of->release(self_, made);
    TENTO_TRY(to_result(status, err));
    out = {id.text.value_or(""), label.text.value_or("")};
    return {};
  };
  const Result<void> outcome = run();
  host_.auth.remove(account.kind, account.auth_id);
  TENTO_TRY(outcome);
  return out;
}

Result<std::vector<DiscoveredRow>> FakeProvider::discover(std::string_view integration_id, std::string_view auth_id) {
  TENTO_TRY_ASSIGN(const tento_integration* const of, integration(integration_id));
  if (of->discover == nullptr) return std::vector<DiscoveredRow>{};
  CallOptions options = host_.defaults;
  options.account = of->auth == nullptr ? host_.auth.find(auth_id) : host_.auth.find(view(of->auth->kind), auth_id);
  TENTO_TRY_ASSIGN(tento_client* const made, client(of, options));
  const auto call = host_.call(options, of);
  const tento_param param{of->account_param, str(auth_id)};
  tento_integration_ctx ctx{};
  ctx.struct_size = sizeof ctx;
  ctx.call = call->get();
  ctx.integration = of;
  ctx.params = &param;
  ctx.param_count = of->account_param.size > 0 ? 1 : 0;
  RowSink sink;
  sink.integration = of;
  tento_error err;
  const tento_status status = of->discover(self_, made, &ctx, &sink.abi, &err);
  host_.finish(*call);
  TENTO_TRY(to_result(status, err));
  return std::move(sink.rows);
}

std::vector<std::string> FakeProvider::patterns() const {
  std::vector<std::string> out;
  for (const Route& route : routes_) out.push_back(route.pattern.text());
  return out;
}

}  // namespace tento::testing
