// SPDX-License-Identifier: Apache-2.0
// Opens the vault once.
#include "host/accounts/vault_opener.hpp"

namespace tento::host {

Result<Vault*> VaultOpener::open() {
  const MutexLock lock(mutex_);
  if (!vault_) {
    TENTO_TRY_ASSIGN(vault_, Vault::open(store_, options_));
  }
  return vault_.get();
}

}  // namespace tento::host
