// SPDX-License-Identifier: Apache-2.0
// Syncing pages of records by HTTP, end to end: dispatch, a provider behind the ABI, tento.http/1 with a credential and
// a budget, a transaction for each page; against the bare loop over the same client, parser and prepared upsert. First
// sync, and one that finds nothing new.
#include <simdjson.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

#include <tento/sdk/host_transport.hpp>

#include "host/capability/deps_registry.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/egress/service.hpp"
#include "host/schema/route_table.hpp"
#include "tests/bench/harness.hpp"
#include "tests/bench/pages/page_server.hpp"
#include "tests/bench/store_fixture.hpp"
#include "tests/unit/support/clear_credentials.hpp"
#include "tests/unit/support/fake_provider.hpp"

namespace {

using namespace tento;
using namespace tento::bench;

constexpr std::uint64_t all_pages = 100;  // 10,000 records in all
constexpr std::uint64_t pages_per_round = 10;
constexpr const char* listed_origin = "https://api.bench.example";

std::string target_of(std::uint64_t run, std::uint64_t pages) {
  return "/items?run=" + std::to_string(run) + "&pages=" + std::to_string(pages) + "&page=0";
}
// The name under which the version of a page is kept.
std::string name_of(std::string_view target) {
  std::string name = "e";
  for (const char c : target) {
    if ((c >= '0' && c <= '9') || c == '=') name += c == '=' ? '-' : c;
  }
  return name;
}

// What both sides do with a page: three keys of every record, the record itself as its data.
template <class Take>
void each_record(simdjson::ondemand::parser& parser, std::string_view bytes, std::size_t readable, const Take& take) {
  auto document = parser.iterate(bytes.data(), bytes.size(), readable);
  for (auto record : document.get_array()) {
    simdjson::ondemand::object object;
    std::string_view id, raw;
    std::int64_t at = 0;
    if (record.get_object().get(object) != simdjson::SUCCESS || object["id"].get(id) != simdjson::SUCCESS ||
        object["at"].get(at) != simdjson::SUCCESS || object.raw_json().get(raw) != simdjson::SUCCESS)
      give_up("the page is not what was served");
    take(id, at * 1'000'000, raw);
  }
}

http::Request request_of(const std::string& url, const std::string& version) {
  http::Request request;
  request.url = url;
  if (!version.empty()) request.headers.push_back({"If-None-Match", version});
  return request;
}

// ---- ours

struct Provider {
  std::uint64_t run = 0, pages = 0, records = 0, unchanged = 0;
  simdjson::ondemand::parser parser;
  std::vector<tento_cell> cells;
};

tento_status take_text(const tento_text_sink* sink, tento_str text) noexcept {
  static_cast<std::string*>(sink->self)->assign(text.data, text.size);
  return TENTO_OK;
}

Result<void> sync_pages(Provider& self, const tento_sync_ctx& ctx) {
  const tento_call* call = ctx.at->call;
  TENTO_TRY_ASSIGN(http::HostTransport transport, http::HostTransport::of(call));
  tento_iface found{};
  if (call->deps->get(call->deps, str(TENTO_IFACE_ID_tento_sync_state), sizeof(tento_sync_state), &found) != TENTO_OK)
    give_up("no sync-state");
  const auto& state = *static_cast<const tento_sync_state*>(found.vtable);
  tento_error err;
  std::string target = target_of(self.run, self.pages);
  while (!target.empty()) {
    const std::string name = name_of(target);
    std::string version;
    const tento_text_sink sink{sizeof sink, 0, &version, &take_text};
    TENTO_TRY(to_result(state.load(found.self, call, ctx.at->row_id, str(name), &sink, &err), err));
    TENTO_TRY_ASSIGN(http::Response page, transport.send(request_of(listed_origin + target, version)));
    target = http::find_header(page.headers, "X-Next").value_or("");
    if (page.status == 304) {
      ++self.unchanged;
      continue;
    }
    TENTO_TRY_ASSIGN(const http::Text body, http::whole(page));
    self.cells.clear();
    each_record(self.parser, body.view(), body.readable(),
                [&](std::string_view id, std::int64_t at_us, std::string_view raw) {
                  tento_cell cell{};
                  cell.id = str(id);
                  cell.date.kind = TENTO_TIME_INSTANT;
                  cell.date.offset_minutes = TENTO_OFFSET_UNKNOWN;
                  cell.date.unix_us = at_us;
                  cell.end_date.offset_minutes = TENTO_OFFSET_UNKNOWN;
                  cell.data = str(raw);
                  self.cells.push_back(cell);
                });
    self.records += self.cells.size();
    tento_cell_batch batch{};
    batch.struct_size = sizeof batch;
    batch.flags = TENTO_BATCH_PADDED;  // behind every record there is the next one, or the page's padding
    batch.count = self.cells.size();
    batch.stride = sizeof(tento_cell);
    batch.cells = self.cells.data();
    std::uint64_t txn = 0;
    TENTO_TRY(to_result(state.begin(found.self, call, ctx.at->row_id, 0, nullptr, &txn, &err), err));
    TENTO_TRY(to_result(state.put(found.self, call, txn, &batch, &err), err));
    const std::string_view etag = http::find_header(page.headers, "ETag").value_or("");
    const tento_cursor cursor{str(name), str(etag)};
    TENTO_TRY(to_result(state.commit(found.self, call, txn, nullptr, 0, &cursor, 1, &err), err));
  }
  return {};
}

tento_status sync_slot(tento_provider* self, tento_client*, const tento_sync_ctx* ctx, tento_sync_result*,
                       tento_error* err) noexcept {
  const auto done = sync_pages(*reinterpret_cast<Provider*>(self), *ctx);
  return done ? tento_status{TENTO_OK} : to_status(done.error(), err);
}
tento_status client_slot(tento_provider* self, const tento_integration_ctx*, tento_client** out,
                         tento_error*) noexcept {
  *out = reinterpret_cast<tento_client*>(self);
  return TENTO_OK;
}
void release_slot(tento_provider*, tento_client*) noexcept {}

const tento_stage viewport{sizeof(tento_stage), TENTO_STAGE_VIEWPORT, TENTO_STR("viewport"), nullptr, 0, {nullptr, 0}};
const tento_stage* const stages[] = {&viewport};
const tento_sync_shape shape{sizeof(tento_sync_shape), 0, stages, 1, 0, 0, 0, 0};
const tento_str listed[] = {TENTO_STR("https://api.bench.example")};
const tento_limit budget{
    sizeof(tento_limit), TENTO_LIMIT_ACCOUNT, TENTO_STR("core"), {nullptr, 0}, std::uint64_t{1} << 40, 3'600'000, 0, 0};
const tento_limit* const budgets[] = {&budget};

class Ours {
 public:
  explicit Ours(const std::string& endpoint) {
    host::StoreConfig store;
    store.folder = folder_.path();
    store.time_zone = "UTC";
    store_ = must(host::open_store(store));
    const auto owner = must(store_->users().default_user());
    must(host::register_standard_deps(registry_));
    auto fake = std::make_shared<host::testing::FakeProvider>("bench");
    fake->state = &provider_;
    auto& main = fake->add("Bench", "authId");
    main.auth.how = TENTO_AUTH_TOKEN;
    main.auth.inject = TENTO_INJECT_BEARER;
    main.auth.origins = listed;
    main.auth.origin_count = 1;
    main.abi.client = &client_slot;
    main.abi.release = &release_slot;
    main.abi.limits = budgets;
    main.abi.limit_count = 1;
    main.needs = {TENTO_NEED(tento_sync_state, abort), TENTO_NEED(tento_http, view)};
    auto& row = main.add_row(":~bench:{authId}:events", TENTO_VERB_GET);
    row.sync_shape = &shape;
    row.sync = &sync_slot;
    fake->seal(fake);
    const std::shared_ptr<host::Provider> all[] = {fake};
    auto table = host::build_route_table(all, {});
    host::AccountRecord account;
    account.owner = owner.id;
    account.provider = account.kind = "bench";
    account.integration = "Bench";
    account.auth_id = "a";
    must(store_->accounts().put(account, "a-token-of-some-length"));
    host::HttpSettings settings;
    settings.providers["bench"].endpoint = endpoint;
    host::DispatcherOptions options;
    options.http = std::make_shared<host::HttpService>(settings);
    options.credentials = std::make_shared<host::testing::ClearCredentials>(*store_);
    dispatcher_ = host::make_dispatcher(*store_, registry_, std::move(options));
    dispatcher_->publish(table.table);
    target_ = must(dispatcher_->resolve(owner, ":~bench:a:events", TENTO_VERB_GET));
  }
  ~Ours() { dispatcher_->shutdown(1000); }
  Ours(const Ours&) = delete;
  Ours& operator=(const Ours&) = delete;

  std::uint64_t sync(std::uint64_t run, std::uint64_t pages) {
    provider_.run = run;
    provider_.pages = pages;
    provider_.records = provider_.unchanged = 0;
    host::CallOptions options;
    options.deadline_ms = 0;
    must(dispatcher_->sync(*target_, "viewport", {}, options));
    return provider_.records + provider_.unchanged;
  }

 private:
  Folder folder_;
  Provider provider_;
  std::unique_ptr<host::Store> store_;
  host::DepsRegistry registry_;
  std::unique_ptr<host::Dispatcher> dispatcher_;
  std::optional<host::Target> target_;
};

// ---- the bare loop: its credential is in memory; the versions of pages rest in the store, or a sync after a restart
// would not know them

class BareLoop {
 public:
  explicit BareLoop(std::string endpoint)
      : endpoint_(std::move(endpoint)),
        client_(must(http::Client::create())),
        schema_(open_store(folder_.path())),
        db_(folder_.path()),
        upsert_(
            db_.prepare("INSERT INTO cells(row, start_us, end_us, ident, date, end_date, change_seq, hash, version, "
                        "data) VALUES(2,?1,?1,?2,?3,0,1,?4,x'',?5) ON CONFLICT(row, ident) DO UPDATE SET "
                        "start_us=?1, end_us=?1, date=?3, hash=?4, data=?5")),
        version_of_(db_.prepare("SELECT value FROM cursors WHERE row=2 AND name=?1")),
        set_version_(
            db_.prepare("INSERT INTO cursors(row, name, value) VALUES(2,?1,?2) ON CONFLICT(row, name) DO UPDATE "
                        "SET value=?2")),
        begin_(db_.prepare("BEGIN IMMEDIATE")),
        commit_(db_.prepare("COMMIT")) {}

  std::uint64_t sync(std::uint64_t run, std::uint64_t pages) {
    std::uint64_t done = 0;
    std::string target = target_of(run, pages);
    while (!target.empty()) {
      const std::string name = name_of(target);
      http::Request request = request_of(endpoint_ + target, version_of(name));
      request.headers.push_back({"Authorization", "Bearer a-token-of-some-length"});
      http::Response page = must(client_->send(request));
      target = http::find_header(page.headers, "X-Next").value_or("");
      if (page.status == 304) {
        ++done;
        continue;
      }
      const std::string body = must(http::read_all(page, 64u << 20, simdjson::SIMDJSON_PADDING));
      step(begin_);
      each_record(parser_, body, body.capacity(), [&](std::string_view id, std::int64_t at_us, std::string_view raw) {
        sqlite3_bind_int64(upsert_, 1, at_us);
        sqlite3_bind_blob(upsert_, 2, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
        sqlite3_bind_int64(upsert_, 3, at_us);
        sqlite3_bind_blob(upsert_, 4, hash_.data(), static_cast<int>(hash_.size()), SQLITE_STATIC);
        sqlite3_bind_text(upsert_, 5, raw.data(), static_cast<int>(raw.size()), SQLITE_STATIC);
        step(upsert_);
        ++done;
      });
      const std::string_view etag = http::find_header(page.headers, "ETag").value_or("");
      sqlite3_bind_text(set_version_, 1, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
      sqlite3_bind_blob(set_version_, 2, etag.data(), static_cast<int>(etag.size()), SQLITE_STATIC);
      step(set_version_);
      step(commit_);
    }
    return done;
  }

 private:
  static void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) give_up("the bare upsert failed");
    sqlite3_reset(statement);
  }
  std::string version_of(const std::string& name) {
    sqlite3_bind_text(version_of_, 1, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
    std::string version;
    if (sqlite3_step(version_of_) == SQLITE_ROW) {
      version.assign(static_cast<const char*>(sqlite3_column_blob(version_of_, 0)),
                     static_cast<std::size_t>(sqlite3_column_bytes(version_of_, 0)));
    }
    sqlite3_reset(version_of_);
    return version;
  }
  Folder folder_;
  std::string endpoint_;
  std::unique_ptr<http::Client> client_;
  Store schema_;
  Bare db_;
  sqlite3_stmt* upsert_;
  sqlite3_stmt* version_of_;
  sqlite3_stmt* set_version_;
  sqlite3_stmt* begin_;
  sqlite3_stmt* commit_;
  std::array<char, 16> hash_{"fifteen letters"};
  simdjson::ondemand::parser parser_;
};

// ---- figures

// The peak of a first sync of so many pages, in a process of its own, since a peak never falls. KiB.
double peak_of(const std::string& endpoint, std::uint64_t pages) {
  int ends[2];
  if (::pipe(ends) != 0) give_up("cannot make a pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    double peak = 0;
    {
      Ours ours(endpoint);
      if (ours.sync(9000 + pages, pages) != pages * records_per_page) give_up("records are missing");
      peak = static_cast<double>(peak_rss_kib());
    }
    ::_exit(::write(ends[1], &peak, sizeof peak) == static_cast<ssize_t>(sizeof peak) ? 0 : 1);
  }
  double peak = 0;
  const bool heard = pid > 0 && ::read(ends[0], &peak, sizeof peak) == static_cast<ssize_t>(sizeof peak);
  ::close(ends[0]);
  ::close(ends[1]);
  if (pid > 0) ::waitpid(pid, nullptr, 0);
  if (!heard) give_up("a sync in a process of its own failed");
  return peak;
}

void count(Report& report, const PageServer& server) {
  Ours ours(server.origin());
  Served& served = server.served();
  const auto connections = served.connections.load(), requests = served.requests.load();
  const auto bodies = served.bodies.load(), with_credential = served.with_credential.load();
  if (ours.sync(1, all_pages) != all_pages * records_per_page) give_up("records are missing");
  report.number("first sync of 10,000 records, requests per page",
                static_cast<double>(served.requests - requests) / all_pages, at_most(1));
  report.number("  bodies per page", static_cast<double>(served.bodies - bodies) / all_pages, at_most(1));
  const auto bodies_then = served.bodies.load();
  if (ours.sync(1, all_pages) != all_pages) give_up("pages are missing");
  report.number("  bodies that a sync without news downloads", static_cast<double>(served.bodies - bodies_then),
                at_most(0));
  report.number("  connections of both syncs", static_cast<double>(served.connections - connections), at_most(1));
  report.number(
      "  requests with the credential, of all",
      static_cast<double>(served.with_credential - with_credential) / static_cast<double>(served.requests - requests),
      at_least(1));
}

}  // namespace

int main(int argc, char** argv) {
  Report report("pages", argc, argv);
  const PageServer server;
  // Before any thread of this process is there.
  const double few = peak_of(server.origin(), all_pages / 4), many = peak_of(server.origin(), all_pages);
  report.number("peak of a first sync of 100 pages, MiB", many / 1024, informative());
  report.number("peak of 100 pages above that of 25, MiB", (many - few) / 1024, at_most(8));
  count(report, server);

  Ours ours(server.origin());
  BareLoop bare(server.origin());
  PairOptions options;
  options.cpu = Cpu::process;
  options.speed = true;
  std::uint64_t our_run = 100, bare_run = 100;
  report.pair(
      "first sync, records of 6 kB per CPU second", 1, at_least(0.8),
      [&] { return ours.sync(our_run++, pages_per_round); }, [&] { return bare.sync(bare_run++, pages_per_round); },
      options);
  ours.sync(1, all_pages);
  bare.sync(1, all_pages);
  report.pair(
      "sync without news, pages per CPU second", 1, at_least(0.8), [&] { return ours.sync(1, all_pages); },
      [&] { return bare.sync(1, all_pages); }, options);
  return report.finish();
}
