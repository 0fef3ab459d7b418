// SPDX-License-Identifier: Apache-2.0
// row coverage: which dates of a row were asked for, when, and with what answer.
#include "host/base/clock.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/rows.hpp"
#include "host/services/row_document.hpp"

namespace tento::host {
namespace {

struct CoveredSpan {
  CoverageRecord record;
  std::string state;
};

const Columns<CoveredSpan>& coverage_columns() {
  constexpr auto time = FieldType::time;
  static const Columns<CoveredSpan> all{
      {{.name = "from", .type = time, .nullable = true, .help = "absent = as far back as there is"},
       [](const CoveredSpan& span) { return time_field(span.record.span.from_us); }},
      {{.name = "to", .type = time, .nullable = true, .help = "exclusive; absent = as far as there is"},
       [](const CoveredSpan& span) { return time_field(span.record.span.to_us); }},
      {{.name = "state", .help = "have, empty, stale or failed; dates that are in no span were never asked for"},
       [](const CoveredSpan& span) -> Field { return span.state; }},
      {{.name = "asked", .type = time, .nullable = true, .help = "when that was learnt"},
       [](const CoveredSpan& span) { return time_field(span.record.asked_us); }},
      {{.name = "retry_at", .type = time, .nullable = true, .help = "of what failed: when it is tried again"},
       [](const CoveredSpan& span) { return time_field(span.record.retry_at_us); }},
      {{.name = "reason", .nullable = true, .help = "why it failed, or what is missing in what is held"},
       [](const CoveredSpan& span) { return text_or_absent(span.record.reason); }},
  };
  return all;
}

}  // namespace

std::vector<Column> covered_columns() {
  return coverage_columns().columns();
}

Result<Output> row_coverage(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto viewer, viewer_of(ctx));
  TENTO_TRY_ASSIGN(const auto target, ctx.host.row_service.find_readable(viewer, args.text("key")));
  TENTO_TRY_ASSIGN(const auto coverage, ctx.host.store.rows().coverage(target.row.id));
  Output out;
  out.columns = covered_columns();
  const auto now_us = unix_now_us();
  for (const auto& record : coverage)
    out.records.push_back(
        coverage_columns().record({record, std::string(coverage_state(record, target.stale_after_s(), now_us))}));
  if (coverage.empty()) out.notes.emplace_back("nothing of it was ever asked for");
  return out;
}

}  // namespace tento::host
