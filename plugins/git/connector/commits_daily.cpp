// SPDX-License-Identifier: Apache-2.0
// The row of days: computed from the stored commits, one cell a day in the author's offset.
#include <tento/sdk/batch.hpp>
#include <tento/sdk/deps.hpp>

#include "day_book.hpp"
#include "rows.hpp"
#include "slots.hpp"

namespace tento::git {
namespace {

constexpr auto fields =
    tento::fields(field("/commits").label("Commits").type(FieldType::integer).role(FieldRole::value),
                  field("/insertions").label("Lines added").type(FieldType::integer),
                  field("/deletions").label("Lines removed").type(FieldType::integer),
                  field("/files_changed").label("Files changed").type(FieldType::integer),
                  field("/authors").label("Authors").type(FieldType::array));

constexpr std::string_view suffix = ":daily";

// Sends batches to the reader.
class Reader final : public BatchTarget {
 public:
  explicit Reader(const tento_cell_sink& sink) : sink_(sink) {}
  Result<void> put(const tento_cell_batch& batch) override {
    tento_error err;
    return to_result(sink_.put(&sink_, &batch, &err), err);
  }

 private:
  const tento_cell_sink& sink_;
};

Date shifted(Date day, int days) {
  return Date(std::chrono::sys_days(day) + std::chrono::days(days));
}

// The day a bound of the window falls on, for the account.
Result<Date> day_of(const HostClock& clock, std::string_view zone, const SemanticTime& time,
                    std::chrono::microseconds shift) {
  if (!time.instant()) return time.start();
  return clock.local_day(zone, *time.instant() + shift);
}

Result<void> list_days(const tento_read_ctx& ctx, const tento_cell_sink& sink) {
  const tento_call& call = *ctx.at->call;
  const HostClock clock(call);
  const std::string_view zone = view(call.account->time_zone);
  TENTO_TRY_ASSIGN(const Span window, Span::from_abi(ctx.window));
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
  if (first) stored.from = SemanticTime(PartialDate::ymd(shifted(*first, -2)));
  if (last) stored.to = SemanticTime(PartialDate::ymd(shifted(*last, 2)));

  Reader reader(sink);
  CellWriter writer(reader);
  DayBook book(first, last, [&](const PartialDate& day, const std::string& data) {
    CellView cell;
    cell.date = SemanticTime(day).to_abi();
    cell.data = data;
    return writer.add(cell);
  });
  bool enough = false;
  std::string_view key = view(ctx.at->lookup_key);
  key.remove_suffix(suffix.size());
  TENTO_TRY(Backend(call).read_cells(key, stored, [&](const CellView& cell) -> Result<void> {
    auto added = book.add(cell);
    enough = !added && added.error().stopped;
    return added;
  }));
  if (enough) return {};
  TENTO_TRY(book.finish());
  return writer.flush();
}

tento_status list_cells(tento_provider*, tento_client*, const tento_read_ctx* ctx, const tento_cell_sink* sink,
                        tento_error* err) noexcept {
  return slot(err, [&] { return list_days(*ctx, *sink); });
}

}  // namespace

constinit const tento_row commits_daily_row = [] {
  tento_row row = described<fields>(":~git:{authId}:commits:daily", "git-commits-daily");
  row.flags = TENTO_ROW_SINGLE;
  row.list_cells = list_cells;
  return row;
}();

}  // namespace tento::git
