// SPDX-License-Identifier: Apache-2.0
// What goes when a row goes.
#include "host/store/sqlite/purge.hpp"

#include "host/store/sqlite/feeds.hpp"

namespace tento::host::sqlite {

namespace {

std::vector<DoomedRow> collect(const Query& q) {
  std::vector<DoomedRow> out;
  while (q->step()) out.push_back({q->integer(0), q->uuid(1), q->uuid(2), q->text(3)});
  return out;
}

}  // namespace

std::vector<DoomedRow> rows_of_account(Connection& db, const Uuid& owner, std::string_view provider,
                                       std::string_view auth_id) {
  auto q = db.use("SELECT n, id, owner, lookup_key FROM rows WHERE owner = ?1 AND provider = ?2 AND auth_id = ?3");
  q->bind(1, owner);
  q->bind_text(2, provider);
  q->bind_text(3, auth_id);
  return collect(q);
}

std::vector<DoomedRow> rows_of_owner(Connection& db, const Uuid& owner) {
  auto q = db.use("SELECT n, id, owner, lookup_key FROM rows WHERE owner = ?1");
  q->bind(1, owner);
  return collect(q);
}

void tell_gone(Connection& db, const DoomedRow& row, std::int64_t now_us) {
  std::int64_t feed = 0;
  {
    auto q = db.use("SELECT n FROM feeds WHERE owner = ?1");
    q->bind(1, row.owner);
    q->step();
    feed = q->integer(0);
  }
  const auto seq = next_seq(db, feed);
  record_commit(db, {feed, seq, row.n, 0, now_us}, {}, {});
  auto q = db.use("INSERT INTO gone_rows(feed, seq, row, lookup_key, at_us) VALUES(?1,?2,?3,?4,?5)");
  q->bind(1, feed);
  q->bind(2, seq);
  q->bind(3, row.id);
  q->bind_text(4, row.lookup_key);
  q->bind(5, now_us);
  q->step();
}

void purge_row(Connection& db, const DoomedRow& row) {
  const auto erase = [&row](Query q) {
    q->bind(1, row.n);
    q->step();
  };
  erase(db.use("DELETE FROM cells WHERE row = ?1"));
  erase(db.use("DELETE FROM raws WHERE row = ?1"));
  erase(db.use("DELETE FROM tombstones WHERE row = ?1"));
  {
    // The numbers and marks stay, so that the cursors behind them do. The row's own number may be given again.
    auto q = db.use(
        "UPDATE commits SET row = 0, run = 0, provider_version = '' WHERE row = ?1 AND feed = (SELECT n FROM feeds "
        "WHERE owner = ?2)");
    q->bind(1, row.n);
    q->bind(2, row.owner);
    q->step();
  }
  erase(db.use("DELETE FROM rows WHERE n = ?1"));  // coverage, cursors, jobs and runs go by foreign key
}

}  // namespace tento::host::sqlite
