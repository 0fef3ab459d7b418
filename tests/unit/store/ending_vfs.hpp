// SPDX-License-Identifier: Apache-2.0
// Ends the process right before the n-th change of a file by SQLite: a kill at an instant that is chosen, not met.
#pragma once

#include <sqlite3.h>
#include <unistd.h>

#include <array>

namespace tento::host::testing {

inline constexpr int ended_before_change = 77;

namespace ending {

inline int& left() {
  static int count = 0;
  return count;
}
inline void step() {
  if (left() > 0 && --left() == 0) ::_exit(ended_before_change);
}

// SQLite's methods of a file with ours before those that change something.
struct Methods {
  sqlite3_io_methods own;
  const sqlite3_io_methods* real;
};
inline const sqlite3_io_methods* real(sqlite3_file* file) {
  return reinterpret_cast<const Methods*>(file->pMethods)->real;
}
inline int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  step();
  return real(file)->xWrite(file, bytes, size, at);
}
inline int truncate(sqlite3_file* file, sqlite3_int64 size) {
  step();
  return real(file)->xTruncate(file, size);
}
inline bool& syncs_fail() {
  static bool fail = false;
  return fail;
}
// A killed process loses nothing that it wrote, so nothing has to reach the disk for these tests.
inline int sync(sqlite3_file*, int) {
  step();
  return syncs_fail() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

inline sqlite3_vfs*& system_vfs() {
  static sqlite3_vfs* vfs = nullptr;
  return vfs;
}
inline int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = system_vfs()->xOpen(system_vfs(), name, file, flags, out_flags);
  if (file->pMethods == nullptr) return code;
  static std::array<Methods, 4> tables{};  // files differ by how they are locked
  for (auto& table : tables) {
    if (table.real != nullptr && table.real != file->pMethods) continue;
    table.own = *file->pMethods;
    table.real = file->pMethods;
    table.own.xWrite = &write;
    table.own.xTruncate = &truncate;
    table.own.xSync = &sync;
    file->pMethods = &table.own;
    return code;
  }
  ::_exit(1);  // a kind more than there are tables
}
inline int remove(sqlite3_vfs*, const char* name, int) {
  step();
  return system_vfs()->xDelete(system_vfs(), name, 0);
}

}  // namespace ending

// From here on, in this process and those it forks; 0 = never.
inline void end_before_change(int n) {
  ending::left() = n;
  if (ending::system_vfs() != nullptr) return;
  ending::system_vfs() = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs vfs;
  vfs = *ending::system_vfs();
  vfs.pNext = nullptr;
  vfs.zName = "ending";
  vfs.xOpen = &ending::open;
  vfs.xDelete = &ending::remove;
  sqlite3_vfs_register(&vfs, 1);
}

// Whether the disk refuses to make sure of what was written. After end_before_change(), which puts itself in between.
inline void fail_syncs(bool fail) {
  ending::syncs_fail() = fail;
}

}  // namespace tento::host::testing
