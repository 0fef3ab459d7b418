// SPDX-License-Identifier: Apache-2.0
// Lists into transactions.
#include "window_sync.hpp"

#include <map>
#include <set>
#include <utility>

#include "connector/cycles.hpp"
#include "connector/recovery.hpp"
#include "connector/sleep.hpp"
#include "connector/workouts.hpp"
#include "unsettled.hpp"

namespace whoop::rows {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using tento::Coverage;
using tento::Instant;
using tento::Result;
using tento::Synced;
using tento::Transaction;

constexpr std::string_view unsettled_cursor = "unsettled";
constexpr std::string_view reached_cursor = "reached";
// Days that are older than the last week and that one sync asks for again.
constexpr std::size_t most_days_again = 3;

class WindowSync {
 public:
  WindowSync(const Means& means, const SyncPlan& plan, Instant now) : means_(means), plan_(plan), now_(now) {}

  Result<Synced> run(Days window, bool first_stage) {
    TENTO_TRY_ASSIGN(const std::string days_text, load(unsettled_cursor));
    unsettled_ = UnsettledDays::parse(days_text);
    if (window.count() <= part_length.count()) {
      TENTO_TRY(fetch_part(window));
    } else {
      TENTO_TRY_ASSIGN(const bool more, fetch_parts(window));
      if (more) return means_.skipped.into(Synced(seen_, true));
    }
    if (first_stage) TENTO_TRY(ask_again(window.from));
    return means_.skipped.into(Synced(seen_));
  }

 private:
  struct Listed {
    Instant updated;
    sys_days day;
    bool settled;
  };

  Result<std::string> load(std::string_view cursor) {
    TENTO_TRY_ASSIGN(auto value, means_.deps.load_cursor(means_.row_id, cursor));
    return std::move(value).value_or("");
  }

  // Whether it was told to make room before the end.
  Result<bool> fetch_parts(Days window) {
    TENTO_TRY_ASSIGN(const std::string text, load(reached_cursor));
    const auto before = Reached::parse(text, now_);
    const std::vector<Days> parts = left_of(window, before);
    const bool goes_on = before && parts != in_parts(window);
    Reached reached = goes_on ? *before : Reached{{window.to, window.to}, now_};
    reached.at = now_;
    total_ = static_cast<std::uint64_t>(window.count());
    done_ = total_;
    for (const Days& part : parts) done_ -= static_cast<std::uint64_t>(part.count());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0 && means_.call.should_yield()) return true;
      // What is newer than what was done before counts only when all of it is there.
      if (parts[i].to <= reached.done.from) reached.done.from = parts[i].from;
      if (parts[i].from == reached.done.to) reached.done.to = window.to;
      const bool last = i + 1 == parts.size();
      if (last && goes_on) TENTO_TRY(state_done({std::max(window.from, before->done.from), before->done.to}));
      reached_text_ = last || reached.done.count() == 0 ? std::string() : reached.text();
      TENTO_TRY(fetch_part(parts[i]));
      done_ += static_cast<std::uint64_t>(parts[i].count());
      TENTO_TRY(
          means_.deps.report_progress(done_, total_, std::string(plan_.what) + " back to " + day_text(parts[i].from)));
    }
    return false;
  }

  // Days that were not evaluated when they were last looked at. One that cannot be had today is tried again tomorrow;
  // the week is stored already.
  Result<void> ask_again(sys_days before) {
    for (const sys_days day : unsettled_.due_before(before, now_, most_days_again)) {
      const Days one{day, day + days(1)};
      auto done = fetch_part(one);
      if (done) continue;
      if (done.error().stopped || done.error().error_class != tento::ErrorClass::provider) return done;
      means_.deps.log(tento::LogLevel::warn, "the " + std::string(plan_.what) + " of " + day_text(day) +
                                                 " were to be asked for again: " + done.error().message);
      unsettled_.looked(one, {day}, now_);
      const std::string text = unsettled_.text();
      TENTO_TRY_ASSIGN(Transaction txn, means_.deps.begin(means_.row_id));
      TENTO_TRY(txn.commit({}, {{unsettled_cursor, text}}));
    }
    return {};
  }

  Result<void> fetch_part(Days part) {
    if (part.count() == 0) return commit_nothing();
    listed_.clear();
    const std::uint64_t skipped_before = means_.skipped.count();
    TENTO_TRY_ASSIGN(Transaction txn, means_.deps.begin(means_.row_id, part.span()));
    const auto list = [&] {
      means_.paged = false;
      return plan_.source(means_, part, [&](const Found& found) { return take(txn, found); });
    };
    TENTO_TRY(list());
    tento::SkippedRecords again;
    if (means_.paged) {
      // Pages are counted from the newest record on: where one goes meanwhile, the next page leaves one out. So what
      // more than one page did not show is looked for once more before it is deleted.
      TENTO_TRY_ASSIGN(const bool lacks, lacks_some(part));
      if (lacks) {
        const tento::SkippedRecords first = means_.skipped;
        TENTO_TRY(list());
        again = std::exchange(means_.skipped, first);
      }
    }
    TENTO_TRY(means_.skipped.delete_rest(
        means_, txn, part.span(), [&](std::string_view id) { return listed_.contains(id) || again.has_id(id); }));
    std::set<sys_days> unsettled;
    bool any = means_.skipped.count() > skipped_before;
    for (const auto& [id, one] : listed_) {
      if (!part.has(one.day)) continue;
      any = true;
      if (!one.settled) unsettled.insert(one.day);
    }
    unsettled_.looked(part, unsettled, now_);
    const std::string days_text = unsettled_.text();
    std::vector<tento::Cursor> cursors{{unsettled_cursor, days_text}};
    if (total_ > 0) cursors.push_back({reached_cursor, reached_text_});
    std::vector<Coverage> coverage = std::exchange(done_before_, {});
    add_coverage(coverage, part, unsettled, any);
    return txn.commit(coverage, cursors);
  }

  // What an earlier run did of this window, for the last commit: it may have been said since that it could not be had.
  Result<void> state_done(Days done) {
    bool any = false;
    TENTO_TRY(means_.deps.read_cells(means_.lookup_key, done.span(), [&](const tento::CellView&) { any = true; }));
    add_coverage(done_before_, done, unsettled_.within(done), any);
    return {};
  }

  // Whether something that is stored was neither listed nor kept out.
  Result<bool> lacks_some(Days part) {
    bool out = false;
    TENTO_TRY(means_.deps.read_cells(means_.lookup_key, part.span(), [&](const tento::CellView& cell) {
      out = out || !(listed_.contains(cell.id) || means_.skipped.has_id(cell.id));
    }));
    return out;
  }

  // A window without a day, and so without anything to say.
  Result<void> commit_nothing() {
    TENTO_TRY_ASSIGN(Transaction txn, means_.deps.begin(means_.row_id));
    return txn.commit(std::span<const Coverage>{});
  }

  // The same record again is an older state of it, or the same.
  Result<void> take(Transaction& txn, const Found& found) {
    const auto [at, is_new] = listed_.try_emplace(*found.cell.id, Listed{found.updated, found.day, found.settled});
    if (!is_new) {
      if (found.updated <= at->second.updated) return {};
      at->second = {found.updated, found.day, found.settled};
    } else {
      ++seen_;
      if (seen_ % 25 == 0 && total_ == 0) TENTO_TRY(means_.deps.report_progress(seen_, 0, plan_.what));
    }
    return txn.add(found.cell);
  }

  static void add_coverage(std::vector<Coverage>& out, Days part, const std::set<sys_days>& unsettled, bool any) {
    const auto say = [&out](Days stated, Coverage::State state) {
      if (stated.count() <= 0) return;
      Coverage said;
      said.span = stated.span();
      said.state = state;
      out.push_back(said);
    };
    sys_days from = part.from;
    for (const sys_days day : unsettled) {
      say({from, day}, Coverage::State::have);
      say({day, day + days(1)}, Coverage::State::stale);
      from = day + days(1);
    }
    say({from, part.to}, any ? Coverage::State::have : Coverage::State::empty);
  }

  const Means& means_;
  const SyncPlan& plan_;
  const Instant now_;
  UnsettledDays unsettled_;
  std::map<std::string, Listed, std::less<>> listed_;  // of a part, by id
  std::string reached_text_;
  std::vector<Coverage> done_before_;
  std::uint64_t total_ = 0;  // days of a window in parts; 0 = it is fetched at once
  std::uint64_t done_ = 0;
  std::uint64_t seen_ = 0;
};

}  // namespace

Result<Synced> sync_window(const Means& means, const tento::Span& window, bool first_stage, const SyncPlan& plan) {
  TENTO_TRY_ASSIGN(const Instant now, means.deps.now());
  TENTO_TRY_ASSIGN(const tento::Date today, means.deps.local_day(means.call.time_zone(), now));
  return WindowSync(means, plan, now).run(days_of(window, today), first_stage);
}

Result<Synced> SleepRow::sync(tento::SyncCtx<SleepRow>& ctx) {
  return sync_row(ctx, {list_sleeps, "sleeps", {"read:sleep"}});
}
Result<Synced> RecoveryRow::sync(tento::SyncCtx<RecoveryRow>& ctx) {
  return sync_row(ctx, {list_recoveries, "recoveries", {"read:recovery", "read:sleep"}});
}
Result<Synced> CyclesRow::sync(tento::SyncCtx<CyclesRow>& ctx) {
  return sync_row(ctx, {list_cycles, "cycles", {"read:cycles"}});
}
Result<Synced> WorkoutsRow::sync(tento::SyncCtx<WorkoutsRow>& ctx) {
  return sync_row(ctx, {list_workouts, "workouts", {"read:workout"}});
}

}  // namespace whoop::rows
