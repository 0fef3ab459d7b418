// SPDX-License-Identifier: Apache-2.0
// Owners, accounts, rows, coverage and cursors.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "host/store/coverage_spans.hpp"
#include "tests/unit/store/fixture.hpp"
#include "tests/unit/support/stored_run.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

CoverageInput held(std::int64_t from_us, std::int64_t to_us, tento_coverage_state state = TENTO_COVERAGE_HAVE) {
  return {{from_us, to_us}, state, 0, "", INT64_MIN};
}

// `from-to:state`, in order.
std::string told(const std::vector<CoverageRecord>& records) {
  std::string out;
  for (const auto& r : records) {
    if (!out.empty()) out += ' ';
    out += std::to_string(r.span.from_us) + '-' + std::to_string(r.span.to_us) + ':' + std::to_string(r.state);
  }
  return out;
}

AccountRecord account_a(const Uuid& owner) {
  AccountRecord a;
  a.owner = owner;
  a.provider = "x";
  a.integration = "X";
  a.kind = "x";
  a.auth_id = "a";
  a.label = "first";
  return a;
}

}  // namespace

TEST_CASE("the default owner is made once, with a random id") {
  StoreFixture f;
  StoreFixture g;
  CHECK(f.owner.id != g.owner.id);
  CHECK((f.owner.id.bytes[6] >> 4) == 4);
  const auto id = f.owner.id;
  f.open();
  CHECK(must(f.store->users().default_user()).id == id);
  CHECK(must(f.store->users().all()).size() == 1);
  CHECK(!must(f.store->users().default_user()).time_zone.empty());
}

TEST_CASE("an account is replaced by its key; its secret stays unless a new one comes, and its generation tells") {
  StoreFixture f;
  auto a = account_a(f.owner.id);
  must(f.store->accounts().put(a, "s3cret"));
  CHECK(must(f.store->accounts().secret(a.owner, "x", "a")) == "s3cret");
  const auto first = must(f.store->accounts().find(a.owner, "x", "a"));
  REQUIRE(first);
  CHECK(first->created_us == f.now);
  CHECK(first->expires_us == INT64_MAX);
  a.label = "second";
  f.now += 1;
  must(f.store->accounts().put(a, std::nullopt));
  const auto second = must(f.store->accounts().find(a.owner, "x", "a"));
  CHECK(second->label == "second");
  CHECK(second->created_us == first->created_us);
  CHECK(second->generation == first->generation);
  CHECK(must(f.store->accounts().secret(a.owner, "x", "a")) == "s3cret");
  must(f.store->accounts().put(a, "new"));
  CHECK(must(f.store->accounts().find(a.owner, "x", "a"))->generation == first->generation + 1);
  CHECK(must(f.store->accounts().secret(a.owner, "x", "a")) == "new");
  CHECK(must(f.store->accounts().of_user(a.owner)).size() == 1);
  CHECK(must(f.store->accounts().of_user(a.owner, "y")).empty());
}

TEST_CASE("disconnecting keeps the data; purging takes all of it and nothing else") {
  StoreFixture f;
  const auto a = account_a(f.owner.id);
  must(f.store->accounts().put(a, "secret"));
  const auto other = f.make_row(2, ":~x:b:things", "b");
  for (const auto& row : {f.row, other}) {
    auto c = cell("a", 1, "1");
    c.raw = "raw";
    must(f.store->cells().persist(row, std::array{c}, {}));
    must(f.store->rows().add_coverage(row, std::array{held(0, 10)}));
  }
  RunRecord run;
  run.row = f.row;
  run.stage = "live";
  must(stored_run(*f.store, run));

  must(f.store->accounts().remove(a.owner, "x", "a", false));
  CHECK(!must(f.store->accounts().find(a.owner, "x", "a")));
  CHECK(!f.store->accounts().secret(a.owner, "x", "a"));
  CHECK(must(f.store->cells().count(f.row)) == 1);
  const auto unknown = f.store->accounts().remove(a.owner, "x", "a", false);
  REQUIRE(!unknown);
  CHECK(unknown.error().code == ErrorCode::not_found);

  must(f.store->accounts().remove(a.owner, "x", "a", true));
  CHECK(!must(f.store->rows().find(f.row)));
  CHECK(must(f.store->cells().count(f.row)) == 0);
  CHECK(must(f.store->cells().raw(f.row, "a")) == std::nullopt);
  CHECK(must(f.store->jobs().counts()).empty());
  CHECK(must(f.store->runs().of_user(f.owner.id, 10)).empty());
  CHECK(must(f.store->rows().coverage(f.row)).empty());
  CHECK(must(f.store->cells().count(other)) == 1);
  CHECK(must(f.store->rows().coverage(other)).size() == 1);

  // The numbers of what was purged are not given again.
  const auto seq_of = [&f](const Uuid& row) {
    std::int64_t seq = 0;
    must(f.store->cells().read(row, {}, [&seq](const CellView& c) {
      seq = c.change_seq;
      return true;
    }));
    return seq;
  };
  must(f.store->cells().persist(other, std::array{cell("last", 9, "1")}, {}));
  const auto last = seq_of(other);
  must(f.store->accounts().remove(a.owner, "x", "b", true));
  const auto third = f.make_row(3, ":~x:c:things", "c");
  must(f.store->cells().persist(third, std::array{cell("a", 1, "1")}, {}));
  CHECK(seq_of(third) > last);
}

TEST_CASE("a row is made once and keeps what it was made with") {
  StoreFixture f;
  auto again = must(f.store->rows().find(f.row)).value();
  again.label = "another";
  CHECK(must(f.store->rows().ensure(again)).label.empty());
  f.make_row(2, ":~x:b:things");
  const auto rows = must(f.store->rows().of_user(f.owner.id));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].lookup_key == ":~x:a:things");
}

TEST_CASE("a new span replaces what it overlaps, and equal neighbours learnt together are one") {
  StoreFixture f;
  const auto add = [&f](const CoverageInput& c) {
    must(f.store->rows().add_coverage(f.row, std::array{c}));
    return told(must(f.store->rows().coverage(f.row)));
  };
  CHECK(add(held(0, 100)) == "0-100:1");
  CHECK(add(held(20, 40, TENTO_COVERAGE_FAILED)) == "0-20:1 20-40:4 40-100:1");
  CHECK(add(held(30, 50, TENTO_COVERAGE_EMPTY)) == "0-20:1 20-30:4 30-50:2 50-100:1");
  CHECK(add(held(20, 50)) == "0-100:1");
  CHECK(add(held(100, 200)) == "0-200:1");
  CHECK(add(held(INT64_MIN, INT64_MAX, TENTO_COVERAGE_EMPTY)) ==
        std::to_string(INT64_MIN) + "-" + std::to_string(INT64_MAX) + ":2");
  auto reasoned = held(0, 10, TENTO_COVERAGE_FAILED);
  reasoned.reason = "down";
  reasoned.error_class = TENTO_CLASS_TRANSIENT;
  reasoned.retry_at_us = 77;
  add(reasoned);
  const auto stored = must(f.store->rows().coverage(f.row)).at(1);
  CHECK(stored.reason == "down");
  CHECK(stored.error_class == TENTO_CLASS_TRANSIENT);
  CHECK(stored.retry_at_us == 77);
  CHECK(stored.asked_us == f.now);
  CHECK(!f.store->rows().add_coverage(f.row, std::array{held(5, 5)}));
}

TEST_CASE("a year of daily syncs of a week leaves a short list in which the new is never old") {
  constexpr std::int64_t a_day = 86'400'000'000;
  std::vector<CoverageRecord> known;
  for (std::int64_t today = 0; today < 365; ++today) {
    known = lay_over(std::move(known), std::array{held((today - 6) * a_day, (today + 1) * a_day)}, today * a_day);
    CHECK(known.back().asked_us == today * a_day);
  }
  CHECK(known.size() < 30);
  CHECK(known.front().span.from_us == -6 * a_day);
  CHECK(known.back().span.to_us == 365 * a_day);
  CHECK(joined(known).size() == 1);
  // No span claims to be much older than its youngest part: a day d was last asked at d + 6.
  for (const auto& span : known) {
    const auto youngest = std::min<std::int64_t>(span.span.to_us / a_day - 1 + 6, 364);
    const auto age = 364 - youngest;
    CHECK(364 - span.asked_us / a_day <= age * 2 + 8);
  }
}

TEST_CASE("cursors are named, replaced, and removed by an empty value") {
  StoreFixture f;
  const auto commit = [&f](std::string_view name, std::string_view value) {
    auto txn = open_txn(f.store->cells(), f.row, std::nullopt, {});
    must(txn->commit({}, std::array{CursorInput{name, value}}));
  };
  commit("a", "1");
  commit("b", std::string_view("\0\1", 2));
  commit("a", "2");
  CHECK(must(f.store->rows().cursor(f.row, "a")) == "2");
  CHECK(must(f.store->rows().cursor(f.row, "b")) == std::string("\0\1", 2));
  // What was read before is old now.
  const int writes = f.writes;
  commit("a", "");
  CHECK(f.writes > writes);
  CHECK(must(f.store->rows().cursor(f.row, "a")) == std::nullopt);
  CHECK(must(f.store->rows().cursor(f.row, "b")) == std::string("\0\1", 2));
  CHECK(f.writes == writes + 1);
  // A row that is not stored reads as one without cursors.
  CHECK(must(f.store->rows().cursor(Uuid{}, "a")) == std::nullopt);
}

TEST_CASE("another zone moves the days of what is stored, of those who have no zone of their own") {
  StoreFixture f;
  const auto put_account = [&](const std::string& auth_id, const std::string& zone) {
    AccountRecord account;
    account.owner = f.owner.id;
    account.provider = "x";
    account.integration = "X";
    account.kind = "x";
    account.auth_id = auth_id;
    account.time_zone = zone;
    must(f.store->accounts().put(account, std::nullopt));
  };
  put_account("a", "");
  put_account("b", "Asia/Tokyo");
  const auto other = f.make_row(2, ":~x:b:things", "b");
  const auto on_day = [](std::string_view id, int of_month) {
    CellInput c = cell(id, of_month * 100, "1");
    c.date = day(2026, 4, of_month);
    c.end_us = of_month * 100 + 100;
    return c;
  };
  // More than one page of days, and an instant.
  std::vector<std::string> ids;
  for (int i = 0; i < 5000; ++i) ids.push_back("d" + std::to_string(i));
  std::vector<CellInput> cells{on_day("first", 1), on_day("second", 2), cell("at", 150, "2")};
  for (const auto& id : ids) cells.push_back(on_day(id, 9));
  must(f.store->cells().persist(f.row, cells, {}));
  must(f.store->cells().persist(other, std::array{on_day("theirs", 1)}, {}));
  const MomentsOfCell later = [](const tento_semantic_time& date, const tento_semantic_time&) -> Result<Moments> {
    if (date.kind == TENTO_TIME_INSTANT) return Moments{date.unix_us, date.unix_us};
    return Moments{date.day * 100 + 30, date.day * 100 + 230};
  };
  const auto seq = f.last_seq();
  CHECK(must(f.store->users().set_zone({f.owner.id, "", ""}, "Europe/Berlin", later)) == 5002);
  CHECK(must(f.store->users().default_user()).time_zone == "Europe/Berlin");
  CHECK(f.read({0, 500}) == "first@130=1 at@150=2 second@230=1");
  CHECK(f.read({320, 340}) == "first@130=1 second@230=1");  // longer than any before
  const auto moved_at = f.last_seq();
  CHECK(moved_at > seq);  // readers of changes learn of it
  CHECK(must(f.store->users().set_zone({f.owner.id, "", ""}, "Europe/Berlin", later)) == 0);
  CHECK(f.last_seq() == moved_at);
  CHECK(must(f.store->cells().count(f.row)) == 5003);
  CHECK(must(f.store->users().set_zone({f.owner.id, "x", "b"}, "Asia/Seoul", later)) == 1);
  CHECK(must(f.store->accounts().find(f.owner.id, "x", "b"))->time_zone == "Asia/Seoul");
  CHECK(f.store->users().set_zone({f.owner.id, "x", "nobody"}, "UTC", later).error().code == ErrorCode::not_found);

  // All of it or nothing.
  const MomentsOfCell bad = [](const tento_semantic_time& date, const tento_semantic_time&) -> Result<Moments> {
    if (date.day == 9) return fail(ErrorCode::invalid_data, ErrorClass::provider, "no such day");
    return Moments{1, 2};
  };
  CHECK(f.store->users().set_zone({f.owner.id, "", ""}, "UTC", bad).error().message == "no such day");
  CHECK(must(f.store->users().default_user()).time_zone == "Europe/Berlin");
  CHECK(f.read({0, 300}) == "first@130=1 at@150=2 second@230=1");
}
