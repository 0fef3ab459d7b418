// SPDX-License-Identifier: Apache-2.0
// Repositories: nothing is read while every page is the one that is held; else all of them are, and what is missing is
// asked for by itself.
#include "repos.hpp"

#include "list_sync.hpp"
#include "sweep.hpp"

namespace github::rows {
namespace {

using tento::Coverage;
using tento::Result;
using tento::Synced;

// Whether every page is the one that is held.
Result<bool> all_unchanged(const Run& run, const std::string& url, tento::http::EtagCache& etags) {
  if (etags.size() == 0) return false;
  List list(run.client, run.http, {.url = url, .what = "the repositories", .kind = Kind::repository, .etags = &etags});
  while (list.more()) {
    TENTO_TRY(run.call.proceed());
    TENTO_TRY(list.fetch());
    if (!list.unchanged()) return false;
  }
  return true;
}

}  // namespace

Result<Synced> Repos::sync(tento::SyncCtx<Repos>& ctx) {
  TENTO_TRY_ASSIGN(const Run run, run_of(ctx));
  // By creation: a repository that is pushed to or renamed stays where it is in the list.
  const std::string url = run.client.url("/user/repos?per_page=100&sort=created&direction=asc");
  TENTO_TRY_ASSIGN(const std::string kept, load(run, "etags"));
  tento::http::EtagCache etags = tento::http::EtagCache::parse(kept);
  TENTO_TRY_ASSIGN(const bool unchanged, all_unchanged(run, url, etags));

  TENTO_TRY_ASSIGN(tento::Transaction txn, run.deps.begin(run.row_id));
  std::vector<Coverage> coverage;
  if (unchanged) {
    cover(coverage, std::nullopt, std::nullopt);
    TENTO_TRY(txn.commit(coverage));
    return Synced(0);
  }
  etags.clear();
  SeenIds seen;
  std::size_t count = 0;
  List list(run.client, run.http, {.url = url, .what = "the repositories", .kind = Kind::repository, .etags = &etags});
  while (list.more()) {
    TENTO_TRY(run.call.proceed());
    TENTO_TRY(list.fetch());
    const auto each = [&seen](const Record& record) -> Result<void> {
      seen.add(record.id);
      return {};
    };
    TENTO_TRY_ASSIGN(const PageFacts facts,
                     put_page(run, list, txn, each, [&seen](std::string_view id) { seen.add(id); }));
    count += facts.records;
    TENTO_TRY(run.deps.report_progress(count, 0, "repositories"));
  }
  const AskOne ask = [&run](const std::string& id) { return run.client.repository(run.http, id); };
  TENTO_TRY_ASSIGN(const bool all, sweep(run, ctx.lookup_key, seen, ask, txn));
  // The next sync goes on, and says again what is kept out.
  if (!all || run.skipped.count() > 0) etags.clear();
  cover(coverage, std::nullopt, std::nullopt, count == 0 ? Coverage::State::empty : Coverage::State::have);
  const std::string versions = etags.text();
  TENTO_TRY(txn.commit(coverage, std::vector<tento::Cursor>{{"etags", versions}}));
  return run.skipped.into(Synced(count));
}

}  // namespace github::rows
