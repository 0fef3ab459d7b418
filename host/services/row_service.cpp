// SPDX-License-Identifier: Apache-2.0
// Reading a row: guards, then freshness, then the cells, then what the document says beside them.
#include "host/services/row_service.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/access/key_prefix.hpp"
#include "host/base/clock.hpp"
#include "host/base/error.hpp"
#include "host/base/mark.hpp"
#include "host/base/text.hpp"
#include "host/model/time_text.hpp"
#include "host/services/made_page.hpp"

namespace tento::host {
namespace {

ErrorBuilder bad_request(std::string message, std::string remedy) {
  return error(ErrorCode::invalid_argument, ErrorClass::config, std::move(message))
      .tag("usage")
      .remedy(std::move(remedy));
}

// How a cell is named: by its id; by its date in a row whose cells have none.
struct CellName {
  std::string text;
  std::optional<SemanticTime> date;

  [[nodiscard]] bool is_of(const CellView& cell) const {
    if (!cell.id.empty()) return cell.id == text;
    if (!date) return false;
    auto theirs = cell.date, ours = date->to_abi();
    theirs.offset_minutes = ours.offset_minutes = 0;  // the same moment, told otherwise, is the same
    std::string a, b;
    append_semantic_time(a, theirs);
    append_semantic_time(b, ours);
    return a == b;
  }
};

constexpr std::size_t bytes_in_slice = std::size_t{128} << 10;  // and one cell more

// Cells that are held for a moment, in the order they came.
class CellSlice {
 public:
  void add(const CellView& cell) {
    cells_.push_back(cell);
    const std::size_t from = text_.size();
    for (const auto part : {cell.id, cell.data, cell.version, cell.raw}) text_ += part;
    from_.push_back(from);
  }
  [[nodiscard]] std::size_t bytes() const { return text_.size() + cells_.size() * sizeof(CellView); }
  // False: the visitor has enough.
  bool visit(const CellVisitor& visit) {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      CellView& cell = cells_[i];
      std::string_view rest = std::string_view(text_).substr(from_[i]);
      for (auto* part : {&cell.id, &cell.data, &cell.version, &cell.raw}) {
        *part = rest.substr(0, part->size());
        rest.remove_prefix(part->size());
      }
      if (!visit(cell)) return false;
    }
    return true;
  }

 private:
  std::vector<CellView> cells_;
  std::vector<std::size_t> from_;
  std::string text_;
};

StoredCell held_cell(const CellView& cell) {
  StoredCell out;
  out.id = cell.id;
  out.date = cell.date;
  out.end_date = cell.end_date;
  out.start_us = cell.start_us;
  out.end_us = cell.end_us;
  out.data = cell.data;
  out.version = cell.version;
  out.change_seq = cell.change_seq;
  out.updated_us = cell.updated_us;
  return out;
}

// What the key of a row says beside its account is the caller's to make up; rows without such a part are few.
bool names_something_new(const Target& target) {
  const std::size_t of_account = target.match.route->account_param >= 0 ? 1 : 0;
  return target.row.created_us == 0 && target.match.params.size() > of_account;
}

ErrorBuilder unknown_row(const Target& target) {
  return error(ErrorCode::not_found, ErrorClass::config,
               "nothing was ever synced or discovered as " + target.row.lookup_key)
      .remedy("fetch it with {op:row sync key=" + mark_value(target.row.lookup_key) + "}, which the scope sync allows");
}

ErrorBuilder not_for_token(const Principal& principal) {
  return error(ErrorCode::forbidden, ErrorClass::config,
               "the token " + principal.token + " is not for this row, only for those its prefixes name")
      .tag("key_prefix")
      .remedy("use a token for this row");
}

// Whether the token's prefixes cover the key as it was asked for.
bool covers_asked(const Principal& principal, std::string_view key) {
  const auto canonical = canonical_prefix(key);
  return canonical && allows_key(principal, *canonical);
}

}  // namespace

Result<Target> RowService::find(const Viewer& viewer, std::string_view key, std::uint32_t verb) const {
  auto target = dispatcher_.resolve(viewer.user, key, verb);
  if (!target) {
    auto failed = std::move(target).error();
    const bool bad_key = failed.code == ErrorCode::invalid_argument;
    // Who may see some rows learns nothing of others: neither whether there are any, nor whose accounts they have.
    if (!bad_key && !viewer.principal.prefixes.empty() && !covers_asked(viewer.principal, key))
      return not_for_token(viewer.principal);
    if (bad_key && failed.tag.empty()) failed.tag = "usage";
    if (failed.remedy.empty())
      failed.remedy = bad_key ? "{op:row list} shows the patterns of keys"
                              : "{op:row list} shows the patterns, {op:account list} the accounts";
    return fail(std::move(failed));
  }
  const auto& principal = viewer.principal;
  // Prefixes are of the token's own user's keys.
  if (!principal.prefixes.empty() &&
      (target->owner.id != viewer.user.id || !allows_key(principal, target->row.lookup_key)))
    return not_for_token(principal);
  return target;
}

Result<Target> RowService::find_readable(const Viewer& viewer, std::string_view key) const {
  TENTO_TRY_ASSIGN(auto target, find(viewer, key, TENTO_VERB_GET));
  TENTO_TRY(dispatcher_.check_guards(target, TENTO_VERB_GET, viewer.actor));
  return target;
}

Result<StoredCell> RowService::cell(const Target& target, std::string_view name, const RowReadOptions& options) const {
  TENTO_TRY(dispatcher_.check_guards(target, TENTO_VERB_GET, options.actor));
  CellName named{std::string(name), {}};
  if (auto date = SemanticTime::parse(named.text)) named.date = *date;
  std::optional<StoredCell> found;
  if (target.has_stored_cells()) {
    TENTO_TRY_ASSIGN(found, store_.cells().find(target.row.id, CellKey{named.text, {}}));
    if (!found && named.date) {
      TENTO_TRY_ASSIGN(found, store_.cells().find(target.row.id, CellKey{{}, named.date->to_abi()}));
    }
  } else {
    CallOptions call;
    call.actor = options.actor;
    call.control = options.control;
    TENTO_TRY(dispatcher_.list_cells(target, {}, 0, call, [&](const CellView& cell) {
      if (named.is_of(cell)) found = held_cell(cell);
      return !found;
    }));
  }
  if (found) return std::move(*found);
  return error(ErrorCode::not_found, ErrorClass::config,
               "the row " + target.row.lookup_key + " has no cell " + quote(named.text))
      .tag("no_such_cell")
      .remedy("name it by its id, or by its date in a row whose cells have no id; {op:row get} shows them");
}

Result<Moments> moments_in_zone(const Target& target, const Span& range) {
  TENTO_TRY_ASSIGN(const auto zone, Zone::find(target.zone()));
  const auto moments = moments_of(range, zone);
  if (moments.from_us >= moments.to_us)
    return bad_request("the range is empty: {param:from} is not before the end of {param:to}",
                       "swap them, or leave one out");
  return moments;
}

Result<std::shared_ptr<RowReading>> RowService::read(Target target, RowQuery query, RowReadOptions options) const {
  query.range = window_of_range(query.range);
  // Before anything of the row is told, its coverage and its freshness too.
  TENTO_TRY(dispatcher_.check_guards(target, TENTO_VERB_GET, options.actor));
  auto out = std::shared_ptr<RowReading>(
      new RowReading(store_, dispatcher_, std::move(target), std::move(query), std::move(options)));
  RowReading& reading = *out;
  TENTO_TRY_ASSIGN(reading.moments_, moments_in_zone(reading.target_, reading.query_.range));
  if (!reading.target_.has_stored_cells()) {
    if (reading.query_.order == ReadOrder::descending)
      return bad_request(reading.target_.row.lookup_key +
                             " is made when it is read, from its first date on: it cannot be read in the order desc",
                         "leave {param:order} out, and name the last dates with {param:from}");
    TENTO_TRY(MadePage::begin(reading.query_.limit, reading.query_.cursor));
    return out;
  }
  TENTO_TRY_ASSIGN(reading.coverage_, store_.rows().coverage(reading.target_.row.id));
  if (reading.target_.state != RowState::active) return out;  // nothing can be fetched for it
  TENTO_TRY(look(reading));
  return out;
}

// Queues what is stale or missing. Queueing stores the row where it was not.
Result<void> RowService::look(RowReading& reading) const {
  if (!reading.options_.may_add_rows && names_something_new(reading.target_)) {
    reading.check_.emplace().freshness.state = Freshness::missing;
    reading.not_queued_ = unknown_row(reading.target_).value();
    return {};
  }
  auto check = orchestrator_.before_read(reading.target_, reading.moments_);
  if (!check) {  // what is stored is shown all the same
    reading.not_queued_ = std::move(check).error();
    return {};
  }
  reading.check_ = std::move(*check);
  if (reading.check_->queued.empty()) return {};
  TENTO_TRY_ASSIGN(auto row, store_.rows().find(reading.target_.row.id, Recency::primary()));
  if (row) reading.target_.row = std::move(*row);
  return {};
}

std::shared_ptr<Pending<std::shared_ptr<RowReading>>> RowService::when_synced(
    std::shared_ptr<RowReading> reading, std::chrono::steady_clock::time_point until) const {
  if (!reading->check_ || reading->check_->queued.empty()) return nullptr;
  auto jobs = orchestrator_.follow(reading->check_->queued, until, nullptr);
  return std::make_shared<MappedPending<std::shared_ptr<RowReading>, std::vector<RunRecord>>>(
      std::move(jobs),
      [this, reading = std::move(reading)](Result<std::vector<RunRecord>> runs) -> Result<std::shared_ptr<RowReading>> {
        if (!runs) return fail(std::move(runs).error());
        reading->recency_ = Recency::primary();
        TENTO_TRY(look(*reading));
        // What ran meanwhile changed the row.
        TENTO_TRY_ASSIGN(auto row, store_.rows().find(reading->target_.row.id, Recency::primary()));
        if (row) reading->target_.row = std::move(*row);
        return reading;
      });
}

RowReading::RowReading(Store& store, Dispatcher& dispatcher, Target target, RowQuery query, RowReadOptions options)
    : store_(store),
      dispatcher_(dispatcher),
      target_(std::move(target)),
      query_(std::move(query)),
      options_(std::move(options)) {}

std::string RowReading::state() const {
  if (!target_.has_stored_cells()) return {};
  const auto& row = target_.row;
  return row.id.text() + "|" + std::to_string(row.change_seq) + "|" + target_.zone() + "|" +
         target_.match.route->provider->note().version + "|" + row.label + (query_.raw ? "|raw" : "");
}

std::string RowReading::beside() const {
  if (!target_.has_stored_cells()) return {};
  return (check_ ? freshness_json(*check_) : std::string("null")) +
         coverage_json(coverage_, target_.stale_after_s(), unix_now_us()) + row_json(target_);
}

Result<bool> RowReading::cells(const CellVisitor& visit) {
  if (target_.has_stored_cells()) return stored_cells(visit);
  TENTO_TRY(made_cells(visit));
  return false;
}

// A slice of the store. It is copied before it is visited: a visitor may wait for a slow reader, and a read of the
// store that waits with it would keep the store's log growing.
Result<bool> RowReading::stored_cells(const CellVisitor& visit) {
  if (!std::exchange(begun_, true)) {
    next_ = query_.cursor;
    left_ = query_.limit == 0 ? UINT64_MAX : query_.limit;
  } else if (options_.still_readable) {
    TENTO_TRY(options_.still_readable());
  }
  const PageRequest page{query_.order, static_cast<std::size_t>(std::min<std::uint64_t>(left_, most_cells_in_page)),
                         next_, query_.raw, recency_};
  CellSlice slice;
  TENTO_TRY_ASSIGN(auto end, store_.cells().read_page(target_.row.id, moments_, page, [&](const CellView& cell) {
    if (cell.tombstone) return true;
    slice.add(cell);
    return --left_ > 0 && slice.bytes() < bytes_in_slice && bytes_ + slice.bytes() < query_.most_bytes;
  }));
  bytes_ += slice.bytes();
  next_ = std::move(end.next);
  const bool enough = !slice.visit(visit);
  return !next_.empty() && !enough && left_ > 0 && bytes_ < query_.most_bytes;
}

Result<void> RowReading::made_cells(const CellVisitor& visit) {
  TENTO_TRY_ASSIGN(auto page, MadePage::begin(query_.limit, query_.cursor, query_.most_bytes));
  Span window = query_.range;
  // What starts before the last cell of the page before need not be made again.
  if (const auto from = page.from_us(); from && *from > moments_.from_us)
    window.from = SemanticTime(Instant(std::chrono::microseconds(*from)));
  // One more tells whether there is another page. Behind a cursor nobody knows how many of those that come were given.
  const std::uint64_t wanted = query_.limit == 0 || page.from_us() ? 0 : query_.limit + 1;
  CallOptions call;
  call.actor = options_.actor;
  call.control = options_.control;
  TENTO_TRY(dispatcher_.list_cells(target_, window, wanted, call, [&](const CellView& cell) {
    switch (page(cell)) {
      case MadePage::Place::before:
        return true;
      case MadePage::Place::inside:
        return cell.tombstone || visit(cell);
      case MadePage::Place::behind:
        break;
    }
    return false;
  }));
  next_ = page.next();
  return {};
}

Result<RowMembers> RowReading::members() const {
  std::string covered = "[]";
  if (target_.has_stored_cells()) {
    TENTO_TRY_ASSIGN(const auto coverage, store_.rows().coverage(target_.row.id));
    covered = coverage_json(coverage, target_.stale_after_s(), unix_now_us());
  }
  return row_members(std::move(covered), check_ ? freshness_json(*check_) : "null", next_, row_json(target_));
}

}  // namespace tento::host
