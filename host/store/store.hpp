// SPDX-License-Identifier: Apache-2.0
// A store: all that the host keeps, behind one small interface a subject. Nothing in here shows what it is kept with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <tento/sdk/result.hpp>

#include "host/store/account_store.hpp"
#include "host/store/audit_store.hpp"
#include "host/store/authorization_store.hpp"
#include "host/store/cell_store.hpp"
#include "host/store/change_store.hpp"
#include "host/store/credential_store.hpp"
#include "host/store/grant_store.hpp"
#include "host/store/idempotency_store.hpp"
#include "host/store/job_store.hpp"
#include "host/store/maintenance.hpp"
#include "host/store/row_store.hpp"
#include "host/store/schedule_store.hpp"
#include "host/store/token_store.hpp"
#include "host/store/user_store.hpp"

namespace tento::host {

// The parts live as long as the store. Any thread.
class Store {
 public:
  virtual ~Store() = default;
  virtual UserStore& users() = 0;
  virtual AccountStore& accounts() = 0;
  virtual CredentialStore& credentials() = 0;
  virtual AuthorizationStore& authorizations() = 0;
  virtual TokenStore& tokens() = 0;
  virtual GrantStore& grants() = 0;
  virtual AuditStore& audit() = 0;
  virtual IdempotencyStore& idempotency() = 0;
  virtual RowStore& rows() = 0;
  virtual CellStore& cells() = 0;
  virtual ChangeStore& changes() = 0;
  virtual JobStore& jobs() = 0;
  virtual RunStore& runs() = 0;
  virtual ScheduleStore& schedules() = 0;
  virtual Maintenance& maintenance() = 0;
};

struct StoreConfig {
  std::string folder;                            // where the store and its lock are
  std::int64_t lock_wait_ms = 5000;              // how long to queue behind another process
  bool read_only = false;                        // beside a process that writes: takes no lock, makes nothing
  std::int64_t changes_keep_days = 90;           // what changed before is forgotten as it is opened; 0 = nothing is
  std::string time_zone;                         // of a user made now; empty = the system's
  std::function<std::int64_t()> now_unix_us;     // empty = the system's clock
  std::function<void(double seconds)> on_write;  // how long a transaction took, from its begin to its commit
};

// The name and version of what open_store() keeps a store with, for people.
[[nodiscard]] std::string store_backend();
// Opens the store of a folder, or makes one. Errors: locked (names the pid), newer schema (names both), disk full, no
// permission.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const StoreConfig& config);

}  // namespace tento::host
