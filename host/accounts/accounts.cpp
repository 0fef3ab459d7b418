// SPDX-License-Identifier: Apache-2.0
// The parts together.
#include "host/accounts/accounts.hpp"

#include <algorithm>
#include <utility>

namespace tento::host {
Accounts::Accounts(Store& store, const std::function<Result<Vault*>()>& vault, std::shared_ptr<HttpService> http,
                   AccountsOptions options)
    : clients_(std::move(http), std::move(options.oauth), options.credentials.now_unix_us),
      manager_(std::make_shared<CredentialManager>(store, vault, clients_, options.credentials)),
      flows_(store, vault, clients_, {options.credentials.now_unix_us, std::move(options.find_auth)}) {}

Accounts::~Accounts() {
  stop();
}

void Accounts::watch_device(const std::string& flow,
                            std::function<void(tl::expected<AuthorizationGrant, AuthorizationFailure>)> end) {
  const std::scoped_lock hold(lock_);
  if (stopping_) return;
  // Threads that have ended are let go.
  for (auto& watch : watches_)
    if (*watch.done && watch.thread.joinable()) watch.thread.join();
  std::erase_if(watches_, [](const Watch& watch) { return !watch.thread.joinable(); });
  auto done = std::make_shared<std::atomic<bool>>(false);
  watches_.push_back({std::thread([this, flow, end = std::move(end), done] {
                        auto result = flows_.await_device(flow, [this] { return stopping_.load(); });
                        if (result || !result.error().error.stopped) end(std::move(result));
                        *done = true;
                      }),
                      done});
}

void Accounts::stop() {
  std::vector<Watch> watches;
  {
    const std::scoped_lock hold(lock_);
    stopping_ = true;
    watches = std::move(watches_);
    watches_.clear();
  }
  for (auto& watch : watches) watch.thread.join();
}

}  // namespace tento::host
