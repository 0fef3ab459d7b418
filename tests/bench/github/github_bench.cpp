// SPDX-License-Identifier: Apache-2.0
// A provider of this tree as it is: 10,000 issues in 100 pages by HTTP into the store, against a bare loop that asks,
// reads and keeps the same. By the wall clock too, and with the real one, so that whoever waits where nobody has to (a
// budget that counts too much) is seen, and not only who computes.
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <vector>

#include <tento/http/client.hpp>
#include <tento/sdk/link.hpp>

#include "host/base/log.hpp"
#include "host/capability/deps_registry.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/egress/service.hpp"
#include "host/schema/route_table.hpp"
#include "tests/bench/harness.hpp"
#include "tests/bench/pages/page_server.hpp"
#include "tests/bench/store_fixture.hpp"
#include "tests/unit/support/clear_credentials.hpp"

namespace {

using namespace tento;
using namespace tento::bench;

constexpr std::uint64_t all_issues = pages_of_issues * records_per_page;

// Each run syncs a repository of its own, so that every sync is a first one.
std::string repository(std::uint64_t run) {
  return "r" + std::to_string(run);
}

class Ours {
 public:
  explicit Ours(const std::string& endpoint) {
    host::StoreConfig store;
    store.folder = folder_.path();
    store.time_zone = "UTC";
    store_ = must(host::open_store(store));
    owner_ = must(store_->users().default_user());
    must(host::register_standard_deps(registry_));
    host::LoaderOptions loader;
    loader.folders = {TENTO_BENCH_PROVIDER_FOLDER};
    loader.images = std::filesystem::path(folder_.path()) / "images";
    loader.log = [](host::LogLevel, const std::string&) {};
    report_ = host::load_providers(loader);
    if (report_.providers.size() != 1) {
      give_up("the provider is not loaded" + (report_.infos.empty() || !report_.infos[0].rejection
                                                  ? std::string()
                                                  : ": " + report_.infos[0].rejection->reason));
    }
    auto table = host::build_route_table(report_.providers, {});
    host::AccountRecord account;
    account.owner = owner_.id;
    account.provider = account.kind = "github";
    account.integration = "GitHub";
    account.auth_id = "1";
    must(store_->accounts().put(account, "a-token-of-some-length"));
    host::HttpSettings settings;
    settings.providers["github"].endpoint = endpoint;
    host::DispatcherOptions options;
    options.http = std::make_shared<host::HttpService>(settings);
    options.credentials = std::make_shared<host::testing::ClearCredentials>(*store_);
    dispatcher_ = host::make_dispatcher(*store_, registry_, std::move(options));
    dispatcher_->publish(table.table);
  }
  ~Ours() { dispatcher_->shutdown(1000); }
  Ours(const Ours&) = delete;
  Ours& operator=(const Ours&) = delete;

  std::uint64_t sync(std::uint64_t run) {
    const std::string key = ":~github:1:repo:o:" + repository(run) + ":issues";
    const host::Target target = must(dispatcher_->resolve(owner_, key, TENTO_VERB_GET));
    host::CallOptions options;
    options.deadline_ms = 0;
    must(dispatcher_->sync(target, "viewport", {}, options));
    return all_issues;
  }
  // How many cells are stored for that run.
  std::uint64_t stored(std::uint64_t run) {
    const std::string key = ":~github:1:repo:o:" + repository(run) + ":issues";
    const host::Target target = must(dispatcher_->resolve(owner_, key, TENTO_VERB_GET));
    std::uint64_t count = 0;
    must(dispatcher_->list_cells(target, {}, 0, {}, [&](const host::CellView&) { return ++count != 0; }));
    return count;
  }

 private:
  Folder folder_;
  host::UserRecord owner_;
  std::unique_ptr<host::Store> store_;
  host::DepsRegistry registry_;
  host::LoadReport report_;
  std::unique_ptr<host::Dispatcher> dispatcher_;
};

// The bare loop: the same client, parser, requests and fields; a prepared upsert, one transaction and one mark a page.
class BareLoop {
 public:
  explicit BareLoop(std::string endpoint)
      : endpoint_(std::move(endpoint)),
        client_(must(http::Client::create())),
        schema_(open_store(folder_.path())),
        db_(folder_.path()),
        upsert_(
            db_.prepare("INSERT INTO cells(row, start_us, end_us, ident, date, end_date, change_seq, hash, version, "
                        "data) VALUES(?6,?1,?1,?2,?3,0,1,x'00',?4,?5) ON CONFLICT(row, ident) DO UPDATE SET "
                        "start_us=?1, end_us=?1, date=?3, version=?4, data=?5")),
        mark_(db_.prepare("INSERT INTO cursors(row, name, value) VALUES(2,'listing',?1) ON CONFLICT(row, name) DO "
                          "UPDATE SET value=?1")),
        begin_(db_.prepare("BEGIN IMMEDIATE")),
        commit_(db_.prepare("COMMIT")) {}

  std::uint64_t sync(std::uint64_t run) {
    const std::string list = endpoint_ + "/repos/o/" + repository(run) + "/issues?state=all&per_page=100&";
    std::uint64_t done = 0;
    for (std::string url = list + "sort=created&direction=desc"; !url.empty();) {
      http::Response page = ask(url);
      url = must(http::find_link(page, "next")).value_or("");
      done += keep(page, run, url);
    }
    http::Response changed = ask(list + "sort=updated&direction=desc&since=2025-12-31T23:59:59Z");
    done += keep(changed, run, "");
    return done;
  }

 private:
  http::Response ask(const std::string& url) {
    http::Request request;
    request.url = url;
    request.headers = {{"Authorization", "Bearer a-token-of-some-length"},
                       {"Accept", "application/vnd.github+json"},
                       {"X-GitHub-Api-Version", "2022-11-28"}};
    return must(client_->send(request));
  }
  std::uint64_t keep(http::Response& page, std::uint64_t run, const std::string& next) {
    const std::string body = must(http::read_all(page, 64u << 20, simdjson::SIMDJSON_PADDING));
    std::uint64_t done = 0;
    step(begin_);
    auto document = parser_.iterate(body.data(), body.size(), body.capacity());
    for (auto record : document.get_array()) {
      simdjson::ondemand::object object;
      std::string_view id, created, updated, raw;
      if (record.get_object().get(object) != simdjson::SUCCESS ||
          object["number"].raw_json_token().get(id) != simdjson::SUCCESS ||
          object["created_at"].get(created) != simdjson::SUCCESS ||
          object["updated_at"].get(updated) != simdjson::SUCCESS || object.raw_json().get(raw) != simdjson::SUCCESS) {
        give_up("the page is not what was served");
      }
      const std::int64_t at_us = must(SemanticTime::parse(created)).instant()->time_since_epoch().count();
      sqlite3_bind_int64(upsert_, 1, at_us);
      sqlite3_bind_blob(upsert_, 2, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
      sqlite3_bind_int64(upsert_, 3, at_us);
      sqlite3_bind_blob(upsert_, 4, updated.data(), static_cast<int>(updated.size()), SQLITE_STATIC);
      sqlite3_bind_text(upsert_, 5, raw.data(), static_cast<int>(raw.size()), SQLITE_STATIC);
      sqlite3_bind_int64(upsert_, 6, static_cast<std::int64_t>(run) + 10);
      step(upsert_);
      ++done;
    }
    sqlite3_bind_blob(mark_, 1, next.data(), static_cast<int>(next.size()), SQLITE_STATIC);
    step(mark_);
    step(commit_);
    return done;
  }
  void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) give_up("the bare loop cannot write");
    sqlite3_reset(statement);
  }

  Folder folder_;
  std::string endpoint_;
  std::unique_ptr<http::Client> client_;
  Store schema_;
  Bare db_;
  sqlite3_stmt* upsert_;
  sqlite3_stmt* mark_;
  sqlite3_stmt* begin_;
  sqlite3_stmt* commit_;
  simdjson::ondemand::parser parser_;
};

template <class Work>
double seconds_of(const Work& work) {
  const auto before = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

}  // namespace

int main(int argc, char** argv) {
  Report report("github", argc, argv);
  const PageServer server;
  Ours ours(server.origin());
  BareLoop bare(server.origin());

  const auto requests = server.served().requests.load();
  ours.sync(1);
  report.number("first sync of 10,000 issues, requests beyond one a page",
                static_cast<double>(server.served().requests - requests) - static_cast<double>(pages_of_issues),
                at_most(1));
  report.number("  of them stored, of 10,000", static_cast<double>(ours.stored(1)) / static_cast<double>(all_issues),
                at_least(1));

  bare.sync(1);
  std::vector<double> our_seconds, bare_seconds, ratios;
  for (std::uint64_t run = 2; run < 9; ++run) {
    our_seconds.push_back(seconds_of([&] { ours.sync(run); }));
    bare_seconds.push_back(seconds_of([&] { bare.sync(run); }));
    ratios.push_back(our_seconds.back() / bare_seconds.back());
  }
  report.value("  by the wall clock, seconds", median(our_seconds), median(bare_seconds), at_most(2));

  PairOptions options;
  options.cpu = Cpu::process;
  options.speed = true;
  options.pairs = 7;
  std::uint64_t our_run = 100, bare_run = 100;
  report.pair(
      "  issues per CPU second", 1, at_least(0.6), [&] { return ours.sync(our_run++); },
      [&] { return bare.sync(bare_run++); }, options);
  return report.finish();
}
