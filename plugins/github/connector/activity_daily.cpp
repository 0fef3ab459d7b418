// SPDX-License-Identifier: Apache-2.0
// Days of activity: stored events and commits, each on its day in the account's zone.
#include "activity_daily.hpp"

#include "commits.hpp"
#include "events.hpp"
#include "repos.hpp"
#include "tally.hpp"

namespace github::rows {
namespace {

using tento::Result;

class Days {
 public:
  explicit Days(tento::ReadCtx<ActivityDaily>& ctx) : ctx_(ctx) {}

  Result<std::vector<tento::Cell>> cells() {
    TENTO_TRY(read(ctx_.key_of<Events>(),
                   [&](tento::Date day, std::string_view json) { return tallies_.add_event(day, json); }));
    TENTO_TRY_ASSIGN(const std::vector<RepoParams> repositories, held_repositories());
    for (const RepoParams& repo : repositories) {
      TENTO_TRY(ctx_.proceed());
      TENTO_TRY(read(ctx_.key_of<Commits>(repo), [&](tento::Date day, std::string_view json) {
        return tallies_.add_commit(day, json, ctx_.params.auth_id);
      }));
    }
    std::vector<tento::Cell> out;
    for (const auto& [day, tally] : tallies_.days()) {
      out.push_back({.date = tento::PartialDate::ymd(tento::Date(day)), .data = tally_json(tally)});
    }
    return out;
  }

 private:
  template <class Take>
  Result<void> read(const std::string& key, Take&& take) {
    return ctx_.deps.read_cells(key, ctx_.window, [&](const tento::CellView& cell) -> Result<void> {
      TENTO_TRY_ASSIGN(const tento::SemanticTime time, tento::SemanticTime::from_abi(cell.date));
      if (!time.instant()) return {};
      TENTO_TRY_ASSIGN(const tento::Date day, ctx_.deps.local_day(ctx_.time_zone(), *time.instant()));
      return take(day, cell.data);
    });
  }

  Result<std::vector<RepoParams>> held_repositories() {
    std::vector<RepoParams> out;
    TENTO_TRY(ctx_.deps.read_cells(ctx_.key_of<Repos>(), {}, [&](const tento::CellView& cell) -> Result<void> {
      TENTO_TRY_ASSIGN(const std::string name, tallies_.repository_name(cell.data));
      const std::size_t slash = name.find('/');
      if (slash != std::string::npos) out.push_back({name.substr(0, slash), name.substr(slash + 1)});
      return {};
    }));
    return out;
  }

  tento::ReadCtx<ActivityDaily>& ctx_;
  DayTallies tallies_;
};

}  // namespace

Result<std::vector<tento::Cell>> ActivityDaily::list_cells(tento::ReadCtx<ActivityDaily>& ctx) {
  return Days(ctx).cells();
}

}  // namespace github::rows
