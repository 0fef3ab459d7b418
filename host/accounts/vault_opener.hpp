// SPDX-License-Identifier: Apache-2.0
// The vault of a store that is opened already.
#pragma once

#include <memory>

#include "host/accounts/vault.hpp"
#include "host/base/mutex.hpp"

namespace tento::host {

// Opens the vault when it is first asked for, and tries again each time until that works: its key file may come later.
// Any thread.
class VaultOpener {
 public:
  // The store outlives it.
  VaultOpener(Store& store, VaultOptions options) : store_(store), options_(std::move(options)) {}
  // Errors: see Vault::open().
  Result<Vault*> open();

 private:
  Store& store_;
  const VaultOptions options_;
  Mutex mutex_;
  std::unique_ptr<Vault> vault_ GUARDED_BY(mutex_);
};

}  // namespace tento::host
