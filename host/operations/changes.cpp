// SPDX-License-Identifier: Apache-2.0
// change list: what became of cells behind a cursor, in commit order.
#include "host/operations/changes.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "host/base/json.hpp"
#include "host/model/time_text.hpp"
#include "host/model/version_text.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/rows.hpp"
#include "host/services/change_reader.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t default_changes = 1000;
constexpr std::int64_t most_changes = 10'000;

bool is_gone(const Change& change) {
  return change.kind == ChangeKind::deleted || change.kind == ChangeKind::row_gone;
}

const Columns<Change>& change_columns() {
  static const Columns<Change> all{
      {{.name = "kind", .help = "added, updated, deleted, or row_gone: the row went with all its cells"},
       [](const Change& change) -> Field { return std::string(to_string(change.kind)); }},
      {{.name = "key", .help = "lookup key"},
       [](const Change& change) -> Field { return std::string(change.lookup_key); }},
      {{.name = "id", .nullable = true},
       [](const Change& change) { return text_or_absent(std::string(change.cell.id)); }},
      {{.name = "date", .nullable = true, .help = "semantic time"},
       [](const Change& change) { return time_or_absent(change.cell.date); }},
      {{.name = "end_date", .nullable = true, .help = "semantic time"},
       [](const Change& change) { return time_or_absent(change.cell.end_date); }},
      {{.name = "data", .type = FieldType::json, .nullable = true, .help = "absent for what is gone"},
       [](const Change& change) { return is_gone(change) ? Field() : Field(Json{std::string(change.cell.data)}); }},
      {{.name = "version",
        .nullable = true,
        .help = "of the cell, as --if-version takes it; absent for what is gone or has none",
        .only_in_data = true},
       [](const Change& change) { return text_or_absent(version_text(change.cell.version)); }},
      {{.name = "cursor", .help = "behind this change", .only_in_data = true},
       [](const Change& change) -> Field { return change.cursor(); }},
  };
  return all;
}

// One page of the feed, read a part at a time.
class ChangePage {
 public:
  ChangePage(ChangeReader reader, std::string cursor, std::size_t limit)
      : reader_(std::move(reader)), cursor_(std::move(cursor)), left_(limit) {}

  // The next part, which is held until it is visited.
  Result<void> read() {
    std::size_t bytes = 0;
    TENTO_TRY_ASSIGN(auto end, reader_.read(cursor_, left_, [&](const Change& change) {
      held_.push_back(change_columns().record(change));
      bytes += change.cell.data.size() + sizeof(Record) + sizeof(Field) * held_.back().size();
      return bytes < bytes_of_part;
    }));
    cursor_ = std::move(end.cursor);
    more_ = end.more;
    bytes_ += bytes;
    left_ -= std::min(left_, held_.size());
    // A part without any, of rows that the caller may not see, is enough for one page.
    last_ = !more_ || left_ == 0 || held_.empty() || bytes_ >= ChangeStore::most_bytes;
    return {};
  }
  // False: that was the last part.
  Result<bool> visit(const RecordVisitor& visit) {
    if (held_.empty() && !last_) TENTO_TRY(read());
    Output part;
    part.records = std::exchange(held_, {});
    TENTO_TRY(visit_part(part, visit));
    return !last_;
  }
  [[nodiscard]] const std::string& cursor() const { return cursor_; }
  [[nodiscard]] bool more() const { return more_; }

 private:
  static constexpr std::size_t bytes_of_part = std::size_t{128} << 10;  // and one change more
  ChangeReader reader_;
  std::string cursor_;
  std::size_t left_;
  std::size_t bytes_ = 0;
  bool more_ = true, last_ = false;
  std::vector<Record> held_;
};

Result<Output> list_changes(HostContext& ctx, const Args& args) {
  const auto limit = args.integer("limit").value_or(default_changes);
  if (limit < 1 || limit > most_changes)
    return fail(usage_error("{param:limit} must be from 1 to " + std::to_string(most_changes),
                            "ask again from the next cursor"));
  TENTO_TRY_ASSIGN(auto viewer, viewer_of(ctx));
  const auto page = std::make_shared<ChangePage>(ChangeReader(ctx.host.store, ctx.host.dispatcher, std::move(viewer)),
                                                 args.text("cursor"), static_cast<std::size_t>(limit));
  TENTO_TRY(page->read());
  Output out;
  out.columns = change_columns().columns();
  out.list_name = "changes";
  out.parts = [page](const RecordVisitor& visit) { return page->visit(visit); };
  out.extras = [page]() -> Result<std::vector<std::pair<std::string, Json>>> {
    std::string text;
    append_json_string(text, page->cursor());
    return std::vector<std::pair<std::string, Json>>{{"cursor", Json{std::move(text)}},
                                                     {"more", Json{page->more() ? "true" : "false"}}};
  };
  return out;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::added:
      return "added";
    case ChangeKind::updated:
      return "updated";
    case ChangeKind::deleted:
      return "deleted";
    case ChangeKind::row_gone:
      return "row_gone";
  }
  return "updated";
}

void append_change_json(std::string& out, const Change& change) {
  JsonWriter json(out);
  json.begin_object().member("kind", to_string(change.kind)).member("key", change.lookup_key);
  if (change.kind != ChangeKind::row_gone) {
    const auto time = [&json](std::string_view name, const tento_semantic_time& value) {
      json.key(name);
      if (value.kind == TENTO_TIME_NONE) {
        json.null();
        return;
      }
      std::array<char, widest_semantic_time> text;
      const char* end = write_semantic_time(text.data(), value);
      json.text({text.data(), static_cast<std::size_t>(end - text.data())});
    };
    json.member_or_null("id", change.cell.id);
    time("date", change.cell.date);
    time("end_date", change.cell.end_date);
    if (change.kind != ChangeKind::deleted)
      json.key("data").raw(change.cell.data).member_or_null("version", version_text(change.cell.version));
  }
  json.end_object();
}

std::vector<Operation> change_operations() {
  return {{"change",
           "list",
           Scope::read,
           Authority::user,
           {{.name = "cursor",
             .help = "go on behind this one, as the last answer or event gave it; without it from the beginning",
             .value_name = "CURSOR"},
            {.name = "limit", .type = ParamType::integer, .help = "at most so many (1000)", .value_name = "N"}},
           list_changes,
           "list what became of cells, each at its latest change, in the order of the commits",
           {Method::get, "/api/changes"},
           {.columns = change_columns().columns(),
            .list = "changes",
            .extras = {{.name = "cursor", .help = "behind all that was told"},
                       {.name = "more", .type = FieldType::boolean, .help = "whether there is more behind it"}}},
           Answers::later}};
}

}  // namespace tento::host
