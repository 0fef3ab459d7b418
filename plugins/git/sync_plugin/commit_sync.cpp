// SPDX-License-Identifier: Apache-2.0
// Decides what has to be deleted and walked, and writes it down step by step.
#include "commit_sync.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "connector/commit_cell.hpp"
#include "connector/errors.hpp"
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
    GIT_TRY_ASSIGN(const gitlog::Tips tips, repository_.tips(ctx_.client.refs));
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
    boundary_print_ = boundary_.empty() ? std::string() : gitlog::fingerprint(boundary_).hex();
    if (repository_.has_replacements()) {
      ctx_.log(LogLevel::warn, "'" + repository_.path() +
                                   "' has replaced or grafted objects (git replace); the original ones are read");
    }
    return {};
  }

  Result<Plan> make_plan() {
    Plan plan;
    const bool all_here = here(position_.base) && here(position_.target) && here(position_.frontier);
    if (position_.boundary != boundary_print_) {
      // Deepened or cut off: what was said at the old boundary is out of date, so everything is read again.
      plan.prune = !position_.fresh();
      restart(false);
    } else if (position_.target == tips_ && all_here) {
      return plan;
    } else if (!all_here) {
      // What was synced before is gone from the repository: only the stored ids tell what is there.
      plan.prune = true;
      restart(true);
    } else {
      GIT_TRY_ASSIGN(const bool forward, gitlog::all_reachable(repository_, boundary_, tips_,
                                                               merged(position_.base, position_.target), pulse()));
      plan.prune = !forward;
      position_.sparse = position_.sparse || !position_.frontier.empty();
    }
    position_.target = tips_;
    position_.frontier = tips_;
    position_.boundary = boundary_print_;
    return plan;
  }

  void restart(bool sparse) {
    position_.base.clear();
    position_.sparse = sparse;
  }

  [[nodiscard]] bool here(const CommitIds& commits) const {
    return std::all_of(commits.begin(), commits.end(), [&](const auto& id) { return repository_.has(id); });
  }

  // Deletes what is not reachable any more, and learns what may be skipped.
  Result<void> prepare(const Plan& plan) {
    const bool skip = position_.sparse && !position_.frontier.empty();
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
    TENTO_TRY_ASSIGN(Transaction transaction, ctx_.deps.begin(ctx_.row_id));
    for (const auto& id : stored_) {
      if (alive.contains(id)) continue;
      const std::string name = id.hex();
      TENTO_TRY(transaction.add(CellView::tombstone(name)));
    }
    boost::unordered::erase_if(stored_, [&](const auto& id) { return !alive.contains(id); });
    return commit(transaction, {});
  }

  Result<Synced> walk() {
    gitlog::CommitWalk walk(repository_, boundary_, pulse());
    GIT_TRY(walk.hide(position_.base));
    GIT_TRY(walk.push(position_.frontier));
    const gitlog::ObjectIdSet cut(boundary_.begin(), boundary_.end());
    const std::int64_t not_before = whole_history_ ? INT64_MIN : earliest_second(ctx_.window);
    TENTO_TRY_ASSIGN(const std::uint64_t total, count_ahead());

    std::optional<Transaction> transaction;
    auto opened = std::chrono::steady_clock::now();
    for (;;) {
      GIT_TRY_ASSIGN(const auto step, walk.next(not_before));
      if (!step) break;
      if (stored_.contains(step->id)) continue;
      GIT_TRY_ASSIGN(const gitlog::Commit read,
                     gitlog::read_commit(repository_, step->id, cut.contains(step->id), {}, pulse()));
      if (!transaction) {
        TENTO_TRY_ASSIGN(Transaction begun, begin());
        transaction.emplace(std::move(begun));
        opened = std::chrono::steady_clock::now();
      }
      const std::string id = read.id.hex();
      const std::string json = commit_json(read);
      TENTO_TRY(transaction->add(CellView(id, author_date(read), json)));
      ++seen_;
      TENTO_TRY(ctx_.deps.report_progress(seen_, std::max(total, seen_), read.subject));
      const bool full = transaction->count() >= cells_per_transaction ||
                        std::chrono::steady_clock::now() - opened >= longest_transaction;
      if (full || yield_) {
        advance(walk);
        TENTO_TRY(commit(*transaction, {}));
        transaction.reset();
        if (yield_ && !walk.done()) return Synced(seen_, true);
      }
    }
    advance(walk);
    GIT_TRY_ASSIGN(const std::vector<Coverage> coverage,
                   coverage_of(repository_, CoverageFacts{tips_, boundary_, ctx_.window, whole_history_}));
    if (!transaction) {
      TENTO_TRY_ASSIGN(Transaction begun, begin());
      transaction.emplace(std::move(begun));
    }
    TENTO_TRY(commit(*transaction, coverage));
    return Synced(seen_);
  }

  // How many commits a whole walk has ahead, for the progress; 0 = unknown.
  Result<std::uint64_t> count_ahead() {
    if (!whole_history_ || !stored_.empty()) return std::uint64_t{0};
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
    position_.frontier = walk.frontier();
    if (position_.frontier.empty()) {
      position_.base = position_.target;
      position_.sparse = false;
    } else if (position_.frontier.size() > Position::most_commits) {
      // Wider than a cursor: begin at the top again, and skip what is stored.
      position_.frontier = position_.target;
      position_.sparse = true;
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
  std::string boundary_print_;
  gitlog::ObjectIdSet stored_;
  std::uint64_t seen_ = 0;
  bool yield_ = false;
  bool stop_ = false;
};

}  // namespace

Result<Synced> sync_commits(SyncCtx<Commits>& ctx) {
  GIT_TRY_ASSIGN(const gitlog::Repository repository, gitlog::Repository::open(ctx.client.path));
  return CommitSync(repository, ctx).run();
}

}  // namespace tento::git
