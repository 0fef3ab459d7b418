// SPDX-License-Identifier: Apache-2.0
// Copies, timed; and whether the keys fit what was put back.
#include "host/services/store_care.hpp"

#include <chrono>
#include <utility>

#include "host/accounts/vault.hpp"
#include "host/base/clock.hpp"
#include "host/store/store.hpp"

namespace tento::host {
namespace {

class CopyTimer {
 public:
  [[nodiscard]] std::int64_t ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_).count();
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

std::string keys_fit(const StorePlace& place) {
  StoreConfig options;
  options.folder = place.folder.string();
  options.read_only = true;
  const auto store = open_store(options);
  if (!store) return store.error().message;
  VaultOptions vault;
  vault.key_file = place.key_file;
  vault.key_file_is_given = place.key_file_is_given;
  std::string damaged;
  vault.log = [&damaged](LogLevel, const std::string& text) { damaged = text; };
  const auto keys = Vault::inspect(**store, std::move(vault));
  if (!keys) return keys.error().message;
  if (!damaged.empty()) return damaged;
  std::uint64_t sealed = 0;
  for (const auto& key : *keys) sealed += key.credentials;
  return sealed == 0 ? "no credential is sealed" : "the keys fit";
}

}  // namespace

Result<StoreCopy> take_backup(const StorePlace& place, const std::filesystem::path& file, bool overwrite,
                              const std::function<void(std::uint64_t done, std::uint64_t total)>& on_pages) {
  const CopyTimer timer;
  BackupOptions options;
  options.folder = place.folder;
  options.file = file;
  options.overwrite = overwrite;
  options.on_pages = on_pages;
  TENTO_TRY_ASSIGN(const auto content, back_up_store(options));
  return StoreCopy{file, content, timer.ms()};
}

Result<RestoredStore> put_backup_back(const StorePlace& place, const std::filesystem::path& file, bool incomplete) {
  const CopyTimer timer;
  RestoreOptions options;
  options.folder = place.folder;
  options.file = file;
  options.incomplete = incomplete;
  options.now_us = unix_now_us();
  TENTO_TRY_ASSIGN(const auto report, restore_store(options));
  RestoredStore out;
  out.file = file;
  out.content = report.content;
  out.took_ms = timer.ms();
  out.moved_to = report.moved_to;
  out.with_log = report.with_log;
  out.log_left_out = report.log_left_out;
  out.vault = keys_fit(place);
  return out;
}

}  // namespace tento::host
