// SPDX-License-Identifier: Apache-2.0
// The stored ids against those that were seen.
#include "sweep.hpp"

#include <algorithm>

namespace github::rows {

using tento::Result;

void SeenIds::add(std::string_view id) {
  hashes_.push_back(std::hash<std::string_view>{}(id));
  sorted_ = false;
}

bool SeenIds::has(std::string_view id) {
  if (!sorted_) std::sort(hashes_.begin(), hashes_.end());
  sorted_ = true;
  return std::binary_search(hashes_.begin(), hashes_.end(), std::hash<std::string_view>{}(id));
}

Result<bool> sweep(const Run& run, std::string_view lookup_key, SeenIds& seen, const AskOne& ask,
                   tento::Transaction& txn) {
  std::vector<std::string> missing;
  TENTO_TRY(run.deps.read_cells(lookup_key, {}, [&](const tento::CellView& cell) -> Result<void> {
    if (seen.has(cell.id)) return {};
    if (missing.size() == most_asked) return tento::stopped();
    missing.emplace_back(cell.id);
    return {};
  }));
  for (const std::string& id : missing) {
    TENTO_TRY(run.call.proceed());
    const auto asked = ask(id);
    if (!asked && asked.error().tag == "github_bad_answer") {  // the service has it: what is held of it stays
      run.skipped.skip("record " + id, asked.error().message, id);
      continue;
    }
    if (!asked) return tento::fail(asked.error());
    if (const std::optional<Single>& found = *asked) {
      tento::CellView cell(found->id, found->date, found->json);
      cell.version = found->updated_at;
      TENTO_TRY(txn.add(cell));
    } else {
      TENTO_TRY(txn.add(tento::CellView::tombstone(id)));
    }
  }
  return missing.size() < most_asked;
}

}  // namespace github::rows
