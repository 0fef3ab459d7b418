// SPDX-License-Identifier: Apache-2.0
// A branch that was moved: which commits it lost.
#include "branch.hpp"

#include "github/compare.hpp"
#include "sweep.hpp"
#include "timed_sync.hpp"

namespace github::rows {

using tento::Coverage;
using tento::Result;
using tento::Synced;

Result<Branch> Branch::load(const Run& run, RepositoryName repository) {
  Branch out(std::move(repository));
  TENTO_TRY_ASSIGN(out.held_, rows::load(run, "head"));
  TENTO_TRY_ASSIGN(const std::string rewritten, rows::load(run, "rewritten"));
  out.rewritten_ = !rewritten.empty();
  return out;
}

void Branch::see(std::string_view id) {
  if (first_.empty()) first_ = id;
  if (id == held_) met_ = true;
}

// The commit that the branch points to; nothing for a repository without one.
Result<std::optional<std::string>> Branch::tip(const Run& run) const {
  List list(run.client, run.http,
            {.url = run.client.repository_url(repository_, "/commits?per_page=1"),
             .what = "the latest commit of " + text(),
             .kind = Kind::commit});
  std::optional<std::string> out;
  bool none = false;
  TENTO_TRY(fetch_commits(list, none));
  if (none) return out;
  // One that is not understood is told where it is listed; its hash is enough here.
  TENTO_TRY(list.each(
      [&](const Record& record) -> Result<void> {
        if (!out) out = record.id;
        return {};
      },
      [&](const OddRecord& odd) {
        if (!out && !odd.id.empty()) out = odd.id;
      }));
  return out;
}

Result<void> Branch::settle(const Run& run, tento::Transaction& txn, std::vector<tento::Cursor>& cursors) {
  if (!met_ && (first_.empty() || !held_.empty())) {
    // By the tip and not by what was seen first: what is deleted is what the branch lacks now.
    TENTO_TRY_ASSIGN(const auto now, tip(run));
    if (!held_.empty() && now != held_) {
      bool known = false;
      if (now) {
        TENTO_TRY_ASSIGN(known, each_commit_beyond(run.client, run.http, repository_, *now, held_,
                                                   [&](std::string_view sha) -> Result<void> {
                                                     TENTO_TRY(run.call.proceed());
                                                     return txn.add(tento::CellView::tombstone(sha));
                                                   }));
      }
      rewritten_ = rewritten_ || !known;
    }
    if (first_.empty()) first_ = now.value_or("");
  }
  held_ = first_;
  cursors.push_back({"head", held_});
  cursors.push_back({"rewritten", rewritten_ ? "yes" : ""});
  return {};
}

Result<Synced> Branch::read_anew(const Run& run, const std::string& list_url, std::string_view lookup_key) {
  const std::string what = "the commits of " + text();
  List list(run.client, run.http, {.url = list_url, .what = what, .kind = Kind::commit});
  SeenIds seen;
  Synced out;
  bool none = false;
  while (list.more()) {
    TENTO_TRY(run.call.proceed());
    TENTO_TRY(fetch_commits(list, none));
    if (none) break;
    TENTO_TRY_ASSIGN(tento::Transaction txn, run.deps.begin(run.row_id));
    const auto note = [&](std::string_view id) {
      see(id);
      seen.add(id);
    };
    const auto each = [&](const Record& record) -> Result<void> {
      note(record.id);
      return {};
    };
    TENTO_TRY_ASSIGN(const PageFacts facts, put_page(run, list, txn, each, note));
    out.seen += facts.records;
    TENTO_TRY(run.deps.report_progress(out.seen, 0, what));
    TENTO_TRY(txn.commit(std::span<const Coverage>{}));
  }
  TENTO_TRY_ASSIGN(const auto now, tip(run));
  if (now.value_or("") != first_) return run.skipped.into(out);
  std::vector<std::string> gone;
  TENTO_TRY(run.deps.read_cells(lookup_key, {}, [&](const tento::CellView& cell) -> Result<void> {
    if (!seen.has(cell.id)) gone.emplace_back(cell.id);
    return {};
  }));
  TENTO_TRY_ASSIGN(tento::Transaction txn, run.deps.begin(run.row_id));
  for (const std::string& id : gone) TENTO_TRY(txn.add(tento::CellView::tombstone(id)));
  TENTO_TRY_ASSIGN(const tento::Instant when, run.deps.now());
  const std::string done = history_done(when);
  std::vector<Coverage> coverage;
  cover(coverage, std::nullopt, run.window.to, out.seen == 0 ? Coverage::State::empty : Coverage::State::have);
  TENTO_TRY(txn.commit(coverage, std::vector<tento::Cursor>{{"head", first_}, {"rewritten", ""}, {"history", done}}));
  return run.skipped.into(out);
}

}  // namespace github::rows
