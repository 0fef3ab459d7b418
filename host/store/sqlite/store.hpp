// SPDX-License-Identifier: Apache-2.0
// CellStore on SQLite: which connection does what. Each subject's statements live in a file of their own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "host/store/access_store.hpp"
#include "host/store/account_store.hpp"
#include "host/store/cell_store.hpp"
#include "host/store/listeners.hpp"
#include "host/store/sqlite/cell_batch.hpp"
#include "host/store/sqlite/errors.hpp"
#include "host/store/sqlite/job_tables.hpp"
#include "host/store/sqlite/lock.hpp"
#include "host/store/sqlite/readers.hpp"
#include "host/store/sqlite/writer.hpp"

namespace tento::host::sqlite {

class SqliteStore final : public CellStore, public AccessStore, public AccountStore {
 public:
  // Throws StoreFailure.
  static std::unique_ptr<SqliteStore> open(const StoreOptions& options);
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;
  ~SqliteStore() override;

  AccessStore& access() override { return *this; }
  AccountStore& credentials_store() override { return *this; }
  JobStore& jobs() override { return jobs_; }
  RunStore& runs() override { return runs_; }
  Result<UserRecord> default_user() override;
  Result<std::vector<UserRecord>> users() override;
  Result<std::uint64_t> set_zone(const ZoneSubject& subject, std::string_view zone,
                                 const MomentsOfCell& moments) override;
  Result<void> put_account(const AccountRecord& account, std::optional<std::string_view> secret) override;
  Result<std::vector<AccountRecord>> accounts(const Uuid& owner, std::string_view provider) override;
  Result<std::optional<AccountRecord>> account(const Uuid& owner, std::string_view provider,
                                               std::string_view auth_id) override;
  Result<std::string> account_secret(const Uuid& owner, std::string_view provider, std::string_view auth_id) override;
  Result<void> remove_account(const Uuid& owner, std::string_view provider, std::string_view auth_id,
                              bool purge) override;

  Result<RowRecord> ensure_row(const RowRecord& row) override;
  Result<std::optional<RowRecord>> row(const Uuid& id) override;
  Result<std::vector<RowRecord>> rows(const Uuid& owner) override;

  Result<std::unique_ptr<CellTxn>> begin(const Uuid& row, std::optional<Moments> replace, TxnOrigin origin) override;
  Result<TxnCounts> persist(const Uuid& row, std::span<const CellInput> cells, TxnOrigin origin) override;
  Result<void> read_cells(const Uuid& row, Moments range, const CellVisitor& visit) override;
  Result<PageEnd> read_page(const Uuid& row, Moments range, const PageRequest& page, const CellVisitor& visit) override;
  using CellStore::append_json;
  Result<PageEnd> append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) override;
  Result<std::optional<StoredCell>> cell(const Uuid& row, const CellKey& key) override;
  Result<std::uint64_t> cell_count(const Uuid& row) override;
  Result<std::optional<std::string>> raw_cell(const Uuid& row, std::string_view id) override;

  Result<ChangesEnd> changes(std::optional<Uuid> owner, std::string_view after, std::size_t limit,
                             const ChangeVisitor& visit) override;
  Result<std::string> newest_cursor() override;
  Subscription subscribe(CommitListener listener) override;

  Result<std::vector<CoverageRecord>> coverage(const Uuid& row) override;
  Result<void> add_coverage(const Uuid& row, std::span<const CoverageInput> coverage) override;
  Result<std::optional<std::string>> cursor(const Uuid& row, std::string_view name) override;
  Result<std::optional<Cursors>> cursors(const Uuid& row) override;
  [[nodiscard]] std::uint64_t writes() const override { return writer_->writes(); }

  Result<void> dump(const DumpLine& line) override;
  Result<std::uint64_t> drop_tombstones(std::int64_t before_us) override;
  Result<void> settle();  // see store_files.hpp

  Result<UserRecord> add_user(std::string_view name, std::string_view time_zone) override;
  Result<UserRecord> rename_user(const Uuid& id, std::string_view name) override;
  Result<std::optional<UserRecord>> user_by_name(std::string_view name) override;
  Result<std::optional<UserRecord>> user_by_id(const Uuid& id) override;
  Result<void> remove_user(const Uuid& id) override;
  Result<std::uint64_t> erase_user(const Uuid& id) override;
  Result<void> export_user(const Uuid& id, const DumpLine& line) override;

  Result<void> add_token(const TokenRecord& token) override;
  Result<std::vector<TokenRecord>> tokens(std::optional<Uuid> owner) override;
  Result<std::optional<TokenRecord>> token_by_hash(std::string_view hash) override;
  Result<void> revoke_token(const Uuid& owner, std::string_view id) override;
  Result<void> touch_token(std::string_view id, std::int64_t used_us) override;
  [[nodiscard]] std::uint64_t access_generation() const override { return generation_; }

  Result<GrantRecord> add_grant(const GrantRecord& grant) override;
  Result<std::vector<GrantRecord>> grants(std::optional<Uuid> owner) override;
  Result<std::vector<GrantRecord>> grants_to(const Uuid& grantee, const Uuid& owner) override;
  Result<void> remove_grant(const Uuid& owner, std::int64_t id) override;

  Result<void> audit(const AuditRecord& record) override;
  Result<std::vector<AuditRecord>> audit_log(std::optional<Uuid> owner, std::int64_t before,
                                             std::size_t limit) override;
  Result<std::uint64_t> drop_audit(std::int64_t before_us) override;

  Result<std::optional<IdempotencyRecord>> begin_idempotent(const IdempotencyKey& key,
                                                            std::string_view request_hash) override;
  Result<void> finish_idempotent(const IdempotencyKey& key, std::int32_t status, std::string_view answer) override;
  Result<void> forget_idempotent(const IdempotencyKey& key) override;

  Result<std::optional<CredentialRecord>> credential(const AccountKey& account) override;
  Result<std::vector<CredentialRecord>> credentials() override;
  Result<bool> reseal_credential(const CredentialRecord& before, const SealedBytes& after) override;
  Result<void> put_credential(const AccountRecord& account, const SealedBytes& sealed) override;
  Result<bool> refuse_account(const AccountKey& account, std::uint64_t generation, std::string_view why) override;
  Result<bool> wipe_due() override;
  Result<void> wipe_freed() override;

  Result<RefreshTurn> begin_refresh(const AccountKey& account, std::uint64_t generation, std::string_view holder,
                                    std::int64_t lease_us) override;
  Result<bool> finish_refresh(const AccountRecord& account, std::string_view holder,
                              const SealedBytes& sealed) override;
  Result<void> fail_refresh(const AccountKey& account, std::string_view holder, const RefreshFailure& failure) override;
  Result<std::optional<RefreshRecord>> refresh(const AccountKey& account) override;

  Result<void> add_flow(const FlowRecord& flow) override;
  Result<std::optional<FlowRecord>> bind_flow(std::string_view ticket_hash, std::string_view browser_hash) override;
  Result<std::optional<FlowRecord>> take_flow(std::string_view state_hash) override;
  Result<std::vector<FlowRecord>> flows() override;
  Result<bool> reseal_flow(const FlowRecord& before, const SealedBytes& after) override;
  Result<void> drop_flows(std::int64_t before_us, std::int64_t now_us) override;

 private:
  friend class SqliteTxn;
  friend class SqliteJobs;
  friend class SqliteRuns;

  SqliteStore(const StoreOptions& options, std::unique_ptr<ProcessLock> lock, std::unique_ptr<CellBatch> batch,
              std::unique_ptr<Writer> writer, ConnectionOptions reader);

  // Runs `body(Connection&)` in a write transaction and gives what it gives, once that is on disk.
  template <class Body>
  auto write(Body&& body) -> Result<std::invoke_result_t<Body, Connection&>> {
    using Value = std::invoke_result_t<Body, Connection&>;
    if (!writer_) return fail(refuse_write());
    if constexpr (std::is_void_v<Value>) {
      return writer_->run([&body](Connection& db) { body(db); });
    } else {
      std::optional<Value> value;
      TENTO_TRY(writer_->run([&body, &value](Connection& db) { value.emplace(body(db)); }));
      return std::move(*value);
    }
  }
  // Runs `body(Connection&)` on a reading connection, here and now.
  template <class Body>
  auto read(Body&& body) -> Result<std::invoke_result_t<Body, Connection&>> {
    return guarded([&] {
      const auto db = readers_.lease();
      return body(*db);
    });
  }
  // Inside write(): tells the listeners once the work is on disk; not when it is undone.
  void announce(const CommitNews& news) { writer_->announce(news); }
  // Whoever had a turn when this store was opened is no more, since the folder's lock is this opening's.
  void end_turns();
  [[nodiscard]] Error refuse_write() const;
  [[nodiscard]] std::int64_t now_us() const { return now_unix_us_(); }

  std::string folder_;
  std::function<std::int64_t()> now_unix_us_;
  std::string new_owner_zone_;
  Uuid process_;  // of this opening of the store
  std::atomic<std::uint64_t> generation_{0};
  std::unique_ptr<ProcessLock> lock_;  // before the connections: released after they are closed
  std::shared_ptr<Listeners<CommitNews>> listeners_;
  std::unique_ptr<CellBatch> batch_;  // before the writer, whose connection shows it; one transaction uses it at a time
  std::unique_ptr<Writer> writer_;    // null when read-only
  Readers readers_;
  SqliteJobs jobs_{*this};
  SqliteRuns runs_{*this};
};

}  // namespace tento::host::sqlite
