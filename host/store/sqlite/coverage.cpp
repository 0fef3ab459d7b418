// SPDX-License-Identifier: Apache-2.0
// The table of coverage.
#include "host/store/sqlite/coverage.hpp"

#include "host/store/failure.hpp"
#include "host/store/sqlite/feeds.hpp"

namespace tento::host::sqlite {

std::vector<CoverageRecord> read_coverage(Connection& db, std::int64_t row) {
  std::vector<CoverageRecord> out;
  auto q = db.use(
      "SELECT from_us, to_us, state, error_class, reason, retry_at_us, asked_us FROM coverage WHERE row = ?1 "
      "ORDER BY from_us");
  q->bind(1, row);
  while (q->step()) {
    CoverageRecord record;
    record.span = {q->integer(0), q->integer(1)};
    record.state = static_cast<tento_coverage_state>(q->integer(2));
    record.error_class = static_cast<tento_error_class>(q->integer(3));
    record.reason = q->text(4);
    record.retry_at_us = q->integer(5);
    record.asked_us = q->integer(6);
    out.push_back(std::move(record));
  }
  return out;
}

void write_coverage(Connection& db, std::int64_t row, std::span<const CoverageInput> statements, std::int64_t now_us) {
  if (statements.empty()) return;
  if (auto checked = check_coverage(statements); !checked) throw StoreFailure(std::move(checked).error());
  const auto records = lay_over(read_coverage(db, row), statements, now_us);
  {
    auto q = db.use("DELETE FROM coverage WHERE row = ?1");
    q->bind(1, row);
    q->step();
  }
  for (const auto& record : records) {
    auto q = db.use(
        "INSERT INTO coverage(row, from_us, to_us, state, error_class, reason, retry_at_us, asked_us) "
        "VALUES(?1,?2,?3,?4,?5,?6,?7,?8)");
    q->bind(1, row);
    q->bind(2, record.span.from_us);
    q->bind(3, record.span.to_us);
    q->bind(4, record.state);
    q->bind(5, record.error_class);
    q->bind_text(6, record.reason);
    q->bind(7, record.retry_at_us);
    q->bind(8, record.asked_us);
    q->step();
  }
  touch_row(db, row);
}

}  // namespace tento::host::sqlite
