// SPDX-License-Identifier: Apache-2.0
// The list of calendars as cells.
#include "calendars.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "events.hpp"

namespace google::rows {
namespace {

namespace json = boost::json;
using tento::Result;

std::string calendar_data(const Calendar& calendar, const GoogleParams& params) {
  json::object out;
  out["title"] = calendar.title;
  if (!calendar.description.empty()) out["description"] = calendar.description;
  out["zone"] = calendar.zone;
  out["access"] = calendar.access;
  out["primary"] = calendar.primary;
  out["selected"] = calendar.selected;
  out["hidden"] = calendar.hidden;
  if (!calendar.colour.empty()) out["colour"] = calendar.colour;
  if (calendar.readable()) out["events"] = Events::lookup_key(params, {calendar.id});
  return json::serialize(out);
}

}  // namespace

Result<void> Calendars::list_cells(tento::ReadCtx<Calendars>& ctx, tento::CellSink& out) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  std::vector<Calendar> all;
  const Client client = for_call(ctx.client, ctx, ctx.deps);
  TENTO_TRY(each_calendar(client, http, ctx, ctx.deps, [&all](const Calendar& one) -> Result<void> {
    if (one.id.size() > TENTO_MAX_CELL_ID) {
      return tento::fail(tento::ErrorCode::too_large, tento::ErrorClass::provider,
                         "its id has " + std::to_string(one.id.size()) + " bytes");
    }
    all.push_back(one);
    return {};
  }));
  std::sort(all.begin(), all.end(), [](const Calendar& a, const Calendar& b) { return a.id < b.id; });
  TENTO_TRY_ASSIGN(const tento::Instant now, ctx.deps.now());
  TENTO_TRY_ASSIGN(const tento::Date today, ctx.deps.local_day(ctx.time_zone(), now));
  for (const Calendar& one : all) {
    const std::string data = calendar_data(one, ctx.params);
    TENTO_TRY(out.add(tento::CellView(one.id, tento::PartialDate::ymd(today), data)));
  }
  return {};
}

}  // namespace google::rows
