// SPDX-License-Identifier: Apache-2.0
// The canonical dump: what a store holds, without how it came to hold it.
#include <array>
#include <string>

#include "host/base/encoding.hpp"
#include "host/base/json.hpp"
#include "host/store/cells_json.hpp"
#include "host/store/sqlite/coverage.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

struct DumpedRow {
  std::int64_t n;
  std::string owner;
  std::string key;
};

class Dump {
 public:
  Dump(Connection& db, const JsonLine& give) : db_(db), give_(give) {}

  void run() {
    const Snapshot snapshot(db_);  // the lines belong together
    for (const auto& row : rows())
      if (!cells(row) || !coverage(row) || !cursors(row)) return;
  }

 private:
  std::vector<DumpedRow> rows() {
    std::vector<DumpedRow> out;
    auto q = db_.use(
        "SELECT rows.n, owners.name, rows.lookup_key FROM rows JOIN owners ON owners.id = rows.owner "
        "ORDER BY owners.name, rows.lookup_key");
    while (q->step()) out.push_back({q->integer(0), q->text(1), q->text(2)});
    return out;
  }

  // Begins a line of a row.
  JsonWriter begin(std::string_view what, const DumpedRow& row) {
    line_.clear();
    JsonWriter json(line_);
    json.begin_object().member("what", what).member("owner", row.owner).member("row", row.key);
    return json;
  }

  bool end(JsonWriter& json) {
    json.end_object();
    return give_(line_);
  }

  static void add_span(JsonWriter& json, std::int64_t from_us, std::int64_t to_us) {
    json.key("span").begin_array().number(from_us).number(to_us).end_array();
  }

  bool cells(const DumpedRow& row) {
    auto q = db_.use(
        "SELECT ident, date, end_date, start_us, end_us, hash FROM cells WHERE row = ?1 "
        "ORDER BY start_us, end_us DESC, ident");
    q->bind(1, row.n);
    while (q->step()) {
      auto json = begin("cell", row);
      std::string date;
      append_semantic_time(date, unpack_time(q->integer(1), q->integer(3)));
      json.member("id", id_of(q->bytes(0))).member("date", date);
      add_span(json, q->integer(3), q->integer(4));
      json.member("hash", hex(q->bytes(5)));
      if (!end(json)) return false;
    }
    return true;
  }

  bool coverage(const DumpedRow& row) {
    for (const auto& span : joined(read_coverage(db_, row.n))) {
      auto json = begin("coverage", row);
      add_span(json, span.span.from_us, span.span.to_us);
      json.member("state", span.state).member("error_class", span.error_class);
      if (!end(json)) return false;
    }
    return true;
  }

  bool cursors(const DumpedRow& row) {
    auto q = db_.use("SELECT name, value FROM cursors WHERE row = ?1 ORDER BY name");
    q->bind(1, row.n);
    while (q->step()) {
      auto json = begin("cursor", row);
      json.member("name", q->bytes(0)).member("value", hex(q->bytes(1)));
      if (!end(json)) return false;
    }
    return true;
  }

  Connection& db_;
  const JsonLine& give_;
  std::string line_;
};

}  // namespace

Result<void> SqliteMaintenance::dump(const JsonLine& line) {
  return db_.read([&](Connection& db) { Dump(db, line).run(); });
}

}  // namespace tento::host::sqlite
