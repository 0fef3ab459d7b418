// SPDX-License-Identifier: Apache-2.0
// SQLite's own checks, and what the program relies on beyond them.
#include "host/store/sqlite/check.hpp"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <utility>

#include "host/base/text.hpp"
#include "host/store/sqlite/cell_check.hpp"
#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/files.hpp"
#include "host/store/sqlite/mark.hpp"
#include "host/store/sqlite/schema.hpp"

namespace tento::host {

namespace sqlite {

namespace {

constexpr std::size_t most_problems = 20;

// What no foreign key says. Each gives how many break it.
struct Invariant {
  int since_schema;
  int until_schema;
  const char* count;
  const char* what;
};
constexpr int still = INT_MAX;
constexpr std::array invariants{
    Invariant{1, still, "SELECT count(*) FROM cells WHERE row NOT IN (SELECT n FROM rows)",
              "cells of rows that are not there"},
    Invariant{1, still, "SELECT count(*) FROM cells WHERE end_us < start_us", "cells that end before they start"},
    Invariant{1, 6, "SELECT count(*) FROM cells WHERE change_seq NOT IN (SELECT seq FROM commits)",
              "cells whose commit is not there"},
    Invariant{7, still,
              "SELECT count(*) FROM cells WHERE NOT EXISTS(SELECT 1 FROM commits WHERE commits.feed = cells.feed AND "
              "seq = change_seq)",
              "cells whose commit is not there"},
    Invariant{1, still, "SELECT count(*) FROM cells JOIN tombstones USING(row, ident)", "cells that are deleted, too"},
    Invariant{1, still,
              "SELECT count(*) FROM raws WHERE NOT EXISTS(SELECT 1 FROM cells WHERE cells.row = raws.row AND "
              "cells.ident = raws.ident)",
              "originals of cells that are not there"},
    Invariant{2, 6,
              "SELECT count(*) FROM meta WHERE name = 'dropped_seq' AND value > (SELECT coalesce(max(seq), 0) FROM "
              "commits)",
              "deletions forgotten that were not made yet"},
    Invariant{7, still, "SELECT count(*) FROM feeds WHERE dropped > head",
              "deletions forgotten that were not made yet"},
    Invariant{7, still, "SELECT count(*) FROM owners WHERE id NOT IN (SELECT owner FROM feeds)",
              "users without a feed"},
    Invariant{7, still,
              "SELECT count(*) FROM feeds WHERE head > latest OR accounts > latest OR head <> (SELECT "
              "coalesce(max(seq), 0) FROM commits WHERE feed = n)",
              "feeds whose latest commit is not there"},
    Invariant{7, still, "SELECT count(*) FROM rows JOIN feeds USING(owner) WHERE version > latest",
              "rows that changed later than their users' feeds"},
    Invariant{
        7, still,
        "SELECT count(*) FROM cells JOIN rows ON rows.n = cells.row JOIN feeds USING(owner) WHERE feed <> feeds.n",
        "cells in the feed of another user"},
    Invariant{7, still,
              "SELECT count(*) FROM tombstones JOIN rows ON rows.n = tombstones.row JOIN feeds USING(owner) WHERE "
              "feed <> feeds.n",
              "deletions in the feed of another user"},
};

void add_rows(Connection& db, const char* pragma, std::vector<std::string>& out) {
  Statement q(db.handle(), pragma, db.path());
  while (q.step() && out.size() < most_problems)
    if (q.bytes(0) != "ok") out.push_back(q.text(0));
}

Error log_cannot_be_read(const std::string& path) {
  return store_error(ErrorCode::io, ErrorClass::config,
                     fmt::format("the log {0}-wal has what was written last to {0}, and it can be read only where its "
                                 "folder can be written. Let this user write there, or copy the whole folder to where "
                                 "it can",
                                 path),
                     "store_log_unread", "copy the folder to where it can be written");
}

void add_changed_content(Connection& db, std::vector<std::string>& out) {
  ContentHash hash;
  std::uint64_t changed = 0;
  std::string first;
  Statement q(db.handle(),
              "SELECT " TENTO_SQL_HASHED ", lookup_key FROM cells JOIN rows ON rows.n = cells.row " TENTO_SQL_WITH_RAWS,
              db.path());
  while (q.step()) {
    if (is_as_written(q, hash)) continue;
    if (changed++ == 0) first = q.text(9);
  }
  if (changed != 0)
    out.push_back(
        fmt::format("{} cells whose content is not what was written, the first of them of {}", changed, plain(first)));
}

}  // namespace

OpenForReading open_for_reading(const std::string& folder, int cache_kib) {
  const std::string path = folder + "/store.sqlite";
  // While another process works on it, file and log are that one's to judge.
  auto lock = std::make_unique<LockForAMoment>(folder + "/store.lock");
  const auto files = look_at_files(path);
  if (lock->free()) check_files(files, lock->noted());
  // SQLite makes an index of the log beside the file, also to find that the log is empty.
  const bool only_read = lock->free() && ::access(folder.c_str(), W_OK) != 0;
  if (only_read && files.log_filled) throw StoreFailure(log_cannot_be_read(path));
  const auto access = only_read ? Access::alone : Access::read_only;
  OpenForReading out{Connection({path, access, cache_kib}), access, false, nullptr};
  check_schema(out.db);
  if (lock->free()) {
    check_whole(files, out.db);
    const auto mark = read_mark(out.db);
    out.doubted = mark && mark->state != MarkState::settled;
  }
  out.doubted = out.doubted || read_doubt(out.db).doubted;
  if (!only_read) return out;
  out.kept_still = std::move(lock);
  return out;
}

std::vector<std::string> problems_of(Connection& db, CheckDepth depth) {
  std::vector<std::string> out;
  add_rows(db, depth == CheckDepth::deep ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)", out);
  if (depth == CheckDepth::quick) {
    if (const auto damaged = read_doubt(db).damaged; damaged != 0)
      out.push_back(fmt::format("{} cells were found whose content is not what was written", damaged));
    return out;
  }
  if (!out.empty()) return out;
  Statement keys(db.handle(), "PRAGMA foreign_key_check", db.path());
  while (keys.step() && out.size() < most_problems)
    out.push_back(fmt::format("an entry of {} names one of {} that is not there", keys.text(0), keys.text(2)));
  const auto schema = db.pragma("PRAGMA user_version");
  for (const auto& invariant : invariants) {
    if (schema < invariant.since_schema || schema > invariant.until_schema) continue;
    if (const auto count = db.pragma(invariant.count); count != 0)
      out.push_back(fmt::format("{} {}", count, invariant.what));
  }
  add_changed_content(db, out);
  return out;
}

StoreContent content_of(Connection& db) {
  const auto count = [&db](const char* sql) { return static_cast<std::uint64_t>(db.pragma(sql)); };
  StoreContent out;
  out.users = count("SELECT count(*) FROM owners");
  out.accounts = count("SELECT count(*) FROM accounts");
  out.credentials = count("SELECT count(*) FROM credentials");
  out.rows = count("SELECT count(*) FROM rows");
  out.cells = count("SELECT count(*) FROM cells");
  return out;
}

}  // namespace sqlite

Result<bool> store_is_there(const std::filesystem::path& folder) {
  return guarded([&] {
    const sqlite::LockForAMoment lock(folder / "store.lock");
    const auto files = sqlite::look_at_files((folder / "store.sqlite").string());
    if (!files.store) sqlite::check_files(files, lock.noted());
    return files.store;
  });
}

Result<std::vector<std::string>> check_store(const std::filesystem::path& folder, CheckDepth depth) {
  return guarded([&] {
    constexpr int cache_kib = 8192;
    auto [db, access, doubted, kept_still] =
        sqlite::open_for_reading(sqlite::real_folder(folder.string(), false), cache_kib);
    const sqlite::Snapshot snapshot(db);
    return sqlite::problems_of(db, depth);
  });
}

}  // namespace tento::host
