// SPDX-License-Identifier: Apache-2.0
// See the header. The service it speaks to answers lines `id date value`, one record each.
#include "testing_provider.hpp"

#include <atomic>
#include <sstream>
#include <tento/sdk/host_transport.hpp>

namespace {

using namespace tento;

std::atomic<int> instances = 0, clients = 0;

struct Instance {
  const tento_lookup* host;
};
struct Client {
  std::string base;
};
Client& of(tento_client* c) {
  return *reinterpret_cast<Client*>(c);
}

template <class T>
T need(const tento_call* call, const tento_need& what, tento_iface& out) {
  if (call->deps->get(call->deps, what.id, what.min_size, &out) != TENTO_OK) return nullptr;
  return static_cast<T>(out.vtable);
}

constexpr tento_need backend_need = TENTO_NEED(tento_backend, recent_log_cells);
constexpr tento_need sync_state_need = TENTO_NEED(tento_sync_state, abort);
constexpr tento_need user_auth_need = TENTO_NEED(tento_user_auth, sourced_credentials);
constexpr tento_need progress_need = TENTO_NEED(tento_progress, report);

struct Record {
  std::string id, data;
  SemanticTime date;
};

Result<std::vector<Record>> fetch(const tento_call* call, const std::string& url) {
  TENTO_TRY_ASSIGN(http::HostTransport transport, http::HostTransport::of(call));
  http::Request request;
  request.url = url;
  request.headers = {{"Accept", "text/plain"}};
  TENTO_TRY_ASSIGN(http::Response response, transport.send(request));
  if (response.status == 401)
    return fail(ErrorCode::auth_required, ErrorClass::auth, "the service answered 401", "svc_auth_expired");
  if (response.status != 200)
    return fail(ErrorCode::upstream, ErrorClass::transient, "the service answered " + std::to_string(response.status));
  TENTO_TRY_ASSIGN(const std::string body, http::read_all(response));
  std::vector<Record> out;
  std::istringstream lines(body);
  for (std::string id, date, value; lines >> id >> date >> value;) {
    TENTO_TRY_ASSIGN(const SemanticTime when, SemanticTime::parse(date));
    out.push_back({id, "{\"value\":" + value + "}", when});
  }
  return out;
}

tento_cell cell_of(const Record& r) {
  tento_cell c{};
  c.id = str(r.id);
  c.date = r.date.to_abi();
  c.end_date.offset_minutes = TENTO_OFFSET_UNKNOWN;
  c.data = str(r.data);
  return c;
}

Result<void> sync_records(const tento_sync_ctx* ctx, Client& client, tento_sync_result* result) {
  const tento_call* const call = ctx->at->call;
  const std::string stage(view(ctx->stage));
  TENTO_TRY_ASSIGN(const std::vector<Record> records, fetch(call, client.base + "/" + stage));
  std::vector<tento_cell> cells;
  for (const Record& r : records) cells.push_back(cell_of(r));
  tento_cell_batch batch{sizeof(tento_cell_batch), 0, cells.size(), sizeof(tento_cell), cells.data()};
  result->seen = records.size();
  tento_error err;
  tento_iface iface{};
  if (stage == "thin") {
    const auto* const backend = need<const tento_backend*>(call, backend_need, iface);
    if (batch.count == 0) return {};
    return to_result(backend->persist_cells(iface.self, call, ctx->at->row_id, &batch, &err), err);
  }
  const auto* const state = need<const tento_sync_state*>(call, sync_state_need, iface);
  std::uint64_t txn = 0;
  TENTO_TRY(
      to_result(state->begin(iface.self, call, ctx->at->row_id, TENTO_TXN_REPLACE, &ctx->window, &txn, &err), err));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (call->check(call) == TENTO_CHECK_YIELD) result->more = 1;
    tento_cell_batch one{sizeof(tento_cell_batch), 0, 1, sizeof(tento_cell), &cells[i]};
    TENTO_TRY(to_result(state->put(iface.self, call, txn, &one, &err), err));
    tento_iface progress{};
    const auto* const report = need<const tento_progress*>(call, progress_need, progress);
    TENTO_TRY(to_result(report->report(progress.self, call, i + 1, cells.size(), str("records")), err));
  }
  const tento_coverage coverage{ctx->window, TENTO_COVERAGE_HAVE, 0, -1};
  const tento_cursor cursor{str("last"), records.empty() ? tento_str{} : str(records.back().id)};
  return to_result(state->commit(iface.self, call, txn, &coverage, 1, &cursor, 1, &err), err);
}

tento_status sync(tento_provider*, tento_client* client, const tento_sync_ctx* ctx, tento_sync_result* result,
                  tento_error* err) noexcept {
  const Result<void> done = sync_records(ctx, of(client), result);
  return done ? tento_status{TENTO_OK} : to_status(done.error(), err);
}

// The count of stored cells of the account's records row, as one cell.
tento_status count_cells(tento_provider*, tento_client*, const tento_read_ctx* ctx, const tento_cell_sink* sink,
                         tento_error* err) noexcept {
  struct Counter {
    tento_cell_sink abi{sizeof(tento_cell_sink), 0, this,
                        [](const tento_cell_sink* s, const tento_cell_batch* b, tento_error*) noexcept -> tento_status {
                          static_cast<Counter*>(s->self)->count += b->count;
                          return TENTO_OK;
                        }};
    std::uint64_t count = 0;
  } counter;
  tento_iface iface{};
  const auto* const backend = need<const tento_backend*>(ctx->at->call, backend_need, iface);
  const std::string key = ":~tiny:" + percent_encode_param(view(ctx->at->params[0].value)) + ":records";
  const tento_status status = backend->read_cells(iface.self, ctx->at->call, str(key), &ctx->window, &counter.abi, err);
  if (status != TENTO_OK) return status;
  const Record r{"count", std::to_string(counter.count), *PartialDate::y(2026)};
  const tento_cell cell = cell_of(r);
  const tento_cell_batch batch{sizeof(tento_cell_batch), 0, 1, sizeof(tento_cell), &cell};
  return sink->put(sink, &batch, err);
}

tento_status write(tento_provider*, tento_client*, const tento_write_ctx* ctx, const tento_cell_sink* sink,
                   tento_error* err) noexcept {
  const bool gone = ctx->verb == TENTO_VERB_DELETE;
  Record r{ctx->cell_id.size > 0 ? std::string(view(ctx->cell_id)) : "new", std::string(view(ctx->body)),
           *PartialDate::ymd(2026, 4, 29)};
  tento_cell cell = cell_of(r);
  if (gone) cell.data = {}, cell.flags = TENTO_CELL_TOMBSTONE;
  const std::string version = std::string(view(ctx->expected)) + "+";
  cell.version = str(version);
  const tento_cell_batch batch{sizeof(tento_cell_batch), 0, 1, sizeof(tento_cell), &cell};
  return sink->put(sink, &batch, err);
}

tento_status alias(tento_provider*, const tento_row_ctx* ctx, const tento_text_sink* sink, tento_error*) noexcept {
  return sink->put(sink, ctx->params[0].value);
}

tento_status client(tento_provider*, const tento_integration_ctx* ctx, tento_client** out, tento_error* err) noexcept {
  tento_iface iface{};
  const auto* const auth = need<const tento_user_auth*>(ctx->call, user_auth_need, iface);
  const tento_account* account = nullptr;
  const tento_status status =
      auth->sourced_credentials(iface.self, ctx->call, str("tiny"), ctx->params[0].value, &account, err);
  if (status != TENTO_OK) return status;
  if (account == nullptr)
    return to_status(fail(ErrorCode::auth_required, ErrorClass::auth, "no tiny auth").value(), err);
  ++clients;
  *out = reinterpret_cast<tento_client*>(new Client{"https://api.example.com/" + std::string(view(account->auth_id))});
  return TENTO_OK;
}
void release(tento_provider*, tento_client* client) noexcept {
  --clients;
  delete &of(client);
}

tento_status check_account(tento_provider*, tento_client* c, const tento_integration_ctx* ctx,
                           const tento_text_sink* id, const tento_text_sink* label, tento_error* err) noexcept {
  const auto me = fetch(ctx->call, of(c).base + "/me");
  if (!me) return to_status(me.error(), err);
  id->put(id, str(me->front().id));
  return label->put(label, str("Label of " + me->front().id));
}

const tento_str stage_names[] = {TENTO_STR("viewport"), TENTO_STR("thin")};
const tento_stage viewport_stage = {sizeof(tento_stage), TENTO_STAGE_VIEWPORT, stage_names[0], nullptr, 0, {}};
const tento_stage thin_stage = {sizeof(tento_stage), TENTO_STAGE_BACKFILL, stage_names[1], stage_names, 1, {}};
const tento_stage* const stage_list[] = {&viewport_stage, &thin_stage};
const tento_sync_shape records_shape = {sizeof(tento_sync_shape), 0, stage_list, 2, 0, 0, 0, 0};

tento_row row(tento_str pattern, std::uint32_t verbs) {
  tento_row out{};
  out.struct_size = sizeof out;
  out.pattern = pattern;
  out.verbs = verbs;
  out.type = TENTO_STR("data");
  return out;
}
tento_row records_row() {
  tento_row out = row(TENTO_STR(":~tiny:{authId}:records"), TENTO_VERB_GET);
  out.sync_shape = &records_shape;
  out.sync = sync;
  out.alias_key = alias;
  return out;
}
tento_row count_row() {
  tento_row out = row(TENTO_STR(":~tiny:{authId}:records:count"), TENTO_VERB_GET);
  out.list_cells = count_cells;
  return out;
}
tento_row notes_row() {
  tento_row out =
      row(TENTO_STR(":~tiny:{authId}:notes:{list}"), TENTO_VERB_POST | TENTO_VERB_PATCH | TENTO_VERB_DELETE);
  out.post = write;
  out.patch = write;
  out.remove = write;
  return out;
}
const tento_row records_table = records_row(), count_table = count_row(), notes_table = notes_row();
const tento_row* const row_tables[] = {&records_table, &count_table, &notes_table};

tento_status discover(tento_provider*, tento_client*, const tento_integration_ctx* ctx, const tento_row_sink* sink,
                      tento_error* err) noexcept {
  const tento_param params[] = {ctx->params[0], {TENTO_STR("list"), TENTO_STR("to:do")}};
  const tento_row_instance instance{
      sizeof(tento_row_instance), 0, &notes_table, params, 2, TENTO_STR("To do"), TENTO_STR("{}")};
  return sink->put(sink, &instance, err);
}

const tento_str origin_list[] = {TENTO_STR("https://api.example.com")};
tento_auth auth_table() {
  tento_auth out{};
  out.struct_size = sizeof out;
  out.how = TENTO_AUTH_TOKEN;
  out.inject = TENTO_INJECT_BEARER;
  out.kind = TENTO_STR("tiny");
  out.origins = origin_list;
  out.origin_count = 1;
  return out;
}
const tento_auth auth_of_tiny = auth_table();
const tento_need need_list[] = {backend_need, sync_state_need, user_auth_need, progress_need,
                                TENTO_NEED(tento_http, view)};

tento_integration integration_table() {
  tento_integration out{};
  out.struct_size = sizeof out;
  out.id = TENTO_STR("Tiny");
  out.account_param = TENTO_STR("authId");
  out.auth = &auth_of_tiny;
  out.rows = row_tables;
  out.row_count = 3;
  out.needs = need_list;
  out.need_count = 5;
  out.client = client;
  out.release = release;
  out.check_account = check_account;
  out.discover = discover;
  return out;
}
const tento_integration tiny_integration = integration_table();
const tento_integration* const integration_list[] = {&tiny_integration};
const tento_connector_api connector_api = {sizeof(tento_connector_api), 0, integration_list, 1};

tento_status create(const tento_lookup* host, tento_provider** out, tento_error*) noexcept {
  ++instances;
  *out = reinterpret_cast<tento_provider*>(new Instance{host});
  return TENTO_OK;
}
void destroy(tento_provider* self) noexcept {
  --instances;
  delete reinterpret_cast<Instance*>(self);
}
const tento_plugin_api plugin_api = {
    sizeof(tento_plugin_api), TENTO_ABI_MAJOR, TENTO_STR("tiny"), TENTO_STR("1.0.0"), create, destroy, nullptr};

}  // namespace

namespace testing_provider {

tento::testing::Entries entries() {
  return {[](std::uint32_t, std::uint32_t) noexcept { return &plugin_api; },
          [](tento_provider*) noexcept { return &connector_api; }, nullptr};
}
int live_instances() {
  return instances;
}
int live_clients() {
  return clients;
}

}  // namespace testing_provider
