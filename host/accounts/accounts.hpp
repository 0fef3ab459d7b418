// SPDX-License-Identifier: Apache-2.0
// Accounts of a host process: their credentials for calls, and connections under way.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/accounts/credential_manager.hpp"
#include "host/accounts/flows.hpp"
#include "host/accounts/oauth_client.hpp"

namespace tento::host {

struct AccountsOptions {
  std::map<std::string, OAuthSettings, std::less<>> oauth;  // by provider id
  CredentialManagerOptions credentials;                     // `now_unix_us` counts for all
  FindAuth find_auth;
};

// Any thread.
class Accounts {
 public:
  Accounts(Store& store, const std::function<Result<Vault*>()>& vault, std::shared_ptr<HttpService> http,
           AccountsOptions options);
  ~Accounts();
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  [[nodiscard]] const std::shared_ptr<CredentialManager>& credentials() const { return manager_; }
  [[nodiscard]] Flows& flows() { return flows_; }
  [[nodiscard]] OAuthClients& clients() { return clients_; }

  // Sees a device flow through, in a thread of its own; `end` is called there unless the host ends before.
  void watch_device(const std::string& flow,
                    std::function<void(tl::expected<AuthorizationGrant, AuthorizationFailure>)> end);
  // No thread of it runs behind this.
  void stop();

 private:
  OAuthClients clients_;
  std::shared_ptr<CredentialManager> manager_;
  Flows flows_;
  std::mutex lock_;
  struct Watch {
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> done;
  };
  std::vector<Watch> watches_;
  std::atomic<bool> stopping_{false};
};

}  // namespace tento::host
