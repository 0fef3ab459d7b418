// SPDX-License-Identifier: Apache-2.0
// The canonical dump, and what is forgotten.
#include <algorithm>
#include <set>

#include "host/base/encoding.hpp"
#include "host/base/json.hpp"
#include "host/store/cell_codec.hpp"
#include "host/store/cells_json.hpp"
#include "host/store/coverage_spans.hpp"
#include "host/store/memory/stores.hpp"

namespace tento::host::memory {

namespace {

class Dump {
 public:
  explicit Dump(const Data& data) {
    auto users = data.users;
    std::sort(users.begin(), users.end(), [](const auto& a, const auto& b) { return a.record.name < b.record.name; });
    for (const auto& user : users) {
      owner_ = user.record.name;
      for (const auto* row : rows_of(data, user.record.id)) add(*row);
    }
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  void add(const Row& row) {
    const auto& key = row.record.lookup_key;
    for (const auto* entry : cells_in(row, {})) {
      const auto& [ident, cell] = *entry;
      auto json = begin("cell", key);
      json.member("id", host::id_of(ident)).key("date");
      std::string date;
      append_semantic_time(date, unpack_time(cell.date, cell.start_us));
      json.text(date).key("span").begin_array().number(cell.start_us).number(cell.end_us).end_array();
      json.member("hash", hex(cell.hash)).end_object();
    }
    for (const auto& span : joined(row.coverage)) {
      auto json = begin("coverage", key);
      json.key("span").begin_array().number(span.span.from_us).number(span.span.to_us).end_array();
      json.member("state", span.state).member("error_class", span.error_class).end_object();
    }
    for (const auto& [name, value] : row.cursors)
      begin("cursor", key).member("name", name).member("value", hex(value)).end_object();
  }

  JsonWriter begin(std::string_view what, std::string_view row) {
    JsonWriter json(lines_.emplace_back());
    json.begin_object().member("what", what).member("owner", owner_).member("row", row);
    return json;
  }

  std::string owner_;
  std::vector<std::string> lines_;
};

}  // namespace

Result<void> MemoryMaintenance::dump(const JsonLine& line) {
  for (const auto& text : state_.read([](const Data& data) { return Dump(data).take(); }))
    if (!line(text)) break;
  return {};
}

// The newest commit that is old stays, as the first place that a cursor can stand at; so do those of cells that are
// there, which say when these changed.
Result<std::uint64_t> MemoryMaintenance::drop_changes(std::int64_t before_us) {
  return state_.write([&](Data& data) -> Result<std::uint64_t> {
    std::uint64_t deletions = 0;
    for (auto& [user, feed] : data.feeds) {
      std::int64_t newest = 0;
      for (const auto& [seq, commit] : feed.commits)
        if (commit.at_us < before_us) newest = seq;
      if (newest <= feed.dropped) continue;
      feed.dropped = newest;
      std::erase_if(feed.gone_rows, [&](const auto& gone) { return gone.second.at_us < before_us; });
      std::set<std::int64_t> of_cells;
      for (auto& [id, row] : data.rows) {
        if (row.record.owner != user) continue;
        for (const auto& [ident, cell] : row.cells) of_cells.insert(cell.change_seq);
        deletions += std::erase_if(row.tombstones, [&, &commits = feed.commits](const auto& tombstone) {
          const auto commit = commits.find(tombstone.second.change_seq);
          return commit != commits.end() && commit->second.at_us < before_us;
        });
      }
      std::erase_if(feed.commits, [&, dropped = feed.dropped](const auto& commit) {
        return commit.first < dropped && commit.second.at_us < before_us && !of_cells.contains(commit.first);
      });
    }
    return deletions;
  });
}

Result<bool> MemoryMaintenance::wipe_due() {
  return state_.read([](const Data& data) { return data.unwiped; });
}

// What is erased from memory leaves nothing that another process could read; a secret in the clear stays in use.
Result<void> MemoryMaintenance::wipe() {
  return state_.write([](Data& data) -> Result<void> {
    data.unwiped = std::any_of(data.accounts.begin(), data.accounts.end(), [](const auto& entry) {
      return entry.second.credential && entry.second.credential->key_id.empty();
    });
    return {};
  });
}

}  // namespace tento::host::memory
