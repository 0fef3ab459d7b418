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
  void begin(const char* what, const DumpedRow& row) {
    line_ = "{\"what\":\"";
    line_.append(what).append("\",\"owner\":");
    append_json_string(line_, row.owner);
    line_ += ",\"row\":";
    append_json_string(line_, row.key);
  }

  bool end() {
    line_ += '}';
    return give_(line_);
  }

  bool cells(const DumpedRow& row) {
    auto q = db_.use(
        "SELECT ident, date, end_date, start_us, end_us, hash FROM cells WHERE row = ?1 "
        "ORDER BY start_us, end_us DESC, ident");
    q->bind(1, row.n);
    while (q->step()) {
      begin("cell", row);
      line_ += ",\"id\":";
      append_json_string(line_, id_of(q->bytes(0)));
      line_ += ",\"date\":\"";
      append_semantic_time(line_, unpack_time(q->integer(1), q->integer(3)));
      line_ += "\",\"span\":[" + std::to_string(q->integer(3)) + ',' + std::to_string(q->integer(4)) + "],\"hash\":";
      quoted_hex(q->bytes(5));
      if (!end()) return false;
    }
    return true;
  }

  bool coverage(const DumpedRow& row) {
    for (const auto& span : joined(read_coverage(db_, row.n))) {
      begin("coverage", row);
      line_ += ",\"span\":[" + std::to_string(span.span.from_us) + ',' + std::to_string(span.span.to_us) +
               "],\"state\":" + std::to_string(span.state) + ",\"error_class\":" + std::to_string(span.error_class);
      if (!end()) return false;
    }
    return true;
  }

  bool cursors(const DumpedRow& row) {
    auto q = db_.use("SELECT name, value FROM cursors WHERE row = ?1 ORDER BY name");
    q->bind(1, row.n);
    while (q->step()) {
      begin("cursor", row);
      line_ += ",\"name\":";
      append_json_string(line_, q->bytes(0));
      line_ += ",\"value\":";
      quoted_hex(q->bytes(1));
      if (!end()) return false;
    }
    return true;
  }

  void quoted_hex(std::string_view bytes) {
    line_ += '"';
    append_hex(line_, bytes);
    line_ += '"';
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
