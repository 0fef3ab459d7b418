// SPDX-License-Identifier: Apache-2.0
// Events as cells, and how they are written.
#include "events.hpp"

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>

#include "sync_plugin/event_sync.hpp"

namespace google::rows {
namespace {

using tento::Result;
using tento::WriteOutput;

// An id that the same write has whenever it is tried again. The service takes ids of the characters a to v and 0 to 9.
std::string id_of_write(const tento::WriteCtx<Events>& ctx) {
  if (ctx.idempotency_key.empty()) return {};
  std::string name = ctx.own.cal_id;
  name += '\n';
  name += ctx.params.auth_id;
  name += '\n';
  name += ctx.idempotency_key;
  const boost::uuids::uuid made = boost::uuids::name_generator_sha1(boost::uuids::ns::oid())(name.data(), name.size());
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "t";
  for (const std::uint8_t byte : made) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

// A series has no cell of its own: the host syncs, and its instances come.
WriteOutput output_of(const Event& event) {
  if (!event.recurrence.empty() || event.cancelled || !event.start) return WriteOutput::accepted();
  return WriteOutput::stored(cell_of(event));
}

bool is_conflict(const tento::Error& error) {
  return error.code == tento::ErrorCode::conflict && error.http_status == 412;
}

// An instance that was expanded here has its series' version, which the service need not give the instance. So before a
// write of one is refused, both are looked at: where the series still has that version, and the instance has not been
// changed since, the instance's own version is the one that was meant.
Result<std::string> own_version(const Client& client, tento::http::Transport& http, const tento::WriteCtx<Events>& ctx,
                                const tento::Error& conflict) {
  const auto instance = parse_instance_id(ctx.cell_id);
  if (!instance) return tento::fail(conflict);
  TENTO_TRY_ASSIGN(const Event now, client.get(http, ctx.own.cal_id, ctx.cell_id));
  TENTO_TRY_ASSIGN(const Event series, client.get(http, ctx.own.cal_id, instance->series));
  const bool same = series.etag == ctx.expected && now.etag != ctx.expected && !now.cancelled && !now.updated.empty() &&
                    now.updated == series.updated;
  if (!same) return tento::fail(conflict);
  return now.etag;
}

}  // namespace

tento::Cell cell_of(const Event& event) {
  const tento::SemanticTime start = event.start->semantic();
  const tento::SemanticTime end = inclusive_end(*event.start, event.end.value_or(*event.start));
  tento::Cell out{
      .id = cell_id(event),
      .date = start,
      .data = event_data(event.details, *event.start, event.end.value_or(*event.start), event.series, event.original),
      .version = event.etag,
      .raw = event.raw};
  if (end != start || start.is_instant()) out.end_date = end;
  return out;
}

Result<tento::Synced> Events::sync(tento::SyncCtx<Events>& ctx) {
  return sync_events(ctx);
}

Result<WriteOutput> Events::post(tento::WriteCtx<Events>& ctx) {
  const std::string id = id_of_write(ctx);
  TENTO_TRY_ASSIGN(std::string body, request_body(ctx.body, id));
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  const Client client = for_call(ctx.client, ctx, ctx.deps);
  auto made = client.insert(http, ctx.own.cal_id, std::move(body));
  if (made) return output_of(*made);
  if (id.empty() || made.error().http_status != 409) return tento::fail(std::move(made).error());
  // An earlier try of this write was carried out, and its answer lost.
  TENTO_TRY_ASSIGN(const Event there, client.get(http, ctx.own.cal_id, id));
  if (there.cancelled) {
    return tento::fail(tento::ErrorCode::conflict, tento::ErrorClass::provider,
                       "this write was carried out before, and its event deleted since; write it with another "
                       "idempotency key to have it again",
                       "google_event_deleted");
  }
  return output_of(there);
}

Result<WriteOutput> Events::patch(tento::WriteCtx<Events>& ctx) {
  TENTO_TRY_ASSIGN(const std::string body, request_body(ctx.body, std::nullopt));
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  const Client client = for_call(ctx.client, ctx, ctx.deps);
  auto made = client.patch(http, ctx.own.cal_id, ctx.cell_id, body, ctx.expected);
  if (!made && is_conflict(made.error())) {
    TENTO_TRY_ASSIGN(const std::string version, own_version(client, http, ctx, made.error()));
    made = client.patch(http, ctx.own.cal_id, ctx.cell_id, body, version);
  }
  if (!made) return tento::fail(std::move(made).error());
  return output_of(*made);
}

Result<WriteOutput> Events::remove(tento::WriteCtx<Events>& ctx) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  const Client client = for_call(ctx.client, ctx, ctx.deps);
  bool is_series = false;
  bool known = true;
  if (!parse_instance_id(ctx.cell_id)) {
    // The answer to a deletion is empty, and a series leaves more than one cell behind.
    const auto there = client.get(http, ctx.own.cal_id, ctx.cell_id);
    if (!there && there.error().http_status != 404 && there.error().http_status != 410) {
      return tento::fail(there.error());
    }
    if (there && there->cancelled) return WriteOutput::removed(ctx.cell_id);
    known = there.has_value();
    is_series = there && !there->recurrence.empty();
  }
  auto done = client.remove(http, ctx.own.cal_id, ctx.cell_id, ctx.expected);
  if (!done && !known && done.error().http_status == 404) return WriteOutput::removed(ctx.cell_id);
  if (!done && is_conflict(done.error())) {
    TENTO_TRY_ASSIGN(const std::string version, own_version(client, http, ctx, done.error()));
    done = client.remove(http, ctx.own.cal_id, ctx.cell_id, version);
  }
  if (!done) return tento::fail(std::move(done).error());
  return is_series ? WriteOutput::accepted() : WriteOutput::removed(ctx.cell_id);
}

}  // namespace google::rows
