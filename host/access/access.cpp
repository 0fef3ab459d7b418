// SPDX-License-Identifier: Apache-2.0
// Looking tokens up, and remembering the answers for as long as no token changes.
#include "host/access/access.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/access/key_prefix.hpp"
#include "host/access/token_text.hpp"
#include "host/base/clock.hpp"
#include "host/base/error.hpp"

namespace tento::host {

namespace {

constexpr std::size_t most_known = 4096;
constexpr std::int64_t between_writes_us = 60'000'000;

tl::unexpected<Error> refused(std::string message, std::string tag) {
  return error(ErrorCode::auth_required, ErrorClass::auth, std::move(message))
      .tag(std::move(tag))
      .remedy("make a token with {op:token create}");
}

}  // namespace

bool allows_key(const Principal& principal, std::string_view canonical_key) {
  return principal.prefixes.empty() ||
         std::any_of(principal.prefixes.begin(), principal.prefixes.end(),
                     [&](const std::string& prefix) { return covers(prefix, canonical_key); });
}

Error missing_scope(const Principal& principal, Scope scope, std::string_view doing) {
  auto e = fail(ErrorCode::forbidden, ErrorClass::config,
                std::string(doing) + " needs the scope `" + std::string(to_string(scope)) + "`, which " +
                    (principal.token.empty() ? "this caller" : "the token " + principal.token) + " has not",
                "scope")
               .value();
  e.remedy = "use a token with that scope";
  return e;
}

Access::Access(Store& store, std::function<std::int64_t()> now_unix_us)
    : store_(store), now_unix_us_(now_unix_us ? std::move(now_unix_us) : unix_now_us) {}

Result<std::shared_ptr<const Principal>> Access::authenticate(std::string_view token) {
  if (token.empty()) return refused("this needs a token: Authorization: Bearer tento_pat_...", "no_token");
  if (!looks_like_token(token)) return refused("this is not a token of this host", "bad_token");
  const auto hash = token_hash(token);
  return by_hash(hash);
}

Result<std::shared_ptr<const Principal>> Access::by_hash(const std::string& hash) {
  // Read before the store is asked: a change that comes between makes the answer old at once, never new.
  TENTO_TRY_ASSIGN(const auto generation, store_.tokens().generation());
  {
    const std::lock_guard lock(mutex_);
    if (generation != generation_) {
      known_.clear();
      generation_ = generation;
    }
    if (const auto at = known_.find(hash);
        at != known_.end() && CRYPTO_memcmp(at->second.hash.data(), hash.data(), hash.size()) == 0) {
      auto principal = admitted(at->second);
      if (principal) uses_[at->second.id].used_us = now_unix_us_();
      return principal;
    }
  }
  TENTO_TRY_ASSIGN(auto known, look_up(hash));
  auto principal = admitted(known);
  const std::lock_guard lock(mutex_);
  if (principal) uses_[known.id].used_us = now_unix_us_();
  if (generation == generation_ && known_.size() < most_known) known_.emplace(hash, std::move(known));
  return principal;
}

Result<Access::Known> Access::look_up(const std::string& hash) {
  TENTO_TRY_ASSIGN(const auto found, store_.tokens().find_by_hash(hash));
  if (!found || CRYPTO_memcmp(found->hash.data(), hash.data(), hash.size()) != 0)
    return refused("this is not a token of this host", "bad_token");
  TENTO_TRY_ASSIGN(auto owner, store_.users().find(found->owner));
  if (!owner) return refused("this is not a token of this host", "bad_token");
  auto principal = std::make_shared<Principal>();
  principal->owner = std::move(*owner);
  principal->name = found->name;
  principal->token = found->id;
  principal->hash = found->hash;
  principal->scopes = {};
  for (const auto& word : found->scopes)
    if (const auto scope = parse_scope(word)) principal->scopes.add(*scope);
  principal->prefixes = found->prefixes;
  principal->expires_us = found->expires_us;
  return Known{found->hash, found->id, std::move(principal), found->revoked_us};
}

Result<std::shared_ptr<const Principal>> Access::admitted(const Known& known) const {
  if (known.revoked_us != 0) return refused("the token " + known.id + " was revoked", "token_revoked");
  if (known.principal->expires_us <= now_unix_us_())
    return refused("the token " + known.id + " has expired", "token_expired");
  return known.principal;
}

Result<void> Access::still_holds(const Principal& principal) {
  if (principal.token.empty()) return {};
  TENTO_TRY(by_hash(principal.hash));
  return {};
}

Result<void> Access::note_uses() {
  std::vector<std::pair<std::string, std::int64_t>> due;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, use] : uses_) {
      if (use.used_us == 0 || use.used_us - use.written_us < between_writes_us) continue;
      due.emplace_back(id, use.used_us);
      use.written_us = use.used_us;
    }
  }
  for (const auto& [id, used_us] : due) TENTO_TRY(store_.tokens().touch(id, used_us));
  return {};
}

}  // namespace tento::host
