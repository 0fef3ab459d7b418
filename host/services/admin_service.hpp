// SPDX-License-Identifier: Apache-2.0
// Administration of what is stored: users, tokens, grants, the audit log, and the vault's keys. Works without any
// provider.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/access/access.hpp"
#include "host/accounts/vault.hpp"
#include "host/capability/call_context.hpp"
#include "host/model/audit.hpp"
#include "host/model/grant.hpp"
#include "host/model/moments.hpp"
#include "host/model/token.hpp"
#include "host/services/refusal_log.hpp"
#include "host/store/store.hpp"

namespace tento::host {

struct ErasedUser {
  std::size_t accounts = 0;
  std::uint64_t rows = 0;
};
struct TokenRequest {
  std::string name;
  std::vector<std::string> scopes;
  std::vector<std::string> prefixes;       // canonical
  std::optional<std::int64_t> lifetime_s;  // absent = until it is revoked
};
struct CreatedToken {
  TokenRecord token;
  std::string text;  // the token itself, which is kept nowhere
};
struct NamedGrant {
  GrantRecord grant;
  std::string to;  // name of the grantee
};
struct KeyRotation {
  ResealCounts counts;
  std::filesystem::path key_file;
  bool key_file_is_given = false;  // by a service manager
};
// What is counted when somebody asks, since it is a state and no event.
struct StoreFigures {
  std::map<std::string, std::uint64_t> queued;                            // jobs by class: viewport, live, backfill
  std::map<std::pair<std::string, std::string>, std::uint64_t> accounts;  // by provider and state
};

// Any thread; the store outlives it.
class AdminService {
 public:
  // `account_gone` is told of accounts that went with their user.
  AdminService(Store& store, std::function<Result<Vault*>()> vault,
               std::function<void(const AccountKey&)> account_gone);
  AdminService(const AdminService&) = delete;
  AdminService& operator=(const AdminService&) = delete;

  // Whether a caller runs the host: at its own command line, or with an admin token of the first user. Others with the
  // scope `admin` are admins of what is theirs. Forbidden, tag `host_admin`.
  [[nodiscard]] Result<void> check_runs_host(const Principal& principal) const;

  // Errors: those of UserStore, an unusable name as `usage`.
  Result<UserRecord> add_user(std::string_view name, std::string_view zone);
  Result<UserRecord> rename_user(const UserRecord& user, std::string_view name);
  Result<void> remove_user(const UserRecord& user);
  Result<ErasedUser> erase_user(const UserRecord& user);
  // Everything of theirs but credentials, a line each.
  Result<void> export_user(const UserRecord& user, const JsonLine& line) const;
  // Gives how many stored cells begin or end at another moment.
  Result<std::uint64_t> set_zone(const UserRecord& user, std::string_view name, const Zone& zone);

  Result<CreatedToken> create_token(const UserRecord& user, TokenRequest request);
  [[nodiscard]] Result<std::vector<TokenRecord>> tokens(const UserRecord& user) const;
  // As it is then.
  Result<TokenRecord> revoke_token(const UserRecord& user, std::string_view id);

  Result<NamedGrant> add_grant(const UserRecord& owner, const UserRecord& to, std::string prefix, std::uint32_t verbs);
  [[nodiscard]] Result<std::vector<NamedGrant>> grants(const UserRecord& owner) const;
  Result<void> remove_grant(const UserRecord& owner, std::int64_t id);

  // Newest first, only ids below `before` (0 = all): all of it for whoever runs the host, for others what is theirs.
  [[nodiscard]] Result<std::vector<AuditRecord>> audit(const Principal& principal, std::int64_t before,
                                                       std::size_t limit) const;
  // The way into the audit log; who did it is filled in.
  Result<void> write_audit(const ActorInfo& actor, AuditRecord record);
  // The same for what a token was refused, of which there may be any number: see RefusalLog.
  Result<void> write_refusal(const ActorInfo& actor, AuditRecord record);
  Result<void> flush_refusals(bool all);

  [[nodiscard]] Result<std::vector<KeyUse>> keys() const;
  Result<KeyRotation> rotate_keys();

  // Ends an account without its provider: nobody tells its service.
  Result<void> remove_account(const AccountRecord& account, bool purge);

  // All that is stored in canonical order, a line each.
  Result<void> dump(const JsonLine& line) const;
  [[nodiscard]] Result<StoreFigures> figures() const;

 private:
  Store& store_;
  std::function<Result<Vault*>()> vault_;
  std::function<void(const AccountKey&)> account_gone_;
  RefusalLog refusals_{store_.audit()};
};

}  // namespace tento::host
