// SPDX-License-Identifier: Apache-2.0
// A window is taken apart into questions; each answer lands with what is known by it.
#include "stage.hpp"

#include <algorithm>
#include <optional>
#include <tento/sdk/looked_at.hpp>

namespace weather::rows {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using tento::Coverage;
using tento::Cursor;
using tento::Instant;
using tento::PartialDate;
using tento::Result;
using tento::SemanticTime;
using tento::Span;
using tento::Synced;

// Before so many days ago the archive is asked: it comes late, and the forecast's own past bridges that.
constexpr days recent_days{12};
// What the archive has not got of so many days may still come; what lies further back it never had.
constexpr days late_days{60};
// A year of hours is some hundred thousand values: a question for a quarter at most.
constexpr int most_days_asked = 92;
// Midnights of an answer are by one offset from UTC: its first and last hours may be of the days beside.
constexpr days margin{1};
// Days of a place and of the row's owner are up to 26 hours apart.
constexpr days calendars_apart{2};
constexpr days place_is_known_for{30};
constexpr std::int64_t late_retry_ms = 24 * 3600 * 1000LL;

SemanticTime bucket(sys_days day) {
  return PartialDate::ymd(tento::Date(day));
}

// What came of the days of one answer.
enum class Outcome : unsigned char { have, empty, late, unknown };

class Stage {
 public:
  Stage(const Run& run, const RowPlan& plan) : run_(run), plan_(plan) {}

  Result<Synced> sync() {
    TENTO_TRY_ASSIGN(now_, run_.deps.now());
    TENTO_TRY(find_place());
    const sys_days today = std::chrono::floor<days>(now_);
    const Days wanted = wanted_days(today);
    const sys_days border = today - recent_days;
    TENTO_TRY(fetch_all(plan_.recent, within(plan_.recent, {std::max(wanted.from, border), wanted.to})));
    if (!done_.more) {
      TENTO_TRY(fetch_history(within(plan_.history, {wanted.from, std::min(wanted.to, border)})));
    }
    // Nothing was left to be asked: what is known stays as it is.
    if (commits_ == 0) TENTO_TRY(commit_nothing());
    return skipped_.into(done_);
  }

 private:
  Result<void> find_place();
  [[nodiscard]] Days wanted_days(sys_days today) const;
  [[nodiscard]] Days within(Source source, Days asked) const;
  Result<void> fetch_all(Source source, const Days& asked);
  Result<void> fetch_history(const Days& asked);
  Result<void> fetch(Source source, const Days& asked);
  Result<void> commit_nothing();
  [[nodiscard]] Outcome outcome_of(Source source, const Day& day) const;
  Result<std::vector<Coverage>> coverage_of(const Series& series, const std::vector<std::pair<Day, Outcome>>& days);
  Result<bool> holds_any(const Span& span) const;
  [[nodiscard]] Span span_of(const Series& series, sys_days from, sys_days to) const;

  const Run& run_;
  const RowPlan& plan_;
  Instant now_{};
  Coordinates at_;
  std::string place_cursor_;  // to be written; empty = it is as it was
  History history_;
  bool history_changed_ = false;
  tento::SkippedRecords skipped_;
  Synced done_;
  std::size_t commits_ = 0;
};

// Coordinates are what they are; where an id is, is asked now and then.
Result<void> Stage::find_place() {
  TENTO_TRY_ASSIGN(const Location location, Location::parse(run_.location_id));
  at_ = location.coordinates();
  if (!location.is_id()) return {};
  TENTO_TRY_ASSIGN(const auto cursor, run_.deps.load_cursor(run_.row_id, "place"));
  const std::string held = cursor.value_or("");
  const std::size_t blank = held.find(' ');
  const auto known = Location::parse(std::string_view(held).substr(0, blank));
  const bool is_known = known && !known->is_id() && blank != std::string::npos;
  if (is_known) {
    at_ = known->coordinates();
    const auto looked = tento::looked_at(std::string_view(held).substr(blank + 1), now_);
    if (looked && now_ - *looked < place_is_known_for) return {};
  }
  const auto place = run_.client.place(run_.http, location.id());
  if (place) {
    at_ = place->at;
    place_cursor_ = at_.text() + " " + tento::look_text(now_);
    return {};
  }
  const tento::Error& error = place.error();
  const bool passes = !error.stopped && (error.error_class == tento::ErrorClass::transient ||
                                         error.error_class == tento::ErrorClass::rate_limit);
  if (!is_known || !passes) return tento::fail(error);
  run_.deps.log(tento::LogLevel::warn, error.message + "; it is taken to be where it was");
  return {};
}

// The window's days, by the place's calendar: a day is what it is called, but of hours no one is to be missing in any
// calendar.
Days Stage::wanted_days(sys_days today) const {
  Days out{today - days(Windows::history), today + days(Windows::history)};
  if (run_.window.from) out.from = run_.window.from->start();
  if (run_.window.to) {
    out.to = run_.window.to->start();
    const bool inside = run_.window.to->is_instant();
    if (inside) out.to += days(1);
  }
  const days apart = plan_.by_day ? days(0) : calendars_apart;
  return {out.from - apart, out.to + apart};
}

// What of it the source can be asked for.
Days Stage::within(Source source, Days asked) const {
  const Reach reach = reach_of(source, now_);
  asked.from = std::max(asked.from, sys_days(reach.first) + margin);
  asked.to = std::min(asked.to, sys_days(reach.last) + days(1) - margin);
  return asked;
}

Result<void> Stage::fetch_all(Source source, const Days& asked) {
  for (sys_days at = asked.from; at < asked.to; at += days(most_days_asked)) {
    TENTO_TRY(fetch(source, {at, std::min(at + days(most_days_asked), asked.to)}));
  }
  return {};
}

Result<void> Stage::fetch_history(const Days& asked) {
  if (asked.empty()) return {};
  TENTO_TRY_ASSIGN(const auto cursor, run_.deps.load_cursor(run_.row_id, "history"));
  history_ = History::parse(cursor.value_or(""));
  const std::vector<Days> missing = history_.missing(asked, most_days_asked);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    history_changed_ = true;
    TENTO_TRY(fetch(plan_.history, missing[i]));
    done_.more = i + 1 < missing.size() && run_.call.should_yield();
    if (done_.more) return {};
  }
  return {};
}

Outcome Stage::outcome_of(Source source, const Day& day) const {
  if (!day.complete) return Outcome::unknown;
  // A day of which half is there would stand in the place of one that the forecast told whole.
  const bool may_come = source == Source::archive && sys_days(day.date) + late_days > now_;
  if (may_come && day.valued < day.count) return Outcome::late;
  return day.valued > 0 ? Outcome::have : Outcome::empty;
}

Span Stage::span_of(const Series& series, sys_days from, sys_days to) const {
  if (plan_.by_day) return {bucket(from), bucket(to)};
  return {SemanticTime(series.zone.start_of(tento::Date(from))), SemanticTime(series.zone.start_of(tento::Date(to)))};
}

Result<bool> Stage::holds_any(const Span& span) const {
  bool any = false;
  TENTO_TRY(run_.deps.read_cells(run_.lookup_key, span, [&any](const tento::CellView&) -> Result<void> {
    any = true;
    return tento::stopped();
  }));
  return any;
}

// Days of one outcome that follow each other are one span. Nothing is said of days that could not be read.
Result<std::vector<Coverage>> Stage::coverage_of(const Series& series,
                                                 const std::vector<std::pair<Day, Outcome>>& days_read) {
  std::vector<Coverage> out;
  for (std::size_t i = 0; i < days_read.size();) {
    const Outcome outcome = days_read[i].second;
    std::size_t end = i;
    while (end < days_read.size() && days_read[end].second == outcome) ++end;
    Coverage one;
    one.span = span_of(series, days_read[i].first.date, sys_days(days_read[end - 1].first.date) + days(1));
    i = end;
    if (outcome == Outcome::unknown) continue;
    if (outcome == Outcome::empty) one.state = Coverage::State::empty;
    if (outcome == Outcome::late) {
      // What the forecast told of them meanwhile is held, and not the last word.
      TENTO_TRY_ASSIGN(const bool held, holds_any(one.span));
      one.state = held ? Coverage::State::stale : Coverage::State::failed;
      one.error_class = tento::ErrorClass::transient;
      one.retry_after_ms = late_retry_ms;
    }
    out.push_back(one);
  }
  return out;
}

Result<void> Stage::commit_nothing() {
  TENTO_TRY_ASSIGN(tento::Transaction txn, run_.deps.begin(run_.row_id));
  return txn.commit(std::span<const Coverage>{});
}

// One question and what it brought, in one transaction.
Result<void> Stage::fetch(Source source, const Days& asked) {
  TENTO_TRY(run_.call.proceed());
  const OnOdd odd = [this](const OddRecord& record) { skipped_.skip(record.what, record.why); };
  const Query query{at_, tento::Date(asked.from - margin), tento::Date(asked.to - days(1) + margin)};
  TENTO_TRY_ASSIGN(const Series series, run_.client.hours(run_.http, source, query, odd));
  if (!series.zone_known) {
    run_.deps.log(tento::LogLevel::warn, "this machine's time zone database has no zone `" + series.zone_name +
                                             "`: days are counted by the offset that holds there now");
  }
  std::vector<std::pair<Day, Outcome>> days_read;
  for (const Day& day : series.days(tento::Date(asked.from), tento::Date(asked.to))) {
    days_read.emplace_back(day, outcome_of(source, day));
    if (days_read.back().second != Outcome::unknown) continue;
    skipped_.skip("day " + bucket(day.date).text().substr(4),
                  std::to_string(day.count) + " of its hours are told, and these are not all");
  }
  TENTO_TRY_ASSIGN(const std::vector<Coverage> coverage, coverage_of(series, days_read));
  TENTO_TRY_ASSIGN(tento::Transaction txn, run_.deps.begin(run_.row_id));
  for (const auto& [day, outcome] : days_read) {
    // Hours stand for themselves, also those of a day that is not whole.
    if (outcome != Outcome::have && plan_.by_day) continue;
    TENTO_TRY_ASSIGN(const std::size_t cells, plan_.put(series, day, txn));
    done_.seen += cells;
  }
  std::vector<Cursor> cursors;
  if (!place_cursor_.empty()) cursors.push_back({"place", place_cursor_});
  Days held = asked;
  while (!held.empty() && days_read.back().second == Outcome::late) {
    days_read.pop_back();
    held.to -= days(1);
  }
  if (history_changed_) history_.add(held);
  const std::string history = history_.text();
  if (history_changed_ && !history.empty()) cursors.push_back({"history", history});
  ++commits_;
  TENTO_TRY(txn.commit(coverage, cursors));
  return run_.deps.report_progress(done_.seen, 0, question_text(source, at_));
}

}  // namespace

Result<Synced> sync_window(const Run& run, const RowPlan& plan) {
  return Stage(run, plan).sync();
}

Span Windows::of(std::string_view stage, tento::Date today, const Span& hosts_own) const {
  const sys_days now = today;
  if (stage == "viewport") return {bucket(now - days(back)), bucket(now + days(ahead))};
  if (stage == "backfill") return {bucket(now - days(history)), bucket(now - days(back))};
  return hosts_own;
}

}  // namespace weather::rows
