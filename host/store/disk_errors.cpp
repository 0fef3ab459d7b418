// SPDX-License-Identifier: Apache-2.0
// Errnos -> typed errors with remedies.
#include "host/store/disk_errors.hpp"

#include <spdlog/fmt/fmt.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "host/store/failure.hpp"

namespace tento::host {

namespace {

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

}  // namespace

bool means_full(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

bool means_denied(int error_number) {
  return error_number == EACCES || error_number == EPERM || error_number == EROFS;
}

Error file_error(int error_number, std::string_view doing, std::string_view file) {
  if (means_full(error_number)) return disk_full(doing, file);
  if (means_denied(error_number)) return denied(error_number, doing, file);
  return store_error(
      ErrorCode::io, ErrorClass::config,
      fmt::format("cannot {}: {}: {}. Check that disk and the path", doing, file, std::strerror(error_number)),
      "store_io", "check the disk");
}

}  // namespace tento::host
