// SPDX-License-Identifier: Apache-2.0
// Backups of a store's files, and putting one back. Works beside whatever process has the store open.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <tento/sdk/result.hpp>

#include "host/store/store_files.hpp"

namespace tento::host {

// Where a store is, and the key file that its credentials are sealed with.
struct StorePlace {
  std::filesystem::path folder;
  std::filesystem::path key_file;
  bool key_file_is_given = false;  // by a service manager
};

// What is in a file that was written, or in a store that was put back.
struct StoreCopy {
  std::filesystem::path file;
  StoreContent content;
  std::int64_t took_ms = 0;
};
// Errors: those of back_up_store().
[[nodiscard]] Result<StoreCopy> take_backup(
    const StorePlace& place, const std::filesystem::path& file, bool overwrite,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& on_pages);

struct RestoredStore : StoreCopy {
  std::filesystem::path moved_to;  // what was there before; empty = there was nothing
  bool with_log = false;           // the log beside the backup was used
  bool log_left_out = false;       // there was one that does not belong to it
  std::string vault;               // what the keys that are here say to its credentials, in words
};
// `incomplete`: a copy of a running host that lacks its log will do. Errors: those of restore_store().
[[nodiscard]] Result<RestoredStore> put_backup_back(const StorePlace& place, const std::filesystem::path& file,
                                                    bool incomplete);

}  // namespace tento::host
