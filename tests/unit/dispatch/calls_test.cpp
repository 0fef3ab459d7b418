// SPDX-License-Identifier: Apache-2.0
// Provider calls that do as they should: keys to targets, syncs, reads, writes, pure slots, clients.
#include <array>
#include <thread>

#include "tests/unit/support/scripted.hpp"
#include "tests/unit/support/stored_run.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("every key form leads to its row, and the row's record is made once") {
  HostOfOne host;
  host.slots.attributes = [](const tento_row_ctx*, const tento_text_sink* sink, tento_error*) {
    return sink->put(sink, str(R"({"colour":"blue"})"));
  };
  const Target target = host.stored_target();
  CHECK(target.row.pattern == ":~demo:{authId}:items");
  CHECK(target.row.auth_id == "me");
  CHECK(target.row.attributes_json == R"({"colour":"blue"})");
  CHECK(target.account->label == "Label of me");
  CHECK(target.zone() == "Europe/Berlin");
  CHECK(host.store->rows().of_user(host.owner.id)->size() == 1);
  const std::string hex = [&] {
    std::string text = target.row.id.text();
    std::erase(text, '-');
    return text;
  }();
  for (const std::string& key : {std::string(":~demo:m%65:items"), std::string(":~demo:items"), "r_" + hex,
                                 "[" + host.owner.name + "]:~demo:me:items"}) {
    CAPTURE(key);
    const auto same = host.dispatcher->resolve(host.owner, key, TENTO_VERB_GET);
    REQUIRE(same);
    CHECK(same->row.id == target.row.id);
    CHECK(same->row.lookup_key == ":~demo:me:items");
  }
  CHECK(host.store->rows().of_user(host.owner.id)->size() == 1);

  const auto error = [&](const std::string& key, std::uint32_t verb = 0) {
    return host.dispatcher->resolve(host.owner, key, verb).error();
  };
  CHECK(error("[eve@elsewhere]:~demo:me:items").code == ErrorCode::not_found);
  CHECK(error("[eve").code == ErrorCode::invalid_argument);
  CHECK(error("r_00000000000000000000000000000000").code == ErrorCode::not_found);
  CHECK(error("r_12").code == ErrorCode::invalid_argument);
  CHECK(error(":~demo:you:items").message.find("no account `you` of demo is connected") == 0);
  CHECK(error(":~nobody:me").code == ErrorCode::not_found);
  CHECK(error(":~demo:me:items", TENTO_VERB_DELETE).code == ErrorCode::unsupported);
  CHECK(error(":~demo:items", TENTO_VERB_DELETE).code == ErrorCode::unsupported);
  CHECK(error(std::string(1 << 20, 'x')).code == ErrorCode::too_large);
  host.connect("o:ther");
  CHECK(error(":~demo:items").code == ErrorCode::conflict);
  CHECK(error(":~demo:items").message.find(":~demo:me:items, :~demo:o%3Ather:items") != std::string::npos);
  UserRecord stranger = host.owner;
  stranger.id.bytes[0] ^= 1;
  CHECK(host.dispatcher->resolve(stranger, "r_" + hex, 0).error().code == ErrorCode::not_found);
}

TEST_CASE("a read stores no row and runs no code of the provider") {
  HostOfOne host;
  std::atomic<int> called{0};
  host.slots.attributes = [&called](auto...) {
    ++called;
    return slot_ok;
  };
  const Target target = host.target();
  CHECK(target.row.created_us == 0);
  CHECK(target.row.label == "a-row");
  std::uint64_t shown = 0;
  REQUIRE(host.dispatcher->list_cells(target, {}, 0, {}, [&shown](const CellView&) { return ++shown > 0; }));
  CHECK(shown == 0);
  CHECK(host.store->rows().coverage(target.row.id)->empty());
  CHECK_FALSE(host.store->rows().cursor(target.row.id, "head")->has_value());
  CHECK(host.store->rows().of_user(host.owner.id)->empty());
  CHECK(called == 0);
  CHECK(host.slots.made == 0);
  // What writes to it stores it, with its attributes.
  host.slots.sync = [](auto...) { return slot_ok; };
  REQUIRE(host.dispatcher->sync(target, "viewport", {}, {}));
  CHECK(host.store->rows().of_user(host.owner.id)->size() == 1);
  CHECK(called == 1);
}

TEST_CASE("what a provider writes in the middle of a read of an unknown row stores that row") {
  HostOfOne host;
  host.slots.list_cells = [](tento_client*, const tento_read_ctx* ctx, const tento_cell_sink*, tento_error* err) {
    const auto state = sync_state(ctx->at->call);
    std::uint64_t txn = 0;
    CHECK(state->begin(state.self, ctx->at->call, ctx->at->row_id, 0, nullptr, &txn, err) == TENTO_OK);
    const tento_cursor cursor{str("head"), str("1")};
    return state->commit(state.self, ctx->at->call, txn, nullptr, 0, &cursor, 1, err);
  };
  const Target target = host.target(":~demo:me:computed");
  const auto listed = host.dispatcher->list_cells(target, {}, 0, {}, [](const CellView&) { return true; });
  CHECK_MESSAGE(listed, (listed ? std::string() : listed.error().message));
  CHECK(host.store->rows().of_user(host.owner.id)->size() == 1);
  CHECK(*host.store->rows().cursor(target.row.id, "head") == "1");
}

TEST_CASE("a sync persists cells of its row, in the account's zone, and counts what landed") {
  HostOfOne host("America/New_York");
  host.slots.sync = [](tento_client* client, const tento_sync_ctx* ctx, tento_sync_result* result, tento_error* err) {
    CHECK(client != nullptr);
    CHECK(view(ctx->stage) == "viewport");
    CHECK(view(ctx->at->lookup_key) == ":~demo:me:items");
    CHECK(ctx->at->param_count == 1);
    CHECK(view(ctx->at->params[0].value) == "me");
    CHECK(view(ctx->at->call->owner->time_zone) == "America/New_York");
    CHECK(view(ctx->at->call->account->auth_id) == "me");
    CHECK(ctx->at->call->check(ctx->at->call) == TENTO_CHECK_GO);
    const auto store = backend(ctx->at->call);
    const std::vector<tento_cell> cells = {cell("a", day(8, 2026, 3), R"({"n":1})"), cell("b", day(9))};
    const auto batch = batch_of(cells);
    result->seen = 2;
    result->more = 1;
    return store->persist_cells(store.self, ctx->at->call, ctx->at->row_id, &batch, err);
  };
  const Target target = host.target();
  const auto done = host.dispatcher->sync(target, "viewport", {}, {});
  REQUIRE(done);
  CHECK(done->more);
  CHECK(done->seen == 2);
  CHECK(done->counts.added == 2);
  CHECK_FALSE(done->used_txn);
  std::vector<std::int64_t> lengths;
  REQUIRE(host.store->cells().read(target.row.id, {}, [&](const CellView& c) {
    lengths.push_back((c.end_us - c.start_us) / 3'600'000'000);
    return true;
  }));
  CHECK(lengths == std::vector<std::int64_t>{23, 24});  // 8 March 2026 has 23 hours there
}

TEST_CASE("a sync loads what was committed last, by itself or beside it") {
  HostOfOne host;
  const Target target = host.target();
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    const tento_call* call = ctx->at->call;
    const auto state = sync_state(call);
    const auto loaded = [&](const char* name) {
      std::string text = "none";
      const tento_text_sink sink{sizeof sink, 0, &text, [](const tento_text_sink* self, tento_str value) noexcept {
                                   *static_cast<std::string*>(self->self) = view(value);
                                   return slot_ok;
                                 }};
      CHECK(state->load(state.self, call, ctx->at->row_id, str(name), &sink, err) == TENTO_OK);
      return text;
    };
    CHECK(loaded("head") == "none");
    for (const char* value : {"1", "2"}) {
      std::uint64_t txn = 0;
      CHECK(state->begin(state.self, call, ctx->at->row_id, 0, nullptr, &txn, err) == TENTO_OK);
      const tento_cursor cursor{TENTO_STR("head"), str(value)};
      CHECK(state->commit(state.self, call, txn, nullptr, 0, &cursor, 1, err) == TENTO_OK);
      CHECK(loaded("head") == value);
      CHECK(loaded("tail") == "none");
    }
    // Another stage of the row, meanwhile.
    const std::array tail{CursorInput{"tail", "9"}};
    RowCommit beside;
    beside.row = target.row.id;
    beside.cursors = tail;
    REQUIRE(host.store->cells().commit(beside));
    CHECK(loaded("tail") == "9");
    CHECK(loaded("head") == "2");
    return slot_ok;
  };
  REQUIRE(host.dispatcher->sync(target, "viewport", {}, {}));
}

TEST_CASE("a transaction lands whole, with coverage and cursors, and not at all without commit") {
  HostOfOne host;
  const Target target = host.target();
  bool commit = false;
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    const auto state = sync_state(ctx->at->call);
    std::uint64_t txn = 0;
    const tento_span window{day(1), day(20)};
    CHECK(state->begin(state.self, ctx->at->call, ctx->at->row_id, TENTO_TXN_REPLACE, &window, &txn, err) == TENTO_OK);
    std::uint64_t second = 0;
    CHECK(state->begin(state.self, ctx->at->call, ctx->at->row_id, 0, nullptr, &second, err) == TENTO_FAILED);
    CHECK(err->code == TENTO_E_CONFLICT);
    const std::vector<tento_cell> cells = {cell("a", day(3)), cell("b", day(4))};
    const auto batch = batch_of(cells);
    CHECK(state->put(state.self, ctx->at->call, txn, &batch, err) == TENTO_OK);
    if (!commit) return slot_ok;
    tento_coverage coverage{};
    coverage.span = window;
    coverage.state = TENTO_COVERAGE_HAVE;
    coverage.retry_after_ms = -1;
    const tento_cursor cursor{TENTO_STR("head"), TENTO_STR("c0ffee")};
    return state->commit(state.self, ctx->at->call, txn, &coverage, 1, &cursor, 1, err);
  };
  SyncOutcome landed;
  CallOptions options;
  options.landed = &landed;
  const auto dropped = host.dispatcher->sync(target, "viewport", {}, options);
  REQUIRE_FALSE(dropped);
  CHECK(dropped.error().tag == "transaction_dropped");
  CHECK(landed.used_txn);
  CHECK(host.ids(target).empty());
  CHECK(host.logged("with an open transaction"));
  commit = true;
  REQUIRE(host.dispatcher->sync(target, "viewport", {}, options));
  CHECK(landed.counts.added == 2);
  CHECK(landed.used_txn);
  CHECK(host.ids(target) == "a b ");
  CHECK(host.store->rows().cursor(target.row.id, "head")->value() == "c0ffee");
  const auto coverage = host.store->rows().coverage(target.row.id);
  REQUIRE(coverage->size() == 1);
  CHECK(coverage->at(0).state == TENTO_COVERAGE_HAVE);
}

TEST_CASE("computed cells reach the visitor in order, within the window and up to the limit") {
  HostOfOne host;
  const Target target = host.target(":~demo:me:computed");
  const auto caller = std::this_thread::get_id();
  host.slots.list_cells = [&](tento_client*, const tento_read_ctx* ctx, const tento_cell_sink* sink, tento_error* err) {
    CHECK(std::this_thread::get_id() != caller);
    for (unsigned d = 1; d <= 20; ++d) {
      const std::string id = "c" + std::to_string(d);
      const std::vector<tento_cell> cells = {cell(id, day(d))};
      const auto batch = batch_of(cells);
      const tento_status status = sink->put(sink, &batch, err);
      if (status != TENTO_OK) return status == TENTO_STOPPED ? slot_ok : status;
    }
    CHECK(ctx->limit_hint == 0);
    return slot_ok;
  };
  std::string seen;
  const auto visit = [&](const CellView& c) {
    CHECK(std::this_thread::get_id() == caller);
    (seen += c.id) += ' ';
    return true;
  };
  const Span window{SemanticTime(*PartialDate::ymd(2026, 4, 5)), SemanticTime(*PartialDate::ymd(2026, 4, 8))};
  REQUIRE(host.dispatcher->list_cells(target, window, 0, {}, visit));
  CHECK(seen == "c5 c6 c7 ");
  seen.clear();
  REQUIRE(host.dispatcher->list_cells(target, {}, 2, {}, visit));
  CHECK(seen == "c1 c2 ");
}

TEST_CASE("a write stores what the provider gave back") {
  HostOfOne host;
  const Target target = host.target(":~demo:me:items", TENTO_VERB_POST);
  bool quiet = false;
  host.slots.write = [&](tento_client*, const tento_write_ctx* ctx, const tento_cell_sink* sink, tento_error* err) {
    CHECK(ctx->verb == TENTO_VERB_POST);
    CHECK(view(ctx->body) == R"({"title":"x"})");
    CHECK(view(ctx->idempotency_key) == "once");
    CHECK(view(ctx->expected) == "v7");
    if (quiet) return slot_ok;
    const std::vector<tento_cell> cells = {cell("new", day(9), R"({"title":"x"})")};
    const auto batch = batch_of(cells);
    return sink->put(sink, &batch, err);
  };
  WriteRequest request;
  request.verb = TENTO_VERB_POST;
  request.body = R"({"title":"x"})";
  request.idempotency_key = "once";
  request.expected = "v7";
  const auto done = host.dispatcher->write(target, request, {});
  REQUIRE(done);
  CHECK(done->counts.added == 1);
  CHECK(done->cells_json.at(0) ==
        R"({"id":"new","date":"ymd-2026-04-09","end_date":null,"data":{"title":"x"},"version":null})");
  CHECK(host.ids(target) == "new ");
  quiet = true;
  CHECK(host.dispatcher->write(target, request, {})->accepted_only);
  request.verb = TENTO_VERB_PATCH;
  CHECK(host.dispatcher->write(target, request, {}).error().code == ErrorCode::unsupported);
}

TEST_CASE("a row without a connected account is written through client_for_write, where the integration has one") {
  HostOfOne host("Europe/Berlin", [](FakeIntegration& main) { main.abi.client_for_write = as_slot(&client_slot); });
  std::string client_of = "-";
  host.slots.client = [&](const tento_integration_ctx* ctx, tento_client** out, tento_error*) {
    client_of = ctx->param_count == 0 ? "" : std::string(view(ctx->params[0].value));
    *out = reinterpret_cast<tento_client*>(&host);
    return slot_ok;
  };
  std::size_t written = 0;
  host.slots.write = [&](tento_client* client, const tento_write_ctx*, const tento_cell_sink*, tento_error*) {
    CHECK(client == reinterpret_cast<tento_client*>(&host));
    ++written;
    return slot_ok;
  };
  WriteRequest request;
  request.verb = TENTO_VERB_POST;
  request.body = "{}";
  // It is for writes alone.
  const auto read = host.dispatcher->resolve(host.owner, ":~demo:nobody:items", TENTO_VERB_GET);
  REQUIRE_FALSE(read);
  CHECK(read.error().tag == "no_account");
  const auto target = host.dispatcher->resolve(host.owner, ":~demo:nobody:items", TENTO_VERB_POST);
  REQUIRE(target);
  CHECK_FALSE(target->account);
  REQUIRE(host.dispatcher->write(*target, request, {}));
  CHECK(written == 1);
  CHECK(client_of.empty());  // made for no account
  HostOfOne without;         // the slot
  const auto refused = without.dispatcher->resolve(without.owner, ":~demo:nobody:items", TENTO_VERB_POST);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().tag == "no_account");
}

TEST_CASE("pure slots give what the provider says, or nothing where it has no such slot") {
  HostOfOne host;
  const Target target = host.target();
  CHECK(host.dispatcher->alias_name(target).value() == "");
  CHECK(host.dispatcher->lock_name(target, "viewport").value() == "");
  host.slots.alias_key = [](const tento_row_ctx*, const tento_text_sink* sink, tento_error*) {
    return sink->put(sink, str("shared"));
  };
  host.slots.lock_key = [](const tento_row_ctx*, tento_str stage, const tento_text_sink* sink, tento_error*) {
    return sink->put(sink, stage);
  };
  CHECK(host.dispatcher->alias_name(target).value() == "shared");
  CHECK(host.dispatcher->lock_name(target, "backfill").value() == "backfill");
  host.provider->sync = nullptr;
  CHECK(host.dispatcher->lock_name(target, "backfill").value() == std::nullopt);
  CHECK(host.dispatcher->alias_name(host.target(":~demo:me:lists:1")).value() == std::nullopt);
  host.provider->sync = &host.sync_api;

  using namespace std::chrono;
  const Date today = 2026y / April / 29d;
  const Span proposed = *wearable_window_for_stage("stage1", today);
  CHECK(host.dispatcher->stage_range(target, "everything", today, proposed).value() == proposed);
  host.slots.stage_range = [](const tento_row_ctx*, tento_str, const tento_semantic_time* t, tento_span* out,
                              tento_error*) {
    out->from = *t;
    return slot_ok;
  };
  const auto moved = host.dispatcher->stage_range(target, "everything", today, proposed).value();
  CHECK(moved.from->text() == "ymd-2026-04-29");
  CHECK(moved.to == proposed.to);
  host.slots.stage_range = [](const tento_row_ctx*, tento_str, const tento_semantic_time*, tento_span* out,
                              tento_error*) {
    out->from.kind = 77;
    return slot_ok;
  };
  CHECK(host.dispatcher->stage_range(target, "everything", today, {}).error().tag == "bad_window");
}

TEST_CASE("a client is made once, shared, and released exactly once when its account changes") {
  HostOfOne host;
  host.slots.sync = [](tento_client*, const tento_sync_ctx*, tento_sync_result*, tento_error*) { return slot_ok; };
  const Target target = host.target();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { CHECK(host.dispatcher->sync(target, "viewport", {}, {})); });
  }
  for (auto& t : threads) t.join();
  CHECK(host.slots.made == 1);
  CHECK(host.slots.released == 0);
  host.dispatcher->forget_account(host.owner.id, "demo", "me");
  CHECK(eventually([&] { return host.slots.released == 1; }));
  CHECK(host.dispatcher->sync(target, "viewport", {}, {}));
  Target changed = target;
  changed.account->settings_json = R"({"a":1})";
  CHECK(host.dispatcher->sync(changed, "viewport", {}, {}));
  CHECK(host.slots.made == 3);
  CHECK(eventually([&] { return host.slots.released == 2; }));
  CHECK(host.dispatcher->shutdown(5000));
  CHECK(host.slots.released == 3);
  CHECK(host.provider->destroyed == 1);
  CHECK(host.dispatcher->sync(target, "viewport", {}, {}).error().tag == "shutting_down");
}

TEST_CASE("the log row of a sync-backed row lists its runs") {
  HostOfOne host;
  const Target target = host.stored_target();
  RunRecord run;
  run.row = target.row.id;
  run.lookup_key = target.row.lookup_key;
  run.provider = "demo";
  run.stage = "viewport";
  run.started_us = 1'777'000'000'000'000;
  run.message = "say \"hi\"";
  run.skipped = 2;
  run.skipped_note = "two \"odd\" ones";
  auto started = stored_run(*host.store, run);
  REQUIRE(started);
  const Target logs = host.target(":~demo:me:items:logs");
  std::string seen;
  REQUIRE(host.dispatcher->list_cells(logs, {}, 0, {}, [&](const CellView& c) {
    seen += c.data;
    return true;
  }));
  CHECK(seen.find(R"("stage":"viewport","status":"running")") != std::string::npos);
  CHECK(seen.find(R"("skipped":2,"skipped_note":"two \"odd\" ones")") != std::string::npos);
  CHECK(seen.find(R"("message":"say \"hi\"")") != std::string::npos);
}

TEST_CASE("a provider that is debugged has no deadline, others have theirs") {
  HostOfOne host;
  std::int64_t deadline = 0;
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
    deadline = ctx->at->call->deadline_ns;
    return slot_ok;
  };
  for (const char* debugged : {"", "other", "demo", "all"}) {
    CAPTURE(debugged);
    DispatcherOptions options;
    options.debugged = debugged;
    host.restart(std::move(options));
    REQUIRE(host.dispatcher->sync(host.target(), "viewport", {}, {}));
    const bool none = std::string_view(debugged) == "demo" || std::string_view(debugged) == "all";
    CHECK((deadline == INT64_MAX) == none);
  }
}

TEST_CASE("a call under way ends on the provider that it began on, whose clients then go") {
  HostOfOne host;
  const auto without = build_route_table({}, {}).table;
  host.slots.list_cells = [&](tento_client*, const tento_read_ctx*, const tento_cell_sink* sink, tento_error* error) {
    host.dispatcher->publish(without);
    CHECK(host.slots.released == 0);
    const std::vector<tento_cell> cells{cell("a", day(1))};
    const auto batch = batch_of(cells);
    return sink->put(sink, &batch, error);
  };
  const Target target = host.target(":~demo:me:computed");
  int seen = 0;
  const auto read = [&] {
    return host.dispatcher->list_cells(target, {}, 0, {}, [&](const CellView&) {
      ++seen;
      return true;
    });
  };
  REQUIRE(read());
  CHECK(seen == 1);
  CHECK(host.slots.made == 1);
  CHECK(eventually([&] { return host.slots.released == 1; }));
  CHECK(host.dispatcher->resolve(host.owner, ":~demo:me:computed", TENTO_VERB_GET).error().code ==
        ErrorCode::not_found);
  CHECK_FALSE(host.dispatcher->discover(*target.match.route, host.owner, *target.account, {}));
  // Back again, it is asked as before, with a client of its own.
  host.dispatcher->publish(host.table);
  host.slots.list_cells = [](tento_client*, const tento_read_ctx*, const tento_cell_sink*, tento_error*) {
    return slot_ok;
  };
  REQUIRE(read());
  CHECK(host.slots.made == 2);
  CHECK(host.slots.released == 1);
}
