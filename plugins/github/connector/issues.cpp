// SPDX-License-Identifier: Apache-2.0
// Issues: the list once, newest first and resumable; then only what changed; now and then a look for what is gone.
//
// Cursors: `listing` (how far the list was read: the earliest date so far, and the next page or `done`), `since` (from
// when on changes are asked for), `etags` (the answer to that question), `swept` (when gone issues were last looked
// for).
#include "issues.hpp"

#include <tento/sdk/retry_after.hpp>

#include "list_sync.hpp"
#include "sweep.hpp"

namespace github::rows {
namespace {

using tento::Coverage;
using tento::Instant;
using tento::Result;
using tento::SemanticTime;
using tento::Synced;

// While what changed fits into so many records, the same question is asked again: its answer has a version, so that
// nothing new costs nothing.
constexpr std::size_t most_repeated = 25;
constexpr std::chrono::days sweep_interval{7};
// Times are whole seconds, and whether `since` includes its own is the service's business: what is asked for overlaps
// what is held by one.
constexpr std::chrono::seconds second_overlap{1};

struct Listing {
  std::optional<Instant> oldest;
  std::string next;  // empty = not begun
  bool done = false;

  static Listing parse(std::string_view text) {
    Listing out;
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return out;
    out.oldest = read_utc(text.substr(0, space));
    out.done = text.substr(space + 1) == "done";
    if (!out.done) out.next = text.substr(space + 1);
    return out;
  }
  [[nodiscard]] std::string text() const { return (oldest ? utc_text(*oldest) : "-") + " " + (done ? "done" : next); }
};

class IssueSync {
 public:
  IssueSync(Run run, RepoParams repo, std::string_view lookup_key)
      : run_(std::move(run)), repo_(std::move(repo)), what_("the issues of " + repo_.text()), lookup_key_(lookup_key) {}

  Result<Synced> stage(bool viewport) {
    TENTO_TRY_ASSIGN(const std::string listing, load(run_, "listing"));
    listing_ = Listing::parse(listing);
    TENTO_TRY_ASSIGN(since_, load(run_, "since"));
    TENTO_TRY_ASSIGN(const Instant now, run_.deps.now());
    // Changes since a time that is still to come would be none until then: the list is read again instead.
    if (!since_.empty() && !tento::looked_at(since_, now, clock_skew)) {
      listing_ = {};
      since_.clear();
    }
    TENTO_TRY_ASSIGN(Synced done, read_list(viewport));
    if (done.more) return run_.skipped.into(done);
    if (viewport) {
      TENTO_TRY_ASSIGN(const std::size_t changed, read_changes());
      done.seen += changed;
    } else {
      TENTO_TRY_ASSIGN(const std::size_t listed, look_for_gone());
      done.seen += listed;
    }
    return run_.skipped.into(done);
  }

 private:
  [[nodiscard]] std::string list_url(std::string_view order) const {
    return run_.client.repository_url(repo_.name(), "/issues?state=all&per_page=100&" + std::string(order));
  }

  // The list, newest first: for the viewport until its window is full, for the backfill to the end.
  Result<Synced> read_list(bool viewport) {
    Synced out;
    // A day earlier, as a window's days are those of the account's zone.
    std::optional<Instant> until = moment(run_.window.from);
    if (until) *until -= std::chrono::days(1);
    const auto far_enough = [&] { return viewport && until && listing_.oldest && *listing_.oldest < *until; };
    if (listing_.done || far_enough()) return out;
    List list(run_.client, run_.http,
              {.url = listing_.next.empty() ? list_url("sort=created&direction=desc") : listing_.next,
               .what = what_,
               .kind = Kind::issue});
    while (list.more() && !far_enough()) {
      TENTO_TRY(run_.call.proceed());
      if (out.seen > 0 && run_.call.should_yield()) {
        out.more = true;
        return out;
      }
      TENTO_TRY(list.fetch());
      TENTO_TRY_ASSIGN(out.seen, take_page(list, out.seen));
    }
    return out;
  }

  Result<std::size_t> take_page(List& list, std::size_t seen) {
    const std::optional<SemanticTime> upper =
        listing_.oldest ? std::optional(SemanticTime(*listing_.oldest)) : run_.window.to;
    TENTO_TRY_ASSIGN(tento::Transaction txn, run_.deps.begin(run_.row_id));
    TENTO_TRY_ASSIGN(const PageFacts facts, put_page(run_, list, txn));
    // Whatever changes from now on is asked for by its change, by the service's own clock.
    if (since_.empty()) since_ = first_since(list, facts);
    if (facts.oldest && (!listing_.oldest || *facts.oldest < *listing_.oldest)) listing_.oldest = facts.oldest;
    listing_.next = list.next_url();
    listing_.done = listing_.next.empty();
    std::optional<SemanticTime> lower;
    if (!listing_.done && listing_.oldest) lower = SemanticTime(*listing_.oldest);
    std::vector<Coverage> coverage;
    const bool none = listing_.done && !listing_.oldest && facts.records == 0;
    cover(coverage, lower, upper, none ? Coverage::State::empty : Coverage::State::have);
    const std::string listing = listing_.text();
    const std::vector<tento::Cursor> cursors = {{"listing", listing}, {"since", since_}};
    seen += facts.records;
    TENTO_TRY(run_.deps.report_progress(seen, 0, what_));
    TENTO_TRY(txn.commit(coverage, cursors));
    return seen;
  }

  [[nodiscard]] static std::string first_since(const List& list, const PageFacts& facts) {
    const Instant never{};
    const Instant asked = tento::http::answered_at(list.head().headers, never);
    // Without a Date: the latest change that was seen lies before the answer at any rate.
    return asked == never ? facts.newest_update : utc_text(asked);
  }

  // What changed since; latest first, so that nothing is passed over when the list moves meanwhile.
  Result<std::size_t> read_changes() {
    const auto since = read_utc(since_);
    if (!since) return std::size_t{0};
    TENTO_TRY_ASSIGN(const std::string kept, load(run_, "etags"));
    tento::http::EtagCache etags = tento::http::EtagCache::parse(kept);
    TENTO_TRY_ASSIGN(tento::Transaction txn, run_.deps.begin(run_.row_id));
    std::size_t seen = 0;
    std::string newest = since_;
    List list(run_.client, run_.http,
              {.url = list_url("sort=updated&direction=desc&since=" + utc_text(*since - second_overlap)),
               .what = "the changed issues of " + repo_.text(),
               .kind = Kind::issue,
               .etags = &etags});
    while (list.more()) {
      TENTO_TRY(run_.call.proceed());
      TENTO_TRY(list.fetch());
      if (list.unchanged() && list.page() == 1) break;  // a change would be on the first page
      TENTO_TRY_ASSIGN(const PageFacts facts, put_page(run_, list, txn));
      seen += facts.records;
      newest = std::max(newest, facts.newest_update);
      TENTO_TRY(run_.deps.report_progress(seen, 0, "changed issues of " + repo_.text()));
    }
    if (seen > most_repeated && newest > since_) {
      since_ = newest;
      etags.clear();
    }
    const std::string versions = etags.text();
    std::vector<Coverage> coverage;
    std::optional<SemanticTime> lower;
    if (!listing_.done && listing_.oldest) lower = SemanticTime(*listing_.oldest);
    const bool none = seen == 0 && listing_.done && !listing_.oldest;
    cover(coverage, lower, run_.window.to, none ? Coverage::State::empty : Coverage::State::have);
    TENTO_TRY(txn.commit(coverage, std::vector<tento::Cursor>{{"since", since_}, {"etags", versions}}));
    return seen;
  }

  // Deleted and moved issues are in no list of changes. Once a week the whole list is read again, and what it lacks is
  // asked for one by one.
  Result<std::size_t> look_for_gone() {
    TENTO_TRY_ASSIGN(const Instant now, run_.deps.now());
    TENTO_TRY_ASSIGN(const std::string swept, load(run_, "swept"));
    const auto last = tento::looked_at(swept, now);
    if (last && now < *last + sweep_interval) return nothing();
    if (swept.empty()) return first_time(now);
    SeenIds seen;
    std::size_t count = 0;
    std::string home;
    List list(run_.client, run_.http,
              {.url = list_url("sort=created&direction=asc"), .what = what_, .kind = Kind::issue});
    while (list.more()) {
      TENTO_TRY(run_.call.proceed());
      TENTO_TRY(list.fetch());
      TENTO_TRY_ASSIGN(tento::Transaction txn, run_.deps.begin(run_.row_id));
      const auto each = [&](const Record& record) -> Result<void> {
        seen.add(record.id);
        if (!record.home.empty()) home = record.home;
        return {};
      };
      TENTO_TRY_ASSIGN(const PageFacts facts,
                       put_page(run_, list, txn, each, [&seen](std::string_view id) { seen.add(id); }));
      count += facts.records;
      TENTO_TRY(run_.deps.report_progress(count, 0, what_));
      TENTO_TRY(txn.commit(std::span<const Coverage>{}));
    }
    TENTO_TRY_ASSIGN(tento::Transaction txn, run_.deps.begin(run_.row_id));
    const AskOne ask = [&](const std::string& number) -> Result<std::optional<Single>> {
      auto found = run_.client.issue(run_.http, repo_.name(), number);
      if (!found || !*found) return found;
      // One that was moved answers from where it is now.
      const Single& single = **found;
      if (single.id != number || (!home.empty() && single.home != home)) return std::optional<Single>();
      return found;
    };
    TENTO_TRY_ASSIGN(const bool all, sweep(run_, lookup_key_, seen, ask, txn));
    const std::string when = utc_text(now);
    std::vector<Coverage> coverage;
    cover(coverage, std::nullopt, run_.window.to);
    TENTO_TRY(txn.commit(coverage, all ? std::vector<tento::Cursor>{{"swept", when}} : std::vector<tento::Cursor>{}));
    return count;
  }

  // Nothing was asked: nothing is said of coverage either.
  Result<std::size_t> nothing() {
    TENTO_TRY_ASSIGN(tento::Transaction txn, run_.deps.begin(run_.row_id));
    TENTO_TRY(txn.commit(std::span<const Coverage>{}));
    return std::size_t{0};
  }
  Result<std::size_t> first_time(Instant now) {
    TENTO_TRY_ASSIGN(tento::Transaction txn, run_.deps.begin(run_.row_id));
    const std::string when = utc_text(now);
    TENTO_TRY(txn.commit(std::span<const Coverage>{}, std::vector<tento::Cursor>{{"swept", when}}));
    return std::size_t{0};
  }

  Run run_;
  RepoParams repo_;
  std::string what_;
  std::string lookup_key_;
  Listing listing_;
  std::string since_;
};

tento::WriteOutput stored(Single single) {
  return tento::WriteOutput::stored({.id = std::move(single.id),
                                     .date = single.date,
                                     .data = std::move(single.json),
                                     .version = std::move(single.updated_at)});
}

tl::unexpected<tento::Error> conflict(std::string message, std::string tag) {
  return tento::fail(tento::Error{.code = tento::ErrorCode::conflict,
                                  .error_class = tento::ErrorClass::provider,
                                  .message = std::move(message),
                                  .tag = std::move(tag),
                                  .remedy = "sync the row, then write again"});
}

// The service takes no condition with a change, so the issue is looked at before. What changes between the look and the
// write is overwritten all the same.
Result<void> still_as_expected(const Client& client, tento::http::Transport& http, const tento::WriteCtx<Issues>& ctx) {
  const std::string name = "issue " + std::string(ctx.cell_id) + " of " + ctx.own.text();
  TENTO_TRY_ASSIGN(const auto now, client.issue(http, ctx.own.name(), ctx.cell_id));
  if (!now) {
    return tento::fail(tento::ErrorCode::not_found, tento::ErrorClass::config, name + " is gone; nothing was changed",
                       "gone");
  }
  if (now->id != ctx.cell_id) {
    return conflict(name + " was moved and is " + now->id + " of another repository now; nothing was changed",
                    "github_issue_moved");
  }
  if (now->updated_at != ctx.expected) {
    return conflict(name + " changed meanwhile: the service has the version " + now->updated_at +
                        ", the write is for " + std::string(ctx.expected) + "; nothing was changed",
                    "github_issue_changed");
  }
  return {};
}

}  // namespace

Result<Synced> Issues::sync(tento::SyncCtx<Issues>& ctx) {
  TENTO_TRY_ASSIGN(Run run, run_of(ctx));
  return IssueSync(std::move(run), ctx.own, ctx.lookup_key).stage(ctx.stage == "viewport");
}

Result<tento::WriteOutput> Issues::post(tento::WriteCtx<Issues>& ctx) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  TENTO_TRY_ASSIGN(Single made, for_call(ctx.client, ctx.deps).create_issue(http, ctx.own.name(), ctx.body));
  return stored(std::move(made));
}

Result<tento::WriteOutput> Issues::patch(tento::WriteCtx<Issues>& ctx) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  const Client client = for_call(ctx.client, ctx.deps);
  if (!ctx.expected.empty()) TENTO_TRY(still_as_expected(client, http, ctx));
  TENTO_TRY_ASSIGN(Single made, client.update_issue(http, ctx.own.name(), ctx.cell_id, ctx.body));
  if (made.id != ctx.cell_id) {
    return tento::fail(tento::ErrorCode::conflict, tento::ErrorClass::provider,
                       "issue " + std::string(ctx.cell_id) + " was moved and is " + made.id +
                           " of another repository now; it was changed there. Sync this row's backfill",
                       "github_issue_moved");
  }
  return stored(std::move(made));
}

}  // namespace github::rows
