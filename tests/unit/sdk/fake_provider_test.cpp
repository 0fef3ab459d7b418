// SPDX-License-Identifier: Apache-2.0
// A provider driven key by key against the fakes: syncs, reads, writes, cancels, accounts, the boot check.
#include <doctest/doctest.h>

#include <ostream>
#include <string>

#include "testing_provider.hpp"

using namespace tento;
using namespace tento::testing;

namespace {

constexpr const char* records_key = ":~tiny:acc%3A1:records";
constexpr const char* tiny_url = "https://api.example.com/acc:1/";

struct Fixture {
  FakeHost host;
  std::unique_ptr<FakeProvider> provider;
  Fixture() {
    host.auth.put({.kind = "tiny", .auth_id = "acc:1"});
    auto loaded = FakeProvider::load(host, testing_provider::entries());
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
    provider = std::move(*loaded);
  }
  void answer(const std::string& stage, const std::string& lines) {
    host.http.canned().on("GET", tiny_url + stage, testing::answer(200, lines));
  }
};

std::string ids(const std::vector<StoredCell>& cells) {
  std::string out;
  for (const StoredCell& c : cells) out += c.id + " ";
  return out;
}

}  // namespace

TEST_CASE("fake provider: a transactional stage lands cells, coverage, cursor and progress at once") {
  Fixture f;
  f.answer("viewport", "b ymd-2026-04-28 2\na ymd-2026-04-27 1\n");
  const auto outcome = f.provider->sync(records_key, "viewport");
  REQUIRE(outcome.has_value());
  CHECK(outcome->seen == 2);
  CHECK_FALSE(outcome->more);
  CHECK(ids(f.host.store.cells(records_key)) == "a b ");
  CHECK(f.host.store.cell(records_key, "b")->data == R"({"value":2})");
  CHECK(f.host.store.cursor(records_key, "last") == "a");
  REQUIRE(f.host.store.coverage(records_key).size() == 1);
  CHECK(f.host.store.coverage(records_key)[0].span ==
        *wearable_window_for_stage("viewport", PartialDate::ymd(2026, 4, 29)->start()));
  CHECK(f.host.progress.reports().back() == ProgressReport{2, 2, "records"});
  CHECK(f.host.http.requests().at(0).authenticated);
  CHECK(f.host.http.open_bodies() == 0);
  CHECK(f.host.store.logs(records_key).at(0).data == R"({"stage":"viewport","status":"ok"})");

  // The same again changes nothing; what the window no longer has is deleted; a moved cell is one update.
  f.host.store.forget_changes();
  REQUIRE(f.provider->sync(records_key, "viewport").has_value());
  CHECK(f.host.store.changes().empty());
  f.answer("viewport", "b ymd-2026-04-26 2\n");
  REQUIRE(f.provider->sync(records_key, "viewport").has_value());
  REQUIRE(f.provider->sync(records_key, "viewport").has_value());
  CHECK(f.host.store.changes() ==
        std::vector<Change>{{Change::Kind::deleted, records_key, "a"}, {Change::Kind::updated, records_key, "b"}});
  CHECK(ids(f.host.store.tombstones(records_key)) == "a ");
}

TEST_CASE("fake provider: the thin path has its window marked by the outcome") {
  Fixture f;
  f.answer("thin", "a ymd-2026-04-27 1\n");
  REQUIRE(f.provider->sync(records_key, "thin").has_value());
  CHECK(f.host.store.coverage(records_key).at(0) ==
        StoredCoverage{Span{}, TENTO_COVERAGE_HAVE, ErrorClass::internal, -1});
  f.host.http.canned().on("GET", std::string(tiny_url) + "thin", answer(503, "busy"));
  REQUIRE(f.provider->sync(records_key, "thin").has_value());  // the first answer is used up now
  const auto failed = f.provider->sync(records_key, "thin");
  CHECK(failed.error().message == "the service answered 503");
  CHECK(f.host.store.coverage(records_key).back().state == TENTO_COVERAGE_FAILED);
  CHECK(f.host.store.coverage(records_key).back().error_class == ErrorClass::transient);
  CHECK(f.provider->sync(records_key, "nonsense").error().message.find("no answer was given for GET") == 0);
}

TEST_CASE("fake provider: cancelled after any number of steps, all or nothing has landed") {
  Fixture f;
  f.answer("viewport", "b ymd-2026-04-28 2\na ymd-2026-04-27 1\n");
  const auto rounds = cancel_at_every_step(*f.provider, records_key, "viewport", [&](std::size_t step) {
    CAPTURE(step);
    const std::size_t cells = f.host.store.cells(records_key).size();
    CHECK((cells == 0 || cells == 2));
    CHECK(f.host.store.coverage(records_key).size() == cells / 2);
    CHECK(f.host.store.open_transactions() == 0);
    CHECK(f.host.http.open_bodies() == 0);
  });
  REQUIRE(rounds.has_value());
  CHECK(*rounds > 5);
  CHECK(f.host.store.cells(records_key).size() == 2);
}

TEST_CASE("fake provider: yield and deadline reach the slot") {
  Fixture f;
  f.answer("viewport", "b ymd-2026-04-28 2\n");
  CHECK(f.provider->sync(records_key, "viewport", {.yield_after = 0})->more);
  f.host.http.canned().on("GET", std::string(tiny_url) + "thin",
                          [&f](const http::Request&) -> Result<Exchange::Answer> {
                            f.host.clock.advance(std::chrono::seconds{11});
                            return answer(200, "late ymd-2026-04-28 1\n");
                          });
  const auto late = f.provider->sync(records_key, "thin", {.timeout = std::chrono::seconds{10}});
  CHECK(late.error().stopped);
  CHECK_FALSE(f.host.store.cell(records_key, "late").has_value());
}

TEST_CASE("fake provider: failures put in the way of a dep come back from the slot") {
  Fixture f;
  f.answer("viewport", "b ymd-2026-04-28 2\n");
  f.host.calls.fail_next("tento.sync-state/1", fail(ErrorCode::io, ErrorClass::transient, "the disk is full").value());
  CHECK(f.provider->sync(records_key, "viewport").error().message == "the disk is full");
  CHECK(f.host.store.cells(records_key).empty());
  CHECK(f.provider->sync(records_key, "viewport").has_value());
}

TEST_CASE("fake provider: computed, written and discovered rows") {
  Fixture f;
  f.host.store.put(records_key, {{.id = "a", .date = *PartialDate::ymd(2026, 4, 27), .data = "1"}});
  const auto counted = f.provider->get(":~tiny:acc%3a1:records:count");
  REQUIRE(counted.has_value());
  CHECK(counted->at(0).data == "1");
  const Span may{*PartialDate::ym(2026, 5), std::nullopt};
  CHECK(f.provider->get(":~tiny:acc%3a1:records:count", may)->at(0).data == "0");
  CHECK(ids(*f.provider->get(records_key)) == "a ");

  const char* const notes = ":~tiny:acc%3A1:notes:to%3Ado";
  CHECK(f.provider->write(TENTO_VERB_POST, notes, {.body = R"({"n":1})"})->at(0).version == "+");
  // The version is what the writer names, not what is stored.
  CHECK(f.provider->write(TENTO_VERB_PATCH, notes, {.cell_id = "new", .body = "{}"})->at(0).version == "+");
  CHECK(f.provider->write(TENTO_VERB_PATCH, notes, {.cell_id = "new", .body = R"({"n":2})", .expected = "+"})
            ->at(0)
            .version == "++");
  CHECK(f.host.store.cell(notes, "new")->data == R"({"n":2})");
  REQUIRE(f.provider->write(TENTO_VERB_DELETE, notes, {.cell_id = "new"}).has_value());
  CHECK(f.host.store.cells(notes).empty());
  CHECK(f.provider->write(TENTO_VERB_POST, notes, {.body = "{"}).error().message ==
        "bad cell 0 (id `new`): its data is not JSON: incomplete JSON at byte 1, after `{`, where it ends");
  CHECK(f.provider->write(TENTO_VERB_POST, records_key, {}).error().tag == "no_verb");

  const auto rows = f.provider->discover("Tiny", "acc:1");
  REQUIRE(rows.has_value());
  CHECK(rows->at(0).key == notes);
  CHECK(f.provider->alias_key(records_key) == "acc:1");
  CHECK(f.provider->lock_key(records_key, "thin") == "");
  CHECK(f.provider->attributes(records_key) == "");
}

TEST_CASE("fake provider: accounts") {
  Fixture f;
  CHECK(f.provider->sync(":~tiny:other:records", "viewport").error().message == "no tiny auth for other");
  f.host.http.canned().on("GET", "https://api.example.com/staged/me", answer(200, "stable-7 y-2026 0\n"));
  const auto checked = f.provider->check_account("Tiny", {.kind = "", .auth_id = "staged"});
  REQUIRE(checked.has_value());
  CHECK(checked->auth_id == "stable-7");
  CHECK(checked->label == "Label of stable-7");
  CHECK_FALSE(f.host.auth.find("staged").has_value());
  CHECK(f.provider->check_account("Nope", {}).error().message == "the provider has no integration Nope");
}

TEST_CASE("fake provider: rows of another account or provider cannot be read, and another's row not written") {
  Fixture f;
  f.host.auth.put({.kind = "tiny", .auth_id = "second"});
  f.host.store.put(":~tiny:second:records", {{.id = "x", .date = *PartialDate::y(2026), .data = "1"}});
  auto pattern = *Pattern::parse(":~tiny:{authId}:records");
  auto call = *f.host.call_for(pattern, records_key);
  CallOptions options = call->options();
  options.account = f.host.auth.find("acc:1");
  call = f.host.call(options);
  const tento_iface backend = f.host.store.backend();
  const auto* const slots = static_cast<const tento_backend*>(backend.vtable);
  tento_error err;
  const tento_cell_sink sink{
      sizeof sink, 0, nullptr,
      [](const tento_cell_sink*, const tento_cell_batch*, tento_error*) noexcept -> tento_status { return TENTO_OK; }};
  CHECK(slots->read_cells(backend.self, call->get(), str(records_key), nullptr, &sink, &err) == TENTO_OK);
  CHECK(slots->read_cells(backend.self, call->get(), str(":~tiny:second:records"), nullptr, &sink, &err) ==
        TENTO_FAILED);
  CHECK(Error::from_abi(err).code == ErrorCode::forbidden);
  CHECK(slots->recent_log_cells(backend.self, call->get(), str(":~other:acc%3A1:records"), 5, &sink, &err) ==
        TENTO_FAILED);
  const tento_uuid other = row_id_of(options.owner_id, ":~tiny:second:records").to_abi();
  const tento_cell_batch none{sizeof none, 0, 0, sizeof(tento_cell), nullptr};
  CHECK(slots->persist_cells(backend.self, call->get(), &other, &none, &err) == TENTO_FAILED);
  CHECK(Error::from_abi(err).code == ErrorCode::forbidden);
  CHECK(slots->persist_cells(backend.self, call->get(), call->row_id(), &none, &err) == TENTO_OK);
  call->end();
  CHECK(slots->persist_cells(backend.self, call->get(), call->row_id(), &none, &err) == TENTO_STOPPED);
}

TEST_CASE("fake provider: the boot check names every interface that is missing") {
  FakeHost host;
  host.withhold("tento.http/1");
  host.withhold("tento.progress/1");
  const auto loaded = FakeProvider::load(host, testing_provider::entries());
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().message ==
        "the provider cannot be loaded: \n  Tiny: no interface tento.progress/1 is registered\n  Tiny: no interface "
        "tento.http/1 is registered");
  const struct { std::uint32_t struct_size; } stub{16};
  host.provide("tento.http/1", {&stub, nullptr});
  const auto again = FakeProvider::load(host, testing_provider::entries());
  CHECK(again.error().message.find("the interface tento.http/1 has 16 bytes, and 40 are used") != std::string::npos);
}

TEST_CASE("fake provider: instances and clients are ended, each once") {
  {
    Fixture f;
    f.answer("viewport", "");
    REQUIRE(f.provider->sync(records_key, "viewport").has_value());
    REQUIRE(f.provider->sync(records_key, "viewport").has_value());
    CHECK(f.provider->clients_made() == 1);
    CHECK(testing_provider::live_clients() == 1);
    CHECK(testing_provider::live_instances() == 1);
  }
  CHECK(testing_provider::live_clients() == 0);
  CHECK(testing_provider::live_instances() == 0);
}

TEST_CASE("row ids: UUIDv5 of the namespace, the owner and the canonical key") {
  // Reckoned independently: hash of namespace || owner || key by SHA-1 (RFC 9562 section 5.5).
  CHECK(row_id_of(*Uuid::parse("00112233-4455-6677-8899-aabbccddeeff"), ":~tiny:9f3a:records").text() ==
        "c1778b42-665a-5a47-9685-af4720620626");
}
