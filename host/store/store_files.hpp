// SPDX-License-Identifier: Apache-2.0
// A store as files: copies of it that are whole, putting one back, and checks of what lies on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>

namespace tento::host {

// What a store holds.
struct StoreContent {
  std::uint64_t users = 0;
  std::uint64_t accounts = 0;
  std::uint64_t credentials = 0;
  std::uint64_t rows = 0;
  std::uint64_t cells = 0;
  std::uint64_t bytes = 0;  // of the file
};

struct BackupOptions {
  std::filesystem::path folder;                                           // of the store
  std::filesystem::path file;                                             // the copy; its folder must be there
  bool overwrite = false;                                                 // take the place of a file that is there
  std::function<void(std::uint64_t done, std::uint64_t total)> on_pages;  // may be empty
};
// Copies the store as it is at one moment into one file that needs no other, beside whatever process writes to it. The
// copy is checked (all pages, all references), brought to the disk and put in its place at once, readable by this user
// alone. Errors: those of opening the store; `backup_exists`, `backup_damaged`, and what the disk says.
[[nodiscard]] Result<StoreContent> back_up_store(const BackupOptions& options);

struct RestoreOptions {
  std::filesystem::path folder;  // of the store; made when it is not there
  std::filesystem::path file;    // the backup: a file alone, or with its log beside it
  bool incomplete = false;       // take a copy of a running host that lacks its log, too
  std::int64_t lock_wait_ms = 0;
  std::int64_t now_us = 0;  // names the folder that what was there is moved to
};
struct RestoreReport {
  StoreContent content;
  std::filesystem::path moved_to;  // what was there before; empty = there was nothing
  bool with_log = false;           // the log beside the backup was used
  bool log_left_out = false;       // there was one that does not belong to it
};
// Puts a backup in the store's place at once; whatever was there is moved into a folder beside it. Every cursor of the
// change feed from before ends there (`cursor_expired`). Errors: `store_locked` naming the process that works on the
// store; `store_newer`, `store_foreign`, `store_corrupt`, `store_incomplete` of the backup; what the disk says.
[[nodiscard]] Result<RestoreReport> restore_store(const RestoreOptions& options);

// Whether a folder has a store. The error `store_missing` when it has had one that is not there any more.
[[nodiscard]] Result<bool> store_is_there(const std::filesystem::path& folder);

enum class CheckDepth {
  quick,  // the pages and how they hang together
  deep,   // and every index against its table, every reference, and what the program itself relies on
};
// What is wrong in the store of a folder, a sentence each; beside a process that writes.
[[nodiscard]] Result<std::vector<std::string>> check_store(const std::filesystem::path& folder, CheckDepth depth);

}  // namespace tento::host
