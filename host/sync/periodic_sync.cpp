// SPDX-License-Identifier: Apache-2.0
// Rows that are due, part by part: judged, queued, and due again later.
#include "host/sync/periodic_sync.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/dispatch/account_keys.hpp"
#include "host/sync/schedule.hpp"
#include "host/sync/topology.hpp"

namespace tento::host {
namespace {

// Rows that are judged in one part.
constexpr std::size_t rows_at_once = 256;
// However far away the next row is: the clock may be set, and rows may come by ways that wake nobody.
constexpr std::chrono::seconds look_at_least_every{60};

}  // namespace

// The owners of the rows of one look.
struct PeriodicSync::Users {
  Store& store;
  std::map<Uuid, std::optional<UserRecord>> known = {};
  Result<const UserRecord*> find(const Uuid& id) {
    auto at = known.find(id);
    if (at == known.end()) {
      TENTO_TRY_ASSIGN(auto user, store.users().find(id));
      at = known.emplace(id, std::move(user)).first;
    }
    return at->second ? &*at->second : nullptr;
  }
};

// What was found of a row that is due, or not judged yet.
struct PeriodicSync::Found {
  Target target;
  std::int64_t interval_s = 0;
  std::vector<StageEnds> ends;
  [[nodiscard]] RowPast past() const {
    return {target.row.id, ends, static_cast<std::int64_t>(target.match.route->row->data_version)};
  }
};

PeriodicSync::PeriodicSync(Store& store, Dispatcher& dispatcher, Orchestrator& orchestrator,
                           PeriodicSyncOptions options)
    : store_(store), dispatcher_(dispatcher), orchestrator_(orchestrator), options_(std::move(options)) {}

Result<void> PeriodicSync::start() {
  TENTO_TRY(store_.schedules().judge_all());
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  wake();
  return {};
}

Result<void> PeriodicSync::judge_anew() {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return {};
  }
  TENTO_TRY(store_.schedules().judge_all());
  wake();
  return {};
}

void PeriodicSync::wake() {
  {
    const std::lock_guard lock(mutex_);
    accounts_changed_ = true;
  }
  look_at(Timers::Clock::now());
}

void PeriodicSync::look_at(Timers::Clock::time_point when) {
  const std::lock_guard lock(mutex_);
  if (!running_) return;
  if (timer_) timers_.cancel(*timer_);
  timer_ = timers_.at(when, [this] { run(); });
}

void PeriodicSync::stop() {
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    if (timer_) timers_.cancel(*timer_);
    timer_.reset();
  }
  const std::lock_guard waits(looking_);
}

void PeriodicSync::run() {
  const auto next = look();
  if (!next && options_.log)
    options_.log(LogLevel::error, "sync: what is due could not be queued: " + next.error().message);
  auto pause = std::chrono::microseconds(look_at_least_every);
  if (next && *next)
    pause = std::clamp(std::chrono::microseconds(**next - options_.now_unix_us()), std::chrono::microseconds(100'000),
                       pause);
  look_at(Timers::Clock::now() + pause);
}

Result<void> PeriodicSync::pause_row(Target& target, bool paused) {
  TENTO_TRY(Topology::of(target));
  TENTO_TRY(dispatcher_.store_row(target));
  TENTO_TRY(store_.schedules().pause_row(target.row.id, paused));
  target.row.paused = paused;
  wake();
  return {};
}

Result<AccountRecord> PeriodicSync::set_account(const AccountRecord& account, const AccountPace& pace) {
  const AccountKey key{account.owner, account.provider, account.auth_id};
  TENTO_TRY(store_.schedules().set_account(key, pace.paused, pace.interval_s));
  TENTO_TRY_ASSIGN(auto changed, store_.accounts().find(key.owner, key.provider, key.auth_id));
  wake();
  return changed ? std::move(*changed) : account;
}

Result<std::optional<PeriodicSync::Found>> PeriodicSync::judge(const RowRecord& row, Users& users) {
  if (row.paused) return std::nullopt;
  TENTO_TRY_ASSIGN(const auto* owner, users.find(row.owner));
  if (owner == nullptr) return std::nullopt;
  auto target = dispatcher_.resolve(*owner, row.lookup_key, 0);
  // A row without a provider or an account waits until there is one: then it is judged anew.
  if (!target || target->state != RowState::active || target->match.route->sync_shape == nullptr) return std::nullopt;
  const auto& account = target->account;
  if (account && (account->paused || account->state != TENTO_ACCOUNT_ACTIVE)) return std::nullopt;
  Found out;
  const Pace pace{account ? account->interval_s : -1, options_.interval_s(row.provider, row.pattern),
                  target->match.route->sync_shape->interval_s};
  out.interval_s = pace.interval_s();
  TENTO_TRY_ASSIGN(out.ends, store_.schedules().stage_ends(row.id));
  out.target = std::move(*target);
  return out;
}

Result<void> PeriodicSync::store_account_rows() {
  const auto table = dispatcher_.table();
  if (!table) return {};
  TENTO_TRY_ASSIGN(const auto users, store_.users().all());
  for (const auto& user : users) {
    TENTO_TRY_ASSIGN(const auto accounts, store_.accounts().of_user(user.id));
    for (const auto& account : accounts) {
      if (account.state != TENTO_ACCOUNT_ACTIVE) continue;
      for (const auto* route : table->routes()) {
        const auto key = route->sync_shape == nullptr ? std::nullopt : account_key(*route, account);
        if (!key) continue;
        auto target = dispatcher_.resolve(user, *key, 0);
        if (target && target->row.created_us == 0) TENTO_TRY(dispatcher_.store_row(*target));
      }
    }
  }
  return {};
}

Result<std::optional<std::int64_t>> PeriodicSync::look() {
  const std::lock_guard one_at_a_time(looking_);
  const auto now_us = options_.now_unix_us();
  Users users{store_};
  bool accounts_changed = false;
  {
    const std::lock_guard lock(mutex_);
    std::swap(accounts_changed, accounts_changed_);
  }
  if (accounts_changed) TENTO_TRY(store_account_rows());
  for (bool more = true; more;) {
    TENTO_TRY_ASSIGN(const auto rows, store_.schedules().due(now_us, rows_at_once));
    more = rows.size() == rows_at_once;
    std::vector<RowDue> dues;
    std::vector<DueStages> queue;
    for (const auto& row : rows) {
      auto& due = dues.emplace_back(RowDue{row.id, never_due_us});
      TENTO_TRY_ASSIGN(auto found, judge(row, users));
      if (!found) continue;
      TENTO_TRY_ASSIGN(const auto topology, Topology::of(found->target));
      if (row.due_us == 0) {
        due.due_us = first_due_us(topology, found->past(), found->interval_s, now_us);
      } else if (is_overdue(row.due_us, found->interval_s, now_us)) {
        due.due_us = spread_us(row.id, found->interval_s, now_us);
      } else {
        due.due_us = now_us;
      }
      if (due.due_us > now_us) continue;
      auto stages = stages_due(topology, found->past());
      due.due_us = found->interval_s == 0 ? never_due_us : next_due_us(row.id, found->interval_s, now_us);
      queue.push_back({std::move(found->target), std::move(stages)});
    }
    TENTO_TRY(orchestrator_.enqueue_due(queue));
    if (!dues.empty()) TENTO_TRY(store_.schedules().set_due(dues));
  }
  return store_.schedules().earliest();
}

}  // namespace tento::host
