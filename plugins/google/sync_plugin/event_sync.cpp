// SPDX-License-Identifier: Apache-2.0
// Lists into transactions, series into instances.
#include "event_sync.hpp"

#include <unordered_map>

#include "google/event_list.hpp"
#include "series_book.hpp"

namespace google::rows {
namespace {

using std::chrono::days;
using tento::CellView;
using tento::Coverage;
using tento::Date;
using tento::Instant;
using tento::PartialDate;
using tento::Result;
using tento::SemanticTime;
using tento::Span;
using tento::Synced;
using tento::Transaction;

// The service counts whole days in the calendar's zone, a host in the account's: what is asked for overlaps what is
// stated by more than zones differ.
constexpr days window_margin{2};

bool is_gone(const tento::Error& error) {
  return error.http_status == 410;
}

std::size_t print_of(std::string_view version, const std::optional<SemanticTime>& date,
                     const std::optional<SemanticTime>& end) {
  std::string all(version);
  all += '\n';
  if (date) all += date->local_text();
  all += '\n';
  if (end) all += end->local_text();
  return std::hash<std::string>{}(all);
}

std::optional<SemanticTime> time_of(const tento_semantic_time& abi) {
  auto time = SemanticTime::from_abi(abi);
  return time ? std::optional(*time) : std::nullopt;
}

std::string_view series_of(std::string_view id) {
  const auto instance = parse_instance_id(id);
  return instance ? instance->series : id;
}

class EventSync {
 public:
  EventSync(tento::SyncCtx<Events>& ctx, tento::http::HostTransport http, Date today)
      : ctx_(ctx), http_(std::move(http)), client_(for_call(ctx.client, ctx, ctx.deps)), today_(today) {}

  Result<Synced> run() {
    TENTO_TRY_ASSIGN(book_, SeriesBook::load(ctx_.deps, ctx_.row_id));
    if (!book_.token.empty()) {
      auto done = read_changes();
      if (done || !is_gone(done.error())) return done;
      ctx_.log(tento::LogLevel::info, "the service wants " + ctx_.own.cal_id + " to be read anew (410)");
      txn_.reset();  // what its first pages brought goes with it
      changed_.clear();
      seen_ = put_ = 0;
      skipped_.clear();
      TENTO_TRY_ASSIGN(book_, SeriesBook::load(ctx_.deps, ctx_.row_id));
      book_.token.clear();
    }
    return ctx_.stage == "viewport" ? read_window() : read_all();
  }

 private:
  // ---- the three ways to read ------------------------------------------------------------------------------------

  // Everything, in one transaction: what is stored and was not listed is deleted with it.
  Result<Synced> read_all() {
    full_ = true;
    book_.series.clear();
    TENTO_TRY(read_stored([](std::string_view) { return true; }));
    TENTO_TRY(open({}, tento::SyncState::Mode::merge));
    EventQuery query;
    query.calendar = ctx_.own.cal_id;
    TENTO_TRY(read_pages(std::move(query)));
    if (!reaches_back()) book_.from = beginning();
    book_.to = horizon(today_);
    for (const auto& [id, series] : book_.series) changed_.insert(id);
    TENTO_TRY(expand_changed());
    for (const auto& [id, print] : stored_) {
      if (is_skipped(id)) {
        ++kept_;
      } else {
        TENTO_TRY(txn_->add(CellView::tombstone(id)));
      }
    }
    return commit(put_ + kept_ + skipped_.count() > 0 ? Coverage::State::have : Coverage::State::empty);
  }

  // What changed since the token was given.
  Result<Synced> read_changes() {
    TENTO_TRY(open({}, tento::SyncState::Mode::merge));
    EventQuery query;
    query.calendar = ctx_.own.cal_id;
    query.sync_token = book_.token;
    TENTO_TRY(read_pages(std::move(query)));
    const bool further = std::chrono::sys_days(horizon(today_)) > std::chrono::sys_days(book_.to);
    if (further || !reaches_back()) {
      if (further) book_.to = horizon(today_);
      if (!reaches_back()) book_.from = beginning();
      for (const auto& [id, series] : book_.series) changed_.insert(id);
    }
    if (!changed_.empty()) {
      TENTO_TRY(read_stored([this](std::string_view id) { return changed_.contains(series_of(id)); }));
      TENTO_TRY(expand_changed());
      for (const auto& [id, print] : stored_) {
        if (!is_exception(id) && !is_skipped(id)) TENTO_TRY(txn_->add(CellView::tombstone(id)));
      }
    }
    return commit(Coverage::State::have);
  }

  // A few weeks, expanded by the service.
  Result<Synced> read_window() {
    const Span usual = stage_span("viewport", today_);
    const Span window{ctx_.window.from ? ctx_.window.from : usual.from, ctx_.window.to ? ctx_.window.to : usual.to};
    TENTO_TRY(open({}, tento::SyncState::Mode::merge));
    EventQuery query;
    query.calendar = ctx_.own.cal_id;
    query.from = tento::utc_range(*window.from).from - window_margin;
    query.to = tento::utc_range(*window.to).from + window_margin;
    query.expanded = true;
    EventList list(client_, http_, std::move(query));
    while (list.more()) {
      TENTO_TRY(ctx_.proceed());
      const auto take = [this](Event& event) -> Result<void> {
        ++seen_;
        if (event.cancelled || !event.recurrence.empty() || !storable(event)) return {};
        listed_.insert(cell_id(event));
        return put(event);
      };
      TENTO_TRY(list.fetch(take, [this](const OddRecord& odd) { skip(odd); }));
      TENTO_TRY(ctx_.deps.report_progress(seen_, 0, "events"));
    }
    TENTO_TRY(skipped_.delete_rest(ctx_, *txn_, window,
                                   [this](std::string_view id) { return listed_.contains(id) || is_skipped(id); }));
    Coverage said;
    said.span = window;
    said.state = put_ + skipped_.count() > 0 ? Coverage::State::have : Coverage::State::empty;
    return commit(said);
  }

  // From where on series are expanded; where a clock that was ahead had them begin later, they do not reach back to it.
  [[nodiscard]] Date beginning() const {
    return {today_.year() - std::chrono::years(10), std::chrono::January, std::chrono::day(1)};
  }
  [[nodiscard]] bool reaches_back() const {
    return book_.from.ok() && std::chrono::sys_days(book_.from) <= std::chrono::sys_days(beginning());
  }

  // ---- events ----------------------------------------------------------------------------------------------------

  Result<void> read_pages(EventQuery query) {
    EventList list(client_, http_, std::move(query));
    while (list.more()) {
      TENTO_TRY(ctx_.proceed());
      TENTO_TRY(list.fetch([this, &list](Event& event) { return take(event, list.zone()); },
                           [this](const OddRecord& odd) { skip_of_book(odd); }));
      TENTO_TRY(ctx_.deps.report_progress(seen_, 0, "events"));
    }
    book_.token = list.next_sync_token();
    return {};
  }

  Result<void> take(Event& event, const std::string& calendar_zone) {
    ++seen_;
    if (!storable(event)) return {};
    if (!event.series.empty()) return take_instance(event);
    const auto known = book_.series.find(event.id);
    if (!event.cancelled && !event.recurrence.empty()) {
      if (known == book_.series.end()) TENTO_TRY(bury(event.id));  // it may have been an event of its own
      Series& series = book_.series[event.id];
      series.known = true;
      series.etag = event.etag;
      series.details = std::move(event.details);
      series.rule = {*event.start, *event.end, std::move(event.recurrence)};
      for (EventTime* time : {&series.rule.start, &series.rule.end}) {
        if (!time->all_day && time->zone_name.empty()) TENTO_TRY(time->plan_in(calendar_zone, time->zone));
      }
      changed_.insert(event.id);
      return {};
    }
    if (known != book_.series.end()) {  // a series that is gone, or is none any more
      book_.series.erase(known);
      changed_.insert(event.id);
      if (event.cancelled) return {};
    }
    return event.cancelled ? bury(event.id) : put(event);
  }

  // An instance that differs from its series, or does not happen.
  Result<void> take_instance(const Event& event) {
    if (!event.original) return put(event);  // of a series that cannot be seen: it stands for itself
    book_.series[event.series].exceptions[event.original->key()] = event.cancelled;
    return event.cancelled ? bury(cell_id(event)) : put(event);
  }

  bool storable(const Event& event) {
    constexpr std::size_t longest_key = 17;
    const std::string& id = event.series.empty() ? event.id : event.series;
    if (id.size() + longest_key <= TENTO_MAX_CELL_ID) return true;
    skipped_.skip("event " + id.substr(0, 40) + "...", "its id has " + std::to_string(id.size()) + " bytes");
    return false;
  }

  // An event that is not understood: what is held of it, or of its series, stays as it is.
  void skip(const OddRecord& odd) {
    ++seen_;
    skipped_.skip(odd.what, odd.why, odd.id);
  }
  // Of an instance, the series is not to put what its rule says in the place of what is held.
  void skip_of_book(const OddRecord& odd) {
    skip(odd);
    const auto instance = parse_instance_id(odd.id);
    if (!odd.series.empty() && instance) book_.series[odd.series].exceptions[std::string(instance->key)] = false;
  }
  [[nodiscard]] bool is_skipped(std::string_view id) const {
    return skipped_.has_id(id) || skipped_.has_id(series_of(id));
  }

  Result<void> put(const Event& event) {
    const tento::Cell cell = cell_of(event);
    stored_.erase(*cell.id);
    ++put_;
    return txn_->add(cell);
  }

  Result<void> bury(const std::string& id) {
    if (full_) return {};  // what was not listed goes anyway
    return txn_->add(CellView::tombstone(id));
  }

  // ---- series ----------------------------------------------------------------------------------------------------

  // The stored cells whose ids `wanted` takes.
  template <class Wanted>
  Result<void> read_stored(Wanted&& wanted) {
    stored_.clear();
    return ctx_.deps.read_cells(ctx_.lookup_key, {}, [&](const CellView& cell) -> Result<void> {
      TENTO_TRY(ctx_.proceed());
      if (wanted(cell.id))
        stored_[std::string(cell.id)] = print_of(cell.version, time_of(cell.date), time_of(cell.end_date));
      return {};
    });
  }

  [[nodiscard]] bool is_exception(std::string_view id) const {
    const auto instance = parse_instance_id(id);
    if (!instance) return false;
    const auto series = book_.series.find(instance->series);
    if (series == book_.series.end()) return false;
    const auto exception = series->second.exceptions.find(std::string(instance->key));
    return exception != series->second.exceptions.end() && !exception->second;
  }

  Result<void> expand_changed() {
    for (const std::string& id : changed_) {
      const auto series = book_.series.find(id);
      if (series != book_.series.end() && series->second.known) TENTO_TRY(expand_one(id, series->second));
      TENTO_TRY(ctx_.proceed());
    }
    return {};
  }

  Result<void> expand_one(const std::string& id, const Series& series) {
    ExpandLimits limits;
    limits.from = book_.from;
    limits.to = book_.to;
    limits.go_on = [this] { return ctx_.proceed().has_value(); };
    TENTO_TRY_ASSIGN(const Expansion expansion, expand(series.rule, limits));
    TENTO_TRY(ctx_.proceed());
    // What nobody understands of a rule holds up neither the rest of it nor the rest of the calendar.
    if (!expansion.ignored.empty()) {
      const std::size_t more = expansion.ignored.size() - 1;
      skipped_.skip("series " + id, expansion.ignored.front() +
                                        (more > 0 ? ", and " + std::to_string(more) + " more lines or dates" : ""));
    }
    if (!expansion.complete) {
      ctx_.log(tento::LogLevel::warn,
               "series " + id + " of " + ctx_.own.cal_id + " has more instances than are stored");
    }
    for (const Instance& one : expansion.instances) {
      if (!series.exceptions.contains(one.start.key())) TENTO_TRY(put_instance(id, series, one));
    }
    return {};
  }

  Result<void> put_instance(const std::string& id, const Series& series, const Instance& one) {
    const std::string name = instance_id(id, one.start);
    const SemanticTime start = one.start.semantic();
    const SemanticTime end = inclusive_end(one.start, one.end);
    std::optional<SemanticTime> shown_end;
    if (end != start || start.is_instant()) shown_end = end;
    const auto at = stored_.find(name);
    if (at != stored_.end()) {
      const bool same = at->second == print_of(series.etag, start, shown_end);
      stored_.erase(at);
      // Of the same version and at the same time: it is what the service gave, or was expanded before.
      if (same && !book_.discarded) {
        ++kept_;
        return {};
      }
    }
    const std::string data = event_data(series.details, one.start, one.end, id, one.start);
    CellView cell(name, start, data);
    if (shown_end) cell.end_date = shown_end->to_abi();
    cell.version = series.etag;
    ++put_;
    return txn_->add(cell);
  }

  // ---- transactions ----------------------------------------------------------------------------------------------

  Result<void> open(const Span& window, tento::SyncState::Mode mode) {
    TENTO_TRY_ASSIGN(Transaction begun, ctx_.deps.begin(ctx_.row_id, window, mode));
    txn_.emplace(std::move(begun));
    return {};
  }

  Result<Synced> commit(Coverage::State state) {
    Coverage said;
    // Days of the account's zone, within what was expanded in the zones of series.
    said.span.to = PartialDate::ymd(Date(std::chrono::sys_days(book_.to) - window_margin));
    said.state = state;
    return commit(said);
  }
  Result<Synced> commit(const Coverage& said) {
    const auto changes = book_.changes();
    std::vector<tento::Cursor> cursors;
    for (const auto& [name, value] : changes) cursors.push_back({name, value});
    TENTO_TRY(txn_->commit(std::span(&said, 1), cursors));
    return skipped_.into(Synced(seen_));
  }

  tento::SyncCtx<Events>& ctx_;
  tento::http::HostTransport http_;
  Client client_;
  Date today_;
  SeriesBook book_;
  std::optional<Transaction> txn_;
  tento::SkippedRecords skipped_;
  std::set<std::string, std::less<>> listed_;            // cells of a window that were put
  std::set<std::string, std::less<>> changed_;           // series that have to be expanded anew
  std::unordered_map<std::string, std::size_t> stored_;  // cells that are to be met again, by a print of them
  bool full_ = false;
  std::uint64_t seen_ = 0;
  std::uint64_t put_ = 0;
  std::uint64_t kept_ = 0;
};

}  // namespace

Span stage_span(std::string_view stage, Date today) {
  if (stage != "viewport") return {};
  const auto day = std::chrono::sys_days(today);
  return {PartialDate::ymd(Date(day - days(28))), PartialDate::ymd(Date(day + days(57)))};
}

Date horizon(Date today) {
  const auto month = std::chrono::year_month(today.year(), today.month()) + std::chrono::months(25);
  return {month.year(), month.month(), std::chrono::day(1)};
}

Result<Synced> sync_events(tento::SyncCtx<Events>& ctx) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  TENTO_TRY_ASSIGN(const Instant now, ctx.deps.now());
  return EventSync(ctx, std::move(http), Date(std::chrono::floor<days>(now))).run();
}

}  // namespace google::rows
