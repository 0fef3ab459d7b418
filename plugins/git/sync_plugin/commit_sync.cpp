// SPDX-License-Identifier: Apache-2.0
// Decides what has to be deleted and walked, and writes it down step by step.
#include "commit_sync.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <tento/sdk/skipped.hpp>

#include "connector/commit_cell.hpp"
#include "connector/errors.hpp"
#include "gitlog/mailmap.hpp"
#include "gitlog/walk.hpp"
#include "position.hpp"
#include "sync_coverage.hpp"

namespace tento::git {
namespace {

constexpr std::size_t cells_per_transaction = 500;
constexpr std::chrono::seconds longest_transaction{2};

// The library's result as the SDK's. A declaration may not be enclosed in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define GIT_TRY_ASSIGN(declaration, expression)                                                           \
  auto TENTO_CONCAT(git_try_, __LINE__) = (expression);                                                   \
  if (!TENTO_CONCAT(git_try_, __LINE__)) return fail(to_error(TENTO_CONCAT(git_try_, __LINE__).error())); \
  declaration = std::move(*TENTO_CONCAT(git_try_, __LINE__))
// NOLINTEND(bugprone-macro-parentheses)

#define GIT_TRY(expression)                                                            \
  do {                                                                                 \
    if (auto git_try = (expression); !git_try) return fail(to_error(git_try.error())); \
  } while (false)

CommitIds merged(const CommitIds& a, const CommitIds& b) {
  CommitIds out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

class CommitSync {
 public:
  CommitSync(const gitlog::Repository& repository, SyncCtx<Commits>& ctx)
      : repository_(repository), ctx_(ctx), whole_history_(ctx.stage == "backfill") {}

  Result<Synced> run() {
    TENTO_TRY(look());
    TENTO_TRY_ASSIGN(position_, Position::load(ctx_.deps, ctx_.row_id));
    TENTO_TRY_ASSIGN(const Plan plan, make_plan());
    TENTO_TRY(prepare(plan));
    return walk();
  }

 private:
  struct Plan {
    bool prune = false;  // something stored may not be reachable any more
  };

  // What the repository is now.
  Result<void> look() {
    GIT_TRY_ASSIGN(gitlog::Tips tips, repository_.tips(ctx_.client.refs));
    if (tips.head_unborn) {
      // Without the history that HEAD had, what was stored of it would look deleted.
      if (tips.commits.empty()) return fail(to_error(*tips.head_unborn));
      ctx_.log(LogLevel::warn, tips.head_unborn->message + " Only what the setting refs names is read");
      head_unborn_ = std::move(tips.head_unborn);
    }
    if (tips.commits.size() > Position::most_commits) {
      return fail(ErrorCode::too_large, ErrorClass::config,
                  "The setting refs matches " + std::to_string(tips.commits.size()) + " different commits in '" +
                      repository_.path() + "'; at most " + std::to_string(Position::most_commits) +
                      " are followed. Name fewer references.",
                  "git_too_many_refs");
    }
    tips_ = tips.commits;
    for (const auto& name : tips.unusable) {
      ctx_.log(LogLevel::warn, "'" + repository_.path() + "': the setting refs names " + name + "; it is left out");
    }
    GIT_TRY_ASSIGN(boundary_, repository_.shallow_boundary());
    GIT_TRY_ASSIGN(people_, gitlog::Mailmap::of(repository_));
    lens_ = boundary_.empty() ? std::string() : gitlog::fingerprint(boundary_).hex();
    if (!people_.fingerprint().empty()) lens_ += " mailmap " + people_.fingerprint();
    if (repository_.partial()) lens_ += " partial";
    if (repository_.has_replacements()) {
      ctx_.log(LogLevel::warn, "'" + repository_.path() +
                                   "' has replaced or grafted objects (git replace); the original ones are read");
    }
    return {};
  }

  Result<Plan> make_plan() {
    Plan plan;
    TENTO_TRY(check_not_lost());
    TENTO_TRY_ASSIGN(const bool all_here, here({position_.base, position_.target, position_.frontier}));
    if (position_.lens != lens_) {
      // Deepened, cut off, or people have other names: what was read before is out of date, so everything is read
      // again.
      plan.prune = !position_.fresh();
      restart(position_.fresh() ? Behind::nothing : Behind::outdated);
    } else if (position_.target == tips_ && all_here) {
      return plan;
    } else if (!all_here) {
      // What was synced before is gone from the repository: only the stored ids tell what is there.
      plan.prune = true;
      restart(Behind::some);
    } else {
      GIT_TRY_ASSIGN(const bool forward, gitlog::all_reachable(repository_, boundary_, tips_,
                                                               merged(position_.base, position_.target), pulse()));
      plan.prune = !forward;
      if (!position_.frontier.empty() && position_.behind == Behind::nothing) position_.behind = Behind::some;
    }
    position_.target = tips_;
    position_.frontier = tips_;
    position_.lens = lens_;
    return plan;
  }

  // A repository without any reference is empty. One that still holds what was synced has lost its references instead.
  Result<void> check_not_lost() {
    if (!tips_.empty()) return {};
    for (const auto* commits : {&position_.base, &position_.target}) {
      if (commits->empty()) continue;
      GIT_TRY_ASSIGN(const bool held, repository_.has(commits->front()));
      if (!held) continue;
      return fail(
          ErrorCode::invalid_data, ErrorClass::config,
          "'" + repository_.path() + "' has no branch and no tag any more, and still holds the commit " +
              commits->front().hex() +
              " that was synced before; nothing is deleted here. If its references were lost, restore them: git -C '" +
              repository_.path() + "' update-ref refs/heads/BRANCH " + commits->front().hex() +
              ". If they were deleted on purpose, disconnect the account.",
          "git_no_references");
    }
    return {};
  }

  void restart(Behind behind) {
    position_.base.clear();
    position_.behind = behind;
  }

  Result<bool> here(std::initializer_list<std::reference_wrapper<const CommitIds>> lists) {
    for (const CommitIds& commits : lists) {
      for (const auto& id : commits) {
        GIT_TRY_ASSIGN(const bool found, repository_.has(id));
        if (!found) return false;
      }
    }
    return true;
  }

  // Deletes what is not reachable any more, and learns what may be skipped.
  Result<void> prepare(const Plan& plan) {
    const bool skip = position_.behind == Behind::some && !position_.frontier.empty();
    if (!plan.prune && !skip) return {};
    TENTO_TRY(ctx_.deps.read_cells(ctx_.lookup_key, Span{}, [&](const CellView& cell) -> Result<void> {
      if (!go_on()) return fail(stopped().value());
      if (const auto id = gitlog::ObjectId::parse(cell.id)) stored_.insert(*id);
      return {};
    }));
    if (stop_) return stopped();
    if (plan.prune) TENTO_TRY(prune());
    if (!skip) stored_.clear();
    return {};
  }

  Result<void> prune() {
    GIT_TRY_ASSIGN(const gitlog::ObjectIdSet alive, gitlog::reachable(repository_, boundary_, tips_, pulse()));
    std::vector<gitlog::ObjectId> gone;
    std::copy_if(stored_.begin(), stored_.end(), std::back_inserter(gone),
                 [&](const auto& id) { return !alive.contains(id); });
    // What HEAD had is not gone because HEAD has no branch for a while.
    if (!gone.empty() && head_unborn_) return fail(to_error(*head_unborn_));
    TENTO_TRY_ASSIGN(Transaction transaction, ctx_.deps.begin(ctx_.row_id));
    for (const auto& id : gone) {
      const std::string name = id.hex();
      TENTO_TRY(transaction.add(CellView::tombstone(name)));
      stored_.erase(id);
    }
    return commit(transaction, {});
  }

  // The whole history is walked in either stage, since no commit's time tells what lies behind it; a stage with a
  // window only passes by what is dated before it, which costs a few microseconds each and is done again until the
  // backfill has come to the end.
  Result<Synced> walk() {
    gitlog::CommitWalk walk(repository_, boundary_, pulse());
    GIT_TRY(walk.hide(position_.base));
    GIT_TRY(walk.push(position_.frontier));
    const gitlog::ObjectIdSet cut(boundary_.begin(), boundary_.end());
    const std::int64_t earliest = whole_history_ ? INT64_MIN : earliest_second(ctx_.window);
    TENTO_TRY_ASSIGN(const std::uint64_t total, count_ahead());

    auto opened = std::chrono::steady_clock::now();
    for (;;) {
      GIT_TRY_ASSIGN(const auto step, walk.next());
      if (!step) break;
      if (step->parents_cut) note_cut(step->id);
      if (stored_.contains(step->id)) continue;
      if (step->dated < earliest) {
        if (!passed_by_) pass_by(walk, step->id);
        continue;
      }
      const bool at_boundary = cut.contains(step->id);
      GIT_TRY_ASSIGN(const gitlog::Commit read,
                     gitlog::read_commit(repository_, step->id, at_boundary, {}, pulse(), people_));
      if (!transaction_) {
        TENTO_TRY_ASSIGN(Transaction begun, begin());
        transaction_.emplace(std::move(begun));
        opened = std::chrono::steady_clock::now();
      }
      const std::string id = read.id.hex();
      const std::string json = commit_json(read, at_boundary);
      TENTO_TRY(transaction_->add(CellView(id, commit_date(read), json)));
      note(read);
      ++seen_;
      if (passed_by_ && position_.behind == Behind::nothing) position_.behind = Behind::some;
      TENTO_TRY(ctx_.deps.report_progress(seen_, std::max(total, seen_), read.subject));
      const bool full = transaction_->count() >= cells_per_transaction ||
                        std::chrono::steady_clock::now() - opened >= longest_transaction;
      if (full || yield_) {
        TENTO_TRY(write_down(walk));
        if (yield_ && !walk.done() && can_go_on_later()) return synced(true);
      }
    }
    if (transaction_) TENTO_TRY(write_down(walk));
    advance(walk);
    TENTO_TRY(conclude());
    return synced(false);
  }

  // What is read again behind the first commit that was passed by is written down nowhere: that part is done at once.
  [[nodiscard]] bool can_go_on_later() const { return !passed_by_ || position_.behind != Behind::outdated; }

  // Commits what was read so far, and how far the walk has come.
  Result<void> write_down(const gitlog::CommitWalk& walk) {
    advance(walk);
    TENTO_TRY(commit(*transaction_, {}));
    transaction_.reset();
    return {};
  }

  // States what is known of the dates that were asked for, by what is stored.
  Result<void> conclude() {
    Span span = ctx_.window;
    if (whole_history_) span.from.reset();
    bool any = false;
    const auto read = ctx_.deps.read_cells(ctx_.lookup_key, span, [&](const CellView&) -> Result<void> {
      any = true;
      return fail(stopped().value());
    });
    if (!read && !any) return fail(read.error());
    GIT_TRY_ASSIGN(const std::vector<Coverage> coverage, coverage_of(repository_, CoverageFacts{boundary_, span, any}));
    TENTO_TRY_ASSIGN(Transaction last, begin());
    return commit(last, coverage);
  }

  // From here on commits are left out: this one, and what lies behind, is where the next walk begins.
  void pass_by(const gitlog::CommitWalk& walk, const gitlog::ObjectId& id) {
    passed_by_ = walk.frontier();
    passed_by_->insert(std::lower_bound(passed_by_->begin(), passed_by_->end(), id), id);
  }

  void note(const gitlog::Commit& commit) {
    if (!gitlog::dated_by(commit).dated) {
      skipped_.skip("commit " + commit.id.hex(), commit.damage + ", so it is in no day", commit.id.hex());
    }
    if (commit.left_out && uncounted_++ == 0) {
      ctx_.log(LogLevel::warn,
               "'" + repository_.path() +
                   "' is a partial clone: commits whose files it has left out have no counts of lines. To "
                   "have them, connect a complete clone");
    }
  }
  void note_cut(const gitlog::ObjectId& id) {
    skipped_.skip("commit " + id.hex(), "a parent of it cannot be read, so what lies behind it is missing");
  }

  Result<Synced> synced(bool more) {
    if (uncounted_ > 0) {
      TENTO_TRY(ctx_.deps.report_progress(
          seen_, seen_, std::to_string(uncounted_) + " commits have no counts of lines: the clone is partial"));
    }
    return skipped_.into(Synced(seen_, more));
  }

  // How many commits a whole walk has ahead, for the progress; 0 = unknown.
  Result<std::uint64_t> count_ahead() {
    if (!whole_history_ || !stored_.empty() || position_.frontier.empty()) return std::uint64_t{0};
    gitlog::CommitWalk walk(repository_, boundary_, pulse());
    GIT_TRY(walk.hide(position_.base));
    GIT_TRY(walk.push(position_.frontier));
    std::uint64_t count = 0;
    for (;;) {
      GIT_TRY_ASSIGN(const auto step, walk.next());
      if (!step) return count;
      ++count;
    }
  }

  void advance(const gitlog::CommitWalk& walk) {
    position_.frontier = passed_by_ ? *passed_by_ : walk.frontier();
    if (position_.frontier.empty()) {
      position_.base = position_.target;
      position_.behind = Behind::nothing;
    } else if (position_.frontier.size() > Position::most_commits) {
      // Wider than a cursor: begin at the top again, and skip what is stored.
      position_.frontier = position_.target;
      position_.behind = Behind::some;
    }
  }

  Result<Transaction> begin() { return ctx_.deps.begin(ctx_.row_id); }

  Result<void> commit(Transaction& transaction, std::span<const Coverage> coverage) {
    const Position::Written bytes = position_.write();
    return transaction.commit(coverage, Position::cursors(bytes));
  }

  bool go_on() {
    switch (ctx_.check()) {
      case Check::go:
        break;
      case Check::yield:
        yield_ = true;
        break;
      case Check::cancelled:
      case Check::expired:
        stop_ = true;
        break;
    }
    return !stop_;
  }
  gitlog::Pulse pulse() {
    return [this] { return go_on(); };
  }

  const gitlog::Repository& repository_;
  SyncCtx<Commits>& ctx_;
  const bool whole_history_;  // the whole of it is asked for, not the window alone
  Position position_;
  CommitIds tips_;
  CommitIds boundary_;
  gitlog::Mailmap people_;
  std::string lens_;
  std::optional<gitlog::Error> head_unborn_;
  gitlog::ObjectIdSet stored_;
  std::optional<Transaction> transaction_;
  std::optional<CommitIds> passed_by_;  // the frontier where the first commit was passed by
  std::uint64_t seen_ = 0;
  std::uint64_t uncounted_ = 0;
  SkippedRecords skipped_;
  bool yield_ = false;
  bool stop_ = false;
};

}  // namespace

Result<Synced> sync_commits(SyncCtx<Commits>& ctx) {
  GIT_TRY_ASSIGN(const gitlog::Repository repository, gitlog::Repository::open(ctx.client.path));
  return CommitSync(repository, ctx).run();
}

}  // namespace tento::git
