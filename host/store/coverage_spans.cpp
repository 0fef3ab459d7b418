// SPDX-License-Identifier: Apache-2.0
// Splitting, replacing and joining of coverage spans.
#include "host/store/coverage_spans.hpp"

#include <algorithm>
#include <utility>

#include "host/base/error.hpp"

namespace tento::host {

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

Result<void> check_coverage(std::span<const CoverageInput> statements) {
  if (std::all_of(statements.begin(), statements.end(),
                  [](const auto& one) { return one.span.from_us < one.span.to_us; }))
    return {};
  return error(ErrorCode::invalid_argument, ErrorClass::internal,
               "a coverage span is empty or ends before it starts. Give from < to")
      .tag("bad_coverage")
      .remedy("fix the span");
}

}  // namespace tento::host
