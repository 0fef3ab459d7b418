// SPDX-License-Identifier: Apache-2.0
// Splitting, replacing and joining of coverage spans.
#include "host/store/sqlite/coverage.hpp"

#include <algorithm>
#include <iterator>

#include "host/store/sqlite/errors.hpp"

namespace tento::host::sqlite {

namespace {

bool says_the_same(const CoverageRecord& a, const CoverageRecord& b) {
  return a.state == b.state && a.error_class == b.error_class && a.reason == b.reason && a.retry_at_us == b.retry_at_us;
}

// The difference in age may be a quarter of the younger one's age.
bool learnt_together(const CoverageRecord& a, const CoverageRecord& b, std::int64_t now_us) {
  const auto younger = std::max(a.asked_us, b.asked_us);
  return younger - std::min(a.asked_us, b.asked_us) <= (now_us - younger) / 4;
}

template <class MayJoin>
std::vector<CoverageRecord> join_neighbours(const std::vector<CoverageRecord>& known, const MayJoin& may_join) {
  std::vector<CoverageRecord> out;
  for (const auto& next : known) {
    if (!out.empty() && out.back().span.to_us == next.span.from_us && says_the_same(out.back(), next) &&
        may_join(out.back(), next)) {
      out.back().span.to_us = next.span.to_us;
      out.back().asked_us = std::min(out.back().asked_us, next.asked_us);
    } else {
      out.push_back(next);
    }
  }
  return out;
}

// What is left of `known` around `hole`.
std::vector<CoverageRecord> cut(const std::vector<CoverageRecord>& known, const Moments& hole) {
  std::vector<CoverageRecord> out;
  for (const auto& record : known) {
    if (record.span.to_us <= hole.from_us || record.span.from_us >= hole.to_us) {
      out.push_back(record);
      continue;
    }
    if (record.span.from_us < hole.from_us) {
      out.push_back(record);
      out.back().span.to_us = hole.from_us;
    }
    if (record.span.to_us > hole.to_us) {
      out.push_back(record);
      out.back().span.from_us = hole.to_us;
    }
  }
  return out;
}

}  // namespace

std::vector<CoverageRecord> lay_over(std::vector<CoverageRecord> known, std::span<const CoverageInput> statements,
                                     std::int64_t now_us) {
  for (const auto& statement : statements) {
    known = cut(known, statement.span);
    CoverageRecord record;
    static_cast<CoverageInput&>(record) = statement;
    record.asked_us = now_us;
    const auto after =
        std::find_if(known.begin(), known.end(), [&](const auto& r) { return r.span.from_us >= statement.span.to_us; });
    known.insert(after, std::move(record));
  }
  return join_neighbours(known, [now_us](const auto& a, const auto& b) { return learnt_together(a, b, now_us); });
}

std::vector<CoverageRecord> joined(const std::vector<CoverageRecord>& known) {
  return join_neighbours(known, [](const auto&, const auto&) { return true; });
}

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
  for (const auto& statement : statements) {
    if (statement.span.from_us >= statement.span.to_us)
      throw StoreFailure(store_error(ErrorCode::invalid_argument, ErrorClass::internal,
                                     "a coverage span is empty or ends before it starts. Give from < to",
                                     "bad_coverage", "fix the span"));
  }
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
}

}  // namespace tento::host::sqlite
