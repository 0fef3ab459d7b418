// SPDX-License-Identifier: Apache-2.0
// The last steps of connecting an account, the same whichever way its credential came.
#pragma once

#include <optional>
#include <string>

#include "host/accounts/flows.hpp"
#include "host/deps/http_credential.hpp"
#include "host/operations/context.hpp"

namespace tento::host {

// An account that is to be saved.
struct Connecting {
  const Route* route = nullptr;  // one of its integration
  UserRecord owner;
  AccountRecord account;
  bool reconnect = false;        // it is there already
  bool check = true;             // it is tried before it is saved
  std::optional<Secret> secret;  // that goes into requests, where it is new
  std::optional<Secret> whole;   // what is kept of it, where that is more than the secret
};

[[nodiscard]] Result<void> check_account_id(const std::string& id);
// Tries it, gives it an id, saves it, lists its rows.
[[nodiscard]] Result<Output> save_account(Context& ctx, Host& host, Connecting wish);
[[nodiscard]] Result<Output> connected_output(Context& ctx, Host& host, const Connecting& wish,
                                              const AccountRecord& account);

// A flow came back with a grant, or without: saves the account, writes the audit log, tells who waits.
struct FlowResult {
  FlowWish wish;
  std::optional<AccountRecord> account;
  std::optional<Error> error;
};
[[nodiscard]] FlowResult finish_flow(Engine& engine, Host& host, tl::expected<FlowEnd, FlowFailure> came,
                                     const ActorInfo& actor);
// Sees a device flow through in the background.
void watch_device(Engine& engine, Host& host, const std::string& flow, const ActorInfo& actor);
// Goes on with those that the host before left open.
[[nodiscard]] Result<void> resume_devices(Engine& engine, Host& host);

}  // namespace tento::host
