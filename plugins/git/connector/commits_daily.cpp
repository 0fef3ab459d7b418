// SPDX-License-Identifier: Apache-2.0
// Days from commits: which stored commits a window needs, and their days one after another.
#include "commits_daily.hpp"

#include "day_book.hpp"

namespace tento::git {
namespace {

Date shifted(Date day, int days) {
  return Date(std::chrono::sys_days(day) + std::chrono::days(days));
}

// A bound that lies beyond what a date can name bounds nothing.
std::optional<SemanticTime> bound(Date day) {
  if (day.year() < std::chrono::year{0} || day.year() > std::chrono::year{9999}) return std::nullopt;
  return SemanticTime(PartialDate::ymd(day));
}

// The day a bound of the window falls on, for the account.
Result<Date> day_of(const HostClock& clock, std::string_view zone, const SemanticTime& time,
                    std::chrono::microseconds shift) {
  if (!time.instant()) return time.start();
  return clock.local_day(zone, *time.instant() + shift);
}

}  // namespace

Result<void> CommitsDaily::list_cells(ReadCtx<CommitsDaily>& ctx, CellSink& out) {
  const HostClock& clock = ctx.deps.get<HostClock>();
  const std::string_view zone = ctx.time_zone();
  const Span& window = ctx.window;
  std::optional<Date> first;
  std::optional<Date> last;
  if (window.from) {
    TENTO_TRY_ASSIGN(first, day_of(clock, zone, *window.from, std::chrono::microseconds(0)));
  }
  if (window.to) {
    // Exclusive: an instant inside a day still includes that day, its first moment does not.
    TENTO_TRY_ASSIGN(last, day_of(clock, zone, *window.to, std::chrono::microseconds(-1)));
    if (window.to->instant()) last = shifted(*last, 1);
  }
  // A day in an author's offset reaches up to two days beyond the same day of the account.
  Span stored;
  if (first) stored.from = bound(shifted(*first, -2));
  if (last) stored.to = bound(shifted(*last, 2));

  DayBook book(first, last, [&](const PartialDate& day, const std::string& data) {
    CellView cell;
    cell.date = SemanticTime(day).to_abi();
    cell.data = data;
    return out.add(cell);
  });
  bool enough = false;
  TENTO_TRY(ctx.deps.read_cells(ctx.key_of<Commits>(), stored, [&](const CellView& cell) -> Result<void> {
    auto added = book.add(cell);
    enough = !added && added.error().stopped;
    return added;
  }));
  if (enough) return stopped();
  TENTO_TRY(book.finish());
  if (book.left_out() > 0) {
    ctx.log(LogLevel::warn, std::to_string(book.left_out()) +
                                " commits are in no day: their time cannot be read, or is not in the years 0 to 9999");
  }
  return {};
}

}  // namespace tento::git
