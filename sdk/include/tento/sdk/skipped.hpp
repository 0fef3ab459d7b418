// SPDX-License-Identifier: Apache-2.0
/// @file skipped.hpp
/// Records that are not understood. One odd record must not hide a whole list: it is kept out, counted and named, and
/// the rest goes on. The run is `partial` then and says which ones and why. An answer that makes no sense as a whole is
/// an error as ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cell.hpp"
#include "context.hpp"
#include "result.hpp"
#include "sync_state.hpp"

namespace tento {

/// What one sync (or one reading of a list) kept out. A value; not thread-safe.
///
///     for (const auto& item : page) {
///       auto record = read_record(item);
///       if (!record) {
///         skipped.skip("activity " + id_of(item), record.error().message);
///         continue;
///       }
///       ...
///     }
///     ...
///     return skipped.into(Synced(seen));
class SkippedRecords {
 public:
  /// Bytes of a note that cross the ABI.
  static constexpr std::size_t most_note = 511;

  /// Counts one. `what` names it for people (`event abc`, or where it stands in the list when it has no id), `why` says
  /// what is wrong with it; neither may hold a secret. `cell_id` is the id of the cell that the record would have been,
  /// where it is known: see delete_rest.
  void skip(std::string_view what, std::string_view why, std::string_view cell_id = {});
  /// How many were kept out.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The first ones and why, on one line of valid UTF-8, at most most_note bytes: `event a: it has no start; and 3
  /// more`. Empty when there are none.
  [[nodiscard]] std::string note() const;
  /// The same as a sentence, for the log of a list that is not a sync: `2 records of the list of calendars are kept
  /// out: calendar 7: it has no id; ...`. Empty when there are none.
  [[nodiscard]] std::string sentence(std::string_view list) const;
  /// `done` with the count and the note: what a sync returns.
  [[nodiscard]] Synced into(Synced done) const;
  /// Forgets everything, for a list that is read again from its beginning.
  void clear() { *this = SkippedRecords(); }

  /// In the place of Mode::replace, for lists in which a record may be odd: deletes, within a transaction of
  /// Mode::merge and before its commit, what the row holds in `window` and `listed` does not take, but nothing whose
  /// record was skipped. Mode::replace would delete that as well, though the service has it and it only cannot be read
  /// today. `ctx` is the sync's; `listed` takes the id of a cell and says whether it was put. For rows whose cells have
  /// ids.
  template <class Ctx, class Listed>
  Result<void> delete_rest(const Ctx& ctx, Transaction& txn, const Span& window, Listed&& listed) const {
    std::vector<std::string> gone;  // a sink must not write
    TENTO_TRY(ctx.deps.read_cells(ctx.lookup_key, window, [&](const CellView& cell) {
      if (!listed(cell.id) && !has_id(cell.id)) gone.emplace_back(cell.id);
    }));
    for (const std::string& id : gone) {
      TENTO_TRY(txn.add(CellView::tombstone(id)));
    }
    return {};
  }
  /// Whether a record with the id of this cell was skipped.
  [[nodiscard]] bool has_id(std::string_view cell_id) const { return ids_.find(cell_id) != ids_.end(); }

 private:
  std::uint64_t count_ = 0;
  std::vector<std::string> first_;  // texts, as many as the note may hold
  std::size_t bytes_ = 0;           // of `first_`, as the note joins them
  std::set<std::string, std::less<>> ids_;
};

}  // namespace tento
