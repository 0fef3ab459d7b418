// SPDX-License-Identifier: Apache-2.0
// Refuses a store that was lost, that lost its log, or that lies beside the log of another state.
#include "host/store/sqlite/files.hpp"

#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>

#include <tento/sdk/time.hpp>

#include "host/base/mark.hpp"
#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/mark.hpp"

namespace tento::host::sqlite {

namespace {

std::optional<off_t> file_size(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? std::optional<off_t>(status.st_size) : std::nullopt;
}

std::string second_text(std::int64_t unix_us) {
  const Instant at{std::chrono::microseconds(unix_us)};
  return SemanticTime(Instant(std::chrono::floor<std::chrono::seconds>(at))).text();
}

// What in the folder says that it had a store; empty = nothing does.
std::string past_of(const StoreFiles& files, bool noted) {
  if (files.log_filled) return files.path + "-wal has what was written last";
  const auto key = std::filesystem::path(files.path).parent_path() / "vault.key";
  if (file_size(key.string())) return key.string() + " has keys that credentials were sealed with";
  return noted ? "store.lock says that it had one" : "";
}

// The mark of the file without its log. Nothing when SQLite cannot read it so: opening it tells why.
std::optional<std::uint64_t> mark_in_file(const std::string& path) {
  try {
    Connection db({path, Access::alone, 64});
    const auto mark = read_mark(db);
    return mark ? mark->id : 0;
  } catch (const StoreFailure&) {
    return std::nullopt;
  }
}

}  // namespace

std::string real_folder(const std::string& folder, bool make) {
  std::error_code failed;
  if (make && !std::filesystem::exists(folder, failed)) {
    std::filesystem::create_directories(folder, failed);
    if (failed) throw StoreFailure(file_error(failed.value(), "make the data folder", folder));
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  }
  auto real = std::filesystem::canonical(folder, failed);
  if (failed) throw StoreFailure(file_error(failed.value(), "find the data folder", folder));
  return real.string();
}

StoreFiles look_at_files(const std::string& path) {
  StoreFiles out;
  out.path = path;
  out.store = file_size(path).value_or(0) > 0;
  const auto log = file_size(path + "-wal");
  out.log = log.has_value();
  out.log_filled = log.value_or(0) > 0;
  return out;
}

bool log_belongs(const std::string& path) {
  const auto log = marks_of_log(path + "-wal");
  if (log.empty()) return true;
  const auto mark = mark_in_file(path);
  return !mark || belongs(*mark, log);
}

void check_files(const StoreFiles& files, bool noted) {
  if (!files.store) {
    const auto past = past_of(files, noted);
    if (past.empty()) return;
    const auto folder = std::filesystem::path(files.path).parent_path().string();
    throw StoreFailure(store_error(
        ErrorCode::not_found, ErrorClass::config,
        fmt::format(
            "{} is {}, but this data folder is not new: {}. Put the file back, or restore a backup with "
            "{{op:store restore FILE}}; to begin with an empty store, move the folder {} away or choose another",
            files.path, file_size(files.path) ? "empty" : "not there", past, folder),
        "store_missing", "restore a backup"));
  }
  if (!files.log_filled || log_belongs(files.path)) return;
  throw StoreFailure(store_error(
      ErrorCode::conflict, ErrorClass::config,
      fmt::format(
          "{0} and the log beside it, {0}-wal, do not belong together: the log continues another state of the store, "
          "as "
          "it does when a backup was copied over the file of a host that did not end cleanly. Nothing was changed. To "
          "go on from this file, restore it with {{op:store restore {1}}}, which moves the log aside; to go on "
          "from where the host was, put the file back that was there before",
          files.path, mark_value(files.path)),
      "store_log_mismatch", "restore a backup, or put the file back"));
}

void check_whole(const StoreFiles& files, Connection& db) {
  if (files.log) return;
  const auto mark = read_mark(db);
  if (!mark || mark->state != MarkState::checkpoint) return;
  throw StoreFailure(store_error(
      ErrorCode::conflict, ErrorClass::config,
      fmt::format("{0} was copied from a running host without the log beside it, {0}-wal: what was written after {1} "
                  "may be missing. Put the log back that belongs to it, or restore a backup that "
                  "{{op:store backup FILE}} made; to go on with what there is, run "
                  "{{op:store restore incomplete {2}}}",
                  files.path, second_text(mark->at_us), mark_value(files.path)),
      "store_incomplete", "restore a whole backup"));
}

}  // namespace tento::host::sqlite
