// SPDX-License-Identifier: Apache-2.0
// The rows of the demo provider, and its entries.
#include "connector_provider.hpp"

#include <set>

namespace demo {

tento::Result<Demo::Client> Demo::client(const tento::ClientCtx<Demo>& ctx) {
  const auto account = ctx.account();
  if (account && account->state() == tento::Account::State::provisional) return Client{"provisional"};
  TENTO_TRY_ASSIGN(const auto found, ctx.require_auth<OtherAuth>(ctx.params.auth_id));
  if (found.label == "undeclared") {
    TENTO_TRY(ctx.auth<UndeclaredAuth>("x"));
  }
  if (found.label == "throws") throw std::runtime_error("the client threw");
  return Client{found.label};
}

tento::Result<tento::CheckedAccount> Demo::check_account(const tento::IntegrationCtx<Demo>& ctx, const Client& client) {
  return tento::CheckedAccount{"stable-" + ctx.params.auth_id, client.name};
}

tento::Result<void> Demo::discover(const tento::IntegrationCtx<Demo>& ctx, const Client&, tento::RowSink& out) {
  return out.add<Notes>(ctx.params, {.list = "in:box", .page = 2}, "Inbox", R"({"n":1})");
}

namespace {

// Of five records two are odd; what the row held of one of them stays, and what is gone goes.
tento::Result<tento::Synced> sync_odd(tento::SyncCtx<Records>& ctx) {
  tento::SkippedRecords skipped;
  std::set<std::string, std::less<>> listed;
  TENTO_TRY_ASSIGN(auto txn, ctx.deps.begin(ctx.row_id));
  for (const std::string id : {"r1", "odd", "r2", "", "r3"}) {
    if (id.empty()) {
      skipped.skip("record 4", "it has no id");
    } else if (id == "odd") {
      skipped.skip("record odd", "its date is not a date", id);
    } else {
      TENTO_TRY(txn.add({id, *tento::PartialDate::ymd(2026, 4, 28), "{}"}));
      listed.insert(id);
    }
  }
  TENTO_TRY(skipped.delete_rest(ctx, txn, ctx.window, [&](std::string_view id) { return listed.contains(id); }));
  TENTO_TRY(txn.commit({{.span = ctx.window}}));
  return skipped.into(tento::Synced(5));
}

}  // namespace

tento::Result<tento::Synced> Records::sync(tento::SyncCtx<Records>& ctx) {
  if (ctx.client.name == "sync throws") throw std::runtime_error("sync threw");
  if (ctx.client.name == "sync throws an int") throw 7;
  if (ctx.client.name == "thin") {
    TENTO_TRY_ASSIGN(const tento::Date day, ctx.deps.local_day(ctx.time_zone(), *ctx.deps.now()));
    const std::vector<tento::Cell> cells{
        {.id = "thin", .date = tento::PartialDate::ymd(day), .end_date = {}, .data = "{}", .version = {}, .raw = {}}};
    TENTO_TRY(ctx.deps.persist_cells(ctx.row_id, cells));
    return cells.size();
  }
  if (ctx.client.name == "odd records") return sync_odd(ctx);
  TENTO_TRY_ASSIGN(const auto last, ctx.deps.load_cursor(ctx.row_id, "last"));
  TENTO_TRY_ASSIGN(auto txn, ctx.deps.begin(ctx.row_id, ctx.window, tento::SyncState::Mode::replace));
  const int first = last ? std::stoi(*last) : 0;
  int i = first;
  for (; i < 600; ++i) {
    if (ctx.should_yield()) break;
    TENTO_TRY(ctx.proceed());
    const std::string id = "r" + std::to_string(i);
    const std::string data = R"({"v":)" + std::to_string(i) + "}";
    TENTO_TRY(txn.add({id, *tento::PartialDate::ymd(2026, 4, 28), data}));
    TENTO_TRY(ctx.deps.report_progress(static_cast<std::uint64_t>(i), 600, "records"));
  }
  if (ctx.client.name == "drops the transaction") return 0;
  const std::string at = std::to_string(i);
  ctx.log(tento::LogLevel::info, "at " + at);
  TENTO_TRY(txn.commit({{.span = ctx.window}}, {{"last", at}}));
  return tento::Synced(static_cast<std::uint64_t>(i - first), i < 600);
}

tento::Result<void> Daily::list_cells(tento::ReadCtx<Daily>& ctx, tento::CellSink& out) {
  std::size_t count = 0;
  TENTO_TRY(ctx.deps.read_cells(ctx.key_of<Records>(), ctx.window, [&](const tento::CellView& cell) {
    if (cell.id == "throw") throw std::runtime_error("thrown out of a sink");
    ++count;
  }));
  const std::string data = R"({"count":)" + std::to_string(count) + "}";
  return out.add({{}, *tento::PartialDate::ymd(2026, 4, 28), data});
}

tento::Result<std::vector<tento::Cell>> Notes::list_cells(tento::ReadCtx<Notes>& ctx) {
  std::vector<tento::Cell> out;
  for (std::int32_t i = 0; i < ctx.own.page; ++i) {
    out.push_back({.id = ctx.own.list + std::to_string(i),
                   .date = *tento::PartialDate::y(2026),
                   .end_date = {},
                   .data = "{}",
                   .version = {},
                   .raw = {}});
  }
  return out;
}

tento::Result<tento::WriteOutput> Notes::post(tento::WriteCtx<Notes>& ctx) {
  if (ctx.body.empty()) return tento::WriteOutput::accepted();
  return tento::WriteOutput::stored({.id = "new",
                                     .date = *tento::PartialDate::y(2026),
                                     .end_date = {},
                                     .data = std::string(ctx.body),
                                     .version = "v1",
                                     .raw = {}});
}
tento::Result<tento::WriteOutput> Notes::patch(tento::WriteCtx<Notes>&) {
  return tento::stopped();
}
tento::Result<tento::WriteOutput> Notes::remove(tento::WriteCtx<Notes>& ctx) {
  return tento::WriteOutput::removed(ctx.cell_id);
}

namespace {

struct LazySync {
  using Row = Lazy;
  static tento::Result<tento::Synced> execute(tento::SyncCtx<Lazy>& ctx) {
    if (ctx.client.name == "lazy throws") throw std::runtime_error("the executor threw");
    return 42;
  }
  static tento::Result<std::string> lock_key(const tento::RowKeyCtx<Lazy>& ctx, std::string_view stage) {
    return "lazy/" + ctx.params.auth_id + "/" + std::string(stage);
  }
  static tento::Result<tento::Span> stage_range(const tento::RowKeyCtx<Lazy>&, std::string_view, tento::Date today,
                                                const tento::Span&) {
    return tento::Span{tento::PartialDate::ymd(today), {}};
  }
};
struct RecordsSync {
  using Row = Records;
  static constexpr tento::SyncShape sync_shape() {
    return {.stages = {"viewport", tento::Stage("backfill").lock_account()}, .max_concurrent = 5};
  }
};

}  // namespace
}  // namespace demo

TENTO_CONNECTOR(
    "demo", "1.2.3", "Demo", tento::own_net, tento::raw_credentials, tento::reads("/etc/demo.conf"),
    tento::reads("~/.config/demo"), tento::keeps<demo::Kept>,
    tento::attrs(tento::integration<demo::Demo>)(tento::resource(":~demo:{authId}")(
        tento::resource(":records")(tento::get<demo::Records>, tento::resource(":daily")(tento::get<demo::Daily>),
                                    tento::resource(":logs")(tento::get<tento::Logs<demo::Records>>)),
        tento::resource(":lazy")(tento::get<demo::Lazy>),
        tento::resource(":notes:{lid}:{page}")(
            tento::get<demo::Notes>,
            tento::attrs(tento::guard("operator"))(
                tento::post<demo::Notes>,
                tento::attrs(tento::guard("writer"))(tento::patch<demo::Notes>, tento::remove<demo::Notes>))))));
TENTO_SYNC_PLUGIN(demo::LazySync, demo::RecordsSync, tento::MaxConcurrent<3>);

static_assert(tento_provider_definition::PROVIDER_ID == "demo");
static_assert(tento_provider_definition::SCHEMA.routes.size == 8);
