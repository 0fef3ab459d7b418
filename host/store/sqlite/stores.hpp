// SPDX-License-Identifier: Apache-2.0
// The parts of a store on SQLite, one class a subject. The statements of each stand in a file of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>

#include "host/store/sqlite/cell_check.hpp"
#include "host/store/sqlite/database.hpp"
#include "host/store/sqlite/remembered.hpp"
#include "host/store/store.hpp"

namespace tento::host::sqlite {

class SqliteUsers final : public UserStore {
 public:
  explicit SqliteUsers(Database& db) : db_(db) {}
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
  Database& db_;
};

class SqliteAccounts final : public AccountStore {
 public:
  explicit SqliteAccounts(Database& db) : db_(db) {}
  Result<std::vector<AccountRecord>> of_user(const Uuid& owner, std::string_view provider) override;
  Result<std::optional<AccountRecord>> find(const Uuid& owner, std::string_view provider,
                                            std::string_view auth_id) override;
  Result<void> put(const AccountRecord& account, std::optional<std::string_view> secret) override;
  Result<std::string> secret(const Uuid& owner, std::string_view provider, std::string_view auth_id) override;
  Result<bool> refuse(const AccountKey& account, std::uint64_t generation, std::string_view why) override;
  Result<std::vector<AccountChange>> changes(const Uuid& user, std::int64_t after) override;
  Result<void> remove(const Uuid& owner, std::string_view provider, std::string_view auth_id, bool purge) override;

 private:
  Database& db_;
};

class SqliteCredentials final : public CredentialStore {
 public:
  explicit SqliteCredentials(Database& db) : db_(db) {}
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
  // No lease outlives the process that took it, since the lock of the folder is this opening's. Throws StoreFailure.
  void expire_leases();

 private:
  Database& db_;
};

class SqliteAuthorizations final : public AuthorizationStore {
 public:
  explicit SqliteAuthorizations(Database& db) : db_(db) {}
  Result<void> add(const AuthorizationRecord& authorization) override;
  Result<std::optional<AuthorizationRecord>> bind(std::string_view ticket_hash, std::string_view browser_hash) override;
  Result<std::optional<AuthorizationRecord>> take(std::string_view state_hash) override;
  Result<std::vector<AuthorizationRecord>> all() override;
  Result<bool> reseal(const AuthorizationRecord& before, const SealedBytes& after) override;
  Result<void> drop(std::int64_t before_us, std::int64_t now_us) override;

 private:
  Database& db_;
};

class SqliteTokens final : public TokenStore {
 public:
  explicit SqliteTokens(Database& db) : db_(db) {}
  Result<void> add(const TokenRecord& token) override;
  Result<std::vector<TokenRecord>> list(std::optional<Uuid> owner) override;
  Result<std::optional<TokenRecord>> find_by_hash(std::string_view hash) override;
  Result<void> revoke(const Uuid& owner, std::string_view id) override;
  Result<void> touch(std::string_view id, std::int64_t used_us) override;
  Result<std::uint64_t> generation() override;

 private:
  struct Alone {  // there is one of it
    bool operator==(const Alone&) const = default;
    std::size_t operator()(const Alone&) const { return 0; }
  };
  Database& db_;
  Remembered<Alone, std::uint64_t, 1, Alone> generation_;
};

class SqliteGrants final : public GrantStore {
 public:
  explicit SqliteGrants(Database& db) : db_(db) {}
  Result<GrantRecord> add(const GrantRecord& grant) override;
  Result<std::vector<GrantRecord>> list(std::optional<Uuid> owner) override;
  Result<std::vector<GrantRecord>> list_to(const Uuid& grantee, const Uuid& owner) override;
  Result<void> remove(const Uuid& owner, std::int64_t id) override;

 private:
  Database& db_;
};

class SqliteAudit final : public AuditStore {
 public:
  explicit SqliteAudit(Database& db) : db_(db) {}
  Result<void> append(const AuditRecord& record) override;
  Result<std::vector<AuditRecord>> list(std::optional<Uuid> owner, std::int64_t before, std::size_t limit) override;
  Result<std::uint64_t> drop(std::int64_t before_us) override;

 private:
  Database& db_;
};

class SqliteIdempotency final : public IdempotencyStore {
 public:
  explicit SqliteIdempotency(Database& db) : db_(db) {}
  Result<std::optional<IdempotencyRecord>> begin(const IdempotencyKey& key, std::string_view request_hash) override;
  Result<void> complete(const IdempotencyKey& key, std::int32_t status, std::string_view answer) override;
  Result<void> forget(const IdempotencyKey& key) override;

 private:
  Database& db_;
};

class SqliteRows final : public RowStore {
 public:
  explicit SqliteRows(Database& db) : db_(db) {}
  Result<RowRecord> ensure(const RowRecord& row) override;
  Result<std::optional<RowRecord>> find(const Uuid& id, const Recency& recency) override;
  Result<std::vector<RowRecord>> of_user(const Uuid& owner) override;
  Result<std::optional<RowStamp>> stamp(const Uuid& row) override;
  Result<std::vector<CoverageRecord>> coverage(const Uuid& row) override;
  Result<void> add_coverage(const Uuid& row, std::span<const CoverageInput> coverage) override;
  Result<std::optional<std::string>> cursor(const Uuid& row, std::string_view name) override;

 private:
  Database& db_;
  Remembered<Uuid, std::optional<RowStamp>, 256, std::hash<Uuid>> stamps_;
};

class SqliteSchedules final : public ScheduleStore {
 public:
  explicit SqliteSchedules(Database& db) : db_(db) {}
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
  Database& db_;
};

class SqliteCells final : public CellStore {
 public:
  explicit SqliteCells(Database& db) : db_(db) {}
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
  Database& db_;
};

class SqliteChanges final : public ChangeStore {
 public:
  explicit SqliteChanges(Database& db) : db_(db) {}
  Result<ChangesEnd> read(const Uuid& user, std::string_view after, std::size_t limit,
                          const ChangeVisitor& visit) override;
  Result<std::string> newest(const Uuid& user) override;
  Result<FeedPosition> position(const Uuid& user) override;
  Result<std::vector<WatchedUser>> wait(std::span<const WatchedUser> users,
                                        std::chrono::steady_clock::time_point deadline,
                                        const std::stop_token& stop) override;

 private:
  Database& db_;
};

class SqliteMaintenance final : public Maintenance {
 public:
  explicit SqliteMaintenance(Database& db) : db_(db) {}
  Result<void> dump(const JsonLine& line) override;
  Result<std::uint64_t> drop_changes(std::int64_t before_us) override;
  Result<bool> wipe_due() override;
  Result<void> wipe() override;
  Result<ContentCheck> check_content(std::size_t most_cells) override;
  Result<void> settle() override { return db_.settle(); }
  Result<void> settle_if_idle() override { return db_.settle_if_idle(); }
  void release_unused_memory() override { db_.close_unused_readers(); }

 private:
  Database& db_;
  std::mutex checking_;  // guards what follows
  ContentWalk walk_;
  std::int64_t damaged_ = 0;  // cells that the walk has found
};

}  // namespace tento::host::sqlite
