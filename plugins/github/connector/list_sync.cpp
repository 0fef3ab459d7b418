// SPDX-License-Identifier: Apache-2.0
// Pages into transactions, without a copy of a record.
#include "list_sync.hpp"

namespace github::rows {

using tento::Result;

namespace {

// What the store will not keep (nesting beyond its depth) came from the service: the error says from where.
Result<void> located(Result<void> put, const List& list) {
  if (put || put.error().code != tento::ErrorCode::invalid_data) return put;
  tento::Error error = std::move(put).error();
  error.message = list.where() + ": " + error.message;
  error.error_class = tento::ErrorClass::provider;
  error.tag = "github_bad_answer";
  return tento::fail(std::move(error));
}

}  // namespace

std::function<void(const OddRecord&)> into(tento::SkippedRecords& skipped) {
  return [&skipped](const OddRecord& odd) { skipped.skip(odd.what, odd.why, odd.id); };
}

Result<PageFacts> put_page(const Run& run, List& list, tento::Transaction& txn,
                           const std::function<Result<void>(const Record&)>& each,
                           const std::function<void(std::string_view id)>& odd) {
  PageFacts facts;
  TENTO_TRY_ASSIGN(const tento::Instant now, run.deps.now());
  const auto take = [&](const Record& record) -> Result<void> {
    if (each) TENTO_TRY(each(record));
    if (const auto at = record.date.instant(); at && (!facts.oldest || *at < *facts.oldest)) facts.oldest = *at;
    // All are in UTC and of one form, so that their texts sort as they do. One that is not a time, or of next year,
    // would keep everything from being asked until then.
    if (record.updated_at > facts.newest_update && tento::looked_at(record.updated_at, now, clock_skew)) {
      facts.newest_update = record.updated_at;
    }
    tento::CellView cell(record.id, record.date, record.json);
    cell.version = record.updated_at;
    return located(txn.add_borrowed(cell), list);
  };
  const auto keep_out = [&](const OddRecord& one) {
    run.skipped.skip(one.what, one.why, one.id);
    if (odd && !one.id.empty()) odd(one.id);
  };
  TENTO_TRY_ASSIGN(facts.records, list.each(take, keep_out));
  TENTO_TRY(located(txn.flush(), list));
  return facts;
}

void cover(std::vector<tento::Coverage>& out, std::optional<tento::SemanticTime> from,
           std::optional<tento::SemanticTime> to, tento::Coverage::State state) {
  const auto start = moment(from);
  const auto end = moment(to);
  if (start && end && *start >= *end) return;
  tento::Coverage said;
  said.span = {std::move(from), std::move(to)};
  said.state = state;
  if (state == tento::Coverage::State::failed) said.error_class = tento::ErrorClass::provider;
  out.push_back(std::move(said));
}

std::optional<tento::Instant> moment(const std::optional<tento::SemanticTime>& side) {
  if (!side) return std::nullopt;
  return tento::utc_range(*side).from;
}

Result<std::string> load(const Run& run, std::string_view name) {
  TENTO_TRY_ASSIGN(auto value, run.deps.load_cursor(run.row_id, name));
  return std::move(value).value_or("");
}

std::string utc_text(tento::Instant at) {
  return tento::look_text(at);
}

std::optional<tento::Instant> read_utc(std::string_view text) {
  const auto time = tento::SemanticTime::parse(text);
  return time ? time->instant() : std::nullopt;
}

}  // namespace github::rows
