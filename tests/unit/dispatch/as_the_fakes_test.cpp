// SPDX-License-Identifier: Apache-2.0
// One scripted provider, called by the host and by the fakes that authors test with: what comes of a call is the same.
#include <tento/sdk/testing/fake_provider.hpp>

#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;
namespace fakes = tento::testing;

namespace {

constexpr const char* items_key = ":~demo:me:items";
constexpr const char* computed_key = ":~demo:me:computed";

// What the entry points answer: they are plain functions, so a test says before whose provider it is.
HostOfOne* entered = nullptr;

tento_status create(const tento_lookup*, tento_provider** out, tento_error*) noexcept {
  *out = entered->provider->instance();
  return TENTO_OK;
}
void destroy(tento_provider*) noexcept {}
const tento_plugin_api plugin_table{
    sizeof(tento_plugin_api), TENTO_ABI_MAJOR, TENTO_STR("demo"), TENTO_STR("1.2.3"), &create, &destroy, nullptr};
const fakes::Entries plugin_entries{[](std::uint32_t, std::uint32_t) noexcept { return &plugin_table; },
                                    [](tento_provider*) noexcept { return &entered->provider->connector(); },
                                    [](tento_provider*) noexcept { return entered->provider->sync_api(); }};

struct Both {
  HostOfOne host{"UTC", [](FakeIntegration& main) {
                   main.rows.front().verbs |= TENTO_VERB_PATCH;
                   main.rows.front().patch = as_slot(&write_slot);
                 }};
  fakes::FakeHost fake_host;
  std::unique_ptr<fakes::FakeProvider> fake;

  Both() {
    entered = &host;
    fake_host.auth.put({.kind = "demo", .auth_id = "me"});
    auto loaded = fakes::FakeProvider::load(fake_host, plugin_entries);
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
    fake = std::move(*loaded);
  }
  // The tag of what a sync came to, or the ids of what is stored.
  template <class Outcome>
  static std::string word(const Outcome& outcome, const std::string& stored) {
    return outcome ? "ok: " + stored : outcome.error().stopped ? "stopped" : outcome.error().tag + ": " + stored;
  }
  std::string by_host() {
    const Target target = host.target(items_key);
    const auto done = host.dispatcher->sync(target, "viewport", {}, {});
    return word(done, host.ids(target));
  }
  std::string by_fakes() {
    const auto done = fake->sync(items_key, "viewport");
    std::string stored;
    for (const auto& kept : fake_host.store.cells(items_key)) stored += kept.id + " ";
    return word(done, stored);
  }
  void sync(const std::string& wanted) {
    CHECK(by_host() == wanted);
    CHECK(by_fakes() == wanted);
  }
  // What a read of the computed row gives: ids, or that it failed.
  void read(const Span& span, const std::string& wanted) {
    std::string seen;
    const auto done = host.dispatcher->list_cells(host.target(computed_key), span, 0, {}, [&](const CellView& one) {
      (seen += one.id) += ' ';
      return true;
    });
    CHECK((done ? seen : "failed") == wanted);
    const auto given = fake->get(computed_key, span);
    seen.clear();
    if (given) {
      for (const auto& one : *given) (seen += one.id) += ' ';
    }
    CHECK((given ? seen : "failed") == wanted);
  }
};

tento_status persist(const tento_sync_ctx* ctx, const std::vector<tento_cell>& cells, tento_error* err) {
  const auto store = backend(ctx->at->call);
  const auto batch = batch_of(cells);
  return store->persist_cells(store.self, ctx->at->call, ctx->at->row_id, &batch, err);
}

// A transaction that a test goes through by hand.
struct Txn {
  const tento_sync_ctx* ctx;
  Dep<tento_sync_state> state;
  std::uint64_t handle = 0;
  explicit Txn(const tento_sync_ctx* of) : ctx(of), state(sync_state(of->at->call)) {
    tento_error err;
    CHECK(state->begin(state.self, ctx->at->call, ctx->at->row_id, 0, nullptr, &handle, &err) == TENTO_OK);
  }
  tento_status put(const std::vector<tento_cell>& cells) const {
    tento_error err;
    const auto batch = batch_of(cells);
    return state->put(state.self, ctx->at->call, handle, &batch, &err);
  }
  tento_status commit() const {
    tento_error err;
    return state->commit(state.self, ctx->at->call, handle, nullptr, 0, nullptr, 0, &err);
  }
  tento_status abort() const { return state->abort(state.self, ctx->at->call, handle); }
};

}  // namespace

TEST_CASE("a sync by the thin path: what was refused fails it, whether or not the slot looked") {
  Both both;
  both.host.slots.sync = [](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    return persist(ctx, {cell("a", day(8)), cell("b", day(9))}, err);
  };
  both.sync("ok: a b ");

  both.host.slots.sync = [](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    CHECK(persist(ctx, {cell("c", day(8), "not JSON")}, err) == TENTO_FAILED);
    return slot_ok;
  };
  both.sync("refused_write: a b ");
}

TEST_CASE("a sync by a transaction: it lands at its commit, whole, or the sync fails") {
  Both both;
  std::function<void(const Txn&)> does;
  both.host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
    does(Txn(ctx));
    return slot_ok;
  };
  does = [](const Txn& txn) {
    CHECK(txn.put({cell("a", day(8))}) == TENTO_OK);
    CHECK(txn.commit() == TENTO_OK);
  };
  both.sync("ok: a ");
  does = [](const Txn& txn) { CHECK(txn.commit() == TENTO_OK); };
  both.sync("ok: a ");

  SUBCASE("a batch was refused") {
    does = [](const Txn& txn) {
      CHECK(txn.put({cell("b", day(8))}) == TENTO_OK);
      CHECK(txn.put({cell("", day(8))}) == TENTO_FAILED);
      CHECK(txn.commit() == TENTO_FAILED);
    };
    both.sync("refused_write: a ");
  }
  SUBCASE("it was left open") {
    does = [](const Txn& txn) { CHECK(txn.put({cell("b", day(8))}) == TENTO_OK); };
    both.sync("transaction_dropped: a ");
  }
  SUBCASE("it was left open, and empty") {
    does = [](const Txn&) {};
    both.sync("transaction_dropped: a ");
  }
  SUBCASE("it was dropped") {
    does = [](const Txn& txn) {
      CHECK(txn.put({cell("b", day(8))}) == TENTO_OK);
      CHECK(txn.abort() == TENTO_OK);
    };
    both.sync("transaction_dropped: a ");
  }
  SUBCASE("it was dropped, and another one took its place") {
    does = [](const Txn& txn) {
      CHECK(txn.put({cell("b", day(8))}) == TENTO_OK);
      CHECK(txn.abort() == TENTO_OK);
      const Txn second(txn.ctx);
      CHECK(second.put({cell("c", day(8))}) == TENTO_OK);
      CHECK(second.commit() == TENTO_OK);
    };
    both.sync("ok: a c ");
  }
}

TEST_CASE("inside a sink that was handed to a dep only log, clock and progress are called") {
  Both both;
  both.host.slots.sync = [](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    return persist(ctx, {cell("a", day(8)), cell("b", day(9))}, err);
  };
  both.sync("ok: a b ");

  std::function<tento_status(const tento_sync_ctx*, tento_error*)> does;
  tento_status seen = TENTO_OK;
  std::string tag;
  both.host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
    struct Gathering : tento_cell_sink {
      std::function<void()> on_batch;
      int batches = 0;
    } sink{};
    sink.struct_size = sizeof(tento_cell_sink);
    sink.put = [](const tento_cell_sink* self, const tento_cell_batch*, tento_error*) noexcept {
      auto* mine = static_cast<Gathering*>(const_cast<tento_cell_sink*>(self));
      ++mine->batches;
      mine->on_batch();
      return slot_ok;
    };
    sink.on_batch = [&] {
      const tento_call* call = ctx->at->call;
      const auto progress = dep<tento_progress>(call, TENTO_IFACE_ID_tento_progress);
      CHECK(progress->report(progress.self, call, 1, 2, str("half way")) == TENTO_OK);
      CHECK(call->check(call) == TENTO_CHECK_GO);
      tento_error refused{};
      seen = does(ctx, &refused);
      tag = refused.tag;
    };
    const auto store = backend(ctx->at->call);
    tento_error err;
    CHECK(store->read_cells(store.self, ctx->at->call, str(items_key), nullptr, &sink, &err) == TENTO_OK);
    CHECK(sink.batches == 1);
    // Outside of it all is as ever.
    CHECK(persist(ctx, {cell("c", day(9))}, &err) == TENTO_OK);
    return slot_ok;
  };
  const auto refused = [&](const std::string& wanted) {
    for (const bool by_host : {true, false}) {
      CAPTURE(by_host);
      seen = TENTO_OK;
      tag.clear();
      CHECK((by_host ? both.by_host() : both.by_fakes()) == wanted);
      CHECK(seen == TENTO_FAILED);
      CHECK(tag == "dep_in_sink");
    }
  };
  does = [](const tento_sync_ctx* ctx, tento_error* err) { return persist(ctx, {cell("d", day(9))}, err); };
  refused("refused_write: a b c ");
  does = [](const tento_sync_ctx* ctx, tento_error* err) {
    const auto state = sync_state(ctx->at->call);
    std::uint64_t handle = 0;
    return state->begin(state.self, ctx->at->call, ctx->at->row_id, 0, nullptr, &handle, err);
  };
  refused("ok: a b c ");
  does = [](const tento_sync_ctx* ctx, tento_error* err) {
    const auto store = backend(ctx->at->call);
    tento_cell_sink none{};
    return store->read_cells(store.self, ctx->at->call, str(items_key), nullptr, &none, err);
  };
  refused("ok: a b c ");
  CHECK(both.host.logged("demo: called a dep inside a sink that it had handed to a dep"));
}

TEST_CASE("a computed row: ascending by date and id, checked though the slot does not look, within the window") {
  Both both;
  std::vector<tento_cell> given;
  both.host.slots.list_cells = [&](tento_client*, const tento_read_ctx*, const tento_cell_sink* sink,
                                   tento_error* err) {
    const auto batch = batch_of(given);
    static_cast<void>(sink->put(sink, &batch, err));
    return slot_ok;
  };
  given = {cell("b", day(8)), cell("a", day(9)), cell("c", day(9))};
  both.read({}, "b a c ");
  both.read({SemanticTime(*PartialDate::ymd(2026, 4, 9)), {}}, "a c ");
  given = {cell("a", day(9)), cell("b", day(8))};
  both.read({}, "failed");
  given = {cell("b", day(8)), cell("a", day(8))};
  both.read({}, "failed");
  given = {cell("a", day(8)), cell("a", day(8))};
  both.read({}, "failed");
  given = {cell("a", day(8), "no JSON")};
  both.read({}, "failed");
}

TEST_CASE("a write: the version that the writer names, and none when none is named, whatever is stored") {
  Both both;
  std::string expected;
  both.host.slots.write = [&](tento_client*, const tento_write_ctx* ctx, const tento_cell_sink* sink,
                              tento_error* err) {
    expected = view(ctx->expected);
    tento_cell made = cell("a", day(9));
    made.version = TENTO_STR("v8");
    const std::vector<tento_cell> cells = {made};
    const auto batch = batch_of(cells);
    return sink->put(sink, &batch, err);
  };
  const Target target = both.host.target(items_key);
  const auto write = [&](const std::string& version) {
    WriteRequest request;
    request.verb = TENTO_VERB_PATCH;
    request.cell_id = "a";
    request.body = "{}";
    request.expected = version;
    REQUIRE(both.host.dispatcher->write(target, request, {}));
    const std::string by_host = std::exchange(expected, "");
    fakes::WriteArgs args{.cell_id = "a", .body = "{}"};
    if (!version.empty()) args.expected = version;
    REQUIRE(both.fake->write(TENTO_VERB_PATCH, items_key, args));
    CHECK(by_host == expected);
    return by_host;
  };
  CHECK(write("v1") == "v1");
  CHECK(both.fake_host.store.cell(items_key, "a")->version == "v8");
  CHECK(write("").empty());

  // As long as there is one: decided by what is stored, and no condition for the provider.
  CHECK(both.fake->write(TENTO_VERB_PATCH, items_key, {.cell_id = "a", .body = "{}", .expected = "*"}).has_value());
  CHECK(expected.empty());
  const auto none = both.fake->write(TENTO_VERB_PATCH, items_key, {.cell_id = "z", .body = "{}", .expected = "*"});
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().tag == "precondition_failed");

  // What is not a cell fails the write, whether or not the slot looked.
  both.host.slots.write = [](tento_client*, const tento_write_ctx*, const tento_cell_sink* sink, tento_error* err) {
    const std::vector<tento_cell> cells = {cell("b", day(9), "no JSON")};
    const auto batch = batch_of(cells);
    static_cast<void>(sink->put(sink, &batch, err));
    return slot_ok;
  };
  WriteRequest request;
  request.verb = TENTO_VERB_POST;
  request.body = "{}";
  CHECK_FALSE(both.host.dispatcher->write(target, request, {}).has_value());
  CHECK_FALSE(both.fake->write(TENTO_VERB_POST, items_key, {.body = "{}"}).has_value());
}
