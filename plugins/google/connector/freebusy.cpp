// SPDX-License-Identifier: Apache-2.0
// Busy times of a range.
#include "freebusy.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace google::rows {
namespace {

namespace json = boost::json;
using std::chrono::days;
using tento::Instant;
using tento::Result;

// The service answers for a limited time at once.
constexpr days days_per_query{56};
constexpr days zone_margin{1};  // a window's days are those of the account's zone

std::string busy_data(const Busy& busy) {
  json::object out;
  out["title"] = "Busy";
  out["start"] = tento::SemanticTime(busy.from, 0).local_text();
  out["end"] = tento::SemanticTime(busy.to, 0).local_text();
  out["all_day"] = false;
  out["status"] = "confirmed";
  out["busy"] = true;
  return json::serialize(out);
}

struct Range {
  Instant from;
  Instant to;
};

Result<Range> range_of(const tento::Span& window, Instant now) {
  const auto today = std::chrono::floor<days>(now);
  Range out{today - days(28), today + days(57)};
  if (window.from) out.from = tento::utc_range(*window.from).from;
  if (window.to) out.to = tento::utc_range(*window.to).from;
  if (window.from && !window.from->is_instant()) out.from -= zone_margin;
  if (window.to && !window.to->is_instant()) out.to += zone_margin;
  if (!window.from && window.to) out.from = std::min(out.from, out.to - days(28));
  if (window.from && !window.to) out.to = std::max(out.to, out.from + days(57));
  if (out.to - out.from > FreeBusy::MOST + 2 * zone_margin) {
    return tento::fail(tento::ErrorCode::too_large, tento::ErrorClass::config,
                       "busy times are told for at most a year at once: ask for a shorter range", "range_too_long");
  }
  return out;
}

}  // namespace

Result<void> FreeBusy::list_cells(tento::ReadCtx<FreeBusy>& ctx, tento::CellSink& out) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  TENTO_TRY_ASSIGN(const Instant now, ctx.deps.now());
  TENTO_TRY_ASSIGN(const Range range, range_of(ctx.window, now));
  const Client client = for_call(ctx.client, ctx, ctx.deps);
  std::vector<Busy> all;
  tento::SkippedRecords skipped;
  for (Instant from = range.from; from < range.to; from += days_per_query) {
    TENTO_TRY(ctx.proceed());
    TENTO_TRY_ASSIGN(const std::vector<Busy> some,
                     client.free_busy(http, ctx.own.cal_id, from, std::min<Instant>(from + days_per_query, range.to),
                                      into(skipped)));
    for (const Busy& one : some) {
      // What lies across a border is told in two pieces.
      if (!all.empty() && all.back().to == from && one.from == from) {
        all.back().to = one.to;
      } else {
        all.push_back(one);
      }
    }
  }
  if (skipped.count() > 0) {
    ctx.log(tento::LogLevel::warn, skipped.sentence("the busy times of " + ctx.own.cal_id));
  }
  std::sort(all.begin(), all.end(),
            [](const Busy& a, const Busy& b) { return a.from != b.from ? a.from < b.from : a.to > b.to; });
  for (const Busy& one : all) {
    const tento::SemanticTime date(one.from, 0);
    const std::string id = date.text();
    const std::string data = busy_data(one);
    tento::CellView cell(id, date, data);
    cell.end_date = tento::SemanticTime(one.to, 0).to_abi();
    TENTO_TRY(out.add(cell));
  }
  return {};
}

}  // namespace google::rows
