// SPDX-License-Identifier: Apache-2.0
// Opening a store of SQLite.
#include "host/store/sqlite/store.hpp"

#include <sqlite3.h>

#include <utility>

namespace tento::host {
namespace {

constexpr std::int64_t us_per_day = 86'400'000'000;

}  // namespace

Result<void> sqlite::SqliteStore::prepare(std::int64_t changes_keep_days) {
  if (!database_->writable()) return {};
  TENTO_TRY(users_.default_user());
  credentials_.expire_leases();
  jobs_.expire_leases();
  if (changes_keep_days > 0) TENTO_TRY(maintenance_.drop_changes(database_->now_us() - changes_keep_days * us_per_day));
  return {};
}

std::string store_backend() {
  return std::string("SQLite ") + sqlite3_libversion();
}

Result<std::unique_ptr<Store>> open_store(const StoreConfig& config) {
  return guarded([&]() -> std::unique_ptr<Store> {
    auto store = std::make_unique<sqlite::SqliteStore>(sqlite::Database::open(config));
    if (const auto prepared = store->prepare(config.changes_keep_days); !prepared) throw StoreFailure(prepared.error());
    return store;
  });
}

}  // namespace tento::host
