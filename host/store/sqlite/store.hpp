// SPDX-License-Identifier: Apache-2.0
// A store in SQLite: the database and the parts that work on it.
#pragma once

#include <memory>

#include "host/store/sqlite/database.hpp"
#include "host/store/sqlite/job_tables.hpp"
#include "host/store/sqlite/stores.hpp"
#include "host/store/store.hpp"

namespace tento::host::sqlite {

class SqliteStore final : public Store {
 public:
  // Several openings may share a database.
  explicit SqliteStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}
  // What has to be done before anybody uses it: a first user, leases of processes that are no more, old tombstones.
  Result<void> prepare(std::int64_t changes_keep_days);

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
  std::shared_ptr<Database> database_;
  SqliteUsers users_{*database_};
  SqliteAccounts accounts_{*database_};
  SqliteCredentials credentials_{*database_};
  SqliteAuthorizations authorizations_{*database_};
  SqliteTokens tokens_{*database_};
  SqliteGrants grants_{*database_};
  SqliteAudit audit_{*database_};
  SqliteIdempotency idempotency_{*database_};
  SqliteRows rows_{*database_};
  SqliteCells cells_{*database_};
  SqliteChanges changes_{*database_};
  SqliteJobs jobs_{*database_};
  SqliteRuns runs_{*database_};
  SqliteSchedules schedules_{*database_};
  SqliteMaintenance maintenance_{*database_};
};

}  // namespace tento::host::sqlite
