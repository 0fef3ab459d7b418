// SPDX-License-Identifier: Apache-2.0
// Result codes and errnos -> typed errors with remedies.
#include "host/store/sqlite/errors.hpp"

#include <spdlog/fmt/fmt.h>
#include <sqlite3.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace tento::host::sqlite {

namespace {

// The file system's ways to say that nothing more fits.
bool means_full(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

bool means_denied(int error_number) {
  return error_number == EACCES || error_number == EPERM || error_number == EROFS;
}

// SQLite says "read-only" of files and of whole file systems alike.
bool on_read_only_mount(std::string_view file) {
  struct statvfs status {};
  std::error_code ignored;
  auto path = std::filesystem::path(file);
  while (!path.empty() && path.has_relative_path() && !std::filesystem::exists(path, ignored))
    path = path.parent_path();
  return !path.empty() && ::statvfs(path.c_str(), &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

Error disk_full(std::string_view doing, std::string_view file) {
  return store_error(ErrorCode::io, ErrorClass::config,
                     fmt::format("cannot {}: no space is left for {}; what was committed before is safe. Free space on "
                                 "that disk (or raise the quota) and try again",
                                 doing, file),
                     "store_disk_full", "free disk space");
}

Error denied(int error_number, std::string_view doing, std::string_view file) {
  if (error_number == EROFS || on_read_only_mount(file))
    return store_error(ErrorCode::io, ErrorClass::config,
                       fmt::format("cannot {}: {} is on a file system that is mounted read-only. Mount it for "
                                   "writing (a disk with errors is mounted so by the kernel: see its log), or choose "
                                   "another data folder",
                                   doing, file),
                       "store_read_only_mount", "mount it for writing");
  return store_error(ErrorCode::io, ErrorClass::config,
                     fmt::format("cannot {}: no permission on {}. Make the file and its folder readable and writable "
                                 "for this user, or choose another data folder",
                                 doing, file),
                     "store_permission", "fix permissions");
}

// What the file system said. The connection forgets it when a commit is rolled back, the files do not.
int last_errno(sqlite3* db) {
  if (db == nullptr) return 0;
  int said = sqlite3_system_errno(db);
  if (said != 0) return said;
  sqlite3_file* journal = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal) == SQLITE_OK && journal != nullptr &&
      journal->pMethods != nullptr)
    journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &said);
  if (said == 0) sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &said);
  return said;
}

}  // namespace

Error file_error(int error_number, std::string_view doing, std::string_view file) {
  if (means_full(error_number)) return disk_full(doing, file);
  if (means_denied(error_number)) return denied(error_number, doing, file);
  return store_error(
      ErrorCode::io, ErrorClass::config,
      fmt::format("cannot {}: {}: {}. Check that disk and the path", doing, file, std::strerror(error_number)),
      "store_io", "check the disk");
}

Error sqlite_error(sqlite3* db, int code, std::string_view doing, std::string_view file) {
  const int system_errno = last_errno(db);
  const char* text = db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return disk_full(doing, file);
    case SQLITE_IOERR:
      if (means_full(system_errno)) return disk_full(doing, file);
      if (means_denied(system_errno)) return denied(system_errno, doing, file);
      return store_error(
          ErrorCode::io, ErrorClass::config,
          fmt::format("cannot {}: the disk failed on {} (SQLite {}, errno {}: {}). Check that disk; what "
                      "was committed before is safe",
                      doing, file, code, system_errno, std::strerror(system_errno)),
          "store_io", "check the disk");
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return denied(system_errno, doing, file);
    case SQLITE_CANTOPEN:
      if (means_full(system_errno)) return disk_full(doing, file);
      if (system_errno == 0 || means_denied(system_errno)) return denied(system_errno, doing, file);
      return file_error(system_errno, doing, file);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return store_error(
          ErrorCode::invalid_data, ErrorClass::config,
          fmt::format("cannot {}: {} is damaged or no store ({}). Keep a copy and restore a backup "
                      "({{op:store restore FILE}}), or move the data folder away: a sync fills a new one",
                      doing, file, text),
          "store_corrupt", "restore a backup");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return store_error(ErrorCode::conflict, ErrorClass::transient,
                         fmt::format("cannot {}: another program holds {} locked. Close what has the file open (a "
                                     "database browser, a backup) and try again",
                                     doing, file),
                         "store_locked", "try again");
    case SQLITE_NOMEM:
      return store_error(
          ErrorCode::io, ErrorClass::transient,
          fmt::format("cannot {}: out of memory while working on {}. Free memory and try again", doing, file),
          "store_memory", "free memory");
    case SQLITE_TOOBIG:
      return store_error(ErrorCode::too_large, ErrorClass::provider,
                         fmt::format("cannot {}: a value is too large for {}. Send smaller cells", doing, file),
                         "store_too_large", "send smaller cells");
    default:
      return store_error(ErrorCode::unspecified, ErrorClass::internal,
                         fmt::format("cannot {} in {}: SQLite {}: {}. This is a defect of the host: report it", doing,
                                     file, code, text),
                         "store_internal", "report it");
  }
}

}  // namespace tento::host::sqlite
