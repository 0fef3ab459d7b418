// SPDX-License-Identifier: Apache-2.0
// Result codes -> typed errors with remedies.
#include "host/store/sqlite/errors.hpp"

#include <spdlog/fmt/fmt.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace tento::host::sqlite {

namespace {

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

Error sqlite_error(sqlite3* db, int code, std::string_view doing, std::string_view file) {
  const int system_errno = last_errno(db);
  const char* text = db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return file_error(ENOSPC, doing, file);
    case SQLITE_IOERR:
      if (means_full(system_errno) || means_denied(system_errno)) return file_error(system_errno, doing, file);
      return store_error(
          ErrorCode::io, ErrorClass::config,
          fmt::format("cannot {}: the disk failed on {} (SQLite {}, errno {}: {}). Check that disk; what "
                      "was committed before is safe",
                      doing, file, code, system_errno, std::strerror(system_errno)),
          "store_io", "check the disk");
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return file_error(means_denied(system_errno) ? system_errno : EACCES, doing, file);
    case SQLITE_CANTOPEN:
      return file_error(system_errno == 0 ? EACCES : system_errno, doing, file);
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
