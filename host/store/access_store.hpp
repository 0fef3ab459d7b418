// SPDX-License-Identifier: Apache-2.0
// The store's other half: who may do what (users, tokens, grants), who did what (the audit log), and which writes were
// done already (idempotency keys). No secret is in it: of a token there is a hash alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/audit.hpp"
#include "host/model/grant.hpp"
#include "host/model/idempotency.hpp"
#include "host/model/token.hpp"
#include "host/store/cell_store.hpp"

namespace tento::host {

class AccessStore {
 public:
  virtual ~AccessStore() = default;

  // ---- users
  // Names are what stands in `[name]:...`: 1 to 128 bytes of UTF-8 without brackets, controls or outer blanks. Errors:
  // invalid_argument `bad_name`, conflict `name_taken`.
  virtual Result<UserRecord> add_user(std::string_view name, std::string_view time_zone) = 0;
  // The same rules for the new name. Errors as of add_user, and not_found `no_such_user`. Gives the record as it is
  // then.
  virtual Result<UserRecord> rename_user(const Uuid& id, std::string_view name) = 0;
  virtual Result<std::optional<UserRecord>> user_by_name(std::string_view name) = 0;
  virtual Result<std::optional<UserRecord>> user_by_id(const Uuid& id) = 0;
  // One without accounts and rows; else conflict `user_in_use`. The last one stays: conflict `last_user`.
  virtual Result<void> remove_user(const Uuid& id) = 0;
  // Everything of theirs, also on the disk's free pages; the audit log keeps that something happened, not who or to
  // what. Gives how many rows went.
  virtual Result<std::uint64_t> erase_user(const Uuid& id) = 0;
  // Everything of theirs but what accounts and tokens authenticate with, as JSON lines.
  virtual Result<void> export_user(const Uuid& id, const DumpLine& line) = 0;

  // ---- tokens
  virtual Result<void> add_token(const TokenRecord& token) = 0;
  virtual Result<std::vector<TokenRecord>> tokens(std::optional<Uuid> owner) = 0;  // oldest first
  virtual Result<std::optional<TokenRecord>> token_by_hash(std::string_view hash) = 0;
  virtual Result<void> revoke_token(const Uuid& owner, std::string_view id) = 0;  // not_found `no_such_token`
  virtual Result<void> touch_token(std::string_view id, std::int64_t used_us) = 0;
  // Grows with every change of tokens and users: what was learnt of them before is old then. Any thread, no lock.
  [[nodiscard]] virtual std::uint64_t access_generation() const = 0;

  // ---- grants
  // The same owner, grantee and prefix again replaces the verbs. Gives it with its id.
  virtual Result<GrantRecord> add_grant(const GrantRecord& grant) = 0;
  virtual Result<std::vector<GrantRecord>> grants(std::optional<Uuid> owner) = 0;
  virtual Result<std::vector<GrantRecord>> grants_to(const Uuid& grantee, const Uuid& owner) = 0;
  virtual Result<void> remove_grant(const Uuid& owner, std::int64_t id) = 0;  // not_found `no_such_grant`

  // ---- the audit log; only erase_user() and drop_audit() change what is in it
  virtual Result<void> audit(const AuditRecord& record) = 0;
  // Newest first; only ids below `before` (0 = all), only of an owner when there is one.
  virtual Result<std::vector<AuditRecord>> audit_log(std::optional<Uuid> owner, std::int64_t before,
                                                     std::size_t limit) = 0;
  virtual Result<std::uint64_t> drop_audit(std::int64_t before_us) = 0;

  // ---- idempotency keys, kept for a day
  // Nothing: the key is the caller's now, who works and then finishes it. A record: somebody was before, see its state;
  // of many who ask at once, one gets nothing.
  virtual Result<std::optional<IdempotencyRecord>> begin_idempotent(const IdempotencyKey& key,
                                                                    std::string_view request_hash) = 0;
  virtual Result<void> finish_idempotent(const IdempotencyKey& key, std::int32_t status, std::string_view answer) = 0;
  // The work was not done: the next try begins afresh.
  virtual Result<void> forget_idempotent(const IdempotencyKey& key) = 0;
};

}  // namespace tento::host
