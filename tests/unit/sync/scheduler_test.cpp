// SPDX-License-Identifier: Apache-2.0
// The scheduler and the window of jobs before it, case by case and against a naive model that looks at every job for
// every decision.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "host/sync/job_window.hpp"
#include "host/sync/scheduler.hpp"

using namespace tento;
using namespace tento::host;

namespace {

constexpr std::uint32_t viewport = TENTO_STAGE_VIEWPORT, live = TENTO_STAGE_LIVE, backfill = TENTO_STAGE_BACKFILL;

QueuedJob job(JobId id, std::uint32_t stage_class = backfill) {
  QueuedJob out;
  out.id = id;
  out.stage_class = stage_class;
  out.group = "row:" + std::to_string(id);
  out.stage = "all";
  out.lock_key = out.group;
  out.provider = "x";
  out.integration = "X";
  return out;
}

// The same rules, each by a scan of all jobs.
class NaiveScheduler {
 public:
  explicit NaiveScheduler(SchedulerLimits limits) : limits_(limits) {}

  void add(const QueuedJob& spec) {
    for (auto& entry : entries_) {
      if (entry.spec.id != spec.id) continue;
      ++entry.wanted;
      if (spec.stage_class < entry.spec.stage_class) {
        entry.spec.stage_class = spec.stage_class;
        if (!entry.running && ready(entry)) asking_.insert(spec.id);
      }
      if (!entry.running && entry.untimely && spec.not_before_us < entry.spec.not_before_us) {
        entry.spec.not_before_us = spec.not_before_us;
        entry.untimely = spec.not_before_us > 0;
        look();
      }
      return;
    }
    entries_.push_back({spec});
    look();
  }
  Decision decide(std::int64_t now_us) {
    promote(now_us);
    Decision out;
    for (auto* best = next(); best != nullptr; best = next()) {
      best->running = best->begun = true;
      best->asked = false;
      best->was_ready = false;
      out.start.push_back(best->spec.id);
    }
    std::vector<Entry*> asking;
    for (auto& entry : entries_)
      if (asking_.count(entry.spec.id) != 0 && !entry.running && ready(entry)) asking.push_back(&entry);
    std::sort(asking.begin(), asking.end(), [](const auto* a, const auto* b) { return before(*a, *b); });
    for (auto* entry : asking) {
      Entry* victim = nullptr;
      for (auto& other : entries_) {
        if (!other.running || other.asked || other.spec.stage_class <= entry->spec.stage_class) continue;
        if (may_run(*entry, &other) && (victim == nullptr || before(*victim, other))) victim = &other;
      }
      if (victim == nullptr) continue;
      victim->asked = true;
      out.yield.push_back(victim->spec.id);
    }
    asking_.clear();
    for (const auto& entry : entries_)
      if (!entry.running && !blocked(entry) && entry.spec.not_before_us > now_)
        out.look_again_us = std::min(out.look_again_us.value_or(INT64_MAX), entry.spec.not_before_us);
    return out;
  }
  void pause(JobId id, std::int64_t not_before_us) {
    auto& entry = *find(id);
    entry.running = entry.stalled = false;
    entry.spec.not_before_us = not_before_us;
    // Its time is looked at when it is asked next.
    entry.untimely = not_before_us > 0;
    look();
  }
  void set_stalled(JobId id, bool stalled) { find(id)->stalled = stalled; }
  void absolve(JobId id) { find(id)->spec.suspect = false; }
  void remove(JobId id) {
    std::erase_if(entries_, [id](const Entry& entry) { return entry.spec.id == id; });
    look();
  }
  bool should_yield(JobId id, std::int64_t now_us) {
    promote(now_us);
    auto& running = *find(id);
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.spec.stage_class < running.spec.stage_class && may_run(entry, &running);
    });
  }
  std::set<JobId> dependents(JobId id) {
    std::set<JobId> out;
    std::set<JobId> ended{id};
    for (bool grows = true; grows;) {
      grows = false;
      for (const auto& entry : entries_) {
        if (entry.begun || entry.spec.id == id || out.count(entry.spec.id) != 0) continue;
        for (const JobId other : ended) {
          if (!waits_for(entry, *find(other))) continue;
          out.insert(entry.spec.id);
          grows = true;
          break;
        }
        ended.insert(out.begin(), out.end());
      }
    }
    return out;
  }
  [[nodiscard]] std::vector<JobId> running() const {
    std::vector<JobId> out;
    for (const auto& entry : entries_)
      if (entry.running) out.push_back(entry.spec.id);
    return out;
  }
  [[nodiscard]] std::vector<JobId> all() const {
    std::vector<JobId> out;
    for (const auto& entry : entries_) out.push_back(entry.spec.id);
    return out;
  }

 private:
  struct Entry {
    QueuedJob spec;
    std::size_t wanted = 1;
    bool running = false, begun = false, asked = false, stalled = false;
    bool untimely = spec.not_before_us > 0;  // until it was seen to be due
    bool was_ready = false;
  };
  static bool before(const Entry& a, const Entry& b) {
    return std::pair(a.spec.stage_class, a.spec.id) < std::pair(b.spec.stage_class, b.spec.id);
  }
  static bool waits_for(const Entry& a, const Entry& b) {
    return a.spec.id != b.spec.id && a.spec.group == b.spec.group &&
           std::find(a.spec.after.begin(), a.spec.after.end(), b.spec.stage) != a.spec.after.end();
  }
  Entry* find(JobId id) {
    return &*std::find_if(entries_.begin(), entries_.end(), [id](const Entry& e) { return e.spec.id == id; });
  }
  bool blocked(const Entry& entry) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& o) { return waits_for(entry, o); });
  }
  bool ready(const Entry& entry) const { return !entry.untimely && !blocked(entry); }
  // Who has become ready may ask others to make way.
  void look() {
    for (auto& entry : entries_) {
      const bool is = !entry.running && ready(entry);
      if (is && !entry.was_ready) asking_.insert(entry.spec.id);
      entry.was_ready = is;
    }
  }
  void promote(std::int64_t now_us) {
    now_ = now_us;
    for (auto& entry : entries_)
      if (!entry.running && !blocked(entry) && entry.spec.not_before_us <= now_us) entry.untimely = false;
    look();
  }
  bool may_run(const Entry& entry, const Entry* without) const {
    if (entry.running || !ready(entry)) return false;
    std::size_t of_provider = 0, of_integration = 0;
    for (const auto& other : entries_) {
      if (!other.running || &other == without) continue;
      if (other.spec.lock_key == entry.spec.lock_key) return false;
      if (other.spec.suspect && entry.spec.suspect) return false;
      if (other.spec.provider != entry.spec.provider) continue;
      ++of_provider;
      if (other.spec.integration == entry.spec.integration) ++of_integration;
    }
    const auto& limits = entry.spec.limits;
    return of_provider < limits_.of_provider && (limits.provider == 0 || of_provider < limits.provider) &&
           (limits.integration == 0 || of_integration < limits.integration);
  }
  Entry* next() {
    const auto stalled = static_cast<std::size_t>(
        std::ranges::count_if(entries_, [](const Entry& e) { return e.running && e.stalled; }));
    if (running().size() >= limits_.slots + std::min(stalled, limits_.stalled)) return nullptr;
    Entry* best = nullptr;
    for (auto& entry : entries_)
      if (may_run(entry, nullptr) && (best == nullptr || before(entry, *best))) best = &entry;
    return best;
  }

  SchedulerLimits limits_;
  std::vector<Entry> entries_;
  std::set<JobId> asking_;
  std::int64_t now_ = 0;
};

using Ids = std::vector<JobId>;

}  // namespace

TEST_CASE("the more urgent goes first, within a class the older, as many as there are slots") {
  Scheduler scheduler({2, 9});
  scheduler.add(job(1));
  scheduler.add(job(2, live));
  scheduler.add(job(3, viewport));
  scheduler.add(job(4, viewport));
  CHECK(scheduler.decide(0).start == Ids{3, 4});
  CHECK(scheduler.decide(0).start.empty());
  scheduler.remove(4);
  CHECK(scheduler.decide(0).start == Ids{2});
  scheduler.remove(3);
  scheduler.remove(2);
  CHECK(scheduler.decide(0).start == Ids{1});
}

TEST_CASE("a job waits for its prerequisites, for its lock, for its limits and for its time") {
  Scheduler scheduler({9, 2});
  auto first = job(1);
  first.stage = "first";
  auto second = job(2, viewport);
  second.group = first.group;
  second.after = {"first"};
  scheduler.add(second);
  scheduler.add(first);
  CHECK(scheduler.decide(0).start == Ids{1});
  CHECK(scheduler.dependents(1) == Ids{2});
  auto same_lock = job(3);
  same_lock.lock_key = first.lock_key;
  scheduler.add(same_lock);
  scheduler.add(job(4));
  scheduler.add(job(5));  // the provider's third
  auto later = job(6);
  later.provider = "y";
  later.not_before_us = 100;
  scheduler.add(later);
  const auto decision = scheduler.decide(99);
  CHECK(decision.start == Ids{4});
  CHECK(decision.look_again_us == 100);
  CHECK(scheduler.decide(100).start == Ids{6});
  scheduler.remove(1);
  CHECK(scheduler.decide(100).start == Ids{2});
  scheduler.remove(2);
  scheduler.remove(4);
  CHECK(scheduler.decide(100).start == Ids{3, 5});
}

TEST_CASE("an integration's limit holds beside the provider's") {
  Scheduler scheduler({9, 9});
  for (JobId id = 1; id <= 4; ++id) {
    auto one = job(id);
    one.integration = id <= 3 ? "few" : "many";
    one.limits.integration = id <= 3 ? 1 : 0;
    scheduler.add(one);
  }
  CHECK(scheduler.decide(0).start == Ids{1, 4});
}

TEST_CASE("a provider leaves a slot to the others, whatever limit it declares") {
  Scheduler scheduler(limits_with(4));
  for (JobId id = 1; id <= 6; ++id) {
    auto one = job(id, viewport);
    one.limits.provider = 9;
    scheduler.add(one);
  }
  CHECK(scheduler.decide(0).start == Ids{1, 2, 3});
  auto other = job(7);
  other.provider = "y";
  scheduler.add(other);
  CHECK(scheduler.decide(0).start == Ids{7});
  CHECK(limits_with(1).of_provider == 1);
}

TEST_CASE("jobs that hang give their slots to others, as many as may, and count for their providers all the same") {
  Scheduler scheduler({2, 1, 2});
  const auto of = [](JobId id, const char* provider) {
    auto one = job(id);
    one.provider = provider;
    return one;
  };
  for (JobId id = 1; id <= 4; ++id) scheduler.add(of(id, id % 2 == 0 ? "x" : "y"));
  CHECK(scheduler.decide(0).start == Ids{1, 2});
  scheduler.set_stalled(1, true);
  scheduler.set_stalled(2, true);
  CHECK(scheduler.decide(0).start.empty());  // 3 and 4 are of the same providers
  for (JobId id = 5; id <= 8; ++id) scheduler.add(of(id, std::to_string(id).c_str()));
  CHECK(scheduler.decide(0).start == Ids{5, 6});
  scheduler.set_stalled(5, true);
  CHECK(scheduler.decide(0).start.empty());  // no more than two slots are lent
  scheduler.remove(6);
  CHECK(scheduler.decide(0).start == Ids{7});
  // One that goes on takes its slot again.
  scheduler.set_stalled(1, false);
  scheduler.set_stalled(5, false);
  scheduler.remove(7);
  CHECK(scheduler.decide(0).start.empty());
}

TEST_CASE("no two jobs run at once under each of which the host ended, others run beside them") {
  Scheduler scheduler({9, 9});
  for (JobId id = 1; id <= 4; ++id) {
    auto one = job(id);
    one.provider = id == 2 ? "y" : "x";
    one.suspect = id <= 3;
    scheduler.add(one);
  }
  CHECK(scheduler.decide(0).start == Ids{1, 4});
  CHECK(scheduler.decide(0).start.empty());
  scheduler.remove(1);
  CHECK(scheduler.decide(0).start == Ids{2});
  scheduler.absolve(2);  // it has run for a while
  CHECK(scheduler.decide(0).start == Ids{3});
}

TEST_CASE("a more urgent job asks the least urgent one that stands in its way to make way, once") {
  Scheduler scheduler({2, 9});
  scheduler.add(job(1));
  scheduler.add(job(2, live));
  CHECK(scheduler.decide(0).start == Ids{2, 1});
  scheduler.add(job(3, viewport));
  CHECK(scheduler.decide(0).yield == Ids{1});
  CHECK(scheduler.should_yield(1, 0));
  scheduler.add(job(4, viewport));
  CHECK(scheduler.decide(0).yield == Ids{2});
  scheduler.add(job(5, viewport));
  CHECK(scheduler.decide(0).yield.empty());
  scheduler.pause(1);
  CHECK(scheduler.decide(0).start == Ids{3});
  // The holder of a lock makes way for its lane alone.
  Scheduler locked({9, 9});
  auto holder = job(1);
  auto waiter = job(3, viewport);
  waiter.lock_key = holder.lock_key;
  locked.add(holder);
  locked.add(job(2));
  static_cast<void>(locked.decide(0));
  locked.add(waiter);
  CHECK(locked.decide(0).yield == Ids{1});
  CHECK(locked.should_yield(1, 0));
  CHECK_FALSE(locked.should_yield(2, 0));
}

TEST_CASE("a job that was added again is wanted by one more, and as urgent as the more urgent of the two") {
  Scheduler scheduler({1, 9});
  CHECK(scheduler.add(job(1)));
  CHECK(scheduler.add(job(2)));
  CHECK_FALSE(scheduler.add(job(2, viewport)));
  CHECK(scheduler.decide(0).start == Ids{2});
  CHECK(scheduler.withdraw(2) == Scheduler::Withdrawn::wanted);
  CHECK(scheduler.withdraw(2) == Scheduler::Withdrawn::running);
  CHECK(scheduler.withdraw(1) == Scheduler::Withdrawn::queued);
  CHECK(scheduler.withdraw(7) == Scheduler::Withdrawn::unknown);
}

TEST_CASE("whatever happens in whatever order, it decides as a scan of all jobs would") {
  std::size_t started = 0, yielded = 0, waited = 0;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&random](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    const SchedulerLimits limits{1 + pick(5), static_cast<std::uint32_t>(1 + pick(4)), pick(3)};
    Scheduler scheduler(limits);
    NaiveScheduler naive(limits);
    JobId next_id = 1;
    std::int64_t now = 1000;
    for (int step = 0; step < 300; ++step) {
      CAPTURE(step);
      const auto known = naive.all();
      const auto running = naive.running();
      switch (pick(11)) {
        case 0:
        case 1:
        case 2: {
          auto one = job(next_id++, static_cast<std::uint32_t>(pick(3)));
          one.group = "g" + std::to_string(pick(6));
          one.stage = "s" + std::to_string(pick(4));
          for (std::size_t i = pick(3); i > 0; --i) one.after.push_back("s" + std::to_string(pick(3)));
          std::erase(one.after, one.stage);
          one.lock_key = "l" + std::to_string(pick(8));
          one.provider = "p" + std::to_string(pick(2));
          one.integration = "i" + std::to_string(pick(2));
          one.limits = {static_cast<std::uint32_t>(pick(4)), static_cast<std::uint32_t>(pick(3))};
          if (pick(4) == 0) one.not_before_us = now + static_cast<std::int64_t>(pick(50));
          one.suspect = pick(3) == 0;
          scheduler.add(one);
          naive.add(one);
          break;
        }
        case 3:
          if (!known.empty()) {
            QueuedJob again;
            again.id = known[pick(known.size())];
            again.stage_class = static_cast<std::uint32_t>(pick(3));
            if (pick(2) == 0) again.not_before_us = now + static_cast<std::int64_t>(pick(50));
            scheduler.add(again);
            naive.add(again);
          }
          break;
        case 4:
        case 5:
          if (!running.empty()) {
            const auto id = running[pick(running.size())];
            scheduler.remove(id);
            naive.remove(id);
          }
          break;
        case 6:
          if (!running.empty()) {
            const auto id = running[pick(running.size())];
            const auto at = pick(2) == 0 ? 0 : now + static_cast<std::int64_t>(pick(50));
            scheduler.pause(id, at);
            naive.pause(id, at);
          }
          break;
        case 8:
          if (!running.empty()) {
            const auto id = running[pick(running.size())];
            const bool stalled = pick(2) == 0;
            scheduler.set_stalled(id, stalled);
            naive.set_stalled(id, stalled);
          }
          break;
        case 9:
          if (!running.empty()) {
            const auto id = running[pick(running.size())];
            scheduler.absolve(id);
            naive.absolve(id);
          }
          break;
        case 7:
          if (!known.empty() && pick(3) == 0) {
            const auto id = known[pick(known.size())];
            scheduler.remove(id);
            naive.remove(id);
          }
          break;
        default:
          now += static_cast<std::int64_t>(pick(30));
      }
      if (pick(3) == 0) continue;  // several things happen between two decisions
      const auto got = scheduler.decide(now);
      const auto wanted = naive.decide(now);
      REQUIRE(got.start == wanted.start);
      REQUIRE(got.yield == wanted.yield);
      REQUIRE(got.look_again_us == wanted.look_again_us);
      started += got.start.size();
      yielded += got.yield.size();
      waited += got.look_again_us ? 1 : 0;
      for (const auto id : naive.running()) REQUIRE(scheduler.should_yield(id, now) == naive.should_yield(id, now));
      for (const auto id : naive.all()) {
        const auto ids = scheduler.dependents(id);
        REQUIRE(std::set<JobId>(ids.begin(), ids.end()) == naive.dependents(id));
      }
      REQUIRE(scheduler.size() == naive.all().size());
    }
  }
  // The model was exercised, not passed by.
  CHECK(started > 1000);
  CHECK(yielded > 100);
  CHECK(waited > 100);
}

TEST_CASE("the window reads the most urgent class first, as much as fits, and more once half of it has gone") {
  JobWindow window(4);
  auto part = window.next(0);
  REQUIRE(part);
  CHECK(part->stage_class == viewport);
  CHECK(part->after == JobPosition{});
  CHECK(part->limit == 4);
  window.was_read(*part, {}, std::nullopt);  // there are none
  part = window.next(0);
  REQUIRE(part);
  CHECK(part->stage_class == live);
  for (int i = 0; i < 4; ++i) window.came(live);
  window.was_read(*part, {0, 14}, 0);
  part = window.next(0);
  REQUIRE(part);
  CHECK(part->stage_class == backfill);
  window.was_read(*part, {0, 15}, std::nullopt);
  CHECK_FALSE(window.next(0));
  window.left(live);
  CHECK_FALSE(window.next(0));
  window.left(live);
  part = window.next(0);
  REQUIRE(part);
  CHECK(part->stage_class == live);
  CHECK(part->after == JobPosition{0, 14});
  CHECK(part->limit == 2);
  window.was_read(*part, {0, 16}, std::nullopt);
  for (int i = 0; i < 2; ++i) window.left(live);
  CHECK_FALSE(window.next(0));  // all were read
  CHECK_FALSE(window.look_again_us());
}

TEST_CASE("the window reads on when what waits is due, also where it read already") {
  JobWindow window(4);
  for (const auto stage_class : {viewport, live}) window.was_read({stage_class, {}, 4}, {}, std::nullopt);
  window.was_read({backfill, {}, 4}, {0, 7}, 50);
  CHECK_FALSE(window.next(49));
  CHECK(window.look_again_us() == 50);
  CHECK(window.next(50)->after == JobPosition{0, 7});
  window.was_read({backfill, {0, 7}, 4}, {50, 8}, std::nullopt);
  CHECK_FALSE(window.look_again_us());
  window.waits(backfill, {40, 5});
  CHECK(window.look_again_us() == 40);
  CHECK(window.next(50)->after < JobPosition{40, 5});
}

TEST_CASE("whatever ends or waits in whatever order, the window holds few jobs of a class, all due, and leaves none") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const std::size_t most = 1 + below(6);
    JobWindow window(most);
    std::int64_t now_us = 5;
    struct Stored {
      std::uint32_t stage_class = 0;
      std::size_t tries = 0;
    };
    std::map<JobPosition, Stored> stored;  // what nobody holds and has not ended
    const auto count = static_cast<JobId>(below(60));
    for (JobId id = 1; id <= count; ++id)
      stored[{static_cast<std::int64_t>(below(4) * 5), id}] = {static_cast<std::uint32_t>(below(3)), below(3)};
    std::map<JobPosition, Stored> held;
    const auto held_of = [&held](std::uint32_t stage_class) {
      return static_cast<std::size_t>(std::count_if(
          held.begin(), held.end(), [&](const auto& one) { return one.second.stage_class == stage_class; }));
    };
    for (;;) {
      while (const auto part = window.next(now_us)) {
        JobPosition last;
        std::size_t read = 0;
        std::optional<std::int64_t> due_us;
        auto at = stored.upper_bound(part->after);
        for (; at != stored.end() && read < part->limit; ++read) {
          if (at->second.stage_class != part->stage_class) {
            ++at;
            --read;
            continue;
          }
          due_us = at->first.not_before_us;
          if (at->first.not_before_us > now_us) break;
          last = at->first;
          if (below(5) != 0) {  // else nobody can run it any more
            held.insert(*at);
            window.came(part->stage_class);
          }
          at = stored.erase(at);
        }
        if (read < part->limit && due_us && *due_us <= now_us) due_us.reset();
        window.was_read(*part, last, due_us);
      }
      for (const auto stage_class : {viewport, live, backfill}) CHECK(held_of(stage_class) <= most);
      if (held.empty()) {
        const auto at_us = window.look_again_us();
        if (!at_us) break;
        REQUIRE(*at_us > now_us);
        now_us = *at_us;
        continue;
      }
      auto ends = held.begin();
      std::advance(ends, static_cast<std::ptrdiff_t>(below(held.size())));
      JobPosition position = ends->first;
      Stored job = ends->second;
      window.left(job.stage_class);
      held.erase(ends);
      if (job.tries == 0) continue;
      --job.tries;
      position.not_before_us = now_us + 1 + static_cast<std::int64_t>(below(9));
      stored[position] = job;
      window.waits(job.stage_class, position);
    }
    CHECK(stored.empty());
  }
}
