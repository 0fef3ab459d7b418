// SPDX-License-Identifier: Apache-2.0
// The parts of a store in memory, one class a subject. The functions of each stand in a file of its own.
#pragma once

#include "host/store/memory/state.hpp"
#include "host/store/store.hpp"

namespace tento::host::memory {

class MemoryUsers final : public UserStore {
 public:
  explicit MemoryUsers(State& state) : state_(state) {}
  Result<UserRecord> default_user() override;
  Result<std::vector<UserRecord>> all() override;
  Result<std::optional<UserRecord>> find(const Uuid& id) override;
  Result<std::optional<UserRecord>> find_by_name(std::string_view name) override;
  Result<UserRecord> add(std::string_view name, std::string_view time_zone) override;
  Result<UserRecord> rename(const Uuid& id, std::string_view name) override;
  Result<void> remove(const Uuid& id) override;
  Result<std::uint64_t> erase(const Uuid& id) override;
  Result<void> export_to(const Uuid& id, const JsonLine& line) override;
  Result<std::uint64_t> set_zone(const ZoneSubject& subject, std::string_view zone,
                                 const MomentsOfCell& moments) override;

 private:
  State& state_;
};

class MemoryAccounts final : public AccountStore {
 public:
  explicit MemoryAccounts(State& state) : state_(state) {}
  Result<std::vector<AccountRecord>> of_user(const Uuid& owner, std::string_view provider) override;
  Result<std::optional<AccountRecord>> find(const Uuid& owner, std::string_view provider,
                                            std::string_view auth_id) override;
  Result<void> put(const AccountRecord& account, std::optional<std::string_view> secret) override;
  Result<std::string> secret(const Uuid& owner, std::string_view provider, std::string_view auth_id) override;
  Result<bool> refuse(const AccountKey& account, std::uint64_t generation, std::string_view why) override;
  Result<std::vector<AccountChange>> changes(const Uuid& user, std::int64_t after) override;
  Result<void> remove(const Uuid& owner, std::string_view provider, std::string_view auth_id, bool purge) override;

 private:
  State& state_;
};

class MemoryCredentials final : public CredentialStore {
 public:
  explicit MemoryCredentials(State& state) : state_(state) {}
  Result<std::optional<CredentialRecord>> find(const AccountKey& account) override;
  Result<std::vector<CredentialRecord>> all() override;
  Result<void> put(const AccountRecord& account, const SealedBytes& sealed) override;
  Result<bool> reseal(const CredentialRecord& before, const SealedBytes& after) override;
  Result<RefreshLease> begin_refresh(const AccountKey& account, std::uint64_t generation, std::string_view holder,
                                     std::int64_t lease_us) override;
  Result<bool> finish_refresh(const AccountRecord& account, std::string_view holder,
                              const SealedBytes& sealed) override;
  Result<void> fail_refresh(const AccountKey& account, std::string_view holder, const RefreshFailure& failure) override;
  Result<std::optional<RefreshRecord>> refresh(const AccountKey& account) override;

 private:
  State& state_;
};

class MemoryAuthorizations final : public AuthorizationStore {
 public:
  explicit MemoryAuthorizations(State& state) : state_(state) {}
  Result<void> add(const AuthorizationRecord& authorization) override;
  Result<std::optional<AuthorizationRecord>> bind(std::string_view ticket_hash, std::string_view browser_hash) override;
  Result<std::optional<AuthorizationRecord>> take(std::string_view state_hash) override;
  Result<std::vector<AuthorizationRecord>> all() override;
  Result<bool> reseal(const AuthorizationRecord& before, const SealedBytes& after) override;
  Result<void> drop(std::int64_t before_us, std::int64_t now_us) override;

 private:
  State& state_;
};

class MemoryTokens final : public TokenStore {
 public:
  explicit MemoryTokens(State& state) : state_(state) {}
  Result<void> add(const TokenRecord& token) override;
  Result<std::vector<TokenRecord>> list(std::optional<Uuid> owner) override;
  Result<std::optional<TokenRecord>> find_by_hash(std::string_view hash) override;
  Result<void> revoke(const Uuid& owner, std::string_view id) override;
  Result<void> touch(std::string_view id, std::int64_t used_us) override;
  Result<std::uint64_t> generation() override;

 private:
  State& state_;
};

class MemoryGrants final : public GrantStore {
 public:
  explicit MemoryGrants(State& state) : state_(state) {}
  Result<GrantRecord> add(const GrantRecord& grant) override;
  Result<std::vector<GrantRecord>> list(std::optional<Uuid> owner) override;
  Result<std::vector<GrantRecord>> list_to(const Uuid& grantee, const Uuid& owner) override;
  Result<void> remove(const Uuid& owner, std::int64_t id) override;

 private:
  State& state_;
};

class MemoryAudit final : public AuditStore {
 public:
  explicit MemoryAudit(State& state) : state_(state) {}
  Result<void> append(const AuditRecord& record) override;
  Result<std::vector<AuditRecord>> list(std::optional<Uuid> owner, std::int64_t before, std::size_t limit) override;
  Result<std::uint64_t> drop(std::int64_t before_us) override;

 private:
  State& state_;
};

class MemoryIdempotency final : public IdempotencyStore {
 public:
  explicit MemoryIdempotency(State& state) : state_(state) {}
  Result<std::optional<IdempotencyRecord>> begin(const IdempotencyKey& key, std::string_view request_hash) override;
  Result<void> complete(const IdempotencyKey& key, std::int32_t status, std::string_view answer) override;
  Result<void> forget(const IdempotencyKey& key) override;

 private:
  State& state_;
};

class MemoryRows final : public RowStore {
 public:
  explicit MemoryRows(State& state) : state_(state) {}
  Result<RowRecord> ensure(const RowRecord& row) override;
  Result<std::optional<RowRecord>> find(const Uuid& id, const Recency& recency) override;
  Result<std::vector<RowRecord>> of_user(const Uuid& owner) override;
  Result<std::optional<RowStamp>> stamp(const Uuid& row) override;
  Result<std::vector<CoverageRecord>> coverage(const Uuid& row) override;
  Result<void> add_coverage(const Uuid& row, std::span<const CoverageInput> coverage) override;
  Result<std::optional<std::string>> cursor(const Uuid& row, std::string_view name) override;

 private:
  State& state_;
};

class MemorySchedules final : public ScheduleStore {
 public:
  explicit MemorySchedules(State& state) : state_(state) {}
  Result<std::vector<RowRecord>> due(std::int64_t now_us, std::size_t limit) override;
  Result<std::optional<std::int64_t>> earliest() override;
  Result<void> set_due(std::span<const RowDue> rows) override;
  Result<void> judge_all() override;
  Result<bool> pause_row(const Uuid& row, bool paused) override;
  Result<bool> set_account(const AccountKey& account, std::optional<bool> paused,
                           std::optional<std::int64_t> interval_s) override;
  Result<std::vector<StageEnds>> stage_ends(const Uuid& row) override;
  Result<std::vector<RowEnds>> row_ends(const Uuid& user) override;

 private:
  State& state_;
};

class MemoryCells final : public CellStore {
 public:
  explicit MemoryCells(State& state) : state_(state) {}
  Result<TxnCounts> commit(const RowCommit& commit) override;
  [[nodiscard]] std::string staging_folder() const override;
  Result<void> read(const Uuid& row, Moments range, const CellVisitor& visit) override;
  Result<PageEnd> read_page(const Uuid& row, Moments range, const PageRequest& page, const CellVisitor& visit) override;
  Result<PageEnd> append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) override;
  using CellStore::append_json;
  Result<std::optional<StoredCell>> find(const Uuid& row, const CellKey& key) override;
  Result<std::uint64_t> count(const Uuid& row) override;
  Result<std::optional<std::string>> raw(const Uuid& row, std::string_view id) override;

 private:
  State& state_;
};

class MemoryChanges final : public ChangeStore {
 public:
  explicit MemoryChanges(State& state) : state_(state) {}
  Result<ChangesEnd> read(const Uuid& user, std::string_view after, std::size_t limit,
                          const ChangeVisitor& visit) override;
  Result<std::string> newest(const Uuid& user) override;
  Result<FeedPosition> position(const Uuid& user) override;
  Result<std::vector<WatchedUser>> wait(std::span<const WatchedUser> users,
                                        std::chrono::steady_clock::time_point deadline,
                                        const std::stop_token& stop) override;

 private:
  State& state_;
};

class MemoryJobs final : public JobStore {
 public:
  explicit MemoryJobs(State& state) : state_(state) {}
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

 private:
  State& state_;
};

class MemoryRuns final : public RunStore {
 public:
  explicit MemoryRuns(State& state) : state_(state) {}
  Result<std::optional<RunRecord>> find(std::int64_t run) override;
  Result<std::vector<RunRecord>> of_row(const Uuid& row, std::size_t limit) override;
  Result<std::vector<RunRecord>> of_user(const Uuid& user, std::size_t limit) override;
  Result<std::optional<RunRecord>> of_job(const Uuid& row, std::int64_t job) override;
  Result<std::optional<RunRecord>> latest(const Uuid& row, std::string_view stage) override;
  Result<bool> ended_well(const Uuid& row, std::string_view stage) override;

 private:
  State& state_;
};

class MemoryMaintenance final : public Maintenance {
 public:
  explicit MemoryMaintenance(State& state) : state_(state) {}
  Result<void> dump(const JsonLine& line) override;
  Result<std::uint64_t> drop_changes(std::int64_t before_us) override;
  Result<bool> wipe_due() override;
  Result<void> wipe() override;
  Result<ContentCheck> check_content(std::size_t) override { return ContentCheck{}; }
  Result<void> settle() override { return {}; }
  Result<void> settle_if_idle() override { return {}; }
  void release_unused_memory() override {}

 private:
  State& state_;
};

}  // namespace tento::host::memory
