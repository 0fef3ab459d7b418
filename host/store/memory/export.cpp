// SPDX-License-Identifier: Apache-2.0
// All that is a user's as JSON lines, but what accounts and tokens authenticate with.
#include <algorithm>

#include "host/base/encoding.hpp"
#include "host/base/json.hpp"
#include "host/store/cell_codec.hpp"
#include "host/store/cells_json.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

class Export {
 public:
  Export(const Data& data, const Uuid& owner) : data_(data), owner_(owner) {
    user();
    accounts();
    tokens();
    grants();
    for (const auto* row : rows_of(data, owner)) {
      add(*row);
      runs(row->record);
    }
    audit();
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  JsonWriter begin(std::string_view what) {
    JsonWriter json(lines_.emplace_back());
    json.begin_object().member("what", what);
    return json;
  }
  JsonWriter begin(std::string_view what, const RowRecord& row) {
    auto json = begin(what);
    json.member("row", row.lookup_key);
    return json;
  }
  static void add_json(JsonWriter& json, std::string_view name, std::string_view value) {
    json.key(name).raw(value.empty() ? "null" : value);
  }
  static void add_time(JsonWriter& json, std::string_view name, std::int64_t date, std::int64_t moment_us) {
    const auto time = unpack_time(date, moment_us);
    std::string text;
    if (time.kind != TENTO_TIME_NONE) append_semantic_time(text, time);
    json.member_or_null(name, text);
  }

  void user() {
    if (const auto* user = find_user(data_, owner_))
      begin("user")
          .member("id", owner_.text())
          .member("name", user->record.name)
          .member("zone", user->record.time_zone)
          .member("created_us", user->created_us)
          .end_object();
  }

  void accounts() {
    for (const auto& [id, account] : data_.accounts) {
      const auto& a = account.record;
      if (a.owner != owner_) continue;
      auto json = begin("account");
      json.member("provider", a.provider).member("integration", a.integration).member("kind", a.kind);
      json.member("id", a.auth_id).member("label", a.label).member("scopes", a.scopes).member("zone", a.time_zone);
      add_json(json, "settings", a.settings_json);
      json.member("created_us", a.created_us).member("expires_us", a.expires_us);
      json.member("refreshed_us", a.refreshed_us).member("problem", a.problem).end_object();
    }
  }

  void tokens() {
    std::vector<TokenRecord> of_owner;
    for (const auto& [id, token] : data_.tokens)
      if (token.owner == owner_) of_owner.push_back(token);
    std::stable_sort(of_owner.begin(), of_owner.end(),
                     [](const auto& a, const auto& b) { return a.created_us < b.created_us; });
    for (const auto& token : of_owner) {
      std::string scopes;
      for (const auto& scope : token.scopes) scopes.append(scopes.empty() ? "" : " ").append(scope);
      begin("token")
          .member("id", token.id)
          .member("name", token.name)
          .member("scopes", scopes)
          .member("created_us", token.created_us)
          .member("expires_us", token.expires_us)
          .member("last_used_us", token.last_used_us)
          .member("revoked_us", token.revoked_us)
          .end_object();
    }
  }

  void grants() {
    for (const auto& [id, grant] : data_.grants)
      if (grant.owner == owner_)
        begin("grant")
            .member("key", grant.prefix)
            .member("verbs", grant.verbs)
            .member("created_us", grant.created_us)
            .member("to", find_user(data_, grant.grantee)->record.name)
            .end_object();
  }

  void add(const Row& row) {
    const auto& r = row.record;
    auto json = begin("row", r);
    json.member("id", r.id.text()).member("provider", r.provider).member("integration", r.integration);
    json.member("pattern", r.pattern).member("label", r.label);
    add_json(json, "attributes", r.attributes_json);
    json.member("created_us", r.created_us).end_object();
    for (const auto* entry : cells_in(row, {})) {
      const auto& [ident, cell] = *entry;
      auto line = begin("cell", r);
      line.member("id", host::id_of(ident));
      add_time(line, "date", cell.date, cell.start_us);
      add_time(line, "end_date", cell.end_date, cell.end_us);
      add_json(line, "data", cell.data);
      if (!cell.version.empty()) line.member("version_hex", hex(cell.version));
      if (!cell.raw.empty()) line.member("raw_hex", hex(cell.raw));
      line.end_object();
    }
    for (const auto& span : row.coverage)
      begin("coverage", r)
          .member("from_us", span.span.from_us)
          .member("to_us", span.span.to_us)
          .member("state", span.state)
          .member("reason", span.reason)
          .member("asked_us", span.asked_us)
          .end_object();
    for (const auto& [name, value] : row.cursors)
      begin("cursor", r).member("name", name).member("value_hex", hex(value)).end_object();
  }

  void runs(const RowRecord& row) {
    for (const auto& [id, run] : data_.runs)
      if (run.row == row.id)
        begin("run", row)
            .member("id", id)
            .member("stage", run.stage)
            .member("status", to_string(run.status))
            .member("started_us", run.started_us)
            .member("ended_us", run.ended_us)
            .member("added", run.counts.added)
            .member("updated", run.counts.updated)
            .member("deleted", run.counts.deleted)
            .member("skipped", run.skipped)
            .member("skipped_note", run.skipped_note)
            .member("message", run.message)
            .member("error", run.error ? run.error->message : std::string())
            .end_object();
  }

  void audit() {
    for (const auto& [id, entry] : data_.audit)
      if (entry.owner == owner_)
        begin("audit")
            .member("at_us", entry.at_us)
            .member("actor", entry.actor)
            .member("token", entry.token)
            .member("operation", entry.operation)
            .member("target", entry.target)
            .member("outcome", entry.outcome)
            .end_object();
  }

  const Data& data_;
  Uuid owner_;
  std::vector<std::string> lines_;
};

}  // namespace

Result<void> MemoryUsers::export_to(const Uuid& id, const JsonLine& line) {
  for (const auto& text : state_.read([&](const Data& data) { return Export(data, id).take(); }))
    if (!line(text)) break;
  return {};
}

}  // namespace tento::host::memory
