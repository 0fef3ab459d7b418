// SPDX-License-Identifier: Apache-2.0
// Administration, on the store and the vault.
#include "host/services/admin_service.hpp"

#include "host/access/token_text.hpp"
#include "host/base/clock.hpp"
#include "host/base/error.hpp"
#include "host/services/audit_log.hpp"
#include "host/services/directory.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t us_per_s = 1'000'000;

// A name that cannot be one is a mistake of who asks.
Result<UserRecord> with_usable_name(Result<UserRecord> user) {
  if (!user && user.error().tag == "bad_name") user.error().tag = "usage";
  return user;
}

std::string_view stage_class_name(std::uint32_t stage_class) {
  switch (stage_class) {
    case TENTO_STAGE_VIEWPORT:
      return "viewport";
    case TENTO_STAGE_LIVE:
      return "live";
    default:
      return "backfill";
  }
}

}  // namespace

AdminService::AdminService(Store& store, std::function<Result<Vault*>()> vault,
                           std::function<void(const AccountKey&)> account_gone)
    : store_(store), vault_(std::move(vault)), account_gone_(std::move(account_gone)) {}

Result<void> AdminService::check_runs_host(const Principal& principal) const {
  if (principal.token.empty()) return {};
  TENTO_TRY_ASSIGN(const auto first, store_.users().default_user());
  if (first.id == principal.owner.id && allows(principal, Scope::admin)) return {};
  return error(ErrorCode::forbidden, ErrorClass::config,
               "this is for whoever runs the host, and the token " + principal.token + " is another user's")
      .tag("host_admin")
      .remedy("use the command line");
}

Result<UserRecord> AdminService::add_user(std::string_view name, std::string_view zone) {
  return with_usable_name(store_.users().add(name, zone));
}

Result<UserRecord> AdminService::rename_user(const UserRecord& user, std::string_view name) {
  return with_usable_name(store_.users().rename(user.id, name));
}

Result<void> AdminService::remove_user(const UserRecord& user) {
  return store_.users().remove(user.id);
}

Result<ErasedUser> AdminService::erase_user(const UserRecord& user) {
  ErasedUser out;
  TENTO_TRY_ASSIGN(const auto accounts, store_.accounts().of_user(user.id));
  TENTO_TRY_ASSIGN(out.rows, store_.users().erase(user.id));
  out.accounts = accounts.size();
  for (const auto& account : accounts) account_gone_({user.id, account.provider, account.auth_id});
  return out;
}

Result<void> AdminService::export_user(const UserRecord& user, const JsonLine& line) const {
  return store_.users().export_to(user.id, line);
}

Result<std::uint64_t> AdminService::set_zone(const UserRecord& user, std::string_view name, const Zone& zone) {
  return store_.users().set_zone({user.id, {}, {}}, name, moments_in(zone));
}

Result<CreatedToken> AdminService::create_token(const UserRecord& user, TokenRequest request) {
  CreatedToken out;
  TokenRecord& token = out.token;
  token.owner = user.id;
  token.name = std::move(request.name);
  token.scopes = std::move(request.scopes);
  token.prefixes = std::move(request.prefixes);
  token.created_us = unix_now_us();
  if (request.lifetime_s) token.expires_us = token.created_us + *request.lifetime_s * us_per_s;
  token.id = new_token_id();
  out.text = new_token();
  token.hash = token_hash(out.text);
  TENTO_TRY(store_.tokens().add(token));
  return out;
}

Result<std::vector<TokenRecord>> AdminService::tokens(const UserRecord& user) const {
  return store_.tokens().list(user.id);
}

Result<TokenRecord> AdminService::revoke_token(const UserRecord& user, std::string_view id) {
  TENTO_TRY(store_.tokens().revoke(user.id, id));
  TENTO_TRY_ASSIGN(auto all, tokens(user));
  for (auto& token : all)
    if (token.id == id) return std::move(token);
  return error(ErrorCode::not_found, ErrorClass::config, "the token is not there any more").tag("no_such_token");
}

Result<NamedGrant> AdminService::add_grant(const UserRecord& owner, const UserRecord& to, std::string prefix,
                                           std::uint32_t verbs) {
  GrantRecord grant;
  grant.owner = owner.id;
  grant.grantee = to.id;
  grant.prefix = std::move(prefix);
  grant.verbs = verbs;
  TENTO_TRY_ASSIGN(auto added, store_.grants().add(grant));
  return NamedGrant{std::move(added), to.name};
}

Result<std::vector<NamedGrant>> AdminService::grants(const UserRecord& owner) const {
  TENTO_TRY_ASSIGN(auto all, store_.grants().list(owner.id));
  std::vector<NamedGrant> out;
  for (auto& grant : all) {
    TENTO_TRY_ASSIGN(const auto to, store_.users().find(grant.grantee));
    out.push_back({std::move(grant), to ? to->name : std::string()});
  }
  return out;
}

Result<void> AdminService::remove_grant(const UserRecord& owner, std::int64_t id) {
  return store_.grants().remove(owner.id, id);
}

Result<std::vector<AuditRecord>> AdminService::audit(const Principal& principal, std::int64_t before,
                                                     std::size_t limit) const {
  std::optional<Uuid> only;
  if (!check_runs_host(principal)) only = principal.owner.id;
  return store_.audit().list(only, before, limit);
}

Result<void> AdminService::write_audit(const ActorInfo& actor, AuditRecord record) {
  return host::write_audit(store_.audit(), actor, std::move(record));
}

Result<void> AdminService::write_refusal(const ActorInfo& actor, AuditRecord record) {
  return refusals_.note(actor, std::move(record));
}

Result<void> AdminService::flush_refusals(bool all) {
  return refusals_.flush(all);
}

Result<std::vector<KeyUse>> AdminService::keys() const {
  TENTO_TRY_ASSIGN(const auto* vault, vault_());
  return vault->keys();
}

Result<KeyRotation> AdminService::rotate_keys() {
  TENTO_TRY_ASSIGN(auto* vault, vault_());
  KeyRotation out;
  TENTO_TRY_ASSIGN(out.counts, vault->rotate());
  out.key_file = vault->key_file();
  out.key_file_is_given = vault->key_file_is_given();
  return out;
}

Result<void> AdminService::remove_account(const AccountRecord& account, bool purge) {
  return store_.accounts().remove(account.owner, account.provider, account.auth_id, purge);
}

Result<void> AdminService::dump(const JsonLine& line) const {
  return store_.maintenance().dump(line);
}

Result<StoreFigures> AdminService::figures() const {
  StoreFigures out;
  TENTO_TRY_ASSIGN(const auto counts, store_.jobs().counts());
  for (const auto& count : counts) out.queued[std::string(stage_class_name(count.stage_class))] += count.jobs;
  TENTO_TRY_ASSIGN(const auto users, store_.users().all());
  for (const auto& user : users) {
    TENTO_TRY_ASSIGN(const auto accounts, store_.accounts().of_user(user.id));
    for (const auto& account : accounts)
      ++out.accounts[{account.provider, std::string(account_state_name(account.state))}];
  }
  return out;
}

}  // namespace tento::host
