// SPDX-License-Identifier: Apache-2.0
/// @file context.hpp
/// What an author's functions are given: the call, its deps and account, the row with its decoded parameters. Valid
/// until the function returns; helper threads must be joined before that.
#pragma once

#include <tento/connector.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "account.hpp"
#include "auth.hpp"
#include "cell.hpp"
#include "deps.hpp"
#include "params.hpp"
#include "sync_state.hpp"
#include "time.hpp"
#include "uuid.hpp"

namespace tento {

/// What `check` answers.
enum class Check : tento_check {
  go = TENTO_CHECK_GO,                ///< go on
  cancelled = TENTO_CHECK_CANCELLED,  ///< somebody cancelled: return stopped() soon
  expired = TENTO_CHECK_EXPIRED,      ///< the deadline passed: return stopped() soon; nothing more will land
  yield = TENTO_CHECK_YIELD,          ///< others wait: commit, and return with `more` set
};

namespace detail {

/// A client as the host carries it: an opaque pointer to the author's value.
template <class Integration>
struct ClientBox {
  typename Integration::Client value;
};

}  // namespace detail

/// An account that was found, without its secret: what `ctx.auth<P>(id)` gives unless P names Credentials of its own.
class AuthAccount : public Account {
 public:
  /// Binds an account to the call in which it was found.
  AuthAccount(const Account& account, const UserAuth& user) noexcept : Account(account), user_(user) {}
  /// A usable credential, refreshed if it is about to end. Needs the feature `raw-credentials`
  /// (tento::raw_credentials); others send through Http, which injects it.
  [[nodiscard]] Result<Credential> acquire_handle(std::int64_t min_ttl_s = 60) const {
    return user_.acquire_handle(kind(), auth_id(), min_ttl_s);
  }
  /// Says that the service refused the credential of that generation, so that the next acquire refreshes.
  Result<void> report_rejected(std::uint64_t refused_generation) const {
    return user_.report_rejected(kind(), auth_id(), refused_generation);
  }

 private:
  UserAuth user_;
};

namespace detail {

/// The one name of an account's lock.
[[nodiscard]] inline std::string account_lock(const std::optional<Account>& account) {
  return account ? "account:" + std::string(account->auth_id()) : std::string();
}

template <class P>
struct CredentialsOf {
  using type = AuthAccount;
};
template <class P>
requires requires {
  typename P::Credentials;
}
struct CredentialsOf<P> {
  using type = typename P::Credentials;
};

}  // namespace detail

/// What `auth<P>` gives: P::Credentials, or AuthAccount.
template <AuthProvider P>
using CredentialsOf = typename detail::CredentialsOf<P>::type;

/// A call: who it is for, and whether to go on.
class CallCtx {
 public:
  /// Wraps a call, which must outlive it.
  explicit CallCtx(const tento_call& call) noexcept : call_(&call) {}
  /// The user whose rows they are.
  [[nodiscard]] Owner owner() const noexcept { return Owner(call_->owner); }
  /// Who asked.
  [[nodiscard]] Actor actor() const noexcept { return Actor(call_->actor); }
  /// The account; none for integrations without one and for writes of the system.
  [[nodiscard]] std::optional<Account> account() const noexcept {
    if (call_->account == nullptr) return std::nullopt;
    return Account(call_->account);
  }
  /// The account's IANA zone, else the owner's.
  [[nodiscard]] std::string_view time_zone() const noexcept {
    const std::string_view own = call_->account == nullptr ? std::string_view() : Account(call_->account).time_zone();
    return own.empty() ? owner().time_zone() : own;
  }
  /// The account's settings as a JSON object; `{}` without account. See settings.hpp.
  [[nodiscard]] std::string_view settings_json() const noexcept {
    const std::string_view json =
        call_->account == nullptr ? std::string_view() : Account(call_->account).settings_json();
    return json.empty() ? std::string_view("{}") : json;
  }
  /// Asks whether to go on. Do so, or use a dep, at least once a second.
  [[nodiscard]] Check check() const noexcept {
    const tento_check answer = call_->check(call_);
    return answer <= TENTO_CHECK_YIELD ? Check{answer} : Check::cancelled;
  }
  /// `stopped()` when the call was cancelled or is past its deadline: `TENTO_TRY(ctx.proceed());`.
  [[nodiscard]] Result<void> proceed() const {
    const Check answer = check();
    if (answer == Check::cancelled || answer == Check::expired) return stopped();
    return {};
  }
  /// Whether others wait for this worker: commit, and return with `more` set.
  [[nodiscard]] bool should_yield() const noexcept { return check() == Check::yield; }
  /// The call as it crosses the ABI, for Custom interfaces.
  [[nodiscard]] const tento_call& call() const noexcept { return *call_; }

 private:
  const tento_call* call_;
};

/// A call on an integration `I`: deps, parameters, typed credentials.
template <class I>
class IntegrationCtx : public CallCtx {
 public:
  /// Wraps a call with decoded parameters.
  IntegrationCtx(const tento_call& call, typename I::Params decoded)
      : CallCtx(call), params(std::move(decoded)), deps(call) {}

  const typename I::Params params;  ///< the integration's parameters
  const typename I::Deps deps;      ///< everything the integration needs, bound to this call

  /// Looks up the account `id` of kind P::KIND. Three outcomes: an error ("{kind} auth lookup: ..."), nothing = there
  /// is no such account, or its credentials. The integration needs UserAuth in its Deps.
  template <AuthProvider P>
  [[nodiscard]] Result<std::optional<CredentialsOf<P>>> auth(std::string_view id) const {
    const UserAuth& user = deps.template get<UserAuth>();
    auto found = user.sourced_credentials(P::KIND, id);
    if (!found) {
      Error error = std::move(found).error();
      if (!error.stopped) error.message = std::string(P::KIND) + " auth lookup: " + error.message;
      return fail(std::move(error));
    }
    if (!*found) return std::optional<CredentialsOf<P>>();
    return std::optional<CredentialsOf<P>>(CredentialsOf<P>(AuthAccount(**found, user)));
  }
  /// As auth, where having none is the error "no {kind} auth for {id}".
  template <AuthProvider P>
  [[nodiscard]] Result<CredentialsOf<P>> require_auth(std::string_view id) const {
    TENTO_TRY_ASSIGN(std::optional<CredentialsOf<P>> found, auth<P>(id));
    if (found) return std::move(*found);
    Error error;
    error.code = ErrorCode::auth_required;
    error.error_class = ErrorClass::auth;
    error.message = "no " + std::string(P::KIND) + " auth for " + std::string(id);
    error.remedy = "connect";
    return fail(std::move(error));
  }
  /// Writes a log line. The integration needs Log in its Deps.
  void log(LogLevel level, std::string_view text) const { deps.template get<Log>().log(level, text); }
  /// The client of another integration of this provider, for the call's account. Needs ApiContext in its Deps.
  template <class Other>
  [[nodiscard]] Result<const typename Other::Client*> client_for(const typename Other::Params& other) const {
    std::vector<Param> list;
    encode_params(other, list);
    std::vector<tento_param> abi;
    for (const Param& one : list) abi.push_back({str(one.name), str(one.value)});
    TENTO_TRY_ASSIGN(tento_client * client, deps.template get<ApiContext>().client_for(Other::ID, abi));
    return &reinterpret_cast<const detail::ClientBox<Other>*>(client)->value;
  }
};

/// What `client` and `client_for_write` are given.
template <class I>
using ClientCtx = IntegrationCtx<I>;

/// Where a row is, without deps: what the pure functions `attributes`, `alias_key`, `lock_key` and `stage_range` get.
template <class R>
class RowKeyCtx : public CallCtx {
 public:
  /// Wraps a row context with decoded parameters.
  RowKeyCtx(const tento_row_ctx& at, typename R::Integration::Params decoded, typename R::Params mine)
      : CallCtx(*at.call), params(std::move(decoded)), own(std::move(mine)), lookup_key(view(at.lookup_key)) {}
  const typename R::Integration::Params params;  ///< the integration's parameters
  const typename R::Params own;                  ///< the row's own parameters
  const std::string_view lookup_key;             ///< the canonical key

  /// The name under which Stage::lock_account locks, for a `lock_key` that is to exclude those stages as well. Empty,
  /// which is the row, without an account.
  [[nodiscard]] std::string account_lock() const { return detail::account_lock(this->account()); }
};

/// A call on a row `R`.
template <class R>
class RowCtx : public IntegrationCtx<typename R::Integration> {
 public:
  using Integration = typename R::Integration;  ///< the row's integration
  /// Wraps a row context with decoded parameters and the account's client.
  RowCtx(const tento_row_ctx& at, typename Integration::Params decoded, typename R::Params mine,
         const typename Integration::Client& client_)
      : IntegrationCtx<Integration>(*at.call, std::move(decoded)),
        own(std::move(mine)),
        client(client_),
        row_id(Uuid::from_abi(*at.row_id)),
        lookup_key(view(at.lookup_key)) {}

  const typename R::Params own;                ///< the row's own parameters
  const typename Integration::Client& client;  ///< shared by concurrent calls
  const Uuid row_id;                           ///< for the deps that write
  const std::string_view lookup_key;           ///< the canonical key

  /// The key of another row of this account: `ctx.template key_of<Commits>()`.
  template <class Other>
  [[nodiscard]] std::string key_of(const typename Other::Params& other = {}) const {
    return Other::lookup_key(this->params, other);
  }
};

/// Arguments of a sync.
template <class R>
class SyncCtx : public RowCtx<R> {
 public:
  /// Wraps a sync context.
  SyncCtx(RowCtx<R> row, std::string_view stage_, Span window_)
      : RowCtx<R>(std::move(row)), stage(stage_), window(std::move(window_)) {}
  const std::string_view stage;  ///< one of the row's stages
  const Span window;             ///< what to fetch, as the host computed it; an open side = as far as there is
};

/// Arguments of a read of computed cells.
template <class R>
class ReadCtx : public RowCtx<R> {
 public:
  /// Wraps a read context.
  ReadCtx(RowCtx<R> row, Span window_, std::uint64_t limit)
      : RowCtx<R>(std::move(row)), window(std::move(window_)), limit_hint(limit) {}
  const Span window;               ///< which dates
  const std::uint64_t limit_hint;  ///< the reader wants no more than this; 0 = all
};

/// Arguments of a write.
template <class R>
class WriteCtx : public RowCtx<R> {
 public:
  /// Wraps a write context.
  WriteCtx(RowCtx<R> row, const tento_write_ctx& abi, std::optional<SemanticTime> date)
      : RowCtx<R>(std::move(row)),
        cell_id(view(abi.cell_id)),
        cell_date(std::move(date)),
        body(view(abi.body)),
        idempotency_key(view(abi.idempotency_key)),
        expected(view(abi.expected)) {}
  const std::string_view cell_id;               ///< which cell; empty for post, and in rows whose cells have no id
  const std::optional<SemanticTime> cell_date;  ///< which cell, in rows whose cells have no id
  const std::string_view body;                  ///< JSON of the writer; empty for delete
  const std::string_view idempotency_key;       ///< the same for every try of one write; may be empty
  /// The version that the writer named (`If-Match`, `--if-version`): carry the write out only if the service still has
  /// it, else fail with ErrorCode::conflict. Empty = no condition, whatever version is stored.
  const std::string_view expected;
};

/// What a sync did. A plain count is one.
struct Synced {
  std::uint64_t seen = 0;  ///< records seen; advisory, the host counts what landed
  bool more = false;       ///< it yielded: run the stage again to go on
  /// Records kept out because they could not be understood; not 0 = the run is `partial`.
  std::uint64_t skipped = 0;
  std::string skipped_note;  ///< which ones and why, for people; at most 511 bytes cross
  Synced() = default;        ///< nothing seen, nothing more
  /// A count; `more_` when it yielded.
  Synced(std::uint64_t count, bool more_ = false) noexcept
      : seen(count), more(more_) {}  // NOLINT(*-explicit-constructor)
};

}  // namespace tento
