// SPDX-License-Identifier: Apache-2.0
// Accounts: connecting by a secret, by the authorization code flow or by the device flow, trying, discovering rows,
// disconnecting. Results are values; every face words them itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/accounts/accounts.hpp"
#include "host/accounts/flows.hpp"
#include "host/base/listeners.hpp"
#include "host/base/pending.hpp"
#include "host/base/secret.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/store/store.hpp"

namespace tento::host {

// An account that is to be connected.
struct ConnectRequest {
  const Route* route = nullptr;  // one of its integration
  UserRecord user;
  AccountRecord account;             // an empty auth_id = the provider or the service says one
  bool reconnect = false;            // it is there already
  bool check = true;                 // it is tried before it is saved
  std::optional<Secret> secret;      // that goes into requests, where it is new
  std::optional<Secret> credential;  // what is stored of it, where that is more than the secret
};

// What the provider named for an account, or why it could not.
struct Discovery {
  std::vector<DiscoveredRow> rows;  // none where the integration names none
  std::optional<Error> error;
};
struct ConnectedAccount {
  AccountRecord account;
  bool reconnected = false;
  Discovery discovery;
};

// How a connection by the service's own pages ended. Either the account or the error is there.
struct ConnectResult {
  AuthorizationRequest request;  // empty where nobody knows which connection it was
  std::optional<ConnectedAccount> connected;
  std::optional<Error> error;
};

struct Disconnected {
  AccountRecord account;
  std::optional<Error> not_revoked;  // why its service could not be told
};

// Any thread. What it is made of outlives it.
class AccountService {
 public:
  // `on_connected`, which may be empty, is called when an account was connected and its rows are stored; any thread.
  AccountService(Store& store, Dispatcher& dispatcher, Accounts& accounts, std::function<Result<Vault*>()> vault,
                 std::function<void()> on_connected = {});
  AccountService(const AccountService&) = delete;
  AccountService& operator=(const AccountService&) = delete;

  // Connects at once: tries the account, gives it an id, saves it, discovers its rows, once. Errors: what the provider
  // says of it; invalid_argument `usage` where nobody says an id.
  Result<ConnectedAccount> connect(ConnectRequest request, const ActorInfo& actor);
  // Why an id cannot stand in keys: invalid_argument `usage`.
  [[nodiscard]] static Result<void> check_id(const std::string& auth_id);

  // Begins a connection by the service's pages. `base`: where this host is reached, see Flows::begin_code().
  Result<PendingAuthorization> begin_code(const AuthorizationRequest& request, std::string_view base);
  // The same by a code that is typed elsewhere; it is seen through in the background.
  Result<PendingAuthorization> begin_device(const AuthorizationRequest& request, const ActorInfo& actor);
  // Goes on with the device flows that a host before left open.
  Result<void> resume_devices();
  // The service sent a browser back: what it granted becomes an account. Writes the audit log and wakes who waits.
  ConnectResult finish(const AuthorizationResponse& response, const ActorInfo& actor);
  // Pending until a connection ends. Nothing: it was still under way at `until`, or when the host stopped. Cancelled it
  // ends as `interrupted`. The service outlives it.
  std::shared_ptr<Pending<std::optional<ConnectResult>>> wait(const std::string& flow,
                                                              std::chrono::steady_clock::time_point until);

  // Tells the service that the access is over, as far as it can be told, and ends the account; with `purge` its rows
  // go, too.
  Result<Disconnected> disconnect(const AccountRecord& account, bool purge);
  // The rows that a provider names for an account beside those that follow from its patterns. They are stored, so that
  // they are listed from then on.
  Discovery discover(const Route& route, const UserRecord& user, const AccountRecord& account, const ActorInfo& actor);

  // Wakes everybody who waits, for good.
  void stop();

 private:
  class Wait;
  Result<void> check(ConnectRequest& request, const ActorInfo& actor);
  Result<void> save(const ConnectRequest& request);
  ConnectResult finish(tl::expected<AuthorizationGrant, AuthorizationFailure> response, const ActorInfo& actor);
  Result<ConnectedAccount> connect(AuthorizationGrant& granted, const ActorInfo& actor);
  void watch(const std::string& flow, const ActorInfo& actor);
  Result<void> revoke(const AccountRecord& account);

  Store& store_;
  Dispatcher& dispatcher_;
  Accounts& accounts_;
  std::function<Result<Vault*>()> vault_;
  const std::function<void()> on_connected_;
  const std::shared_ptr<Listeners<std::string>> ends_ =
      std::make_shared<Listeners<std::string>>();            // of flows; "" = all
  std::mutex mutex_;                                         // guards what follows
  std::deque<std::pair<std::string, ConnectResult>> ended_;  // by flow, the oldest first
  bool stopping_ = false;
};

}  // namespace tento::host
