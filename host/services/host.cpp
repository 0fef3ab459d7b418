// SPDX-License-Identifier: Apache-2.0
// Starts the workers of a host.
#include "host/services/host.hpp"

namespace tento::host {

Result<void> start_syncing(const Host& host) {
  TENTO_TRY(host.vault.open());  // what is wrong with it is said now, not by every sync
  return host.orchestrator.start();
}

}  // namespace tento::host
