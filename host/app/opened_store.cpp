// SPDX-License-Identifier: Apache-2.0
// Opens the store that the configuration names.
#include "host/app/opened_store.hpp"

#include <utility>

#include "host/app/boot.hpp"

namespace tento::host {

Result<std::unique_ptr<OpenedStore>> OpenedStore::open(const AppOptions& options) {
  const Config& config = options.config;
  TENTO_TRY(make_private_folder(config.data_dir));
  StoreConfig settings;
  settings.folder = config.data_dir.string();
  settings.time_zone = config.time_zone;
  settings.changes_keep_days = config.changes_keep_days;
  settings.on_write = [metrics = options.metrics](double seconds) { metrics->store_wrote(seconds); };
  auto opened = open_store(settings);
  std::optional<Error> read_only;
  if (!opened && (opened.error().tag == "store_read_only_mount" || opened.error().tag == "store_permission")) {
    settings.read_only = true;
    if (auto readable = open_store(settings)) {
      read_only = opened.error();
      if (options.log) options.log(LogLevel::warn, "the store can only be read: " + read_only->message);
      opened = std::move(readable);
    }
  }
  TENTO_TRY_ASSIGN(auto store, std::move(opened));
  VaultOptions vault;
  vault.key_file = config.vault_key_file.empty() ? config.data_dir / "vault.key" : config.vault_key_file;
  vault.key_file_is_given = config.vault_key_file_is_given;
  vault.log = options.log;
  return std::unique_ptr<OpenedStore>(new OpenedStore(std::move(store), std::move(vault), std::move(read_only)));
}

Result<void> OpenedStore::require_writing() const {
  if (read_only_) return fail(*read_only_);
  return {};
}

void OpenedStore::settle() {
  // What fails here is made good at the next start.
  static_cast<void>(store_->maintenance().settle());
}

}  // namespace tento::host
