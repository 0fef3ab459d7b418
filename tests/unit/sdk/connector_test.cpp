// SPDX-License-Identifier: Apache-2.0
// The author API from outside: the tables it makes, and its trampolines driven against the fakes.
#include <doctest/doctest.h>
#include <tento/note.h>
#include <tento/sdk/testing/fake_provider.hpp>

#include <cstring>

#include "connector_provider.hpp"

extern "C" const tento_note tento_note_record;

using namespace tento::testing;
using tento::view;

namespace {

constexpr const char* records_key = ":~demo:acc%3A1:records";

struct Fixture {
  FakeHost host;
  std::unique_ptr<FakeProvider> provider;
  explicit Fixture(const std::string& label = "me") {
    host.auth.put({.kind = "demo", .auth_id = "acc:1", .label = label});
    auto loaded = FakeProvider::load(host, {&tento_plugin, &tento_connector, &tento_sync_plugin});
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
    provider = std::move(*loaded);
  }
  [[nodiscard]] tento::Error sync_error(const char* key = records_key) {
    const auto outcome = provider->sync(key, "viewport");
    REQUIRE_FALSE(outcome.has_value());
    return outcome.error();
  }
};

const tento_row& row(std::string_view pattern) {
  const tento_connector_api* api = tento_connector(nullptr);
  for (std::uint64_t i = 0; i < api->integrations[0]->row_count; ++i) {
    if (view(api->integrations[0]->rows[i]->pattern) == pattern) return *api->integrations[0]->rows[i];
  }
  FAIL("no such row");
  return *api->integrations[0]->rows[0];
}

}  // namespace

TEST_CASE("connector: the note says what the types say") {
  const tento_note& note = tento_note_record;
  CHECK(std::string_view(note.id) == "demo");
  CHECK(std::string_view(note.version) == "1.2.3");
  CHECK(std::string_view(note.title) == "Demo");
  CHECK(note.magic == TENTO_NOTE_MAGIC);
  CHECK(note.descriptor_size == 656);
  CHECK(note.flags == (TENTO_NOTE_OWN_IO | TENTO_NOTE_OWN_NET));
  constexpr char wanted[] =
      "p=~demo\0f=raw-credentials\0r=/etc/demo.conf\0r=~/.config/demo\0n=tento.backend/1\0n=tento.sync-state/"
      "1\0n=tento.user-auth/1\0"
      "n=tento.http/1\0n=tento.log/1\0n=tento.clock/1\0n=tento.progress/1\0o=acme.ledger/1\0";
  CHECK(std::string_view(note.strings, sizeof wanted) == std::string_view(wanted, sizeof wanted));
  const tento_plugin_api* api = tento_plugin(1, 1);
  REQUIRE(api != nullptr);
  CHECK(view(api->id) == note.id);
  CHECK(view(api->version) == note.version);
  CHECK(tento_plugin(2, 9) == nullptr);
  CHECK(tento_plugin(0, 0) == nullptr);
}

TEST_CASE("connector: what a provider keeps lives exactly as long as its instance") {
  REQUIRE(demo::Kept::alive == 0);
  const tento_plugin_api* api = tento_plugin(1, 1);
  tento_provider* one = nullptr;
  tento_provider* two = nullptr;
  tento_error err;
  REQUIRE(api->create(nullptr, &one, &err) == TENTO_OK);
  REQUIRE(api->create(nullptr, &two, &err) == TENTO_OK);
  CHECK(demo::Kept::alive == 2);
  api->destroy(one);
  CHECK(demo::Kept::alive == 1);
  api->destroy(two);
  CHECK(demo::Kept::alive == 0);

  demo::Kept::fails = true;
  tento_provider* none = nullptr;
  const auto made = tento::to_result(api->create(nullptr, &none, &err), err);
  demo::Kept::fails = false;
  REQUIRE_FALSE(made);
  CHECK(made.error().code == tento::ErrorCode::exception);
  CHECK(made.error().message.find("the library cannot be set up") != std::string::npos);
  CHECK(none == nullptr);
}

TEST_CASE("connector: descriptors hold what was declared and the defaults for the rest") {
  const tento_integration& demo = *tento_connector(nullptr)->integrations[0];
  CHECK(view(demo.id) == "Demo");
  REQUIRE(demo.title.translation_count == 1);
  CHECK(view(demo.title.translations[0].text) == "Vorführung");
  CHECK(view(demo.account_param) == "authId");
  CHECK(demo.row_count == 5);
  REQUIRE(demo.need_count == 8);
  CHECK(demo.needs[7].min_size == sizeof(demo::Ledger));
  CHECK(demo.needs[7].flags == TENTO_NEED_OPTIONAL);
  CHECK(demo.needs[0].min_size == offsetof(tento_backend, recent_log_cells) + sizeof(void*));
  CHECK((demo.client_for_write == nullptr));
  REQUIRE(demo.limit_count == 1);
  CHECK(demo.limits[0]->window_ms == 3600u * 1000u);
  REQUIRE(demo.auth != nullptr);
  CHECK(view(demo.auth->kind) == "demo");
  CHECK(demo.auth->setting_count == 2);
  CHECK(demo.auth->settings[0]->flags == TENTO_SETTING_REQUIRED);
  CHECK(view(demo.auth->settings[1]->choices[1]) == "imperial");
  CHECK(view(demo.auth->groups[0]->scopes[0]) == "read");
  CHECK(view(demo.auth->origins[0]) == "https://a.example");

  const tento_row& records = row(":~demo:{authId}:records");
  CHECK(records.data_version == 3);
  CHECK(view(records.encoding) == "record.v1");
  CHECK(view(records.type) == "data");
  CHECK(records.flags == 0);
  CHECK((records.list_cells == nullptr));
  CHECK((records.post == nullptr));
  REQUIRE(records.sync_shape != nullptr);
  CHECK(view(records.sync_shape->stages[1]->after[0]) == "viewport");
  CHECK(records.sync_shape->stages[1]->stage_class == TENTO_STAGE_BACKFILL);
  CHECK((row(":~demo:{authId}:lazy").sync == nullptr));
  CHECK(row(":~demo:{authId}:records:daily").flags == TENTO_ROW_SINGLE);
  const tento_row& logs = row(":~demo:{authId}:records:logs");
  CHECK(logs.flags == TENTO_ROW_LOGS);
  CHECK(view(logs.label.text) == "demo-records-logs");
  const tento_row& notes = row(":~demo:{authId}:notes:{lid}:{page}");
  CHECK(notes.verbs == (TENTO_VERB_GET | TENTO_VERB_POST | TENTO_VERB_PATCH | TENTO_VERB_DELETE));
  REQUIRE(notes.guard_count == 2);
  CHECK(view(notes.guards[0].name) == "operator");
  CHECK(notes.guards[0].verbs == (TENTO_VERB_POST | TENTO_VERB_PATCH | TENTO_VERB_DELETE));
  CHECK(view(notes.guards[1].name) == "writer");
  CHECK(notes.guards[1].verbs == (TENTO_VERB_PATCH | TENTO_VERB_DELETE));
}

TEST_CASE("connector: a transaction lands whole, and a dropped one not at all") {
  Fixture f;
  const auto outcome = f.provider->sync(records_key, "viewport");
  REQUIRE_MESSAGE(outcome.has_value(), (outcome ? "" : outcome.error().message));
  CHECK(outcome->seen == 600);
  CHECK_FALSE(outcome->more);
  CHECK(f.host.store.cells(records_key).size() == 600);
  CHECK(f.host.store.cell(records_key, "r599")->data == R"({"v":599})");
  CHECK(f.host.store.cursor(records_key, "last") == "600");
  CHECK(f.host.store.coverage(records_key).size() == 1);
  CHECK(f.host.store.open_transactions() == 0);

  Fixture dropping("drops the transaction");
  const auto dropped = dropping.provider->sync(records_key, "viewport");
  REQUIRE_FALSE(dropped.has_value());  // it says that all is well, and nothing of it is stored
  CHECK(dropped.error().tag == "transaction_dropped");
  CHECK(dropping.host.store.cells(records_key).empty());
  CHECK(dropping.host.store.open_transactions() == 0);
}

TEST_CASE("connector: yield commits and asks for more; cancel at every step lands nothing half") {
  Fixture f;
  const auto first = f.provider->sync(records_key, "viewport", {.yield_after = 200});
  REQUIRE(first.has_value());
  CHECK(first->more);
  CHECK(first->seen < 600);
  CHECK(f.host.store.cells(records_key).size() == first->seen);

  Fixture g;
  const auto stopped = g.provider->sync(records_key, "viewport", {.cancel_after = 100});
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().stopped);
  CHECK(g.host.store.cells(records_key).empty());
  CHECK(g.host.store.open_transactions() == 0);
}

TEST_CASE("connector: the thin path, the clock and the zone") {
  Fixture f("thin");
  const auto outcome = f.provider->sync(records_key, "viewport");
  REQUIRE_MESSAGE(outcome.has_value(), (outcome ? "" : outcome.error().message));
  CHECK(outcome->seen == 1);
  CHECK(f.host.store.cell(records_key, "thin")->date->text() == "ymd-2026-04-29");
}

TEST_CASE("connector: its id is known in every file") {
  CHECK(tento::provider_id() == "demo");
}

TEST_CASE("connector: an exception is an error of code exception, whatever was thrown, wherever") {
  CHECK(Fixture("sync throws").sync_error().code == tento::ErrorCode::exception);
  CHECK(Fixture("sync throws").sync_error().message ==
        "an exception left the provider demo, slot sync of :~demo:{authId}:records: std::runtime_error: sync threw");
  CHECK(Fixture("sync throws an int").sync_error().code == tento::ErrorCode::exception);
  CHECK(Fixture("sync throws an int").sync_error().message ==
        "an exception left the provider demo, slot sync of :~demo:{authId}:records: int");
  CHECK(Fixture("throws").sync_error().message ==
        "an exception left the provider demo, slot client of Demo: std::runtime_error: the client threw");
  CHECK(Fixture("lazy throws").sync_error(":~demo:acc%3A1:lazy").message ==
        "an exception left the provider demo, slot execute of :~demo:{authId}:lazy: std::runtime_error: the executor "
        "threw");

  Fixture f;
  f.host.store.put(records_key, {{.id = "throw", .date = *tento::PartialDate::ymd(2026, 4, 28), .data = "{}"}});
  const auto read = f.provider->get(":~demo:acc%3A1:records:daily");
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().message ==
        "an exception left the provider demo, slot list_cells of :~demo:{authId}:records:daily: std::runtime_error: "
        "thrown out of a sink");
}

TEST_CASE("connector: typed auth keeps its three outcomes apart") {
  Fixture f;
  f.host.auth.put({.kind = "other", .auth_id = "elsewhere"});
  const auto none = f.provider->sync(":~demo:elsewhere:records", "viewport");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().message == "no demo auth for elsewhere");
  CHECK(none.error().code == tento::ErrorCode::auth_required);
  CHECK(none.error().error_class == tento::ErrorClass::auth);
  CHECK(none.error().remedy == "connect");
  const tento::Error undeclared = Fixture("undeclared").sync_error();
  CHECK(undeclared.message == "elsewhere auth lookup: unknown auth kind elsewhere");
}

TEST_CASE("connector: computed cells, params with alias and integer, writes") {
  Fixture f;
  f.host.store.put(records_key, {{.id = "a", .date = *tento::PartialDate::ymd(2026, 4, 28), .data = "{}"}});
  const auto daily = f.provider->get(":~demo:acc%3A1:records:daily");
  REQUIRE_MESSAGE(daily.has_value(), (daily ? "" : daily.error().message));
  CHECK(daily->at(0).data == R"({"count":1})");

  const auto notes = f.provider->get(":~demo:acc%3A1:notes:in%3Abox:2");
  REQUIRE(notes.has_value());
  CHECK(notes->size() == 2);
  CHECK(notes->at(1).id == "in:box1");
  const auto bad = f.provider->get(":~demo:acc%3A1:notes:box:2x");
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().message == "path parameter 'page' is not a whole number of its range: '2x'");

  const auto made = f.provider->write(TENTO_VERB_POST, ":~demo:acc%3A1:notes:box:1", {.body = R"({"t":1})"});
  REQUIRE(made.has_value());
  CHECK(made->at(0).version == "v1");
  CHECK(f.provider->write(TENTO_VERB_POST, ":~demo:acc%3A1:notes:box:1", {})->empty());
  CHECK(f.provider->write(TENTO_VERB_PATCH, ":~demo:acc%3A1:notes:box:1", {.cell_id = "new"}).error().stopped);
  const auto gone = f.provider->write(TENTO_VERB_DELETE, ":~demo:acc%3A1:notes:box:1", {.cell_id = "new"});
  REQUIRE(gone.has_value());
  CHECK(gone->at(0).tombstone);
  CHECK_FALSE(gone->at(0).date.has_value());
}

TEST_CASE("connector: discovery, check_account, pure slots") {
  Fixture f;
  const auto rows = f.provider->discover("Demo", "acc:1");
  REQUIRE_MESSAGE(rows.has_value(), (rows ? "" : rows.error().message));
  CHECK(rows->at(0).key == ":~demo:acc%3A1:notes:in%3Abox:2");
  CHECK(rows->at(0).label == "Inbox");
  const auto checked =
      f.provider->check_account("Demo", {.kind = "demo", .auth_id = "new", .state = TENTO_ACCOUNT_PROVISIONAL});
  REQUIRE_MESSAGE(checked.has_value(), (checked ? "" : checked.error().message));
  CHECK(checked->auth_id == "stable-new");
  CHECK(checked->label == "provisional");
  CHECK(*f.provider->attributes(records_key) == R"({"a":1})");
  CHECK(*f.provider->alias_key(records_key) == "alias-acc:1");
}

TEST_CASE("connector: the sync-plugin overrides slot by slot and falls back to the row") {
  Fixture f;
  const tento_sync_api* api = tento_sync_plugin(nullptr);
  CHECK(api->max_concurrent == 3);
  CHECK((api->alias_key == nullptr));
  const tento_row& records = row(":~demo:{authId}:records");
  CHECK(api->shape(nullptr, &records)->max_concurrent == 5);
  const tento_row& lazy = row(":~demo:{authId}:lazy");
  CHECK(api->shape(nullptr, &lazy) == lazy.sync_shape);
  CHECK(api->shape(nullptr, &row(":~demo:{authId}:records:daily")) == nullptr);
  CHECK(f.provider->sync(":~demo:acc%3A1:lazy", "viewport")->seen == 42);
  CHECK(*f.provider->lock_key(":~demo:acc%3A1:lazy", "viewport") == "lazy/acc:1/viewport");
  CHECK(f.provider->lock_key(records_key, "viewport")->empty());
  CHECK(*f.provider->lock_key(records_key, "backfill") == "account:acc:1");
  CHECK(f.provider->window(":~demo:acc%3A1:lazy", "viewport")->from->text() == "ymd-2026-04-29");
}

TEST_CASE("connector: records that are not understood are counted and named, and what is held of them stays") {
  Fixture f("odd records");
  for (const char* id : {"odd", "gone", "r1"}) {
    f.host.store.put(records_key,
                     {{.id = id, .date = *tento::PartialDate::ymd(2026, 4, 28), .data = "{}", .raw = "x"}});
  }
  f.host.store.forget_changes();
  const auto outcome = f.provider->sync(records_key, "viewport");
  REQUIRE_MESSAGE(outcome.has_value(), (outcome ? "" : outcome.error().message));
  CHECK(outcome->seen == 5);
  CHECK(outcome->skipped == 2);
  CHECK(outcome->skipped_note == "record odd: its date is not a date; record 4: it has no id");
  CHECK(f.host.store.logs(records_key).at(0).data == R"({"stage":"viewport","status":"partial"})");
  std::string ids;
  for (const auto& cell : f.host.store.cells(records_key)) ids += cell.id + " ";
  CHECK(ids == "odd r1 r2 r3 ");
  CHECK(f.host.store.cell(records_key, "odd")->raw == "x");
}

TEST_CASE("connector: a host of an older header is told of no skipped records") {
  tento::Synced done(7, true);
  done.skipped = 3;
  done.skipped_note = "a: b";
  tento_sync_result result{};
  result.struct_size = offsetof(tento_sync_result, skipped);
  tento::detail::report(done, &result);
  CHECK(result.seen == 7);
  CHECK(result.more == 1);
  CHECK(result.skipped == 0);
  CHECK(result.skipped_note[0] == 0);
  result.struct_size = sizeof result;
  done.skipped_note = std::string(510, 'x') + "\u00e9";
  tento::detail::report(done, &result);
  CHECK(result.skipped == 3);
  CHECK(std::string_view(result.skipped_note) == std::string(510, 'x'));  // not half of a character
}
