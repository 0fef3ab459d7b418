// SPDX-License-Identifier: Apache-2.0
// Transactions of tento.sync-state/1.
#include <tento/sdk/sync_state.hpp>

#include <utility>
#include <vector>

namespace tento {

Transaction::Transaction(const tento_sync_state* table, void* self, const tento_call* call,
                         std::uint64_t handle) noexcept
    : table_(table), self_(self), call_(call), handle_(handle), writer_(*this) {}

Transaction::Transaction(Transaction&& other) noexcept
    : BatchTarget(other),
      table_(other.table_),
      self_(other.self_),
      call_(other.call_),
      handle_(other.handle_),
      open_(std::exchange(other.open_, false)),
      refused_(std::move(other.refused_)),
      writer_(std::move(other.writer_)) {
  writer_.retarget(*this);
}

Transaction::~Transaction() {
  abort();
}

void Transaction::abort() noexcept {
  if (std::exchange(open_, false)) table_->abort(self_, call_, handle_);
}

Result<void> Transaction::put(const tento_cell_batch& batch) {
  if (refused_) return fail(*refused_);
  tento_error err;
  Result<void> taken = to_result(table_->put(self_, call_, handle_, &batch, &err), err);
  if (!taken && !taken.error().stopped) refused_ = taken.error();
  return taken;
}

Result<void> Transaction::add_all(std::span<const Cell> cells) {
  for (const Cell& cell : cells) {
    TENTO_TRY(writer_.add(cell));
  }
  return {};
}

Result<void> Transaction::commit(std::span<const Coverage> coverage, std::span<const Cursor> cursors) {
  if (!open_) {
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, "commit of a transaction that has ended");
  }
  Result<void> flushed = writer_.flush();
  if (flushed && refused_) flushed = fail(*refused_);
  if (!flushed) {
    abort();
    return flushed;
  }
  std::vector<tento_coverage> spans;
  spans.reserve(coverage.size());
  for (const Coverage& one : coverage) {
    const bool failed = one.state == Coverage::State::failed;
    spans.push_back({one.span.to_abi(), static_cast<tento_coverage_state>(one.state),
                     failed ? static_cast<tento_error_class>(one.error_class) : 0u, failed ? one.retry_after_ms : -1});
  }
  std::vector<tento_cursor> names;
  names.reserve(cursors.size());
  for (const Cursor& one : cursors) names.push_back({str(one.name), str(one.value)});
  open_ = false;
  tento_error err;
  return to_result(table_->commit(self_, call_, handle_, spans.data(), spans.size(), names.data(), names.size(), &err),
                   err);
}

Result<std::optional<std::string>> SyncState::load_cursor(const Uuid& row_id, std::string_view name) const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  std::optional<std::string> out;
  const tento_text_sink sink{sizeof sink, 0, &out,
                             [](const tento_text_sink* to, tento_str text) noexcept -> tento_status {
                               try {
                                 static_cast<std::optional<std::string>*>(to->self)->emplace(view(text));
                                 return TENTO_OK;
                               } catch (...) {
                                 return TENTO_FAILED;
                               }
                             }};
  const tento_uuid row = row_id.to_abi();
  tento_error err;
  TENTO_TRY(to_result(found.table->load(found.self, call(), &row, str(name), &sink, &err), err));
  return out;
}

Result<Transaction> SyncState::begin(const Uuid& row_id, const Span& window, Mode mode) const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  const tento_uuid row = row_id.to_abi();
  const tento_span span = window.to_abi();
  std::uint64_t handle = 0;
  tento_error err;
  TENTO_TRY(to_result(
      found.table->begin(found.self, call(), &row, static_cast<std::uint32_t>(mode), &span, &handle, &err), err));
  return Transaction(found.table, found.self, call(), handle);
}

}  // namespace tento
