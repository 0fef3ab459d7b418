// SPDX-License-Identifier: Apache-2.0
// A plugin that attacks the host, throws, lies or never returns: a typed error, a log line with its name, and the host
// goes on.
#include <cstring>
#include <stdexcept>
#include <thread>

#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

// A call that overruns its deadline, in what `reached` tells of. A slow machine meets the deadline before it comes so
// far: then there is another with more time.
template <class Call, class Reached>
Error overrun(const Call& call, const Reached& reached, CallOptions options = {}) {
  for (options.deadline_ms = 60;; options.deadline_ms *= 4) {
    auto result = call(options);
    REQUIRE_FALSE(result);
    if (reached() || result.error().tag != "deadline_exceeded") return result.error();
  }
}

const CellVisitor ignore_cell = [](const CellView&) { return true; };

tento_status fill(tento_error* err, char byte) {
  std::memset(static_cast<void*>(err), byte, sizeof *err);
  return TENTO_FAILED;
}

}  // namespace

TEST_CASE("a throw through every slot is an error that names the slot, and the next call works") {
  HostOfOne host;
  const Target synced = host.target(), computed = host.target(":~demo:me:computed");
  const Route& route = *synced.match.route;
  const auto expect = [&](const Error& error, const std::string& slot) {
    CHECK(error.code == ErrorCode::exception);
    CHECK(error.message == "demo threw an exception through its slot " + slot + ": out of " + slot);
    CHECK(host.logged("demo: threw an exception through its slot " + slot));
  };
  auto& s = host.slots;
  s.sync = [](auto...) -> tento_status { throw std::runtime_error("out of sync"); };
  expect(host.dispatcher->sync(synced, "viewport", {}, {}).error(), "sync");
  s.list_cells = [](auto...) -> tento_status { throw std::runtime_error("out of list_cells"); };
  expect(host.dispatcher->list_cells(computed, {}, 0, {}, ignore_cell).error(), "list_cells");
  s.write = [](auto...) -> tento_status { throw std::runtime_error("out of post"); };
  WriteRequest request;
  request.verb = TENTO_VERB_POST;
  expect(host.dispatcher->write(synced, request, {}).error(), "post");
  s.alias_key = [](auto...) -> tento_status { throw std::runtime_error("out of alias_key"); };
  expect(host.dispatcher->alias_name(synced).error(), "alias_key");
  s.lock_key = [](auto...) -> tento_status { throw std::runtime_error("out of lock_key"); };
  expect(host.dispatcher->lock_name(synced, "viewport").error(), "lock_key");
  s.stage_range = [](auto...) -> tento_status { throw std::runtime_error("out of stage_range"); };
  expect(host.dispatcher
             ->stage_range(synced, "viewport",
                           Date{std::chrono::year(2026), std::chrono::month(4), std::chrono::day(1)}, {})
             .error(),
         "stage_range");
  s.check_account = [](auto...) -> tento_status { throw std::runtime_error("out of check_account"); };
  expect(host.dispatcher->check_account(route, host.owner, *synced.account, "x", {}).error(), "check_account");
  s.discover = [](auto...) -> tento_status { throw std::runtime_error("out of discover"); };
  expect(host.dispatcher->discover(route, host.owner, *synced.account, {}).error(), "discover");
  host.dispatcher->forget_account(host.owner.id, "demo", "me");
  REQUIRE(eventually([&] { return s.released.load() == s.made.load(); }));
  s.client = [](auto...) -> tento_status { throw std::runtime_error("out of client"); };
  expect(host.dispatcher->sync(synced, "viewport", {}, {}).error(), "client");
  s.client = nullptr;
  s.release = [](tento_client*) { throw std::runtime_error("out of release"); };
  s.sync = [](auto...) { return slot_ok; };
  CHECK(host.dispatcher->sync(synced, "viewport", {}, {}));
  host.dispatcher->forget_account(host.owner.id, "demo", "me");
  CHECK(eventually([&] { return host.logged("through its slot release: out of release"); }));
  s.release = nullptr;
  s.sync = [](auto...) -> tento_status { throw 42; };
  CHECK(host.dispatcher->sync(synced, "viewport", {}, {}).error().message.find("of a type that tells nothing") !=
        std::string::npos);

  // A new row whose attributes throw is there all the same, without them.
  s.attributes = [](auto...) -> tento_status { throw std::runtime_error("out of attributes"); };
  host.connect("you");
  CHECK(host.stored_target(":~demo:you:items").row.attributes_json.empty());
  CHECK(host.logged("slot attributes: out of attributes"));
  s.sync = [](auto...) { return slot_ok; };
  CHECK(host.dispatcher->sync(synced, "viewport", {}, {}));
}

TEST_CASE("a call past its deadline that then writes lands nothing") {
  HostOfOne host;
  const Target target = host.target();
  std::atomic<bool> go{false}, has_begun{false};
  std::atomic<int> stopped{0}, tried{0};
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result* result, tento_error* err) {
    const tento_call* call = ctx->at->call;
    const auto store = backend(call);
    const auto state = sync_state(call);
    std::uint64_t txn = 0;
    const std::vector<tento_cell> cells = {cell("late", day(3))};
    const auto batch = batch_of(cells);
    if (state->begin(state.self, call, ctx->at->row_id, 0, nullptr, &txn, err) != TENTO_OK ||
        state->put(state.self, call, txn, &batch, err) != TENTO_OK) {
      CHECK(call->check(call) == TENTO_CHECK_EXPIRED);
      return static_cast<tento_status>(TENTO_STOPPED);
    }
    has_begun = true;
    while (!go) std::this_thread::yield();
    CHECK(call->check(call) == TENTO_CHECK_EXPIRED);
    const auto count = [&](tento_status status) { ++tried, stopped += status == TENTO_STOPPED; };
    count(store->persist_cells(store.self, call, ctx->at->row_id, &batch, err));
    count(state->put(state.self, call, txn, &batch, err));
    count(state->commit(state.self, call, txn, nullptr, 0, nullptr, 0, err));
    count(state->begin(state.self, call, ctx->at->row_id, 0, nullptr, &txn, err));
    count(state->abort(state.self, call, txn));
    result->more = 1;
    return slot_ok;
  };
  SyncOutcome landed;
  landed.seen = 7;
  CallOptions options;
  options.landed = &landed;
  const Error late = overrun([&](const CallOptions& o) { return host.dispatcher->sync(target, "viewport", {}, o); },
                             [&] { return has_begun.load(); }, options);
  CHECK(late.tag == "deadline_exceeded");
  CHECK(late.error_class == ErrorClass::transient);
  CHECK(landed.seen == 0);
  CHECK(landed.used_txn);
  go = true;
  CHECK(eventually([&] { return host.logged("came back after its caller had gone"); }));
  CHECK(eventually([&] { return tried >= 5 && stopped == tried; }));
  CHECK(host.ids(target).empty());
  host.slots.sync = [](auto...) { return slot_ok; };
  CHECK(host.dispatcher->sync(target, "viewport", {}, {}));
}

TEST_CASE("a cancelled call is told so and gives nothing") {
  HostOfOne host;
  const Target target = host.target();
  CallOptions options;
  options.control = std::make_shared<CallControl>();
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    const tento_call* call = ctx->at->call;
    options.control->yield = true;
    CHECK(call->check(call) == TENTO_CHECK_YIELD);
    options.control->cancel();
    CHECK(call->check(call) == TENTO_CHECK_CANCELLED);
    const auto store = backend(call);
    const std::vector<tento_cell> cells = {cell("a", day(3))};
    const auto batch = batch_of(cells);
    CHECK(store->persist_cells(store.self, call, ctx->at->row_id, &batch, err) == TENTO_STOPPED);
    return static_cast<tento_status>(TENTO_STOPPED);
  };
  const auto done = host.dispatcher->sync(target, "viewport", {}, options);
  REQUIRE_FALSE(done);
  CHECK(done.error().stopped);
  CHECK(host.ids(target).empty());
}

TEST_CASE("calls that never come back quarantine the provider, and others are not kept waiting") {
  HostOfOne host;
  DispatcherOptions options;
  options.abandoned_limit = 2;
  host.restart(std::move(options));
  host.provider->destroyed = 0;  // the dispatcher before ended it
  const Target target = host.target();
  std::atomic<bool> go{false};
  std::atomic<int> begun{0};
  host.slots.sync = [&](auto...) {
    ++begun;
    while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return slot_ok;
  };
  const auto sync = [&](const CallOptions& o) { return host.dispatcher->sync(target, "viewport", {}, o); };
  CHECK(overrun(sync, [&] { return begun == 1; }).tag == "deadline_exceeded");
  CHECK(host.quarantined.empty());
  CHECK(overrun(sync, [&] { return begun == 2; }).tag == "deadline_exceeded");
  CHECK(host.quarantined == std::vector<std::string>{"demo: 2 of its calls did not come back by their deadline"});
  CHECK(host.dispatcher->sync(target, "viewport", {}, {}).error().tag == "quarantined");
  CHECK_FALSE(host.dispatcher->shutdown(100));
  CHECK(host.provider->destroyed == 0);
  go = true;
  CHECK(eventually([&] { return host.dispatcher->shutdown(100); }));
  CHECK(host.provider->destroyed == 1);
}

TEST_CASE("calls that waited in vain for a thread say nothing of their provider") {
  HostOfOne host;
  DispatcherOptions options;
  options.max_workers = 1;
  options.abandoned_limit = 1;
  host.restart(std::move(options));
  const Target target = host.target();
  std::atomic<bool> go{false}, begun{false};
  host.slots.sync = [&](auto...) {
    begun = true;
    while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return slot_ok;
  };
  std::thread first([&] {
    CallOptions forever;
    forever.deadline_ms = 0;
    CHECK(host.dispatcher->sync(target, "viewport", {}, forever));
  });
  CHECK(eventually([&] { return begun.load(); }));
  CallOptions short_time;
  short_time.deadline_ms = 20;
  CHECK(host.dispatcher->sync(target, "viewport", {}, short_time).error().tag == "deadline_exceeded");
  CHECK(host.quarantined.empty());
  go = true;
  first.join();
  CHECK(host.dispatcher->sync(target, "viewport", {}, {}));
}

TEST_CASE("another row's id, another account's key and another call's handles are refused and logged") {
  HostOfOne host;
  host.connect("you");
  const Target mine = host.target(), other = host.target(":~demo:me:lists:l1"), yours = host.target(":~demo:you:items");
  const tento_uuid other_id = other.row.id.to_abi(), yours_id = yours.row.id.to_abi();
  static tento_cell_sink sink{
      sizeof sink, 0, nullptr,
      [](const tento_cell_sink*, const tento_cell_batch*, tento_error*) noexcept { return slot_ok; }};
  std::uint64_t txn = 0;
  bool first = true;
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    const tento_call* call = ctx->at->call;
    const auto store = backend(call);
    const auto state = sync_state(call);
    const std::vector<tento_cell> cells = {cell("stolen", day(3))};
    const auto batch = batch_of(cells);
    const auto forbidden = [&](tento_status status) {
      CHECK(status == TENTO_FAILED);
      CHECK(err->code == TENTO_E_FORBIDDEN);
    };
    if (first) {
      for (const tento_uuid* id : {&other_id, &yours_id}) {
        forbidden(store->persist_cells(store.self, call, id, &batch, err));
        forbidden(state->begin(state.self, call, id, 0, nullptr, &txn, err));
        static tento_text_sink text{sizeof text, 0, nullptr,
                                    [](const tento_text_sink*, tento_str) noexcept { return slot_ok; }};
        forbidden(state->load(state.self, call, id, str("head"), &text, err));
      }
      CHECK(store->persist_cells(store.self, call, nullptr, &batch, err) == TENTO_FAILED);
      forbidden(store->read_cells(store.self, call, str(":~demo:you:items"), nullptr, &sink, err));
      forbidden(store->recent_log_cells(store.self, call, str(":~demo:you:items"), 0, &sink, err));
      CHECK(store->read_cells(store.self, call, str(":~demo:me:lists:l1"), nullptr, &sink, err) == TENTO_OK);
      CHECK(store->read_cells(store.self, call, str(":~else:me"), nullptr, &sink, err) == TENTO_FAILED);
      CHECK(err->code == TENTO_E_NOT_FOUND);
      CHECK(store->read_cells(store.self, call, str(":~demo:me:items"), nullptr, nullptr, err) == TENTO_FAILED);

      const auto auth = dep<tento_user_auth>(call, TENTO_IFACE_ID_tento_user_auth);
      const tento_account* account = nullptr;
      forbidden(auth->sourced_credentials(auth.self, call, str("other"), str("me"), &account, err));
      CHECK(std::string(err->message) == "unknown auth kind other");
      CHECK(auth->sourced_credentials(auth.self, call, str("demo"), str("me"), &account, err) == TENTO_OK);
      REQUIRE(account != nullptr);
      CHECK(view(account->label) == "Label of me");
      CHECK(auth->sourced_credentials(auth.self, call, str("demo"), str("nobody"), &account, err) == TENTO_OK);
      CHECK(account == nullptr);
      tento_credential credential{};
      credential.struct_size = sizeof credential;
      forbidden(auth->acquire_handle(auth.self, call, str("demo"), str("me"), 0, &credential, err));

      CHECK(state->put(state.self, call, 12345, &batch, err) == TENTO_FAILED);
      CHECK(err->code == TENTO_E_NOT_FOUND);
      CHECK(state->commit(state.self, call, 0, nullptr, 0, nullptr, 0, err) == TENTO_FAILED);
      CHECK(state->abort(state.self, call, 999) == TENTO_OK);
      CHECK(state->begin(state.self, call, ctx->at->row_id, 0, nullptr, &txn, nullptr) == TENTO_OK);
      CHECK(state->put(state.self, call, txn + 1, &batch, nullptr) == TENTO_FAILED);
      CHECK(state->commit(state.self, call, txn, nullptr, 3, nullptr, 0, err) == TENTO_FAILED);
      return slot_ok;
    }
    // The handle of the call before means nothing here.
    CHECK(state->put(state.self, call, txn, &batch, err) == TENTO_FAILED);
    CHECK(err->code == TENTO_E_NOT_FOUND);
    tento_iface found{};
    CHECK(call->deps->get(call->deps, str("tento.message/1"), 16, &found) == TENTO_FAILED);
    CHECK(call->deps->get(call->deps, str(TENTO_IFACE_ID_tento_log), 4096, &found) == TENTO_FAILED);
    return slot_ok;
  };
  CHECK(host.dispatcher->sync(mine, "viewport", {}, {}).error().tag == "refused_write");
  first = false;
  CHECK(host.dispatcher->sync(mine, "viewport", {}, {}).error().tag == "refused_write");
  for (const Target& t : {mine, other, yours}) CHECK(host.ids(t).empty());
  CHECK(host.logged("demo: forbidden: may not touch the row " + other.row.id.text()));
  CHECK(host.logged("demo: forbidden: may not read `:~demo:you:items`"));
  CHECK(host.logged("demo: forbidden: unknown auth kind other"));
  CHECK(host.logged("demo: asked for the interface `tento.message/1`, which its integration `Main` does not declare"));
}

TEST_CASE("a raw credential goes to a provider that was allowed it, for its own account only, and dies when refused") {
  HostOfOne host;
  host.connect("you");
  host.provider->edit_note().features = {"raw-credentials"};
  const Target target = host.target();
  bool refused = false;
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    const tento_call* call = ctx->at->call;
    const auto auth = dep<tento_user_auth>(call, TENTO_IFACE_ID_tento_user_auth);
    tento_credential credential{};
    credential.struct_size = sizeof credential;
    const auto status = auth->acquire_handle(auth.self, call, str("demo"), str("me"), 0, &credential, err);
    if (refused) {
      CHECK(status == TENTO_FAILED);
      CHECK(err->code == TENTO_E_AUTH_REQUIRED);
      return status;
    }
    CHECK(status == TENTO_OK);
    CHECK(view(credential.secret) == "secret of me");
    CHECK(auth->acquire_handle(auth.self, call, str("demo"), str("you"), 0, &credential, err) == TENTO_FAILED);
    CHECK(err->code == TENTO_E_FORBIDDEN);
    CHECK(auth->report_rejected(auth.self, call, str("demo"), str("me"), credential.generation + 1, err) == TENTO_OK);
    CHECK(host.store->accounts().find(host.owner.id, "demo", "me")->value().state == TENTO_ACCOUNT_ACTIVE);
    CHECK(auth->report_rejected(auth.self, call, str("demo"), str("me"), credential.generation, err) == TENTO_OK);
    return slot_ok;
  };
  REQUIRE(host.dispatcher->sync(target, "viewport", {}, {}));
  CHECK(host.store->accounts().find(host.owner.id, "demo", "me")->value().state == TENTO_ACCOUNT_NEEDS_REAUTH);
  refused = true;
  CHECK(host.dispatcher->sync(target, "viewport", {}, {}).error().error_class == ErrorClass::auth);
}

TEST_CASE("a call that has ended answers STOPPED, and so does one that never was") {
  HostOfOne host;
  const Target target = host.target();
  const tento_call* kept = nullptr;
  Dep<tento_backend> store;
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
    kept = ctx->at->call;
    store = backend(kept);
    return slot_ok;
  };
  REQUIRE(host.dispatcher->sync(target, "viewport", {}, {}));
  REQUIRE(kept != nullptr);
  CHECK(eventually([&] { return kept->check(kept) == TENTO_CHECK_CANCELLED; }));
  const tento_uuid id = target.row.id.to_abi();
  const std::vector<tento_cell> cells = {cell("ghost", day(3))};
  const auto batch = batch_of(cells);
  tento_error err;
  CHECK(store->persist_cells(store.self, kept, &id, &batch, &err) == TENTO_STOPPED);
  tento_call forged = *kept;
  CHECK(store->persist_cells(store.self, &forged, &id, &batch, &err) == TENTO_STOPPED);
  CHECK(store->persist_cells(store.self, nullptr, &id, &batch, &err) == TENTO_STOPPED);
  tento_iface found{};
  CHECK(kept->deps->get(kept->deps, str(TENTO_IFACE_ID_tento_backend), 16, &found) == TENTO_FAILED);
  CHECK(host.ids(target).empty());
}

TEST_CASE("poisoned answers: statuses, errors, clients and windows that are none") {
  HostOfOne host;
  const Target target = host.target();
  auto& sync = host.slots.sync;
  const auto error = [&] { return host.dispatcher->sync(target, "viewport", {}, {}).error(); };
  sync = [](auto...) { return static_cast<tento_status>(77); };
  CHECK(error().tag == "unknown_status");
  CHECK(host.logged("demo: answered the unknown status 77 from its slot sync"));
  sync = [](auto...) { return static_cast<tento_status>(TENTO_STOPPED); };
  CHECK(error().tag == "stopped_unasked");
  sync = [](auto...) { return static_cast<tento_status>(TENTO_FAILED); };
  CHECK(error().message == "demo failed in its slot sync and gave no reason");
  for (const int byte : {0xff, 0x41, 0x0a, 0xc3, 0x7f}) {
    CAPTURE(byte);
    sync = [byte](tento_client*, const tento_sync_ctx*, tento_sync_result*, tento_error* err) {
      return fill(err, static_cast<char>(byte));
    };
    const Error e = error();
    CHECK(e.message.size() <= 2100);
    CHECK(e.message.find('\n') == std::string::npos);
    CHECK(e.retry_after_ms <= std::int64_t{31} * 86'400'000);
    CHECK(e.retry_after_ms >= -1);
    CHECK(e.http_status <= 999);
    CHECK(static_cast<std::uint32_t>(e.error_class) <= TENTO_CLASS_PROVIDER);
  }
  sync = [](tento_client*, const tento_sync_ctx*, tento_sync_result* result, tento_error*) {
    std::memset(static_cast<void*>(result), 0xff, sizeof *result);
    return slot_ok;
  };
  CHECK(host.dispatcher->sync(target, "viewport", {}, {})->more);

  host.dispatcher->forget_account(host.owner.id, "demo", "me");
  host.slots.client = [](const tento_integration_ctx*, tento_client** out, tento_error*) {
    *out = nullptr;
    return slot_ok;
  };
  CHECK(error().tag == "no_client");
  CHECK(host.logged("demo: said OK in its slot client and gave no client"));
}

TEST_CASE("bad computed cells fail the read, by name, before anybody sees them") {
  HostOfOne host;
  const Target target = host.target(":~demo:me:computed");
  std::vector<tento_cell> cells;
  host.slots.list_cells = [&](tento_client*, const tento_read_ctx*, const tento_cell_sink* sink, tento_error* err) {
    const auto batch = batch_of(cells);
    // It does not look at what the sink said, as a careless one would.
    static_cast<void>(sink->put(sink, &batch, err));
    return slot_ok;
  };
  int seen = 0;
  const auto error = [&](std::vector<tento_cell> pushed) {
    cells = std::move(pushed);
    const auto done = host.dispatcher->list_cells(target, {}, 0, {}, [&](const CellView&) { return ++seen, true; });
    return done ? std::string("fine") : done.error().message;
  };
  CHECK(error({cell("b", day(2)), cell("a", day(1))}).find("is earlier than the one before it") != std::string::npos);
  CHECK(error({cell("b", day(2)), cell("a", day(2))}).find("comes after a larger id of its date") != std::string::npos);
  CHECK(error({cell("a", day(2)), cell("a", day(2))}).find("is the same as the one before it") != std::string::npos);
  CHECK(error({cell("a", day(2), "\xff")}).find("demo gave bad cells: cell 0 (id `a`): its data is not") == 0);
  CHECK(error({cell("a", day(2), "{]")}).find("its data is not JSON") != std::string::npos);
  CHECK(error({cell("", day(2))}).find("it has no id") != std::string::npos);
  tento_cell tombstone = cell("a", day(2), "");
  tombstone.flags = TENTO_CELL_TOMBSTONE;
  CHECK(error({tombstone}).find("computed cells have no tombstones") != std::string::npos);
  CHECK(seen == 0);
  CHECK(host.logged("list_cells of `:~demo:me:computed`: cell 0 (id `a`)"));
  CHECK(error({cell("a", day(1)), cell("a", day(2))}) == "fine");
  CHECK(seen == 2);
}

TEST_CASE("a visitor that throws leaves no provider waiting") {
  HostOfOne host;
  const Target target = host.target(":~demo:me:computed");
  host.slots.list_cells = [&](tento_client*, const tento_read_ctx*, const tento_cell_sink* sink, tento_error* err) {
    for (unsigned d = 1; d < 9; ++d) {
      const std::vector<tento_cell> cells = {cell("a", day(d))};
      const auto batch = batch_of(cells);
      const tento_status status = sink->put(sink, &batch, err);
      if (status != TENTO_OK) return status;
    }
    return slot_ok;
  };
  CHECK_THROWS_AS(static_cast<void>(host.dispatcher->list_cells(
                      target, {}, 0, {}, [](const CellView&) -> bool { throw std::logic_error("visitor"); })),
                  std::logic_error);
  CHECK(eventually([&] { return host.dispatcher->shutdown(200); }));
}

TEST_CASE("a discovery of rows that are not the account's, or not the provider's, is refused") {
  HostOfOne host;
  const Target target = host.target();
  const Route& route = *target.match.route;
  const tento_row foreign{};
  std::vector<tento_param> params = {{TENTO_STR("authId"), TENTO_STR("me")}, {TENTO_STR("listId"), TENTO_STR("l:1")}};
  const tento_row* row = host.target(":~demo:me:lists:x").match.route->row;
  host.slots.discover = [&](tento_client*, const tento_integration_ctx*, const tento_row_sink* sink, tento_error* err) {
    const tento_row_instance instance{sizeof instance,       0, row, params.data(), params.size(), TENTO_STR("List"),
                                      TENTO_STR("{\"a\":1}")};
    return sink->put(sink, &instance, err);
  };
  const auto found = host.dispatcher->discover(route, host.owner, *target.account, {});
  REQUIRE(found);
  CHECK(found->at(0).lookup_key == ":~demo:me:lists:l%3A1");
  params[0].value = TENTO_STR("you");
  CHECK(host.dispatcher->discover(route, host.owner, *target.account, {}).error().message ==
        "discovered row 0: it belongs to another account");
  row = &foreign;
  CHECK(host.dispatcher->discover(route, host.owner, *target.account, {}).error().message ==
        "discovered row 0: its descriptor is not one of the integration's rows");
}
