// SPDX-License-Identifier: Apache-2.0
// Lists of the service as cells.
#include "sources.hpp"

#include <set>
#include <unordered_map>

#include "connector/cells.hpp"
#include "whoop/list.hpp"

namespace whoop::rows {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using tento::Instant;
using tento::Result;

// Of people's clocks, which are up to a day ahead of UTC or behind it; and of a sleep that ends on a day and began on
// the one before, should the service look at when it began.
constexpr days before_window{2};
constexpr days after_window{1};
// A list that gives what it gave before goes round in a circle; one such page comes of records that are new meanwhile.
constexpr int most_stale_pages = 2;
// Recoveries whose sleep is not in the list of sleeps are rare.
constexpr int most_single_sleeps = 10;

Query query_of(Days window) {
  return {Instant(window.from - before_window), Instant(window.to + after_window)};
}

struct Range {
  Instant start;
  Instant end;
};
Range range_of(const Sleep& one) {
  return {one.start, one.end};
}
Range range_of(const Workout& one) {
  return {one.start, one.end};
}
Range range_of(const Cycle& one) {
  return {one.start, one.end.value_or(Instant::max())};
}

std::string name_of(const Sleep& one) {
  return "sleep " + one.id;
}
std::string name_of(const Workout& one) {
  return "workout " + one.id;
}
std::string name_of(const Cycle& one) {
  return "cycle " + std::to_string(one.id);
}

// A record that was not asked for by far has a wrong date.
template <class Model>
bool was_asked_for(const Model& one, const Query& query) {
  const Range range = range_of(one);
  return range.end >= query.from - days(1) && range.start <= query.to + days(1);
}

// Every record of a list once more or less, over all pages.
template <class Model>
Result<void> each_of(const Means& means, const Query& query, const std::function<Result<void>(Model&)>& each,
                     const OnOdd& odd) {
  std::set<std::size_t> seen;  // hashes of records
  int stale_pages = 0;
  for (List<Model> list(means.client, means.http, query); list.more();) {
    TENTO_TRY(means.call.proceed());
    const std::size_t page = list.page();
    bool anything_new = false;
    const auto take = [&](Model& one) -> Result<void> {
      anything_new = seen.insert(std::hash<std::string>()(one.raw)).second || anything_new;
      return each(one);
    };
    TENTO_TRY(list.fetch(take, odd));
    means.paged = means.paged || list.more();
    if (anything_new || !list.more()) continue;
    if (++stale_pages > most_stale_pages) {
      return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider,
                         "page " + std::to_string(page) + " of " + list.what() +
                             ": it brings nothing new, and neither did those before it, but there is said to be more",
                         "whoop_bad_answer");
    }
  }
  return {};
}

OnOdd into(const Means& means) {
  return [&means](const OddRecord& odd) { means.skipped.skip(odd.what, odd.why, odd.id); };
}

template <class Model>
Result<void> list_dated(const Means& means, Days window, const Take& take) {
  const Query query = query_of(window);
  const auto each = [&](Model& one) -> Result<void> {
    tento::Cell cell = cell_of(one);
    if (!was_asked_for(one, query)) {
      means.skipped.skip(name_of(one), "it is of " + day_text(one.day()) + ", which was not asked for", *cell.id);
      return {};
    }
    return take({std::move(cell), one.day(), one.updated, one.settled()});
  };
  return each_of<Model>(means, query, each, into(means));
}

// The days of sleeps by their ids.
class SleepDays {
 public:
  explicit SleepDays(const Means& means) : means_(means) {}

  Result<void> list(const Query& query) {
    const auto each = [&](Sleep& one) -> Result<void> {
      if (was_asked_for(one, query)) days_[one.id] = one.day();
      return {};
    };
    // What is odd among sleeps is told by the row of sleeps; here it leaves a recovery without a day.
    return each_of<Sleep>(means_, query, each, [this](const OddRecord& odd) { odd_.insert(odd.id); });
  }

  // The day, or why there is none.
  Result<sys_days> of(const std::string& id) {
    const auto known = days_.find(id);
    if (known != days_.end()) return known->second;
    if (odd_.contains(id)) return none("its sleep " + id + " makes no sense, so that it has no day");
    if (asked_++ >= most_single_sleeps) return none("its sleep " + id + " is not in the list, so that it has no day");
    auto found = means_.client.sleep(means_.http, id);
    if (!found && found.error().tag == "whoop_bad_answer") {
      return none("its sleep " + id + " makes no sense, so that it has no day");
    }
    if (!found) return tento::fail(std::move(found).error());
    if (!*found) return none("its sleep " + id + " is gone, so that it has no day");
    return days_[id] = (*found)->day();
  }
  static bool is_none(const tento::Error& error) { return error.tag == no_day; }

 private:
  static constexpr std::string_view no_day = "whoop_no_day";
  static tl::unexpected<tento::Error> none(std::string why) {
    return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider, std::move(why),
                       std::string(no_day));
  }
  const Means& means_;
  std::unordered_map<std::string, sys_days> days_;
  std::set<std::string, std::less<>> odd_;
  int asked_ = 0;
};

}  // namespace

Result<void> list_sleeps(const Means& means, Days window, const Take& take) {
  return list_dated<Sleep>(means, window, take);
}

Result<void> list_recoveries(const Means& means, Days window, const Take& take) {
  const Query query = query_of(window);
  SleepDays sleeps(means);
  TENTO_TRY(sleeps.list(query));
  const auto each = [&](Recovery& one) -> Result<void> {
    const std::string id = std::to_string(one.cycle_id);
    auto day = sleeps.of(one.sleep_id);
    if (!day && !SleepDays::is_none(day.error())) return tento::fail(std::move(day).error());
    const bool near = day && *day >= window.from - 2 * before_window && *day < window.to + 2 * after_window;
    if (!near) {
      means.skipped.skip("recovery of cycle " + id,
                         day ? "it is of " + day_text(*day) + ", which was not asked for" : day.error().message, id);
      return {};
    }
    return take({cell_of(one, tento::Date(*day)), *day, one.updated, one.settled()});
  };
  return each_of<Recovery>(means, query, each, into(means));
}

Result<void> list_cycles(const Means& means, Days window, const Take& take) {
  return list_dated<Cycle>(means, window, take);
}

Result<void> list_workouts(const Means& means, Days window, const Take& take) {
  return list_dated<Workout>(means, window, take);
}

}  // namespace whoop::rows
