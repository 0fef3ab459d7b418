// SPDX-License-Identifier: Apache-2.0
// The tables of jobs and runs: who has claimed what, and what became of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "host/store/job_store.hpp"
#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

class Database;

class SqliteJobs final : public JobStore {
 public:
  explicit SqliteJobs(Database& db) : db_(db) {}

  Result<std::vector<Enqueued>> enqueue(std::span<const JobRecord> jobs) override;
  Result<std::vector<JobRecord>> queued(const JobPosition& after, std::size_t limit, StageClasses classes) override;
  Result<std::vector<JobRecord>> find_by_keys(std::span<const std::string> dedup_keys) override;
  Result<std::vector<JobCount>> counts() override;
  Result<std::vector<Claim>> claim(std::string_view worker, std::span<const ClaimRequest> requests,
                                   std::int64_t lease_us) override;
  Result<std::vector<LeaseOutcome>> heartbeat(std::span<const Heartbeat> beats, std::int64_t lease_us) override;
  Result<std::vector<LeaseOutcome>> complete(std::span<const JobEnd> ends) override;
  Result<std::vector<LeaseOutcome>> reschedule(std::span<const JobReturn> returns) override;
  Result<std::size_t> rescue() override;

  // No lease outlives the process that took it: the folder's lock is this opening's. Throws StoreFailure.
  void expire_leases();

 private:
  Enqueued enqueue_one(Connection& db, const JobRecord& job);
  Claim claim_one(Connection& db, std::string_view worker, const ClaimRequest& request, std::int64_t lease_us);

  Database& db_;
};

class SqliteRuns final : public RunStore {
 public:
  explicit SqliteRuns(Database& db) : db_(db) {}

  Result<std::optional<RunRecord>> find(std::int64_t run) override;
  Result<std::vector<RunRecord>> of_row(const Uuid& row, std::size_t limit) override;
  Result<std::vector<RunRecord>> of_user(const Uuid& user, std::size_t limit) override;
  Result<std::optional<RunRecord>> of_job(const Uuid& row, std::int64_t job) override;
  Result<std::optional<RunRecord>> latest(const Uuid& row, std::string_view stage) override;
  Result<bool> ended_well(const Uuid& row, std::string_view stage) override;

 private:
  Database& db_;
};

// ---- inside a write transaction; `row` is the number of the run's row
// Gives its id. The oldest ended runs of the row beyond those that are kept go.
std::int64_t insert_run(Connection& db, std::int64_t row, const RunRecord& run);
void update_run(Connection& db, const RunRecord& run);
// Throws StoreFailure (fenced) unless somebody has claimed the lease's job and holds it by this fence.
void check_fence(Connection& db, const Lease& lease);
// The job has changed something.
void clear_deaths(Connection& db, std::int64_t job);
// The lease's job ends with this run; gives the number of its row, or 0 where the lease is not the job's any more.
std::int64_t end_job(Connection& db, const Lease& lease, const RunRecord& run, std::int64_t data_version);
// The stage has ended as the run says, if it has.
void note_stage_end(Connection& db, std::int64_t row, const RunRecord& run, std::int64_t data_version);

}  // namespace tento::host::sqlite
