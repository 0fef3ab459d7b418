// SPDX-License-Identifier: Apache-2.0
// The guide's provider, tried as its author would: without a host, against canned and recorded answers.
#include <doctest/doctest.h>

#include <string>

// [includes]
#include <tento/sdk/testing/fake_provider.hpp>

#include "myprovider/connector/activities.hpp"
#include "myprovider/connector/goals.hpp"
#include "myprovider/connector/weekly.hpp"
// [/includes]

using namespace tento;
using namespace tento::testing;

// [entries]
// The provider's own entry points, linked into the test.
const Entries kEntries{&tento_plugin, &tento_connector, &tento_sync_plugin};
// [/entries]

namespace {

constexpr const char* kApi = "https://api.myprovider.example/v1";

// [fixture]
// A host in memory with one account, and the provider loaded into it.
struct Fixture {
  FakeHost host;
  std::unique_ptr<FakeProvider> provider;
  Fixture() {
    host.auth.put({.kind = "myprovider", .auth_id = "alice"});
    Result<std::unique_ptr<FakeProvider>> loaded = FakeProvider::load(host, kEntries);
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));  // the boot check
    provider = std::move(*loaded);
  }
};
// [/fixture]

constexpr const char* kActivities = ":~myprovider:alice:activities";

std::string page_url(const std::string& range, int number) {
  return std::string(kApi) + "/activities?" + range + "&page=" + std::to_string(number);
}

}  // namespace

// [test-sync]
TEST_CASE("activities: two pages land as cells, at once, with coverage") {
  Fixture f;
  CannedTransport& service = f.host.http.canned();
  const std::string range = "from=2026-04-02&to=2026-04-30";
  service.on("GET", page_url(range, 1),
             answer(200, R"({"activities":[{"id":"b","day":"2026-04-29","minutes":31}],"next":2})"));
  service.on("GET", page_url(range, 2),
             answer(200, R"({"activities":[{"id":"a","day":"2026-04-20","minutes":12}],"next":null})"));

  REQUIRE(f.provider->sync(kActivities, "viewport").has_value());
  CHECK(f.host.store.cells(kActivities).size() == 2);
  CHECK(f.host.store.cell(kActivities, "b")->date->text() == "ymd-2026-04-29");
  CHECK(f.host.store.coverage(kActivities).at(0).state == TENTO_COVERAGE_HAVE);
  CHECK(f.host.http.requests().at(0).authenticated);

  // Cancelled after any number of steps, a sync has landed whole or not at all.
  FakeHost& host = f.host;
  REQUIRE(cancel_at_every_step(*f.provider, kActivities, "viewport", [&host](std::size_t) {
            CHECK(host.store.cells(kActivities).size() == 2);
            CHECK(host.store.open_transactions() == 0);
          }).has_value());
}
// [/test-sync]

// [test-errors]
TEST_CASE("activities: a dead credential says what to do, and a busy service is retried") {
  Fixture f;
  const std::string url = page_url("from=2026-04-02&to=2026-04-30", 1);
  f.host.http.canned().on("GET", url, answer(401, ""));
  f.host.http.canned().on("GET", url, answer(503, ""));
  const Result<SyncOutcome> dead = f.provider->sync(kActivities, "viewport");
  CHECK(dead.error().error_class == ErrorClass::auth);
  CHECK(dead.error().tag == "myprovider_auth_expired");
  CHECK(f.provider->sync(kActivities, "viewport").error().error_class == ErrorClass::transient);
  CHECK(f.provider->sync(":~myprovider:bob:activities", "viewport").error().message == "no myprovider auth for bob");
}
// [/test-errors]

// [test-replay]
TEST_CASE("activities: the answers that were recorded from the service") {
  Fixture f;
  auto recording = ReplayingTransport::open(std::string(SNIPPETS) + "/myprovider/fixtures/activities.jsonl");
  REQUIRE_MESSAGE(recording.has_value(), (recording ? "" : recording.error().message));
  f.host.http.use(**recording);
  CHECK(f.provider->sync(kActivities, "viewport")->seen == 3);
  CHECK((*recording)->unused().empty());
}
// [/test-replay]

// [test-computed]
TEST_CASE("weekly: counts the stored activities") {
  Fixture f;
  f.host.store.put(kActivities, {{.id = "a", .date = *PartialDate::ymd(2026, 4, 20), .data = "{}"},
                                 {.id = "b", .date = *PartialDate::ymd(2026, 4, 26), .data = "{}"},
                                 {.id = "c", .date = *PartialDate::ymd(2026, 4, 27), .data = "{}"}});
  const auto weeks = f.provider->get(":~myprovider:alice:activities:weekly");
  REQUIRE(weeks.has_value());
  REQUIRE(weeks->size() == 2);
  CHECK(weeks->at(0).date->text() == "yw-2026-17");
  CHECK(weeks->at(0).data == R"({"count":2})");
}
// [/test-computed]

// [test-write]
TEST_CASE("goals: what the service answers is stored") {
  Fixture f;
  f.host.http.canned().on("PUT", std::string(kApi) + "/goals/2026-04-29", answer(200, R"({"minutes":30})"));
  REQUIRE(
      f.provider
          ->write(TENTO_VERB_PATCH, ":~myprovider:alice:goals", {.cell_id = "2026-04-29", .body = R"({"minutes":30})"})
          .has_value());
  CHECK(f.host.store.cell(":~myprovider:alice:goals", "2026-04-29")->data == R"({"minutes":30})");
}
// [/test-write]

TEST_CASE("accounts: checked before they are saved") {
  Fixture f;
  f.host.http.canned().on("GET", std::string(kApi) + "/me", answer(200, R"({"id":"u-7","name":"Alice"})"));
  const auto checked = f.provider->check_account("MyProvider", {.auth_id = "staged"});
  REQUIRE(checked.has_value());
  CHECK(checked->auth_id == "u-7");
  CHECK(checked->label == "Alice");
}

// [test-shape]
TEST_CASE("the sync-plugin: what it says of stages, windows and locks") {
  Fixture f;
  CHECK(f.provider->lock_key(kActivities, "backfill") == "myprovider/alice");
  CHECK(f.provider->window(kActivities, "backfill")->from->text() == "ymd-2016-04-29");
}
// [/test-shape]

namespace {

// [record]
// How the fixture was made: once, by hand, with a real transport and a real account.
Result<void> record(http::Transport& real, const std::string& file) {
  Scrubber scrubber;
  scrubber.add_name("x-myprovider-signature");
  TENTO_TRY_ASSIGN(auto recorder, RecordingTransport::create(real, file, scrubber));
  const myprovider::Client client("https://api.myprovider.example/v1");
  TENTO_TRY(
      client.activities(*recorder, PartialDate::ymd(2026, 4, 2)->start(), PartialDate::ymd(2026, 4, 30)->start(), 1));
  return {};
}
// [/record]

}  // namespace

TEST_CASE("recording: what record() writes can be replayed") {
  CannedTransport service;
  service.on("GET", page_url("from=2026-04-02&to=2026-04-30", 1), answer(200, R"({"activities":[],"next":null})"));
  const std::string file = std::string(FOLDER) + "/recorded.jsonl";
  REQUIRE(record(service, file).has_value());
  Fixture f;
  auto recording = ReplayingTransport::open(file, ReplayMode::strict);
  REQUIRE(recording.has_value());
  f.host.http.use(**recording);
  REQUIRE(f.provider->sync(kActivities, "viewport").has_value());
  CHECK(f.host.store.coverage(kActivities).at(0).state == TENTO_COVERAGE_EMPTY);
}
