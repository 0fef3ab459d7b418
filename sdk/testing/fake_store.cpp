// SPDX-License-Identifier: Apache-2.0
// The store in memory: rows, transactions, and the two vtables over them.
#include <tento/sdk/testing/fake_store.hpp>

#include <algorithm>
#include <cstring>
#include <set>

namespace tento::testing {
namespace {

std::string identity(const StoredCell& cell) {
  return cell.id.empty() ? "d" + cell.date->text() : "i" + cell.id;
}
std::string shown_id(const StoredCell& cell) {
  return cell.id.empty() ? cell.date->text() : cell.id;
}

bool same_provider_and_account(const FakeCall& call, std::string_view key) {
  if (check_key(key) != KeyDefect::none) return false;
  const auto first = [](std::string_view k) { return *KeySegments(k).begin(); };
  if (call.options().key.empty() || first(key) != first(call.options().key)) return false;
  if (!call.options().account) return true;
  for (const std::string_view segment : KeySegments(key)) {
    if (percent_decode(segment) == call.options().account->auth_id) return true;
  }
  return false;
}

bool is_cursor_name(std::string_view name) {
  return !name.empty() && name.size() <= TENTO_MAX_CURSOR_NAME && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

tento_status refuse_call(tento_error* err, ErrorCode code, std::string message) {
  return to_status(fail(code, ErrorClass::internal, std::move(message)).value(), err);
}

tento_status refuse_row(tento_error* err) {
  return refuse_call(err, ErrorCode::forbidden, "the call was made for another row: write to the row of its context");
}

}  // namespace

FakeStore::FakeStore(FakeCalls& calls) : calls_(calls), may_read_(same_provider_and_account) {}

FakeStore::Row& FakeStore::row(std::string_view key) {
  return rows_[std::string(key)];
}

const FakeStore::Row* FakeStore::find(std::string_view key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? nullptr : &found->second;
}

std::vector<StoredCell> FakeStore::cells(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredCell> out;
  if (const Row* const r = find(key)) {
    for (const auto& [name, cell] : r->cells) {
      if (!cell.tombstone) out.push_back(cell);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const StoredCell& a, const StoredCell& b) {
    const UtcRange left = utc_range(*a.date), right = utc_range(*b.date);
    if (left.from != right.from) return left.from < right.from;
    const Instant left_end = a.end_date ? utc_range(*a.end_date).to : left.to;
    const Instant right_end = b.end_date ? utc_range(*b.end_date).to : right.to;
    return left_end != right_end ? left_end > right_end : a.id < b.id;
  });
  return out;
}

std::optional<StoredCell> FakeStore::cell(std::string_view key, std::string_view id) const {
  for (const StoredCell& c : cells(key)) {
    if (c.id == id) return c;
  }
  return std::nullopt;
}

std::vector<StoredCell> FakeStore::tombstones(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredCell> out;
  if (const Row* const r = find(key)) {
    for (const auto& [name, cell] : r->cells) {
      if (cell.tombstone) out.push_back(cell);
    }
  }
  return out;
}

std::optional<std::string> FakeStore::cursor(std::string_view key, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const Row* const r = find(key);
  if (r == nullptr) return std::nullopt;
  const auto found = r->cursors.find(name);
  return found == r->cursors.end() ? std::nullopt : std::optional(found->second);
}

std::vector<StoredCoverage> FakeStore::coverage(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const Row* const r = find(key);
  return r == nullptr ? std::vector<StoredCoverage>{} : r->coverage;
}

std::vector<Change> FakeStore::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

std::size_t FakeStore::transactions() const {
  const std::lock_guard lock(mutex_);
  return transactions_;
}

std::size_t FakeStore::open_transactions() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

void FakeStore::forget_changes() {
  const std::lock_guard lock(mutex_);
  changes_.clear();
}

void FakeStore::put(std::string_view key, const std::vector<StoredCell>& cells) {
  const std::lock_guard lock(mutex_);
  apply(std::string(key), cells);
}

void FakeStore::set_cursor(std::string_view key, std::string name, std::string value) {
  const std::lock_guard lock(mutex_);
  row(key).cursors[std::move(name)] = std::move(value);
}

void FakeStore::state_coverage(std::string_view key, StoredCoverage coverage) {
  const std::lock_guard lock(mutex_);
  row(key).coverage.push_back(std::move(coverage));
}

void FakeStore::add_log(std::string_view key, StoredCell run) {
  const std::lock_guard lock(mutex_);
  std::vector<StoredCell>& logs = row(key).logs;
  logs.insert(logs.begin(), std::move(run));
}

std::vector<StoredCell> FakeStore::logs(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const Row* const r = find(key);
  return r == nullptr ? std::vector<StoredCell>{} : r->logs;
}

Result<void> FakeStore::land(std::string_view key, const std::vector<StoredCell>& cells, bool single) {
  for (const StoredCell& c : cells) {
    if (c.id.empty() && !single)
      return fail(ErrorCode::invalid_argument, ErrorClass::internal, "a cell without id in a multi row");
  }
  const std::lock_guard lock(mutex_);
  apply(std::string(key), cells);
  ++transactions_;
  return {};
}

bool FakeStore::end_call(const FakeCall& call) {
  const std::lock_guard lock(mutex_);
  std::erase_if(open_, [&call](const auto& entry) { return entry.second.call == call.get(); });
  const auto found = writes_.find(call.get()->id);
  return found != writes_.end() && found->second.begun > 0;
}

Result<void> FakeStore::nothing_lost(const FakeCall& call) const {
  const std::lock_guard lock(mutex_);
  const auto found = writes_.find(call.get()->id);
  if (found == writes_.end()) return {};
  const Writes& wrote = found->second;
  const auto open =
      std::find_if(open_.begin(), open_.end(), [&call](const auto& entry) { return entry.second.call == call.get(); });
  if (wrote.stopped) return stopped();
  if (wrote.refused) {
    Error error = *wrote.refused;
    if (error.error_class == ErrorClass::provider) error.error_class = ErrorClass::internal;
    error.message = "the slot returned OK though a write was refused: " + error.message;
    error.tag = "refused_write";
    return fail(std::move(error));
  }
  if (open != open_.end() || wrote.dropped > 0 || (wrote.begun > 0 && wrote.committed == 0)) {
    const bool left_open = open != open_.end();
    const std::size_t lost = left_open ? open->second.cells.size() : wrote.dropped;
    return fail(ErrorCode::invalid_data, ErrorClass::internal,
                std::string("the slot returned OK ") +
                    (left_open ? "with an open transaction" : "after it dropped its transaction") + "; its " +
                    std::to_string(lost) +
                    " cells were not stored. A sync ends with a commit, which may be an empty one",
                "transaction_dropped");
  }
  return {};
}

bool FakeStore::used_thin_path(const FakeCall& call) const {
  const std::lock_guard lock(mutex_);
  const auto found = writes_.find(call.get()->id);
  return found != writes_.end() && found->second.thin > 0;
}

void FakeStore::apply(const std::string& key, const std::vector<StoredCell>& cells) {
  Row& into = row(key);
  std::map<std::string, const StoredCell*> last;  // of one identity put twice, the last counts
  for (const StoredCell& cell : cells) last[identity(cell)] = &cell;
  for (const StoredCell& cell : cells) {
    const std::string name = identity(cell);
    if (last[name] != &cell) continue;
    const auto found = into.cells.find(name);
    const bool was_live = found != into.cells.end() && !found->second.tombstone;
    if (cell.tombstone) {
      if (was_live) changes_.push_back({Change::Kind::deleted, key, shown_id(cell)});
      StoredCell kept = cell;
      if (!kept.date && found != into.cells.end()) kept.date = found->second.date;
      into.cells[name] = std::move(kept);
      continue;
    }
    if (was_live && found->second == cell) continue;
    changes_.push_back({was_live ? Change::Kind::updated : Change::Kind::created, key, shown_id(cell)});
    into.cells[name] = cell;
  }
}

void FakeStore::erase_unput(const Transaction& txn) {
  std::set<std::string> put;
  for (const StoredCell& cell : txn.cells) put.insert(identity(cell));
  std::vector<StoredCell> gone;
  for (const auto& [name, cell] : row(txn.key).cells) {
    if (cell.tombstone || put.contains(name) || !overlaps(cell, txn.window)) continue;
    gone.push_back({.id = cell.id, .date = cell.date, .tombstone = true});
  }
  apply(txn.key, gone);
}

struct FakeStore::Slots {
  static FakeStore& of(void* self) { return *static_cast<FakeStore*>(self); }
  static bool is_row(const FakeCall& call, const tento_uuid* id) {
    return id != nullptr && call.row_id() != nullptr &&
           std::memcmp(id->bytes, call.row_id()->bytes, sizeof id->bytes) == 0;
  }

  // Remembers what became of a write of cells, so that a slot that drops the answer and says OK is not believed.
  // Nothing is kept of a call that was over before: who reads `c` would read a call that is gone.
  static tento_status remember(FakeStore& store, const tento_call* c, const FakeCall* call, const char* write,
                               tento_status status, const tento_error* err) {
    if (status == TENTO_OK || call == nullptr) return status;
    const std::lock_guard lock(store.mutex_);
    Writes& wrote = store.writes_[c->id];
    if (status == TENTO_STOPPED) {
      wrote.stopped = true;
    } else if (!wrote.refused) {
      wrote.refused = err == nullptr ? Error{} : Error::from_abi(*err);
      wrote.refused->message = std::string(write) + ": " + wrote.refused->message;
    }
    return status;
  }

  static tento_status persist_cells(void* self, const tento_call* c, const tento_uuid* row_id,
                                    const tento_cell_batch* batch, tento_error* err) noexcept {
    FakeStore& store = of(self);
    const auto [call, status] = store.calls_.enter(c, TENTO_IFACE_ID_tento_backend, err);
    if (call == nullptr) return remember(store, c, store.calls_.alive(c), "persist_cells", status, err);
    tento_error own;
    tento_error* const said = err == nullptr ? &own : err;
    return remember(store, c, call, "persist_cells", persist(store, *call, c, row_id, *batch, said), said);
  }

  static tento_status persist(FakeStore& store, const FakeCall& call, const tento_call* c, const tento_uuid* row_id,
                              const tento_cell_batch& batch, tento_error* err) {
    if (!is_row(call, row_id)) return refuse_row(err);
    const auto cells = read_batch(batch, call.options().single);
    if (!cells) return to_status(cells.error(), err);
    const std::lock_guard lock(store.mutex_);
    store.apply(call.options().key, *cells);
    ++store.writes_[c->id].thin;
    ++store.transactions_;
    return TENTO_OK;
  }

  static tento_status push_readable(FakeStore& store, const FakeCall& call, tento_str key, const tento_cell_sink* sink,
                                    tento_error* err,
                                    std::vector<StoredCell> (*get)(const FakeStore&, std::string_view),
                                    const Span& span, std::uint64_t limit) {
    const std::string_view k = view(key);
    if (const KeyDefect defect = check_key(k); defect != KeyDefect::none) return to_status(key_error(defect, k), err);
    if (!store.may_read_(call, k)) {
      return refuse_call(err, ErrorCode::forbidden,
                         "the row " + std::string(k.substr(0, 200)) + " is not of the call's provider and account");
    }
    std::vector<StoredCell> cells = get(store, k);
    std::erase_if(cells, [&span](const StoredCell& cell) { return !overlaps(cell, span); });
    if (cells.size() > limit) cells.resize(static_cast<std::size_t>(limit));
    const FakeCalls::InSink inside(store.calls_);
    return push_cells(cells, sink, err);
  }

  static tento_status read_cells(void* self, const tento_call* c, tento_str key, const tento_span* span,
                                 const tento_cell_sink* sink, tento_error* err) noexcept {
    FakeStore& store = of(self);
    const auto [call, status] = store.calls_.enter(c, TENTO_IFACE_ID_tento_backend, err);
    if (call == nullptr) return status;
    const auto range = span == nullptr ? Result<Span>(Span{}) : Span::from_abi(*span);
    if (!range) return to_status(range.error(), err);
    return push_readable(
        store, *call, key, sink, err, [](const FakeStore& s, std::string_view k) { return s.cells(k); }, *range,
        UINT64_MAX);
  }

  static tento_status recent_log_cells(void* self, const tento_call* c, tento_str key, std::uint64_t limit,
                                       const tento_cell_sink* sink, tento_error* err) noexcept {
    FakeStore& store = of(self);
    const auto [call, status] = store.calls_.enter(c, TENTO_IFACE_ID_tento_backend, err);
    if (call == nullptr) return status;
    return push_readable(
        store, *call, key, sink, err, [](const FakeStore& s, std::string_view k) { return s.logs(k); }, Span{}, limit);
  }

  static tento_status load(void* self, const tento_call* c, const tento_uuid* row_id, tento_str name,
                           const tento_text_sink* sink, tento_error* err) noexcept {
    FakeStore& store = of(self);
    const auto [call, status] = store.calls_.enter(c, TENTO_IFACE_ID_tento_sync_state, err);
    if (call == nullptr) return status;
    if (!is_row(*call, row_id)) return refuse_row(err);
    if (!is_cursor_name(view(name)))
      return refuse_call(err, ErrorCode::invalid_argument, "a cursor's name is [a-z0-9_.-]{1,64}");
    const auto value = store.cursor(call->options().key, view(name));
    const FakeCalls::InSink inside(store.calls_);
    if (value && sink->put(sink, str(*value)) != TENTO_OK)
      return refuse_call(err, ErrorCode::unspecified, "the sink refused the cursor");
    return TENTO_OK;
  }

  static tento_status begin(void* self, const tento_call* c, const tento_uuid* row_id, std::uint32_t flags,
                            const tento_span* window, std::uint64_t* txn, tento_error* err) noexcept {
    FakeStore& store = of(self);
    const auto [call, status] = store.calls_.enter(c, TENTO_IFACE_ID_tento_sync_state, err);
    if (call == nullptr) return status;
    if (!is_row(*call, row_id)) return refuse_row(err);
    if ((flags & ~TENTO_TXN_REPLACE) != 0)
      return refuse_call(err, ErrorCode::invalid_argument, "unknown transaction flags");
    const auto range = window == nullptr ? Result<Span>(Span{}) : Span::from_abi(*window);
    if (!range) return to_status(range.error(), err);
    const std::lock_guard lock(store.mutex_);
    for (const auto& [number, open] : store.open_) {
      if (open.call == c)
        return refuse_call(err, ErrorCode::conflict, "the call has an open transaction: commit or abort it first");
    }
    ++store.writes_[c->id].begun;
    *txn = store.next_txn_++;
    store.open_.emplace(
        *txn,
        Transaction{c, call->options().key, call->options().single, (flags & TENTO_TXN_REPLACE) != 0, *range, {}, {}});
    return TENTO_OK;
  }

  static Transaction* find(FakeStore& store, const tento_call* c, std::uint64_t txn) {
    const auto found = store.open_.find(txn);
    return found == store.open_.end() || found->second.call != c ? nullptr : &found->second;
  }
  static tento_status no_transaction(tento_error* err, std::uint64_t txn) {
    return refuse_call(err, ErrorCode::not_found, "the call has no open transaction " + std::to_string(txn));
  }

  static tento_status put(void* self, const tento_call* c, std::uint64_t txn, const tento_cell_batch* batch,
                          tento_error* err) noexcept {
    FakeStore& store = of(self);
    const auto [call, status] = store.calls_.enter(c, TENTO_IFACE_ID_tento_sync_state, err);
    if (call == nullptr) return remember(store, c, store.calls_.alive(c), "put", status, err);
    tento_error own;
    tento_error* const said = err == nullptr ? &own : err;
    return remember(store, c, call, "put", put_into(store, c, txn, *batch, said), said);
  }

  static tento_status put_into(FakeStore& store, const tento_call* c, std::uint64_t txn, const tento_cell_batch& batch,
                               tento_error* err) {
    const std::lock_guard lock(store.mutex_);
    Transaction* const open = find(store, c, txn);
    if (open == nullptr) return no_transaction(err, txn);
    if (open->refused && !store.refuse_late_) return to_status(*open->refused, err);
    auto cells = read_batch(batch, open->single);
    if (!cells) {
      if (!open->refused) open->refused = cells.error();
      return store.refuse_late_ ? tento_status{TENTO_OK} : to_status(cells.error(), err);
    }
    std::move(cells->begin(), cells->end(), std::back_inserter(open->cells));
    return TENTO_OK;
  }

  static Result<std::vector<StoredCoverage>> read_coverage(const tento_coverage* coverage, std::uint64_t count) {
    std::vector<StoredCoverage> out;
    for (std::uint64_t i = 0; i < count; ++i) {
      const tento_coverage& at = coverage[i];
      if (at.state < TENTO_COVERAGE_HAVE || at.state > TENTO_COVERAGE_FAILED) {
        return fail(ErrorCode::invalid_argument, ErrorClass::internal,
                    "coverage " + std::to_string(i) + " has an unknown state");
      }
      StoredCoverage read;
      TENTO_TRY_ASSIGN(read.span, Span::from_abi(at.span));
      read.state = at.state;
      if (at.error_class <= TENTO_CLASS_PROVIDER) read.error_class = static_cast<ErrorClass>(at.error_class);
      read.retry_after_ms = at.retry_after_ms;
      out.push_back(std::move(read));
    }
    return out;
  }

  static tento_status commit(void* self, const tento_call* c, std::uint64_t txn, const tento_coverage* coverage,
                             std::uint64_t coverage_count, const tento_cursor* cursors, std::uint64_t cursor_count,
                             tento_error* err) noexcept {
    FakeStore& store = of(self);
    const auto [call, status] = store.calls_.enter(c, TENTO_IFACE_ID_tento_sync_state, err);
    if (call == nullptr) return remember(store, c, store.calls_.alive(c), "commit", status, err);
    tento_error own;
    tento_error* const said = err == nullptr ? &own : err;
    return remember(store, c, call, "commit",
                    commit_into(store, c, txn, coverage, coverage_count, cursors, cursor_count, said), said);
  }

  static tento_status commit_into(FakeStore& store, const tento_call* c, std::uint64_t txn,
                                  const tento_coverage* coverage, std::uint64_t coverage_count,
                                  const tento_cursor* cursors, std::uint64_t cursor_count, tento_error* err) {
    const std::lock_guard lock(store.mutex_);
    Transaction* const open = find(store, c, txn);
    if (open == nullptr) return no_transaction(err, txn);
    if (open->refused) {
      const Error refused = std::move(*open->refused);
      store.open_.erase(txn);
      return to_status(refused, err);
    }
    const auto stated = read_coverage(coverage, coverage_count);
    if (!stated) return to_status(stated.error(), err);
    for (std::uint64_t i = 0; i < cursor_count; ++i) {
      if (!is_cursor_name(view(cursors[i].name)))
        return refuse_call(err, ErrorCode::invalid_argument, "a cursor's name is [a-z0-9_.-]{1,64}");
      if (cursors[i].value.size > TENTO_MAX_CURSOR_VALUE)
        return refuse_call(err, ErrorCode::too_large, "a cursor's value has at most 65536 bytes");
    }

    const Transaction done = std::move(*open);
    store.open_.erase(txn);
    ++store.writes_[c->id].committed;
    store.writes_[c->id].dropped = 0;
    if (done.replace) store.erase_unput(done);
    store.apply(done.key, done.cells);
    Row& into = store.row(done.key);
    into.coverage.insert(into.coverage.end(), stated->begin(), stated->end());
    for (std::uint64_t i = 0; i < cursor_count; ++i) {
      const std::string name(view(cursors[i].name));
      if (cursors[i].value.size == 0) {
        into.cursors.erase(name);
      } else {
        into.cursors[name] = view(cursors[i].value);
      }
    }
    ++store.transactions_;
    return TENTO_OK;
  }

  static tento_status abort(void* self, const tento_call* c, std::uint64_t txn) noexcept {
    FakeStore& store = of(self);
    const std::lock_guard lock(store.mutex_);
    if (const Transaction* const open = find(store, c, txn); open != nullptr) {
      store.writes_[c->id].dropped = open->cells.size();
      store.open_.erase(txn);
    }
    return TENTO_OK;
  }
};

const tento_backend FakeStore::backend_vtable = {sizeof(tento_backend), 0, &Slots::persist_cells, &Slots::read_cells,
                                                 &Slots::recent_log_cells};
const tento_sync_state FakeStore::sync_state_vtable = {
    sizeof(tento_sync_state), 0, &Slots::load, &Slots::begin, &Slots::put, &Slots::commit, &Slots::abort};

}  // namespace tento::testing
