// SPDX-License-Identifier: Apache-2.0
// A slot that says OK though what it wrote did not land: refused batches, transactions that were dropped, stops that
// were overheard. And records that it left out on purpose.
#include <cstring>

#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

// What a careless sync does with its deps; whatever they say, it answers OK.
struct Careless {
  const tento_call* call;
  const tento_uuid* row;
  Dep<tento_backend> store;
  Dep<tento_sync_state> state;
  std::uint64_t txn = 0;

  explicit Careless(const tento_row_ctx* at)
      : call(at->call), row(at->row_id), store(backend(call)), state(sync_state(call)) {}
  tento_status persist(const std::vector<tento_cell>& cells) const {
    const auto batch = batch_of(cells);
    return store->persist_cells(store.self, call, row, &batch, nullptr);
  }
  tento_status begin() { return state->begin(state.self, call, row, 0, nullptr, &txn, nullptr); }
  tento_status put(const std::vector<tento_cell>& cells) const {
    const auto batch = batch_of(cells);
    return state->put(state.self, call, txn, &batch, nullptr);
  }
  tento_status commit() const { return state->commit(state.self, call, txn, nullptr, 0, nullptr, 0, nullptr); }
  tento_status abort() const { return state->abort(state.self, call, txn); }
};

Result<SyncOutcome> after(HostOfOne& host, const std::function<void(Careless&)>& doing,
                          const CallOptions& options = {}) {
  host.slots.sync = [&doing](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
    Careless sync(ctx->at);
    doing(sync);
    return slot_ok;
  };
  return host.dispatcher->sync(host.target(), "viewport", {}, options);
}

const std::vector<tento_cell> good_cells = {cell("a", day(3))};
const std::vector<tento_cell> bad_cells = {cell("b", day(4)), cell("c", day(5), "{]")};

}  // namespace

TEST_CASE("a refused batch that the slot passes over fails the sync, naming the first one") {
  HostOfOne host;
  const auto done = after(host, [](Careless& sync) {
    CHECK(sync.persist(good_cells) == TENTO_OK);
    CHECK(sync.persist(bad_cells) == TENTO_FAILED);
    CHECK(sync.persist({cell("d", day(6), "\xff")}) == TENTO_FAILED);
    CHECK(sync.persist(good_cells) == TENTO_OK);
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().tag == "refused_write");
  CHECK(done.error().error_class == ErrorClass::internal);
  CHECK(done.error().message.starts_with(
      "demo returned OK from sync of `:~demo:me:items`, stage `viewport` though a write "
      "was refused: persist_cells: cell 1 (id `c`): its data is not JSON"));
  CHECK(done.error().remedy == "tell the provider's author");
  CHECK(host.logged("cell 1 (id `c`)"));
  CHECK(host.ids(host.target()) == "a ");  // what did land stays
  // The next call begins anew.
  CHECK(after(host, [](Careless& sync) { CHECK(sync.persist(good_cells) == TENTO_OK); }));
}

TEST_CASE("what a call writes for a job lands only under the job's own lease") {
  HostOfOne host;
  const Target target = [&host] {
    auto out = host.target();
    REQUIRE(host.dispatcher->store_row(out));
    return out;
  }();
  JobRecord asked;
  asked.row = target.row.id;
  asked.dedup_key = "key";
  ClaimRequest request;
  request.job = host.store->jobs().enqueue({&asked, 1})->front().job.id;
  const auto lease = host.store->jobs().claim("worker", {&request, 1}, 60'000'000)->front().lease;
  CallOptions options;
  options.lease = lease;
  ++options.lease->fence;
  const auto done = after(
      host,
      [](Careless& sync) {
        CHECK(sync.persist(good_cells) == TENTO_FAILED);
        CHECK(sync.begin() == TENTO_OK);
        CHECK(sync.put(good_cells) == TENTO_OK);
        CHECK(sync.commit() == TENTO_FAILED);
      },
      options);
  REQUIRE_FALSE(done);
  CHECK(host.logged("was given to another worker"));
  CHECK(host.ids(host.target()).empty());
  options.lease = lease;
  CHECK(after(
      host,
      [](Careless& sync) {
        CHECK(sync.persist(good_cells) == TENTO_OK);
        CHECK(sync.begin() == TENTO_OK);
        CHECK(sync.commit() == TENTO_OK);
      },
      options));
  CHECK(host.ids(host.target()) == "a ");
}

TEST_CASE("a transaction ends with a commit, or the sync has failed") {
  HostOfOne host;
  const auto error = [&host](const std::function<void(Careless&)>& doing) {
    const auto done = after(host, doing);
    return done ? std::string("fine") : done.error().tag + ": " + done.error().message;
  };
  const std::string sync_of = "demo returned OK from sync of `:~demo:me:items`, stage `viewport` ";
  CHECK(error([](Careless& sync) {
          sync.begin();
          sync.put(good_cells);
        }) == "transaction_dropped: " + sync_of +
                  "with an open transaction; its 1 cells were not stored. A sync ends with a commit, which may be an "
                  "empty one");
  CHECK(error([](Careless& sync) {
          sync.begin();
          sync.abort();
        }).starts_with("transaction_dropped: " + sync_of + "after it dropped its transaction; its 0 cells"));
  CHECK(error([](Careless& sync) {
          sync.begin();
          sync.commit();
          sync.begin();
          sync.put(good_cells);
          sync.abort();
        }).starts_with("transaction_dropped: "));
  CHECK(error([](Careless& sync) {
          sync.begin();
          sync.put(good_cells);
          CHECK(sync.put(bad_cells) == TENTO_FAILED);
          CHECK(sync.commit() == TENTO_FAILED);  // none of it, then
        }).starts_with("refused_write: " + sync_of + "though a write was refused: put: cell 1 (id `c`)"));
  CHECK(error([](Careless& sync) { CHECK(sync.commit() == TENTO_FAILED); }).starts_with("refused_write: "));
  CHECK(host.ids(host.target()).empty());
  // It changed its mind, and then committed: nothing is lost.
  CHECK(error([](Careless& sync) {
          sync.begin();
          sync.put(good_cells);
          sync.abort();
          sync.begin();
          sync.put(good_cells);
          CHECK(sync.commit() == TENTO_OK);
        }) == "fine");
}

TEST_CASE("a slot that fails on its own says why itself") {
  HostOfOne host;
  host.slots.sync = [](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    Careless sync(ctx->at);
    CHECK(sync.persist(bad_cells) == TENTO_FAILED);
    Error own;
    own.message = "the tracker is down";
    return to_status(own, err);
  };
  CHECK(host.dispatcher->sync(host.target(), "viewport", {}, {}).error().message == "the tracker is down");
}

TEST_CASE("a slot that passes over a stop has not ended well") {
  HostOfOne host;
  CallOptions options;
  options.control = std::make_shared<CallControl>();
  const auto stopped_after = [&](const std::function<void(Careless&)>& doing) {
    options.control = std::make_shared<CallControl>();
    const auto done = after(host, doing, options);
    return !done && done.error().stopped;
  };
  CHECK(stopped_after([&](Careless& sync) {
    options.control->cancel();
    CHECK(sync.persist(good_cells) == TENTO_STOPPED);
  }));
  CHECK(stopped_after([&](Careless& sync) {
    sync.begin();
    sync.put(good_cells);
    options.control->cancel();
    CHECK(sync.commit() == TENTO_STOPPED);
  }));
  CHECK(host.ids(host.target()).empty());
}

TEST_CASE("writes and computed rows are not believed either") {
  HostOfOne host;
  host.slots.write = [](tento_client*, const tento_write_ctx* ctx, const tento_cell_sink*, tento_error*) {
    Careless write(ctx->at);
    CHECK(write.persist(bad_cells) == TENTO_FAILED);
    return slot_ok;
  };
  WriteRequest request;
  request.verb = TENTO_VERB_POST;
  request.body = "{}";
  CHECK(host.dispatcher->write(host.target(), request, {}).error().tag == "refused_write");
  host.slots.list_cells = [](tento_client*, const tento_read_ctx* ctx, const tento_cell_sink*, tento_error*) {
    Careless read(ctx->at);
    read.begin();
    return slot_ok;
  };
  const auto done =
      host.dispatcher->list_cells(host.target(":~demo:me:computed"), {}, 0, {}, [](const CellView&) { return true; });
  CHECK(done.error().tag == "transaction_dropped");
}

TEST_CASE("records that were left out are counted and named, whatever the note holds") {
  HostOfOne host;
  std::string note;
  host.slots.sync = [&note](tento_client*, const tento_sync_ctx*, tento_sync_result* result, tento_error*) {
    result->skipped = note.empty() ? 0 : 3;
    std::memset(result->skipped_note, 'x', sizeof result->skipped_note);  // no NUL anywhere
    std::memcpy(result->skipped_note, note.data(), std::min(note.size(), sizeof result->skipped_note));
    if (note.size() < sizeof result->skipped_note) result->skipped_note[note.size()] = '\0';
    return slot_ok;
  };
  const auto noted = [&](std::string text) {
    note = std::move(text);
    const auto done = host.dispatcher->sync(host.target(), "viewport", {}, {});
    REQUIRE(done);
    CHECK(done->skipped == (note.empty() ? 0 : 3));
    return done->skipped_note;
  };
  CHECK(noted("").empty());
  CHECK(noted("issue 7: its year is 10000") == "issue 7: its year is 10000");
  CHECK(noted("a\nb\x1b[31m\xff") == "a\\x0ab\\x1b[31m?");
  CHECK(noted(std::string(600, 'y')).size() <= 515);
}

TEST_CASE("a text that was refused is not taken for none") {
  HostOfOne host;
  const Target target = host.target();
  std::vector<std::string> texts;
  const auto push = [&texts](const tento_text_sink* sink) {
    for (const auto& text : texts) static_cast<void>(sink->put(sink, str(text)));
    return slot_ok;
  };
  host.slots.lock_key = [&push](const tento_row_ctx*, tento_str, const tento_text_sink* sink, tento_error*) {
    return push(sink);
  };
  host.slots.check_account = [&push](tento_client*, const tento_integration_ctx*, const tento_text_sink* auth_id,
                                     const tento_text_sink*, tento_error*) { return push(auth_id); };
  const auto refused = [&](std::vector<std::string> pushed) {
    texts = std::move(pushed);
    const auto checked = host.dispatcher->check_account(*target.match.route, host.owner, *target.account, "secret", {});
    REQUIRE_FALSE(checked);
    CHECK(checked.error().tag == "invalid_text");
    CHECK(checked.error().error_class == ErrorClass::internal);
    CHECK(host.dispatcher->lock_name(target, "viewport").error().tag == "invalid_text");
    return checked.error().message;
  };
  CHECK(refused({"\xff"}) == "demo gave in its slot check_account a text that is not UTF-8");
  CHECK(refused({"one", "two"}) == "demo gave in its slot check_account more than one text");
  CHECK(refused({std::string(5000, 'x')}).find("a text of 5000 bytes; at most") != std::string::npos);
  texts = {"me"};
  CHECK(host.dispatcher->check_account(*target.match.route, host.owner, *target.account, "secret", {})->auth_id ==
        "me");
}
