// SPDX-License-Identifier: Apache-2.0
// A dispatcher whose syncs are functions of the test, over one provider with rows of three stages.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "host/base/log.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/sync/orchestrator.hpp"
#include "tests/unit/store/fixture.hpp"

namespace tento::host::testing {

// Longer than any run here takes; it decides nothing.
inline constexpr std::int64_t longest_wait_ms = 120'000;

// What a sync says of a service that is down.
inline Error upstream_error() {
  Error e;
  e.code = ErrorCode::upstream;
  e.error_class = ErrorClass::provider;
  e.message = "the service answered 500";
  e.tag = "x_down";
  e.retry_after_ms = 2000;
  return e;
}

class FakeProvider final : public Provider {
 public:
  FakeProvider() { sync_.struct_size = sizeof sync_; }
  [[nodiscard]] const NoteData& note() const override { return note_; }
  [[nodiscard]] tento_provider* instance() const override { return nullptr; }
  [[nodiscard]] const tento_connector_api& connector() const override { return connector_; }
  [[nodiscard]] const tento_sync_api* sync_api() const override { return &sync_; }
  void destroy() override {}
  tento_sync_api sync_{};

 private:
  NoteData note_;
  tento_connector_api connector_{};
};

// `viewport`, `live` and `backfill`; the last waits for the first.
struct FakeShape {
  std::array<tento_str, 1> after_viewport{{TENTO_STR("viewport")}};
  tento_stage viewport{}, live{}, backfill{};
  std::array<const tento_stage*, 3> stages{&viewport, &live, &backfill};
  tento_sync_shape shape{};

  FakeShape() {
    set(viewport, "viewport", TENTO_STAGE_VIEWPORT);
    set(live, "live", TENTO_STAGE_LIVE);
    set(backfill, "backfill", TENTO_STAGE_BACKFILL);
    backfill.after = after_viewport.data();
    backfill.after_count = 1;
    shape.struct_size = sizeof shape;
    shape.stages = stages.data();
    shape.stage_count = stages.size();
  }
  FakeShape(const FakeShape&) = delete;
  FakeShape& operator=(const FakeShape&) = delete;

 private:
  static void set(tento_stage& stage, const char* name, tento_stage_class stage_class) {
    stage.struct_size = sizeof stage;
    stage.name = str(name);
    stage.stage_class = stage_class;
  }
};

class FakeDispatcher final : public Dispatcher {
 public:
  using Sync = std::function<Result<SyncOutcome>(const Target&, const std::string& stage, const CallOptions&)>;

  Result<Target> resolve(const UserRecord&, std::string_view key, std::uint32_t) override {
    ++resolved;
    const auto found = targets.find(std::string(key));
    if (found == targets.end())
      return fail(ErrorCode::not_found, ErrorClass::config, "no provider has this key", "no_match");
    return found->second;
  }
  Result<void> store_row(Target&) override { return {}; }
  Result<void> check_guards(const Target&, std::uint32_t, const ActorInfo&) override { return {}; }
  Result<SyncOutcome> sync(const Target& target, std::string_view stage, const Span&,
                           const CallOptions& options) override {
    Sync function;
    {
      const std::lock_guard lock(mutex);
      order.push_back(target.row.lookup_key + "/" + std::string(stage));
      most_at_once = std::max(most_at_once, ++at_once);
      function = on_sync;
    }
    auto result = function(target, std::string(stage), options);
    if (!result && result.error().tag == given_up_tag) return result;
    if (result && options.landed != nullptr) *options.landed = *result;
    const std::lock_guard lock(mutex);
    --at_once;
    return result;
  }
  // As the real one: the provider's own words, and nothing where it has no such slot.
  Result<std::optional<std::string>> alias_name(const Target& target) override {
    const auto found = aliases.find(target.row.lookup_key);
    if (found == aliases.end()) return std::nullopt;
    return found->second;
  }
  Result<std::optional<std::string>> lock_name(const Target& target, std::string_view) override {
    if (target.row.lookup_key == cannot_lock)
      return fail(ErrorCode::unspecified, ErrorClass::provider, "the provider cannot say how");
    return own_lock;
  }
  Result<Span> stage_range(const Target&, std::string_view stage, Date today, const Span& proposed,
                           const CallOptions&) override {
    const std::lock_guard guard(mutex);
    todays.push_back(today);
    if (const auto of_stage = ranges.find(std::string(stage)); of_stage != ranges.end()) return of_stage->second;
    return own_range.value_or(proposed);
  }

  Result<void> list_cells(const Target&, const Span&, std::uint64_t, const CallOptions&, const CellVisitor&) override {
    return {};
  }
  Result<WriteOutcome> write(const Target&, const WriteRequest&, const CallOptions&) override { return WriteOutcome{}; }
  Result<AccountCheck> check_account(const Route&, const UserRecord&, const AccountRecord&, std::string_view,
                                     const CallOptions&) override {
    return AccountCheck{};
  }
  Result<std::vector<DiscoveredRow>> discover(const Route&, const UserRecord&, const AccountRecord&,
                                              const CallOptions&) override {
    return std::vector<DiscoveredRow>{};
  }
  void forget_account(const Uuid&, std::string_view, std::string_view) override {}
  void publish(std::shared_ptr<const RouteTable>) override {}
  [[nodiscard]] std::shared_ptr<const RouteTable> table() const override { return published; }
  bool shutdown(std::int64_t) override { return true; }

  std::atomic<int> resolved{0};                 // how many keys were asked for
  std::shared_ptr<const RouteTable> published;  // not while a sync runs, but by itself
  std::map<std::string, Target> targets;
  std::map<std::string, std::string> aliases;
  std::optional<std::string> own_lock;
  std::string cannot_lock;  // the row whose lock the provider cannot name
  std::optional<Span> own_range = Span{};
  std::map<std::string, Span> ranges;  // of stages, before own_range
  Sync on_sync = [](const Target&, const std::string&, const CallOptions&) { return SyncOutcome{}; };

  std::mutex mutex;  // guards what sync writes down
  std::vector<Date> todays;
  std::vector<std::string> order;
  int at_once = 0;
  int most_at_once = 0;
};

// A store, a dispatcher, rows, and an orchestrator made by the test.
struct SyncFixture : StoreFixture {
  std::shared_ptr<FakeProvider> provider = std::make_shared<FakeProvider>();
  FakeShape shape;
  tento_row described{};
  Route route;
  FakeDispatcher dispatcher;
  std::vector<std::string> logged;
  std::function<void(const RunRecord&)> on_run_move;
  std::shared_ptr<const RetryPolicy> retry;
  std::size_t queued_in_memory = 1000;
  AskedLimits asked;
  std::optional<std::chrono::milliseconds> stalls_after;
  std::mutex log_mutex;

  SyncFixture() {
    route.provider = provider;
    described.data_version = 1;
    route.row = &described;
    route.sync_shape = &shape.shape;
    add_target(":~x:a:things", row);
  }
  Target& add_target(const std::string& key, const Uuid& id) {
    Target target;
    target.match.route = &route;
    target.owner = owner;
    target.owner.time_zone = "Europe/Berlin";
    target.row = *must(store->rows().find(id));
    return dispatcher.targets[key] = target;
  }
  // Queued or running.
  std::uint64_t jobs_left() {
    std::uint64_t sum = 0;
    for (const auto& count : must(store->jobs().counts())) sum += count.jobs;
    return sum;
  }
  Target& target(const std::string& key = ":~x:a:things") { return dispatcher.targets.at(key); }
  std::unique_ptr<Orchestrator> orchestrator(std::size_t workers = 2, std::int64_t deadline_ms = 60'000) {
    OrchestratorOptions options;
    options.workers = workers;
    options.job_deadline_ms = deadline_ms;
    options.now_unix_us = [this] { return now; };
    options.on_run_move = on_run_move;
    if (retry) options.retry = retry;
    options.queued_in_memory = queued_in_memory;
    options.asked = asked;
    if (stalls_after) options.stalls_after = *stalls_after;
    options.log = [this](LogLevel, const std::string& text) {
      const std::lock_guard guard(log_mutex);
      logged.push_back(text);
    };
    return make_orchestrator(*store, dispatcher, options);
  }
};

// Opens when told; waits at most ten seconds.
class Latch {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(2), [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

// Waits until the condition holds. What never comes is given up after minutes, which decide nothing else.
inline bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 24'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// Blocks like a provider that asks `check`: until it is cancelled or the deadline passes.
inline Result<SyncOutcome> until_stopped(const CallOptions& options) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(options.deadline_ms);
  while (!options.control->cancelled() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return stopped();
}

}  // namespace tento::host::testing
