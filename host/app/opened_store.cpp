// SPDX-License-Identifier: Apache-2.0
// Opens the store that the configuration names.
#include "host/app/opened_store.hpp"

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
  TENTO_TRY_ASSIGN(auto store, open_store(settings));
  VaultOptions vault;
  vault.key_file = config.vault_key_file.empty() ? config.data_dir / "vault.key" : config.vault_key_file;
  vault.key_file_is_given = config.vault_key_file_is_given;
  vault.log = options.log;
  return std::unique_ptr<OpenedStore>(new OpenedStore(std::move(store), std::move(vault)));
}

void OpenedStore::settle() {
  // What fails here is made good at the next start.
  static_cast<void>(store_->maintenance().settle());
}

}  // namespace tento::host
