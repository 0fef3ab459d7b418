// SPDX-License-Identifier: Apache-2.0
// All that is an owner's as JSON lines, but what accounts and tokens authenticate with, and the minutes of connecting
// and refreshing them.
#include <array>

#include "host/base/encoding.hpp"
#include "host/base/json.hpp"
#include "host/model/run.hpp"
#include "host/store/cells_json.hpp"
#include "host/store/sqlite/coverage.hpp"
#include "host/store/sqlite/purge.hpp"
#include "host/store/sqlite/stores.hpp"

namespace tento::host::sqlite {

namespace {

// One line, written into a text that outlives it.
class Line {
 public:
  Line(std::string& out, std::string_view what) : out_(out), json_(out) {
    out_.clear();
    json_.begin_object().member("what", what);
  }
  Line& text(std::string_view name, std::string_view value) {
    json_.member(name, value);
    return *this;
  }
  Line& number(std::string_view name, std::int64_t value) {
    json_.member(name, value);
    return *this;
  }
  Line& hex(std::string_view name, std::string_view bytes) {
    auto& out = json_.key(name).value();
    out += '"';
    append_hex(out, bytes);  // of raw bytes there may be many: they are not copied once more
    out += '"';
    return *this;
  }
  // A date, or null.
  Line& time(std::string_view name, const tento_semantic_time& time) {
    std::string text;
    if (time.kind != TENTO_TIME_NONE) append_semantic_time(text, time);
    json_.member_or_null(name, text);
    return *this;
  }
  // JSON as it is; null for none.
  Line& json(std::string_view name, std::string_view value) {
    json_.key(name).raw(value.empty() ? std::string_view("null") : value);
    return *this;
  }
  const std::string& done() {
    json_.end_object();
    return out_;
  }

 private:
  std::string& out_;
  JsonWriter json_;
};

class Export {
 public:
  Export(Connection& db, const Uuid& owner, bool doubted, const JsonLine& give) : db_(db), owner_(owner), give_(give) {
    if (doubted) check_.emplace(db);
  }

  void run() {
    const Snapshot snapshot(db_);  // the lines belong together
    if (!owner() || !accounts() || !tokens() || !grants()) return;
    for (const auto& row : rows_of_owner(db_, owner_))
      if (!of_row(row) || !cells(row) || !coverage(row) || !cursors(row) || !runs(row)) return;
    audit();
  }

 private:
  Line line(std::string_view what) { return {line_, what}; }

  // Gives a line for each record of a question about the owner (?1).
  template <class Make>
  bool each(Query q, const Make& make) {
    q->bind(1, owner_);
    while (q->step())
      if (!give_(make(q).done())) return false;
    return true;
  }

  bool owner() {
    return each(db_.use("SELECT name, time_zone, created_us FROM owners WHERE id = ?1"), [this](const Query& q) {
      return line("user")
          .text("id", owner_.text())
          .text("name", q->bytes(0))
          .text("zone", q->bytes(1))
          .number("created_us", q->integer(2));
    });
  }

  bool accounts() {
    return each(db_.use("SELECT provider, integration, kind, auth_id, label, scopes, time_zone, settings, created_us, "
                        "expires_us, refreshed_us, problem FROM accounts WHERE owner = ?1 ORDER BY provider, auth_id"),
                [this](const Query& q) {
                  return line("account")
                      .text("provider", q->bytes(0))
                      .text("integration", q->bytes(1))
                      .text("kind", q->bytes(2))
                      .text("id", q->bytes(3))
                      .text("label", q->bytes(4))
                      .text("scopes", q->bytes(5))
                      .text("zone", q->bytes(6))
                      .json("settings", q->bytes(7))
                      .number("created_us", q->integer(8))
                      .number("expires_us", q->integer(9))
                      .number("refreshed_us", q->integer(10))
                      .text("problem", q->bytes(11));
                });
  }

  bool tokens() {
    return each(db_.use("SELECT id, name, scopes, created_us, expires_us, last_used_us, revoked_us FROM tokens "
                        "WHERE owner = ?1 ORDER BY created_us, id"),
                [this](const Query& q) {
                  return line("token")
                      .text("id", q->bytes(0))
                      .text("name", q->bytes(1))
                      .text("scopes", q->bytes(2))
                      .number("created_us", q->integer(3))
                      .number("expires_us", q->integer(4))
                      .number("last_used_us", q->integer(5))
                      .number("revoked_us", q->integer(6));
                });
  }

  bool grants() {
    return each(
        db_.use("SELECT prefix, verbs, grants.created_us, owners.name FROM grants JOIN owners ON owners.id = grantee "
                "WHERE owner = ?1 ORDER BY grants.id"),
        [this](const Query& q) {
          return line("grant")
              .text("key", q->bytes(0))
              .number("verbs", q->integer(1))
              .number("created_us", q->integer(2))
              .text("to", q->bytes(3));
        });
  }

  bool audit() {
    return each(
        db_.use("SELECT at_us, actor, token, operation, target, outcome FROM audit WHERE owner = ?1 ORDER BY id"),
        [this](const Query& q) {
          return line("audit")
              .number("at_us", q->integer(0))
              .text("actor", q->bytes(1))
              .text("token", q->bytes(2))
              .text("operation", q->bytes(3))
              .text("target", q->bytes(4))
              .text("outcome", q->bytes(5));
        });
  }

  bool of_row(const DoomedRow& row) {
    auto q = db_.use("SELECT provider, integration, pattern, label, attributes, created_us FROM rows WHERE n = ?1");
    q->bind(1, row.n);
    q->step();
    return give_(line("row")
                     .text("row", row.lookup_key)
                     .text("id", row.id.text())
                     .text("provider", q->bytes(0))
                     .text("integration", q->bytes(1))
                     .text("pattern", q->bytes(2))
                     .text("label", q->bytes(3))
                     .json("attributes", q->bytes(4))
                     .number("created_us", q->integer(5))
                     .done());
  }

  bool cells(const DoomedRow& row) {
    auto q = db_.use(
        "SELECT cells.ident, date, end_date, start_us, end_us, data, version, raw FROM cells "
        "LEFT JOIN raws ON raws.row = cells.row AND raws.ident = cells.ident WHERE cells.row = ?1 "
        "ORDER BY start_us, end_us DESC, cells.ident");
    q->bind(1, row.n);
    while (q->step()) {
      if (check_) check_->require(row.n, q->bytes(0));
      auto cell = line("cell");
      cell.text("row", row.lookup_key)
          .text("id", id_of(q->bytes(0)))
          .time("date", unpack_time(q->integer(1), q->integer(3)))
          .time("end_date", unpack_time(q->integer(2), q->integer(4)))
          .json("data", q->bytes(5));
      if (!q->bytes(6).empty()) cell.hex("version_hex", q->bytes(6));
      if (!q->null(7)) cell.hex("raw_hex", q->bytes(7));
      if (!give_(cell.done())) return false;
    }
    return true;
  }

  bool coverage(const DoomedRow& row) {
    for (const auto& span : read_coverage(db_, row.n))
      if (!give_(line("coverage")
                     .text("row", row.lookup_key)
                     .number("from_us", span.span.from_us)
                     .number("to_us", span.span.to_us)
                     .number("state", span.state)
                     .text("reason", span.reason)
                     .number("asked_us", span.asked_us)
                     .done()))
        return false;
    return true;
  }

  bool cursors(const DoomedRow& row) {
    auto q = db_.use("SELECT name, value FROM cursors WHERE row = ?1 ORDER BY name");
    q->bind(1, row.n);
    while (q->step())
      if (!give_(line("cursor")
                     .text("row", row.lookup_key)
                     .text("name", q->bytes(0))
                     .hex("value_hex", q->bytes(1))
                     .done()))
        return false;
    return true;
  }

  bool runs(const DoomedRow& row) {
    auto q = db_.use(
        "SELECT id, stage, status, started_us, ended_us, added, updated, deleted, message, error, skipped, "
        "skipped_note FROM runs "
        "WHERE row = ?1 ORDER BY id");
    q->bind(1, row.n);
    while (q->step())
      if (!give_(line("run")
                     .text("row", row.lookup_key)
                     .number("id", q->integer(0))
                     .text("stage", q->bytes(1))
                     .text("status", to_string(static_cast<RunStatus>(q->integer(2))))
                     .number("started_us", q->integer(3))
                     .number("ended_us", q->integer(4))
                     .number("added", q->integer(5))
                     .number("updated", q->integer(6))
                     .number("deleted", q->integer(7))
                     .number("skipped", q->integer(10))
                     .text("skipped_note", q->bytes(11))
                     .text("message", q->bytes(8))
                     .text("error", q->bytes(9))
                     .done()))
        return false;
    return true;
  }

  Connection& db_;
  const Uuid& owner_;
  const JsonLine& give_;
  std::optional<CellCheck> check_;
  std::string line_;
};

}  // namespace

Result<void> SqliteUsers::export_to(const Uuid& id, const JsonLine& line) {
  return db_.read([&](Connection& db) { Export(db, id, db_.doubted(), line).run(); });
}

}  // namespace tento::host::sqlite
