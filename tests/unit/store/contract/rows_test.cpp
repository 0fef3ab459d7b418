// SPDX-License-Identifier: Apache-2.0
// The contract of rows, coverage, the cursors of providers, and zones.
#include <doctest/doctest.h>

#include <array>

#include "tests/unit/store/contract/openings.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

CoverageInput covered(std::int64_t from, std::int64_t to, tento_coverage_state state = TENTO_COVERAGE_HAVE) {
  return {{from, to}, state, 0, "", INT64_MIN};
}

std::string coverage_text(Store& store, const Uuid& row) {
  std::string out;
  for (const auto& span : must(store.rows().coverage(row)))
    out += '[' + std::to_string(span.span.from_us) + ',' + std::to_string(span.span.to_us) + ' ' +
           std::to_string(span.state) + ']';
  return out;
}

Uuid missing() {
  Uuid out;
  out.bytes.fill(0xee);
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("rows: the first that is made stays, by id and by key", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  auto record = must(f.b().rows().find(f.row)).value();
  CHECK(record.lookup_key == ":~x:a:things");
  CHECK(record.attributes_json == "{\"k\":1}");
  CHECK(record.created_us == f.now);
  CHECK(record.change_seq == 0);
  record.label = "other";
  CHECK(must(f.b().rows().ensure(record)).label == "things");
  record.id.bytes.fill(2);
  CHECK(tag_of(f.b().rows().ensure(record)) == "store_internal");
  record.lookup_key = ":~x:a:other";
  record.owner = missing();
  CHECK(tag_of(f.b().rows().ensure(record)) == "store_internal");
  f.make_row(2, ":~x:a:more");
  const auto all = must(f.b().rows().of_user(f.user.id));
  REQUIRE(all.size() == 2);
  CHECK(all[0].lookup_key == ":~x:a:more");
  CHECK(must(f.b().rows().of_user(missing())).empty());
  CHECK_FALSE(must(f.b().rows().find(missing())));
  f.put({cell("a", 1, "1")});
  const auto seq = must(f.b().rows().find(f.row))->change_seq;
  CHECK(seq > 0);
  f.put({cell("a", 1, "1")});
  CHECK(must(f.b().rows().find(f.row))->change_seq == seq);
}

TEST_CASE_TEMPLATE("coverage: a new span replaces what it overlaps, neighbours that say the same become one", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  auto& rows = f.a().rows();
  must(rows.add_coverage(f.row, std::array{covered(0, 10), covered(10, 20)}));
  CHECK(coverage_text(f.b(), f.row) == "[0,20 1]");
  must(rows.add_coverage(f.row, std::array{covered(5, 8, TENTO_COVERAGE_FAILED)}));
  const auto failed = std::to_string(TENTO_COVERAGE_FAILED);
  CHECK(coverage_text(f.b(), f.row) == "[0,5 1][5,8 " + failed + "][8,20 1]");
  f.now += 1000;
  must(f.b().rows().add_coverage(f.row, std::array{covered(5, 8)}));
  // What was learnt just now does not join what is older, measured against its own age.
  CHECK(coverage_text(f.a(), f.row) == "[0,5 1][5,8 1][8,20 1]");
  f.now += 1'000'000;
  must(f.b().rows().add_coverage(f.row, std::array{covered(30, 31)}));
  CHECK(coverage_text(f.a(), f.row) == "[0,20 1][30,31 1]");
  CHECK(must(f.a().rows().coverage(f.row)).front().asked_us == f.now - 1'001'000);
  CHECK(tag_of(rows.add_coverage(f.row, std::array{covered(40, 50), covered(9, 9)})) == "bad_coverage");
  CHECK(coverage_text(f.b(), f.row) == "[0,20 1][30,31 1]");
  CHECK(tag_of(rows.add_coverage(missing(), std::array{covered(1, 2)})) == "no_such_row");
  CHECK(must(rows.coverage(missing())).empty());
}

TEST_CASE_TEMPLATE("provider cursors: they land with the cells of a transaction; an empty one goes", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  auto txn = open_txn(f.a().cells(), f.row, std::nullopt, {});
  must(txn->commit({}, std::array{CursorInput{"next", std::string_view("\0a", 2)}, CursorInput{"page", "7"}}));
  CHECK(must(f.b().rows().cursor(f.row, "next")) == std::string("\0a", 2));
  CHECK_FALSE(must(f.b().rows().cursor(f.row, "none")));
  CHECK_FALSE(must(f.b().rows().cursor(missing(), "next")));
  txn = open_txn(f.b().cells(), f.row, std::nullopt, {});
  must(txn->commit({}, std::array{CursorInput{"next", ""}, CursorInput{"page", "8"}}));
  CHECK_FALSE(must(f.a().rows().cursor(f.row, "next")));
  CHECK(must(f.a().rows().cursor(f.row, "page")) == "8");
}

TEST_CASE_TEMPLATE("zones: days move with the zone of their account, or of the user; all or nothing", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  must(f.a().accounts().put(f.account(), std::nullopt));
  CellInput dated;
  dated.id = "day";
  dated.date = day(2026, 4, 29);
  dated.start_us = 100;
  dated.end_us = 200;
  dated.data = "1";
  f.put({dated, cell("moment", 150, "2")});
  const MomentsOfCell later = [](const tento_semantic_time& date, const tento_semantic_time&) -> Result<Moments> {
    if (date.kind == TENTO_TIME_INSTANT) return Moments{date.unix_us, date.unix_us};
    return Moments{130, 230};
  };
  const MomentsOfCell broken = [](const tento_semantic_time& date, const tento_semantic_time&) -> Result<Moments> {
    if (date.kind == TENTO_TIME_INSTANT) return fail(ErrorCode::invalid_data, ErrorClass::internal, "no", "broken");
    return Moments{131, 231};
  };
  auto cursor = must(f.a().changes().newest(f.user.id));
  CHECK(tag_of(f.a().users().set_zone({f.user.id, {}, {}}, "UTC", broken)) == "broken");
  CHECK(must(f.b().users().find(f.user.id))->time_zone == "Europe/Berlin");
  CHECK(must(f.a().users().set_zone({f.user.id, {}, {}}, "UTC", later)) == 1);
  CHECK(must(f.b().users().find(f.user.id))->time_zone == "UTC");
  CHECK(read_text(f.b(), f.row) == "day@130=1 moment@150=2");
  CHECK(follow(f.b(), cursor) == "~day");
  const auto stamp = must(f.b().rows().stamp(f.row)).value();
  CHECK(must(f.b().users().set_zone({f.user.id, "x", "a"}, "Asia/Tokyo", later)) == 0);
  CHECK(must(f.b().accounts().find(f.user.id, "x", "a"))->time_zone == "Asia/Tokyo");
  // Which dates a range has is another question in another zone, also where nothing moved.
  CHECK(must(f.b().rows().stamp(f.row))->version > stamp.version);
  CHECK(must(f.b().rows().stamp(f.row))->change_seq == stamp.change_seq);
  // The row's account has a zone of its own now.
  CHECK(must(f.b().users().set_zone({f.user.id, {}, {}}, "UTC", broken)) == 0);
  CHECK(tag_of(f.b().users().set_zone({f.user.id, "x", "none"}, "UTC", later)) == "no_such_account");
  CHECK(tag_of(f.b().users().set_zone({missing(), {}, {}}, "UTC", later)) == "no_such_account");
}

TEST_CASE_TEMPLATE("rows: the stamp changes with all that a reader is shown, and with nothing else", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto other = f.make_row(2, ":~x:b:things", "b");
  const auto stamp = [&] { return must(f.b().rows().stamp(f.row)).value(); };
  auto last = stamp();
  const auto of_other = must(f.b().rows().stamp(other));
  const auto changed = [&] {
    const auto now = stamp();
    const bool grew = now.version > last.version && now.change_seq >= last.change_seq;
    const bool same = now == last;
    last = now;
    return grew ? "changed" : same ? "same" : "fell";
  };
  CHECK(last.change_seq == 0);
  f.put({cell("a", 1, "1")});
  CHECK(changed() == std::string("changed"));
  CHECK(last.change_seq == must(f.a().rows().find(f.row))->change_seq);
  f.put({cell("a", 1, "1")});
  CHECK(changed() == std::string("same"));
  const CoverageInput known{{0, 9}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN};
  must(f.a().rows().add_coverage(f.row, std::array{known}));
  CHECK(changed() == std::string("changed"));
  {
    const auto txn = open_txn(f.a().cells(), f.row, std::nullopt, {});
    must(txn->commit(std::array{known}, std::array{CursorInput{"page", "7"}}));
    CHECK(changed() == std::string("changed"));
  }
  {
    const auto txn = open_txn(f.a().cells(), f.row, std::nullopt, {});
    must(txn->commit({}, std::array{CursorInput{"page", "8"}}));
    CHECK(changed() == std::string("same"));
  }
  CHECK(must(f.b().rows().stamp(other)) == of_other);
  const MomentsOfCell same_moments = [](const tento_semantic_time& date,
                                        const tento_semantic_time&) -> Result<Moments> {
    return Moments{date.unix_us, date.unix_us};
  };
  must(f.a().users().set_zone({f.user.id, "", ""}, "UTC", same_moments));
  CHECK(changed() == std::string("changed"));
  must(f.a().accounts().put(f.account("b"), std::nullopt));
  CHECK(changed() == std::string("same"));
  must(f.a().accounts().put(f.account(), std::nullopt));
  CHECK(changed() == std::string("changed"));
  CHECK(must(f.a().accounts().refuse({f.user.id, "x", "a"}, 0, "it has ended")));
  CHECK(changed() == std::string("changed"));
  must(f.a().accounts().remove(f.user.id, "x", "a", true));
  CHECK_FALSE(must(f.b().rows().stamp(f.row)));
  f.make_row(1, ":~x:a:things");
  CHECK(stamp().change_seq == 0);
  CHECK(changed() != std::string("same"));
}
