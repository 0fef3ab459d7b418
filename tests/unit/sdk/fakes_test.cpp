// SPDX-License-Identifier: Apache-2.0
// The fakes by their vtables, as a provider sees them: store, accounts, log, clock, messages, lookups.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <ostream>
#include <string>
#include <tento/sdk.hpp>
#include <tento/sdk/testing/fake_host.hpp>
#include <thread>

using namespace tento;
using namespace tento::testing;

namespace {

constexpr const char* records_key = ":~tiny:a:records";

// One call on a row, and the store's slots bound to it.
struct OnRow {
  FakeHost host;
  std::unique_ptr<FakeCall> call;
  const tento_sync_state* state;
  const tento_backend* backend;
  tento_error err{};
  explicit OnRow(bool single = false) {
    CallOptions options;
    options.key = records_key;
    options.single = single;
    call = host.call(options);
    state = static_cast<const tento_sync_state*>(host.store.sync_state().vtable);
    backend = static_cast<const tento_backend*>(host.store.backend().vtable);
  }
  std::string error() const { return Error::from_abi(err).message; }
  std::uint64_t begin(std::uint32_t flags = 0, std::optional<Span> window = {}) {
    std::uint64_t txn = 0;
    const tento_span abi = window.value_or(Span{}).to_abi();
    REQUIRE(state->begin(&host.store, call->get(), call->row_id(), flags, window ? &abi : nullptr, &txn, &err) ==
            TENTO_OK);
    return txn;
  }
  tento_status put(std::uint64_t txn, const tento_cell& cell) {
    const tento_cell_batch batch{sizeof batch, 0, 1, sizeof cell, &cell};
    return state->put(&host.store, call->get(), txn, &batch, &err);
  }
  tento_status persist(const tento_cell& cell) {
    const tento_cell_batch batch{sizeof batch, 0, 1, sizeof cell, &cell};
    return backend->persist_cells(&host.store, call->get(), call->row_id(), &batch, &err);
  }
  tento_status commit(std::uint64_t txn) {
    return state->commit(&host.store, call->get(), txn, nullptr, 0, nullptr, 0, &err);
  }
};

tento_cell cell(std::string_view id, std::string_view date, std::string_view data = "1") {
  tento_cell c{};
  c.id = str(id);
  c.date = SemanticTime::parse(date)->to_abi();
  c.data = str(data);
  return c;
}

std::string listed(const FakeHost& host) {
  std::string out;
  for (const StoredCell& c : host.store.cells(records_key)) out += c.id + "@" + c.date->text() + " ";
  return out;
}

}  // namespace

TEST_CASE("fake store: nothing is visible before commit, and an abort leaves nothing") {
  OnRow r;
  std::uint64_t txn = r.begin();
  CHECK(r.put(txn, cell("a", "ymd-2026-04-01")) == TENTO_OK);
  CHECK(listed(r.host).empty());
  std::uint64_t other = 0;
  CHECK(r.state->begin(&r.host.store, r.call->get(), r.call->row_id(), 0, nullptr, &other, &r.err) == TENTO_FAILED);
  CHECK(Error::from_abi(r.err).code == ErrorCode::conflict);
  CHECK(r.state->abort(&r.host.store, r.call->get(), txn) == TENTO_OK);
  CHECK(r.state->abort(&r.host.store, r.call->get(), txn) == TENTO_OK);
  CHECK(r.put(txn, cell("a", "ymd-2026-04-01")) == TENTO_FAILED);
  CHECK(r.commit(txn) == TENTO_FAILED);
  CHECK(Error::from_abi(r.err).code == ErrorCode::not_found);
  CHECK(listed(r.host).empty());
  txn = r.begin();
  CHECK(r.put(txn, cell("a", "ymd-2026-04-01")) == TENTO_OK);
  r.host.finish(*r.call);  // the slot returned without a commit
  CHECK(r.commit(txn) == TENTO_STOPPED);
  CHECK(listed(r.host).empty());
  CHECK(r.host.store.open_transactions() == 0);
}

TEST_CASE("fake store: identity, moves, last wins, tombstones, order") {
  OnRow r;
  std::uint64_t txn = r.begin();
  CHECK(r.put(txn, cell("b", "ymd-2026-04-02", "1")) == TENTO_OK);
  CHECK(r.put(txn, cell("a", "ymd-2026-04-02")) == TENTO_OK);
  CHECK(r.put(txn, cell("m", "ym-2026-04")) == TENTO_OK);
  CHECK(r.put(txn, cell("b", "ymd-2026-04-02", "2")) == TENTO_OK);
  CHECK(r.commit(txn) == TENTO_OK);
  CHECK(listed(r.host) == "m@ym-2026-04 a@ymd-2026-04-02 b@ymd-2026-04-02 ");
  CHECK(r.host.store.cell(records_key, "b")->data == "2");
  CHECK(r.host.store.changes().size() == 3);
  r.host.store.forget_changes();

  CHECK(r.persist(cell("b", "ymd-2026-03-31", "2")) == TENTO_OK);
  tento_cell gone{};
  gone.id = str("a");
  gone.flags = TENTO_CELL_TOMBSTONE;
  CHECK(r.persist(gone) == TENTO_OK);
  CHECK(r.persist(gone) == TENTO_OK);
  CHECK(listed(r.host) == "b@ymd-2026-03-31 m@ym-2026-04 ");
  CHECK(r.host.store.changes() ==
        std::vector<Change>{{Change::Kind::updated, records_key, "b"}, {Change::Kind::deleted, records_key, "a"}});
  CHECK(r.host.store.tombstones(records_key).size() == 1);
}

TEST_CASE("fake store: REPLACE deletes what overlaps the window and was not put") {
  OnRow r;
  for (const char* day : {"ymd-2026-03-31", "ymd-2026-04-01", "ymd-2026-04-30", "ymd-2026-05-01"})
    CHECK(r.persist(cell(day, day)) == TENTO_OK);
  CHECK(r.persist(cell("month", "ym-2026-04")) == TENTO_OK);
  CHECK(r.persist(cell("end", "2026-05-01T00:00:00Z")) == TENTO_OK);
  CHECK(r.persist(cell("begin", "2026-04-01T00:00:00Z")) == TENTO_OK);
  const Span april{*PartialDate::ymd(2026, 4, 1), *PartialDate::ymd(2026, 5, 1)};
  const std::uint64_t txn = r.begin(TENTO_TXN_REPLACE, april);
  CHECK(r.put(txn, cell("ymd-2026-04-30", "ymd-2026-04-30")) == TENTO_OK);
  CHECK(r.commit(txn) == TENTO_OK);
  CHECK(listed(r.host) ==
        "ymd-2026-03-31@ymd-2026-03-31 ymd-2026-04-30@ymd-2026-04-30 ymd-2026-05-01@ymd-2026-05-01 "
        "end@2026-05-01T00:00:00+00:00 ");
  const std::uint64_t all = r.begin(TENTO_TXN_REPLACE);
  CHECK(r.commit(all) == TENTO_OK);
  CHECK(listed(r.host).empty());
}

TEST_CASE("overlap: a span begins before the window and reaches into it") {
  const Span window{*PartialDate::ymd(2026, 4, 10), *PartialDate::ymd(2026, 4, 20)};
  const auto at = [](const char* date, const char* end = nullptr) {
    StoredCell c{.date = *SemanticTime::parse(date)};
    if (end != nullptr) c.end_date = *SemanticTime::parse(end);
    return c;
  };
  CHECK(overlaps(at("ym-2026-04"), window));
  CHECK(overlaps(at("ymd-2026-04-01", "ymd-2026-04-10"), window));
  CHECK_FALSE(overlaps(at("ymd-2026-04-01", "ymd-2026-04-09"), window));
  CHECK_FALSE(overlaps(at("ymd-2026-04-09"), window));
  CHECK(overlaps(at("2026-04-10T00:00:00Z"), window));
  CHECK_FALSE(overlaps(at("2026-04-09T23:59:59.999999Z"), window));
  CHECK_FALSE(overlaps(at("ymd-2026-04-20"), window));
}

TEST_CASE("fake store: rows without ids are known by their date") {
  OnRow r(true);
  CHECK(r.persist(cell("", "ymd-2026-04-01", "1")) == TENTO_OK);
  CHECK(r.persist(cell("", "ymd-2026-04-01", "2")) == TENTO_OK);
  CHECK(r.host.store.cells(records_key).size() == 1);
  CHECK(r.host.store.changes().back() == Change{Change::Kind::updated, records_key, "ymd-2026-04-01"});
}

TEST_CASE("fake store: one bad cell fails its batch, naming index and id") {
  OnRow r;
  const auto refused = [&r](tento_cell c) {
    const tento_cell cells[] = {cell("good", "y-2026"), c};
    const tento_cell_batch batch{sizeof batch, 0, 2, sizeof c, cells};
    REQUIRE(r.backend->persist_cells(&r.host.store, r.call->get(), r.call->row_id(), &batch, &r.err) == TENTO_FAILED);
    CHECK(listed(r.host).empty());
    return r.error();
  };
  tento_cell c = cell("x", "y-2026", "{\"a\":}");
  CHECK(refused(c) == "bad cell 1 (id `x`): its data is not JSON: syntax error at byte 5, between `{\"a\":` and `}`");
  CHECK(refused(cell("x", "y-2026", "\"\xff\"")) ==
        "bad cell 1 (id `x`): its data is not UTF-8 at byte 1, between `\"` and `\\xff\"`");
  CHECK(refused(cell("x", "y-2026", "1 2")) ==
        "bad cell 1 (id `x`): its data is not JSON: extra data at byte 2, between `1 ` and `2`");
  CHECK(refused(cell("x", "y-2026", "")) ==
        "bad cell 1 (id `x`): its data is not JSON: incomplete JSON at byte 0, since it is empty");
  CHECK(refused(cell("", "y-2026")) == "bad cell 1 (id ``): it has no id, in a row that is not TENTO_ROW_SINGLE");
  CHECK(refused(cell(std::string(513, 'x'), "y-2026")).find("its id is longer than 512 bytes") != std::string::npos);
  CHECK(refused(cell("\xff", "y-2026")).find("its id is not UTF-8") != std::string::npos);
  c = cell("x", "y-2026");
  c.flags = 2;
  CHECK(refused(c) == "bad cell 1 (id `x`): it has unknown flags");
  c = cell("x", "y-2026");
  c.flags = TENTO_CELL_TOMBSTONE;
  CHECK(refused(c) == "bad cell 1 (id `x`): it is a tombstone with data");
  c = cell("x", "y-2026");
  c.date.kind = TENTO_TIME_NONE;
  CHECK(refused(c) == "bad cell 1 (id `x`): it has no date");
  c = cell("x", "ym-2026-04");
  c.date.month = 13;
  CHECK(refused(c).starts_with("bad cell 1 (id `x`): its date: Month Invalid"));
  c = cell("x", "ym-2026-04");
  c.end_date.kind = 9;
  CHECK(refused(c).starts_with("bad cell 1 (id `x`): its end_date: "));
  const std::string half(600'000, ' ');
  CHECK(refused(cell("x", "y-2026", half + "1" + half)).find("larger than 1 MiB") != std::string::npos);
  CHECK(r.persist(cell("x", "y-2026", half + "1" + half)) == TENTO_OK);  // alone it may be larger

  const auto batch_refused = [&r](tento_cell_batch b) {
    REQUIRE(r.backend->persist_cells(&r.host.store, r.call->get(), r.call->row_id(), &b, &r.err) == TENTO_FAILED);
    return r.error();
  };
  c = cell("x", "y-2026");
  CHECK(batch_refused({sizeof(tento_cell_batch), 0, 1, 80, &c}).find("stride is 80") != std::string::npos);
  CHECK(batch_refused({sizeof(tento_cell_batch), 0, 1, 90, &c}).find("stride is 90") != std::string::npos);
  CHECK(batch_refused({sizeof(tento_cell_batch), 0, 1, 88, nullptr}).find("cells is null") != std::string::npos);
  CHECK(batch_refused({8, 0, 1, 88, &c}).find("struct_size") != std::string::npos);
  CHECK(batch_refused({sizeof(tento_cell_batch), 0, 4097, 88, &c}).find("more than 4096") != std::string::npos);
}

TEST_CASE("fake store: fields beyond the stride are absent") {
  OnRow r;
  tento_cell c = cell("x", "y-2026");
  c.version = str("v1");
  const tento_cell_batch batch{sizeof batch, 0, 1, TENTO_CELL_MIN_STRIDE, &c};
  CHECK(r.backend->persist_cells(&r.host.store, r.call->get(), r.call->row_id(), &batch, &r.err) == TENTO_OK);
  CHECK(r.host.store.cell(records_key, "x")->version.empty());
  CHECK(r.persist(c) == TENTO_OK);
  CHECK(r.host.store.cell(records_key, "x")->version == "v1");
}

TEST_CASE("fake store: cursors and coverage land with the commit or not at all") {
  OnRow r;
  const auto commit = [&r](std::string name, std::string value, tento_coverage coverage) {
    const std::uint64_t txn = r.begin();
    const tento_cursor cursor{str(name), str(value)};
    const tento_status status = r.state->commit(&r.host.store, r.call->get(), txn, &coverage, 1, &cursor, 1, &r.err);
    r.state->abort(&r.host.store, r.call->get(), txn);
    return status;
  };
  const tento_coverage have{Span{}.to_abi(), TENTO_COVERAGE_HAVE, 0, -1};
  CHECK(commit("page.2_a-b", std::string("v\0", 2), have) == TENTO_OK);
  CHECK(r.host.store.cursor(records_key, "page.2_a-b") == std::string("v\0", 2));
  CHECK(commit("Page", "v", have) == TENTO_FAILED);
  CHECK(commit("", "v", have) == TENTO_FAILED);
  CHECK(commit("p", std::string(65537, 'v'), have) == TENTO_FAILED);
  CHECK(commit("p", "v", {Span{}.to_abi(), 5, 0, -1}) == TENTO_FAILED);
  CHECK(commit("p", "v", {Span{}.to_abi(), 0, 0, -1}) == TENTO_FAILED);
  CHECK_FALSE(r.host.store.cursor(records_key, "p").has_value());
  CHECK(r.host.store.coverage(records_key).size() == 1);
  CHECK(commit("page.2_a-b", "", have) == TENTO_OK);
  CHECK_FALSE(r.host.store.cursor(records_key, "page.2_a-b").has_value());
}

TEST_CASE("fake accounts: the contract's outcomes and texts") {
  FakeHost host;
  const auto call = host.call({});
  const auto* const auth = static_cast<const tento_user_auth*>(host.auth.iface().vtable);
  tento_error err;
  const tento_account* account = nullptr;
  const auto source = [&](std::string_view kind, std::string_view id) {
    return auth->sourced_credentials(&host.auth, call->get(), str(kind), str(id), &account, &err);
  };
  CHECK(source("tiny", "a") == TENTO_FAILED);
  CHECK(Error::from_abi(err).message == "unknown auth kind tiny");
  host.auth.declare_kind("tiny");
  CHECK(source("tiny", "a") == TENTO_OK);
  CHECK(account == nullptr);
  host.auth.put({.kind = "tiny", .auth_id = "a", .label = "A", .scopes = "x y", .settings_json = R"({"n":1})"});
  CHECK(source("tiny", "a") == TENTO_OK);
  REQUIRE(account != nullptr);
  CHECK(view(account->scopes) == "x y");
  CHECK(view(account->settings_json) == R"({"n":1})");
  CHECK(view(account->time_zone) == "UTC");

  tento_credential credential{};
  credential.struct_size = sizeof credential;
  const auto acquire = [&](std::string_view id, std::int64_t ttl) {
    return auth->acquire_handle(&host.auth, call->get(), str("tiny"), str(id), ttl, &credential, &err);
  };
  CHECK(acquire("a", 0) == TENTO_FAILED);
  CHECK(Error::from_abi(err).code == ErrorCode::forbidden);
  host.auth.allow_raw_credentials();
  CHECK(acquire("b", 0) == TENTO_FAILED);
  CHECK(Error::from_abi(err).message == "no tiny auth for b");
  CHECK(Error::from_abi(err).error_class == ErrorClass::auth);
  CHECK(acquire("a", 60) == TENTO_OK);
  CHECK(view(credential.secret) == "secret");

  // One that ends too soon is refreshed, and so is one that the service refused.
  FakeAccount soon = *host.auth.find("tiny", "a");
  soon.expires_unix_us = host.clock.now().time_since_epoch().count() + 30'000'000;
  host.auth.put(soon);
  CHECK(acquire("a", 20) == TENTO_OK);
  CHECK(credential.generation == 1);
  CHECK(acquire("a", 60) == TENTO_OK);
  CHECK(credential.generation == 2);
  CHECK(view(credential.secret) == "refreshed-2");
  CHECK(auth->report_rejected(&host.auth, call->get(), str("tiny"), str("a"), 1, &err) ==
        TENTO_OK);  // an old one: no matter
  CHECK(acquire("a", 60) == TENTO_OK);
  CHECK(credential.generation == 2);
  CHECK(auth->report_rejected(&host.auth, call->get(), str("tiny"), str("a"), 2, &err) == TENTO_OK);
  CHECK(acquire("a", 60) == TENTO_OK);
  CHECK(credential.generation == 3);
  CHECK(host.auth.rejections().size() == 2);

  FakeAccount dead = *host.auth.find("tiny", "a");
  dead.state = TENTO_ACCOUNT_NEEDS_REAUTH;
  host.auth.put(dead);
  CHECK(acquire("a", 0) == TENTO_FAILED);
  CHECK(Error::from_abi(err).tag == "tiny_auth_expired");
  CHECK(Error::from_abi(err).remedy == "reconnect");
}

TEST_CASE("fake services: log, clock, messages, clients") {
  FakeHost host;
  const auto call = host.call({});
  const auto* const log = static_cast<const tento_log*>(host.log.iface().vtable);
  log->write(&host.log, call->get(), TENTO_LOG_WARN, str("careful"));
  log->write(&host.log, nullptr, 99, str(std::string(9000, 'x')));
  CHECK(host.log.lines().at(0).in_call);
  CHECK(host.log.lines().at(1).level == TENTO_LOG_INFO);
  CHECK(host.log.lines().at(1).text.size() == 8192);
  CHECK(host.log.has("careful", TENTO_LOG_WARN));
  CHECK_FALSE(host.log.has("careful", TENTO_LOG_ERROR));

  const auto* const clock = static_cast<const tento_clock*>(host.zones.iface().vtable);
  CHECK(SemanticTime(Instant{std::chrono::microseconds{clock->now_unix_us(&host.zones)}}).text() ==
        "2026-04-29T12:00:00+00:00");
  tento_semantic_time day{};
  const std::int64_t late = clock->now_unix_us(&host.zones) + 11LL * 3600 * 1'000'000;
  CHECK(clock->local_day(&host.zones, str("Asia/Tokyo"), late, &day) == TENTO_FAILED);
  host.zones.set_zone("Asia/Tokyo", 540);
  CHECK(clock->local_day(&host.zones, str("Asia/Tokyo"), late, &day) == TENTO_OK);
  CHECK(SemanticTime::from_abi(day)->text() == "ymd-2026-04-30");
  CHECK(clock->local_day(&host.zones, str("UTC"), late, &day) == TENTO_OK);
  CHECK(SemanticTime::from_abi(day)->text() == "ymd-2026-04-29");
  CHECK(clock->local_day(&host.zones, str("UTC"), INT64_MAX, &day) == TENTO_FAILED);

  FakeMessage& ledger = host.provide_message(
      "acme.ledger/1", [](std::string_view method, std::string_view request) -> Result<std::string> {
        if (method != "add") return fail(ErrorCode::unsupported, ErrorClass::internal, "no such method");
        return std::string(request) + "!";
      });
  tento_iface found{};
  REQUIRE(call->get()->deps->get(call->get()->deps, str("acme.ledger/1"), sizeof(tento_message), &found) == TENTO_OK);
  const auto* const message = static_cast<const tento_message*>(found.vtable);
  std::string got;
  const tento_text_sink sink{sizeof sink, 0, &got, [](const tento_text_sink* s, tento_str t) noexcept -> tento_status {
                               *static_cast<std::string*>(s->self) = view(t);
                               return TENTO_OK;
                             }};
  tento_error err;
  CHECK(message->invoke(found.self, call->get(), str("add"), str("7"), &sink, &err) == TENTO_OK);
  CHECK(got == "7!");
  CHECK(message->invoke(found.self, call->get(), str("drop"), str("7"), &sink, &err) == TENTO_FAILED);
  CHECK(ledger.received().size() == 2);

  int thing = 0;
  host.clients.set("Tiny", reinterpret_cast<tento_client*>(&thing));
  const auto* const context = static_cast<const tento_api_context*>(host.clients.iface().vtable);
  tento_client* client = nullptr;
  CHECK(context->client_for(&host.clients, call->get(), str("Tiny"), nullptr, 0, &client, &err) == TENTO_OK);
  CHECK(client == reinterpret_cast<tento_client*>(&thing));
  CHECK(context->client_for(&host.clients, call->get(), str("Other"), nullptr, 0, &client, &err) == TENTO_FAILED);
}

TEST_CASE("fake http: a body is given whole with its padding, or read, and not both ways round") {
  FakeHost host;
  host.http.canned().on("GET", "https://api.example/x", answer(200, "hello"));
  const auto call = host.call({});
  const auto* const http = static_cast<const tento_http*>(host.http.iface().vtable);
  tento_error err;
  const auto send = [&] {
    tento_http_request ask{};
    ask.struct_size = sizeof ask;
    ask.method = str("GET");
    ask.url = str("https://api.example/x");
    tento_http_response head{};
    head.struct_size = sizeof head;
    REQUIRE(http->send(&host.http, call->get(), &ask, &head, &err) == TENTO_OK);
    return head.body;
  };
  const std::uint64_t body = send();
  tento_str whole{};
  REQUIRE(http->view(&host.http, call->get(), body, &whole, &err) == TENTO_OK);
  CHECK(view(whole) == "hello");
  CHECK(whole.data[whole.size + TENTO_PADDING - 1] == '\0');
  CHECK(host.http.open_bodies() == 0);
  char some[9];
  std::uint64_t got = 0;
  std::uint32_t end = 0;
  REQUIRE(http->read(&host.http, call->get(), body, some, sizeof some, &got, &end, &err) == TENTO_OK);
  CHECK(std::string_view(some, got) == "hello");
  CHECK(end == 1);

  const std::uint64_t begun = send();
  REQUIRE(http->read(&host.http, call->get(), begun, some, 2, &got, &end, &err) == TENTO_OK);
  CHECK(http->view(&host.http, call->get(), begun, &whole, &err) == TENTO_FAILED);
  CHECK(Error::from_abi(err).message.find("before the first read") != std::string::npos);
  CHECK(http->view(&host.http, call->get(), 99, &whole, &err) == TENTO_FAILED);

  http::HostTransport transport = *http::HostTransport::of(call->get());
  auto response = transport.send({.url = "https://api.example/x"});
  REQUIRE(response.has_value());
  CHECK(http::whole(*response)->view() == "hello");
  CHECK(host.http.requests().size() == 3);
}

TEST_CASE("fake http: which declared limits a request counts against") {
  FakeHost host;
  host.http.canned().on("POST", "https://api.example/x", answer(200, ""));
  const auto call = host.call({});
  constexpr auto limits =
      tento::limits(limit("all").requests(10), limit("search").per_endpoint("https://api.example/search").requests(10),
                    limit("write").named_only().requests(5));
  const std::array<const tento_limit*, 3> table{&limits[0].abi(), &limits[1].abi(), &limits[2].abi()};
  tento_integration integration{};
  integration.struct_size = sizeof integration;
  integration.limits = table.data();
  integration.limit_count = table.size();
  host.http.set_integration(&integration);
  http::HostTransport transport = *http::HostTransport::of(call->get());
  const auto counted = [&](const char* name, std::uint64_t cost = 0) {
    const auto sent =
        transport.send({.method = "POST", .url = "https://api.example/x", .limit_name = name, .limit_cost = cost});
    return sent ? host.http.requests().back().limits : std::vector<std::string>{sent.error().message};
  };
  using Names = std::vector<std::string>;
  CHECK(counted("") == Names{"all"});
  CHECK(counted("write") == Names{"all", "write"});
  CHECK(counted("search") == Names{"all", "search"});
  CHECK(counted("write", 6) == Names{"the request costs 6 of the limit `write`, which has 5 in all"});
  CHECK(counted("wirte") ==
        Names{"the request counts against the limit `wirte`, and the integration has only all, search, write"});
}

TEST_CASE("fake store: what is wrong with a batch is told at once or at the commit, and then nothing is committed") {
  for (const bool late : {false, true}) {
    CAPTURE(late);
    OnRow row;
    row.host.store.refuse_late(late);
    const SyncState sync(*row.call->get());
    Result<Transaction> txn = sync.begin(Uuid::from_abi(*row.call->row_id()));
    REQUIRE(txn.has_value());
    const SemanticTime day = *PartialDate::ymd(2026, 4, 29);
    REQUIRE(txn->add({"a", day, "{}"}).has_value());
    REQUIRE(txn->flush().has_value());
    REQUIRE(txn->add({"b", day, "no JSON"}).has_value());
    CHECK(txn->flush().has_value() == late);
    REQUIRE(txn->add({"c", day, "{}"}).has_value());
    CHECK(txn->flush().has_value() == late);
    const auto done = txn->commit({{Span{}, Coverage::State::have}});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().message.find("bad cell 0 (id `b`)") != std::string::npos);
    CHECK(row.host.store.cells(records_key).empty());
    CHECK(row.host.store.coverage(records_key).empty());
    CHECK(row.host.store.open_transactions() == 0);
  }
}

TEST_CASE("fakes: inside a sink that was handed to a dep only log, clock and progress are called") {
  OnRow row;
  row.host.store.put(records_key, {{.id = "a", .date = *PartialDate::ymd(2026, 4, 29), .data = "{}"}});
  const Backend backend(*row.call->get());
  const Log log(*row.call->get());
  const HostClock clock(*row.call->get());
  const Progress progress(*row.call->get());
  const Uuid id = Uuid::from_abi(*row.call->row_id());
  int seen = 0;
  const auto read = backend.read_cells(records_key, {}, [&](const CellView& cell) -> Result<void> {
    ++seen;
    log.log(LogLevel::info, "fine");
    TENTO_TRY(progress.report_progress(1));
    TENTO_TRY(clock.local_day("UTC", Instant{}));
    CHECK(row.call->get()->check(row.call->get()) == TENTO_CHECK_GO);
    return backend.persist_cells(id, std::vector<Cell>{*cell.to_cell()});
  });
  CHECK(seen == 1);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().tag == "dep_in_sink");
  CHECK(read.error().message ==
        "tento.backend/1 was called inside a sink that was handed to a dep: gather there, and call afterwards");
  // Afterwards, and from another thread meanwhile, it may.
  CHECK(backend.persist_cells(id, std::vector<Cell>{}).has_value());
  const auto beside = backend.read_cells(records_key, {}, [&](const CellView& cell) -> Result<void> {
    Result<void> there;
    std::thread([&] { there = backend.persist_cells(id, std::vector<Cell>{*cell.to_cell()}); }).join();
    return there;
  });
  CHECK(beside.has_value());
}

TEST_CASE("fake lookups: for life only log and clock, for a call what the integration declared") {
  FakeHost host;
  tento_iface out{};
  const auto has = [&out](const tento_lookup* l, const char* id, std::uint32_t size = 8) {
    return l->get(l, str(id), size, &out) == TENTO_OK;
  };
  CHECK(has(host.lifetime(), "tento.log/1"));
  CHECK(has(host.lifetime(), "tento.clock/1"));
  CHECK_FALSE(has(host.lifetime(), "tento.http/1"));
  CHECK(has(host.everything(), "tento.http/1", sizeof(tento_http)));
  CHECK_FALSE(has(host.everything(), "tento.http/1", sizeof(tento_http) + 8));
  CHECK_FALSE(has(host.everything(), "tento.http/2"));
  const tento_need needs[] = {TENTO_NEED(tento_backend, persist_cells)};
  tento_integration integration{};
  integration.struct_size = sizeof integration;
  integration.needs = needs;
  integration.need_count = 1;
  CHECK(has(host.deps_of(&integration), "tento.backend/1"));
  CHECK(has(host.deps_of(&integration), "tento.log/1"));
  CHECK_FALSE(has(host.deps_of(&integration), "tento.http/1"));
}

TEST_CASE("fake calls: check says what the test planned") {
  FakeHost host;
  CallOptions options;
  options.yield_after = 1;
  options.cancel_after = 2;
  const auto call = host.call(options);
  CHECK(call->get()->check(call->get()) == TENTO_CHECK_GO);
  CHECK(call->get()->check(call->get()) == TENTO_CHECK_YIELD);
  CHECK(call->get()->check(call->get()) == TENTO_CHECK_CANCELLED);
  options = {};
  options.timeout = std::chrono::milliseconds{5};
  const auto timed = host.call(options);
  CHECK(timed->get()->check(timed->get()) == TENTO_CHECK_GO);
  host.clock.advance(std::chrono::milliseconds{5});
  CHECK(timed->get()->check(timed->get()) == TENTO_CHECK_EXPIRED);
  tento_error err;
  CHECK(host.calls.enter(timed->get(), "x", &err).status == TENTO_STOPPED);
  CHECK(host.calls.count("x") == 0);
}
