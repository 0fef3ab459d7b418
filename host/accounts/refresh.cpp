// SPDX-License-Identifier: Apache-2.0
// One refresh for all who want it: among the threads of this process by a refresh that they share, among processes by a
// lease in the store, which is durable before the service is asked.
#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "host/accounts/credential_manager.hpp"
#include "host/accounts/token_endpoint.hpp"
#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/capability/account_state.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t one_second_us = 1'000'000;
constexpr std::int64_t refresh_lease_us = 60 * one_second_us;  // longer than a request may take
constexpr std::int64_t longest_pause_us = 300 * one_second_us;
constexpr std::int64_t config_pause_us = 10 * one_second_us;
constexpr std::chrono::milliseconds refresh_stop_interval{20};

double any_chance() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

// Full jitter over a bound that doubles.
std::int64_t pause_us(std::int32_t failures, double chance) {
  const std::int64_t bound = std::min(longest_pause_us, one_second_us << std::min(failures, 9));
  return one_second_us / 4 + static_cast<std::int64_t>(chance * static_cast<double>(bound));
}

Error wait_until(const AccountRecord& account, const RefreshRecord& record, std::int64_t now) {
  Error e;
  e.code = ErrorCode::upstream;
  e.error_class = ErrorClass::transient;
  e.message = "the credential of " + quote(account.auth_id) +
              (record.refused_us != 0 ? " was refused when it was to be refreshed; that is asked once more before the "
                                        "account counts as ended"
                                      : " could not be refreshed a moment ago");
  e.tag = record.refused_us != 0 ? "refresh_refused" : "refresh_failed";
  e.remedy = "try again later";
  e.retry_after_ms = std::max<std::int64_t>(1, (record.retry_at_us - now) / 1000);
  return e;
}

}  // namespace

struct CredentialManager::SharedRefresh {
  std::condition_variable over;
  bool done = false;
  Result<Ended> result = Ended::changed;
};

Result<CredentialManager::Ended> CredentialManager::refresh(const CredentialRequest& request, const Stored& stored) {
  const auto key = std::make_tuple(stored.account.owner, stored.account.provider, stored.account.auth_id);
  std::shared_ptr<SharedRefresh> shared;
  {
    std::unique_lock hold(lock_);
    auto& there = refreshes_[key];
    if (there) {
      const auto joined = there;
      while (!joined->done) {
        if (request.stopped && request.stopped()) return stopped();
        joined->over.wait_for(hold, refresh_stop_interval);
      }
      // One who was told to stop says nothing of the others.
      if (joined->result || !joined->result.error().stopped) return joined->result;
      return Ended::changed;
    }
    there = shared = std::make_shared<SharedRefresh>();
  }
  auto result = refresh_alone(request, stored.account.generation);
  const std::scoped_lock hold(lock_);
  shared->result = result;
  shared->done = true;
  refreshes_.erase(key);
  shared->over.notify_all();
  return result;
}

Result<CredentialManager::Ended> CredentialManager::refresh_alone(const CredentialRequest& request,
                                                                  std::uint64_t generation) {
  const AccountKey key{request.account.owner, request.account.provider, request.account.auth_id};
  for (;;) {
    step("before lease");
    TENTO_TRY_ASSIGN(const auto lease, store_.credentials().begin_refresh(key, generation, holder_, refresh_lease_us));
    switch (lease.state) {
      case RefreshLease::State::mine:
        step("lease taken");
        return ask_anew(request, key, generation, lease.record.interrupted, lease.record.failures,
                        lease.record.refused_us);
      case RefreshLease::State::changed:
        return Ended::changed;
      case RefreshLease::State::waiting:
        return fail(wait_until(request.account, lease.record, options_.now_unix_us()));
      case RefreshLease::State::theirs:
        break;
    }
    if (request.stopped && request.stopped()) return stopped();
    std::this_thread::sleep_for(refresh_stop_interval);
  }
}

// The lease is this one's: nobody else refreshes until it ends.
Result<CredentialManager::Ended> CredentialManager::ask_anew(const CredentialRequest& request, const AccountKey& key,
                                                             std::uint64_t generation, bool interrupted,
                                                             std::int32_t failures, std::int64_t refused_us) {
  auto& leases = store_.credentials();
  const auto give_up = [&](Error error, std::int64_t pause, bool refused) -> Result<Ended> {
    const RefreshFailure failure{options_.now_unix_us() + pause, refused};
    TENTO_TRY(leases.fail_refresh(key, holder_, failure));
    return fail(std::move(error));
  };
  // Read anew under the lease: what was read before it may be what the last holder replaced.
  auto stored = read(request.account, request.auth);
  if (!stored) return give_up(stored.error(), 0, false);
  if (stored->account.generation != generation) {
    TENTO_TRY(leases.fail_refresh(key, holder_, {}));
    return Ended::changed;
  }
  const auto tokens = unpacked(stored->whole);
  if (!tokens) return give_up(tokens.error(), 0, false);
  const auto client = clients_.of(key.provider, request.auth, request.stopped);
  if (!client)
    return give_up(client.error(), client.error().error_class == ErrorClass::config ? 0 : one_second_us, false);

  step("before call");
  auto answer = ask_token(clients_.http(), *client, request.auth,
                          {{"grant_type", "refresh_token"}, {"refresh_token", tokens->refresh.text()}}, {});
  step("after call");
  const std::int64_t now = options_.now_unix_us();
  if (answer) {
    AccountRecord account = stored->account;
    account.refreshed_us = now;
    account.lifetime_us = answer->lifetime_s.value_or(0) * one_second_us;
    account.expires_us = answer->lifetime_s ? now + account.lifetime_us : INT64_MAX;
    account.state = TENTO_ACCOUNT_ACTIVE;
    account.problem.clear();
    if (answer->scope) account.scopes = *answer->scope;
    if (answer->tokens.refresh.text().empty()) answer->tokens.refresh = Secret(std::string(tokens->refresh.text()));
    const Secret whole = packed(answer->tokens);
    TENTO_TRY_ASSIGN(auto* vault, vault_());
    TENTO_TRY_ASSIGN(const auto sealed, vault->seal_credential(account, whole.text()));
    step("before write");
    TENTO_TRY_ASSIGN(const bool current, leases.finish_refresh(account, holder_, sealed));
    step("written");
    if (current) log(LogLevel::info, key.provider + ": the credential of " + quote(key.auth_id) + " was refreshed");
    return current ? Ended::refreshed : Ended::changed;
  }

  Error error = std::move(answer).error();
  if (error.tag == "invalid_grant") {
    const bool again = refused_us != 0 && now - refused_us >= options_.cool_down_us && now >= refused_us;
    if (again) return given_up(stored->account, request.auth, interrupted);
    step("before refusal");
    const RefreshFailure failure{now + options_.cool_down_us, true};
    TENTO_TRY(leases.fail_refresh(key, holder_, failure));
    RefreshRecord record;
    record.refused_us = now;
    record.retry_at_us = failure.retry_at_us;
    return fail(wait_until(stored->account, record, now));
  }
  std::int64_t pause = error.error_class == ErrorClass::config
                           ? config_pause_us
                           : pause_us(failures, options_.chance ? options_.chance() : any_chance());
  if (error.retry_after_ms > 0) pause = std::min(error.retry_after_ms * 1000, longest_pause_us);
  error.message = "the credential of " + quote(key.auth_id) + " could not be refreshed: " + error.message;
  return give_up(std::move(error), pause, false);
}

// The service said twice, with a pause between, that the grant is no more.
Result<CredentialManager::Ended> CredentialManager::given_up(const AccountRecord& account, const tento_auth& auth,
                                                             bool interrupted) {
  step("before giving up");
  const std::string_view why =
      interrupted
          ? "its access could not be renewed: this host was ended in the middle of it once, and its service has "
            "ended the access since"
          : "its service has ended the access";
  TENTO_TRY(refused(account, account.generation, why));
  TENTO_TRY(store_.credentials().fail_refresh({account.owner, account.provider, account.auth_id}, holder_, {}));
  log(LogLevel::warn, account.provider + ": the account " + quote(account.auth_id) +
                          " needs to be connected again: " + std::string(why));
  return fail(dead_account(account, &auth, "needs to be connected again: " + std::string(why)));
}

}  // namespace tento::host
