// SPDX-License-Identifier: Apache-2.0
// A copy of the store as it is at one moment, made with SQLite's online backup, while others write.
#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <system_error>

#include "host/store/sqlite/check.hpp"
#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/file_ops.hpp"
#include "host/store/sqlite/files.hpp"
#include "host/store/sqlite/mark.hpp"

namespace tento::host {

namespace fs = std::filesystem;

namespace sqlite {

namespace {

constexpr int backup_cache_kib = 4096;
constexpr int pages_at_once = 4096;

// Where the copy is to be; nothing may be there unless it is to be replaced.
fs::path target_of(const BackupOptions& options, const fs::path& folder) {
  auto target = in_real_folder(options.file, "write the backup");
  std::error_code ignored;
  const auto status = fs::symlink_status(target, ignored);
  if (target.filename().empty() || fs::is_directory(status))
    throw StoreFailure(
        store_error(ErrorCode::invalid_argument, ErrorClass::config,
                    fmt::format("{} is a folder. Name the file that the backup is to be", options.file.string()),
                    "backup_target", "name a file"));
  if (target.parent_path() == folder && target.filename().string().starts_with("store."))
    throw StoreFailure(store_error(ErrorCode::invalid_argument, ErrorClass::config,
                                   fmt::format("{} is a file of the store itself. Name another one, best on another "
                                               "disk",
                                               target.string()),
                                   "backup_target", "name another file"));
  if (!options.overwrite && fs::exists(status))
    throw StoreFailure(store_error(ErrorCode::conflict, ErrorClass::config,
                                   fmt::format("{} is there already. Name a new file, or let it be replaced "
                                               "({{param:overwrite}})",
                                               target.string()),
                                   "backup_exists", "name a new file, or allow {param:overwrite}"));
  return target;
}

void copy_pages(Connection& from, Connection& to, const BackupOptions& options) {
  auto* work = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (work == nullptr)
    throw StoreFailure(sqlite_error(to.handle(), sqlite3_errcode(to.handle()), "begin the backup", to.path()));
  int code = SQLITE_OK;
  while ((code = sqlite3_backup_step(work, pages_at_once)) == SQLITE_OK)
    if (options.on_pages) {
      const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(work));
      options.on_pages(total - static_cast<std::uint64_t>(sqlite3_backup_remaining(work)), total);
    }
  sqlite3_backup_finish(work);
  if (code != SQLITE_DONE) throw StoreFailure(sqlite_error(to.handle(), code, "write the backup", to.path()));
}

// What makes the copy one file that stands alone: no log, and a mark that no log continues.
void make_whole(Connection& copy) {
  copy.execute("PRAGMA journal_mode=DELETE");
  const auto mark = read_mark(copy);
  if (!mark) return;
  copy.execute("BEGIN IMMEDIATE");
  static_cast<void>(write_mark(copy, MarkState::settled, 0, mark->at_us));
  copy.execute("COMMIT");
}

void refuse_damaged(const std::vector<std::string>& problems, const std::string& store) {
  if (problems.empty()) return;
  throw StoreFailure(store_error(
      ErrorCode::invalid_data, ErrorClass::config,
      fmt::format(
          "the store {} is damaged, and so no backup of it was made: {}. Keep a copy of the folder, and restore "
          "an older backup with {{op:store restore FILE}}",
          store, problems.front()),
      "backup_damaged", "restore an older backup"));
}

StoreContent back_up(const BackupOptions& options) {
  const auto there = store_is_there(options.folder);
  if (!there) throw StoreFailure(there.error());
  if (!*there)
    throw StoreFailure(store_error(ErrorCode::not_found, ErrorClass::config,
                                   fmt::format("there is no store in {} yet, so there is nothing to back up. Name "
                                               "the data folder that has one (data_dir)",
                                               options.folder.string()),
                                   "store_none", "name the data folder"));
  const fs::path folder = real_folder(options.folder.string(), false);
  const auto target = target_of(options, folder);
  const auto beside = target.parent_path() / fmt::format(".{}.{}", target.filename().string(), chance_name());
  auto opened = open_for_reading(folder.string(), backup_cache_kib);
  auto& store = opened.db;

  make_new_file(beside, "write the backup");
  const RemovedAtEnd end(beside);
  StoreContent content;
  {
    Connection copy({beside.string(), Access::read_write, backup_cache_kib});
    copy.execute("PRAGMA synchronous=OFF");  // it is brought to the disk as a whole
    {
      const Snapshot moment(store);  // what is written meanwhile does not make it begin again
      static_cast<void>(store.pragma("SELECT count(*) FROM sqlite_schema"));
      copy_pages(store, copy, options);
    }
    make_whole(copy);
    refuse_damaged(problems_of(copy, CheckDepth::deep), store.path());
    content = content_of(copy);
  }
  content.bytes = size_of_file(beside);
  bring_to_disk(beside);
  if (!put_in_place(beside, target, options.overwrite)) static_cast<void>(target_of(options, folder));
  bring_to_disk(target.parent_path());
  return content;
}

}  // namespace

}  // namespace sqlite

Result<StoreContent> back_up_store(const BackupOptions& options) {
  return guarded([&] { return sqlite::back_up(options); });
}

}  // namespace tento::host
