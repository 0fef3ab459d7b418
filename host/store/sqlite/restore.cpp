// SPDX-License-Identifier: Apache-2.0
// A backup takes the store's place: checked in a folder of its own first, then put there at once.
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "host/store/sqlite/check.hpp"
#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/file_ops.hpp"
#include "host/store/sqlite/files.hpp"
#include "host/store/sqlite/lock.hpp"
#include "host/store/sqlite/mark.hpp"
#include "host/store/sqlite/schema.hpp"

namespace tento::host {

namespace fs = std::filesystem;

namespace sqlite {

namespace {

constexpr int restore_cache_kib = 8192;
// Numbers of commits go on from here, so that none is given a second time that was given after the backup was made:
// what caches hold from then is never taken for something newer.
constexpr std::int64_t numbers_left_out = 1'000'000'000;
constexpr std::string_view work_prefix = ".restore-";

std::string path_of(const fs::path& folder) {
  return (folder / "store.sqlite").string();
}

// The backup's file, which has to look like one.
fs::path backup_file(const fs::path& named) {
  std::error_code failed;
  auto file = fs::canonical(in_real_folder(named, "read the backup"), failed);
  if (failed) throw StoreFailure(file_error(failed.value(), "read the backup", named.string()));
  if (fs::is_directory(file, failed)) throw StoreFailure(file_error(EISDIR, "read the backup", named.string()));
  std::ifstream in(file, std::ios::binary);
  if (!in) throw StoreFailure(file_error(errno, "read the backup", named.string()));
  std::array<char, 16> head{};
  in.read(head.data(), head.size());
  if (std::string_view(head.data(), head.size()) != std::string_view("SQLite format 3\0", 16))
    throw StoreFailure(store_error(
        ErrorCode::invalid_data, ErrorClass::config,
        fmt::format(
            "{} is not a backup of a store: it is not an SQLite file. Name a file that {{op:store backup}} made",
            named.string()),
        "store_corrupt", "name a backup"));
  return file;
}

// One that a host works on changes while it is copied.
void refuse_in_use(const fs::path& file, const fs::path& folder) {
  if (file.filename() != "store.sqlite" || file.parent_path() == folder) return;
  const LockForAMoment lock(file.parent_path() / "store.lock");
  if (lock.free()) return;
  throw StoreFailure(store_error(ErrorCode::conflict, ErrorClass::config,
                                 fmt::format("{} is the store of a running host. Make a backup of it with {{op:store "
                                             "backup FILE}}, for its data folder {}, "
                                             "and restore that",
                                             file.string(), file.parent_path().string()),
                                 "store_locked", "make a backup of it"));
}

// The highest number that any feed has given.
std::int64_t newest_number(Connection& db) {
  constexpr int first_with_feeds = 7;
  return db.pragma("PRAGMA user_version") < first_with_feeds ? db.pragma("SELECT coalesce(max(seq), 0) FROM commits")
                                                             : db.pragma("SELECT coalesce(max(latest), 0) FROM feeds");
}

// Of the store that is there now, as far as it can be read.
std::int64_t newest_number_of(const std::string& path) {
  try {
    Connection db({path, Access::alone, 64});
    return newest_number(db);
  } catch (const StoreFailure&) {
    return 0;
  }
}

// In the newest schema.
void end_old_cursors(Connection& db, std::int64_t newest_of_present, std::int64_t now_us) {
  const auto seq = std::max(newest_number(db), newest_of_present) + numbers_left_out;
  {
    auto q = db.use(
        "INSERT INTO commits(feed, seq, mark, row, run, at_us, data_version, provider_version, added, updated, "
        "deleted) SELECT n, ?1, random(), 0, 0, ?2, 0, '', 0, 0, 0 FROM feeds");
    q->bind(1, seq);
    q->bind(2, now_us);
    q.run();
  }
  auto q = db.use("UPDATE feeds SET latest = ?1, head = ?1, accounts = ?1, dropped = ?1");
  q->bind(1, seq);
  q.run();
}

// Brings the copy in the work folder to what is put in place; gives what it holds.
StoreContent prepare(const std::string& copy, const RestoreOptions& options, std::int64_t newest_of_present) {
  const auto files = look_at_files(copy);
  Connection db({copy, Access::read_write, restore_cache_kib});
  check_schema(db);
  if (db.pragma("PRAGMA user_version") == 0)
    throw StoreFailure(
        store_error(ErrorCode::invalid_data, ErrorClass::config,
                    fmt::format("{} is an empty database. Name a file that {{op:store backup}} made", copy),
                    "store_corrupt", "name a backup"));
  if (!options.incomplete) check_whole(files, db);
  db.execute("PRAGMA journal_mode=DELETE");
  const auto problems = problems_of(db, CheckDepth::deep);
  if (!problems.empty())
    throw StoreFailure(store_error(
        ErrorCode::invalid_data, ErrorClass::config,
        fmt::format("{} is damaged: {}. Restore an older backup; the store stays as it was", copy, problems.front()),
        "store_corrupt", "restore an older backup"));
  migrate(db);
  db.execute("BEGIN IMMEDIATE");
  end_old_cursors(db, newest_of_present, options.now_us);
  static_cast<void>(write_mark(db, MarkState::settled, 0, options.now_us));
  db.execute("COMMIT");
  return content_of(db);
}

// Errors about the copy name the backup that it is of.
StoreContent prepare_as(const fs::path& shown, const std::string& copy, const RestoreOptions& options,
                        std::int64_t newest_of_present) {
  try {
    return prepare(copy, options, newest_of_present);
  } catch (const StoreFailure& failure) {
    auto error = failure.error();
    for (auto at = error.message.find(copy); at != std::string::npos;
         at = error.message.find(copy, at + shown.string().size()))
      error.message.replace(at, copy.size(), shown.string());
    throw StoreFailure(std::move(error));
  }
}

// A folder for what was there; its name tells when.
fs::path folder_for_old(const fs::path& folder, std::int64_t now_us) {
  const auto at = std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(now_us));
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  const auto name = fmt::format("replaced-{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                time.hours().count(), time.minutes().count(), time.seconds().count());
  for (int number = 1;; ++number) {
    auto made = folder / (number == 1 ? name : fmt::format("{}-{}", name, number));
    if (::mkdir(made.c_str(), 0700) == 0) return made;
    if (errno != EEXIST) throw StoreFailure(file_error(errno, "make a folder", made.string()));
  }
}

void move_if_there(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT)
    throw StoreFailure(file_error(errno, "move the store aside", from.string()));
}

// The store is there at each instant: the old file gets a second name first, then the new one takes the old name. A
// kill before the old log is moved leaves a file and a log that do not belong together, which the next opening tells.
fs::path replace(const fs::path& folder, const fs::path& copy, std::int64_t now_us) {
  const auto path = path_of(folder);
  const auto files = look_at_files(path);
  std::error_code ignored;
  fs::path old;
  if (fs::exists(fs::symlink_status(path, ignored)) || files.log) {
    old = folder_for_old(folder, now_us);
    if (::link(path.c_str(), (old / "store.sqlite").c_str()) != 0) move_if_there(path, old / "store.sqlite");
    bring_to_disk(old);
  }
  static_cast<void>(put_in_place(copy, path, true));
  for (const auto* tail : {"-wal", "-shm"}) {
    if (old.empty()) break;
    move_if_there(path + tail, old / (std::string("store.sqlite") + tail));
  }
  bring_to_disk(folder);
  return old;
}

void remove_left_work(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().filename().string().starts_with(work_prefix)) fs::remove_all(entry.path(), ignored);
}

RestoreReport restore(const RestoreOptions& options) {
  const fs::path folder = real_folder(options.folder.string(), true);
  ProcessLock lock(folder / "store.lock", options.lock_wait_ms);
  const auto file = backup_file(options.file);
  refuse_in_use(file, folder);
  remove_left_work(folder);

  const auto work = folder / (std::string(work_prefix) + chance_name());
  if (::mkdir(work.c_str(), 0700) != 0) throw StoreFailure(file_error(errno, "make a folder", work.string()));
  const RemovedAtEnd end(work);
  const auto copy = path_of(work);
  RestoreReport report;
  copy_file_privately(file, copy);
  if (look_at_files(file.string()).log_filled) {
    report.with_log = log_belongs(file.string());
    report.log_left_out = !report.with_log;
    if (report.with_log) copy_file_privately(file.string() + "-wal", copy + "-wal");
  }
  report.content = prepare_as(options.file, copy, options, newest_number_of(path_of(folder)));
  report.content.bytes = size_of_file(copy);
  bring_to_disk(copy);
  report.moved_to = replace(folder, copy, options.now_us);
  lock.note();
  return report;
}

}  // namespace

}  // namespace sqlite

Result<RestoreReport> restore_store(const RestoreOptions& options) {
  return guarded([&] { return sqlite::restore(options); });
}

}  // namespace tento::host
