// SPDX-License-Identifier: Apache-2.0
// Opening a store in memory.
#include "host/store/memory/store.hpp"

#include <utility>

#include "host/store/memory/stores.hpp"

namespace tento::host {

namespace {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<memory::State> state) : state_(std::move(state)) {}

  UserStore& users() override { return users_; }
  AccountStore& accounts() override { return accounts_; }
  CredentialStore& credentials() override { return credentials_; }
  AuthorizationStore& authorizations() override { return authorizations_; }
  TokenStore& tokens() override { return tokens_; }
  GrantStore& grants() override { return grants_; }
  AuditStore& audit() override { return audit_; }
  IdempotencyStore& idempotency() override { return idempotency_; }
  RowStore& rows() override { return rows_; }
  CellStore& cells() override { return cells_; }
  ChangeStore& changes() override { return changes_; }
  JobStore& jobs() override { return jobs_; }
  RunStore& runs() override { return runs_; }
  ScheduleStore& schedules() override { return schedules_; }
  Maintenance& maintenance() override { return maintenance_; }

 private:
  std::shared_ptr<memory::State> state_;
  memory::MemoryUsers users_{*state_};
  memory::MemoryAccounts accounts_{*state_};
  memory::MemoryCredentials credentials_{*state_};
  memory::MemoryAuthorizations authorizations_{*state_};
  memory::MemoryTokens tokens_{*state_};
  memory::MemoryGrants grants_{*state_};
  memory::MemoryAudit audit_{*state_};
  memory::MemoryIdempotency idempotency_{*state_};
  memory::MemoryRows rows_{*state_};
  memory::MemoryCells cells_{*state_};
  memory::MemoryChanges changes_{*state_};
  memory::MemoryJobs jobs_{*state_};
  memory::MemoryRuns runs_{*state_};
  memory::MemorySchedules schedules_{*state_};
  memory::MemoryMaintenance maintenance_{*state_};
};

}  // namespace

std::shared_ptr<memory::State> make_memory_state(const StoreConfig& config) {
  return std::make_shared<memory::State>(config);
}

std::unique_ptr<Store> open_memory_store(std::shared_ptr<memory::State> state) {
  return std::make_unique<MemoryStore>(std::move(state));
}

std::unique_ptr<Store> open_memory_store(const StoreConfig& config) {
  return open_memory_store(make_memory_state(config));
}

}  // namespace tento::host
