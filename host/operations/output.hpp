// SPDX-License-Identifier: Apache-2.0
// What an operation answers: records with named columns, held or streamed. Knows nothing of terminals or HTTP.
#pragma once

#include <tento/time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/base/pending.hpp"

namespace tento::host {

// JSON text that is copied as it is.
struct Json {
  std::string text;
};
struct JsonView {
  std::string_view text;
};

// One value of a record; monostate = absent (JSON null).
using Field = std::variant<std::monostate, bool, std::int64_t, std::string, Json, std::vector<std::string>>;
// The same, borrowed until the visitor returns.
using FieldView =
    std::variant<std::monostate, bool, std::int64_t, std::string_view, JsonView, std::span<const std::string>>;
using Record = std::vector<Field>;

// What a part is for, as the row that it belongs to says.
enum class PartRole { none, title, value, category, start, end, url };

// A part of a column of JSON objects, for faces that show flat tables, and for calendars.
struct ColumnPart {
  std::string pointer;  // JSON Pointer (RFC 6901) into the column's value
  std::string title;
  PartRole role = PartRole::none;
  std::string unit = {};  // UCUM, or empty
};

enum class FieldType { text, integer, boolean, time, json, list };

struct Column {
  std::string name;
  FieldType type = FieldType::text;
  bool nullable = false;  // may be absent
  std::string_view help = {};
  bool count_in_table = false;         // a terminal table shows how many entries a list has, not the list
  bool only_in_data = false;           // not shown in a terminal table (details, digests)
  bool on_request = false;             // left out of answers that were not asked for with it
  bool internal = false;               // no document shows it; what a format needs beside the others
  std::vector<ColumnPart> parts = {};  // shown in place of the column in tables and CSV
};

// False = enough.
using RecordVisitor = std::function<bool(std::span<const FieldView>)>;
// One piece of text. False = enough.
using TextVisitor = std::function<bool(std::string_view)>;

// What records of dated cells (columns id, date, end_date, data, updated_us) need to be a calendar.
struct CalendarInfo {
  std::string id;                 // of the row; begins the entries' own ids
  std::string name;               // what people call it
  std::int64_t refresh_s = 3600;  // how often it is worth asking again
  std::string encoding = {};      // of the row's data, or empty; one that the calendar knows has more to show
};

struct Output {
  std::vector<Column> columns;
  bool single = false;  // one record, not a list
  std::vector<Record> records;
  std::function<Result<void>(const RecordVisitor&)> stream;  // instead of records: visits all of them
  // Instead of records: visits the next part of them, and holds nothing until it is called again. False: it was the
  // last.
  std::function<Result<bool>(const RecordVisitor&)> parts;
  // With a name, the JSON document is an object that holds the list under it, and `extras` beside it.
  std::string list_name;
  std::function<Result<std::vector<std::pair<std::string, Json>>>()> extras;  // asked for after the records
  std::function<Result<void>(const TextVisitor&)>
      text;  // a text of its own in place of records, the same in every format
  std::optional<CalendarInfo> calendar;
  // Names what the records are made from: while it is the same, so are they, and with `beside` the extras, too. Faces
  // can tell a reader that nothing has changed before anything is read. Empty = nobody can say.
  std::string state;
  std::string beside;
  std::string version;             // of a single record, as a write takes it back; empty = it has none
  std::vector<std::string> notes;  // lines for people, beside the result
  bool accepted = false;           // what was asked for is under way, not done
  std::optional<Error> then;       // what is wrong although the result is here; said after it
  // In place of everything else: the output is not there yet.
  std::shared_ptr<Pending<Output>> pending;
};

// An output that is made of what is pending.
template <class From>
[[nodiscard]] Output pending_output(std::shared_ptr<Pending<From>> first, std::function<Result<Output>(From)> make) {
  Output out;
  out.pending = std::make_shared<MappedPending<Output, From>>(
      std::move(first), [make = std::move(make)](Result<From> ended) -> Result<Output> {
        if (!ended) return fail(std::move(ended).error());
        return make(std::move(*ended));
      });
  return out;
}

// Visits the next part of the records, which is all of them where they do not come in parts. False: it was the last.
[[nodiscard]] Result<bool> visit_part(const Output& output, const RecordVisitor& visit);
// Visits the records, held or streamed.
[[nodiscard]] Result<void> for_each_record(const Output& output, const RecordVisitor& visit);

// Moments as RFC 3339 text in UTC, to the second; absent for 0 and the extremes.
[[nodiscard]] Field time_field(std::int64_t unix_us);
[[nodiscard]] Field time_or_absent(const tento_semantic_time& time);  // as the text of a semantic time
[[nodiscard]] Field text_or_absent(std::string text);
[[nodiscard]] Field count_field(std::uint64_t count);

}  // namespace tento::host
