// SPDX-License-Identifier: Apache-2.0
// What goes when a row goes.
#include "host/store/sqlite/purge.hpp"

#include "host/store/sqlite/cell_writer.hpp"

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

std::int64_t tell_gone(Connection& db, const DoomedRow& row, std::int64_t now_us) {
  const auto seq = next_seq(db);
  record_commit(db, {seq, row.n, 0, now_us}, {}, {});
  auto q = db.use("INSERT INTO gone_rows(seq, row, owner, lookup_key, at_us) VALUES(?1,?2,?3,?4,?5)");
  q->bind(1, seq);
  q->bind(2, row.id);
  q->bind(3, row.owner);
  q->bind_text(4, row.lookup_key);
  q->bind(5, now_us);
  q->step();
  return seq;
}

void purge_row(Connection& db, const DoomedRow& row) {
  const auto erase = [&row](Query q) {
    q->bind(1, row.n);
    q->step();
  };
  erase(db.use("DELETE FROM cells WHERE row = ?1"));
  erase(db.use("DELETE FROM raws WHERE row = ?1"));
  erase(db.use("DELETE FROM tombstones WHERE row = ?1"));
  // The latest number stays known, so that none is given twice.
  erase(db.use("DELETE FROM commits WHERE row = ?1 AND seq < (SELECT max(seq) FROM commits)"));
  erase(db.use("DELETE FROM rows WHERE n = ?1"));  // coverage, cursors, jobs and runs go by foreign key
}

}  // namespace tento::host::sqlite
