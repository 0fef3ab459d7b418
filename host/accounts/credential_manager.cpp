// SPDX-License-Identifier: Apache-2.0
// Reading, and when to refresh; how is in refresh.cpp.
#include "host/accounts/credential_manager.hpp"

#include <algorithm>

#include "host/base/log.hpp"
#include "host/base/random.hpp"
#include "host/base/text.hpp"
#include "host/capability/account_state.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t longest_margin_us = std::int64_t{15} * 60 * 1'000'000;
constexpr std::int64_t assumed_lifetime_us = std::int64_t{3600} * 1'000'000;
constexpr int most_refresh_tries = 4;

bool never_ends(const AccountRecord& account) {
  return account.expires_us == INT64_MAX;
}

// Whether the access token is to be replaced before it is used for `min_ttl_us` more. A clock that was set back says
// that it is not: then the service will say whether the token is good.
bool due(const AccountRecord& account, const tento_auth& auth, std::int64_t min_ttl_us, std::int64_t now) {
  if (never_ends(account)) return false;
  const std::int64_t life = account.lifetime_us > 0 ? account.lifetime_us : assumed_lifetime_us;
  // One that is as fresh as the service makes them is not asked for again.
  const std::int64_t wanted =
      std::min(std::max(refresh_margin_us(auth, account.lifetime_us), min_ttl_us), life * 9 / 10);
  return now >= account.expires_us - wanted;
}

}  // namespace

std::int64_t refresh_margin_us(const tento_auth& auth, std::int64_t lifetime_us) {
  if (auth.refresh_margin_s > 0) return std::min<std::int64_t>(auth.refresh_margin_s, 366 * 86400) * 1'000'000;
  return std::min(longest_margin_us, (lifetime_us > 0 ? lifetime_us : assumed_lifetime_us) / 10);
}

CredentialManager::CredentialManager(Store& store, std::function<Result<Vault*>()> vault, OAuthClients& clients,
                                     CredentialManagerOptions options)
    : store_(store),
      vault_(std::move(vault)),
      clients_(clients),
      options_(std::move(options)),
      holder_(random_text(12)) {}

// Account and credential are two records; both must be of one generation.
Result<CredentialManager::Stored> CredentialManager::read(const AccountRecord& account, const tento_auth& auth) const {
  const AccountKey key{account.owner, account.provider, account.auth_id};
  TENTO_TRY_ASSIGN(auto* vault, vault_());
  for (int i = 0;; ++i) {
    TENTO_TRY_ASSIGN(auto record, store_.accounts().find(key.owner, key.provider, key.auth_id));
    if (!record) return fail(dead_account(account, &auth, "is not connected any more"));
    if (record->state == TENTO_ACCOUNT_NEEDS_REAUTH) return fail(dead_account(*record, &auth));
    if (record->state == TENTO_ACCOUNT_DISABLED) return fail(dead_account(*record, &auth, "is disabled"));
    TENTO_TRY_ASSIGN(const auto credential, store_.credentials().find(key));
    if (!credential) return fail(dead_account(*record, &auth, "has no credential"));
    if (credential->generation != record->generation && i < most_refresh_tries) continue;
    TENTO_TRY_ASSIGN(auto secret, vault->open_credential(*credential));
    return Stored{std::move(*record), std::move(secret)};
  }
}

Result<CredentialInUse> CredentialManager::acquire(const CredentialRequest& request) {
  for (int i = 0;; ++i) {
    TENTO_TRY_ASSIGN(auto stored, read(request.account, request.auth));
    const AccountRecord& account = stored.account;
    if (request.auth.how != TENTO_AUTH_OAUTH2)
      return CredentialInUse{std::move(stored.whole), account.generation, account.expires_us};
    TENTO_TRY_ASSIGN(auto tokens, unpacked(stored.whole));
    const std::int64_t now = options_.now_unix_us();
    const bool over = !never_ends(account) && now >= account.expires_us;
    const bool wanted = i < most_refresh_tries && due(account, request.auth, request.min_ttl_us, now);
    if (wanted && !tokens.refresh.text().empty()) {
      const auto done = refresh(request, stored);
      if (done) continue;
      // It is for later, and the old one is good until then.
      if (over || done.error().stopped) return fail(done.error());
      log(LogLevel::debug, account.provider + ": the credential of " + quote(account.auth_id) +
                               " could not be refreshed early: " + plain(done.error().message));
    } else if (over && tokens.refresh.text().empty()) {
      TENTO_TRY(refused(account, account.generation, "its access has ended, and its service gives no way to renew it"));
      return fail(dead_account(account, &request.auth, "needs to be connected again: its access has ended"));
    }
    return CredentialInUse{std::move(tokens.access), account.generation, account.expires_us};
  }
}

Result<bool> CredentialManager::renew(const CredentialRequest& request, std::uint64_t generation) {
  TENTO_TRY_ASSIGN(const auto stored, read(request.account, request.auth));
  if (stored.account.generation != generation) return true;
  if (request.auth.how != TENTO_AUTH_OAUTH2) return false;
  TENTO_TRY_ASSIGN(const auto tokens, unpacked(stored.whole));
  if (tokens.refresh.text().empty()) return false;
  TENTO_TRY(refresh(request, stored));
  return true;
}

Result<bool> CredentialManager::refused(const AccountRecord& account, std::uint64_t generation, std::string_view why) {
  return store_.accounts().refuse({account.owner, account.provider, account.auth_id}, generation, why);
}

}  // namespace tento::host
