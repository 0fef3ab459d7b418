// SPDX-License-Identifier: Apache-2.0
// Twenty threads and two openers of one vault want an account's credential when it has just ended, over real
// connections: race TOKEN_URL, with the client's secret, the access and the refresh token on standard input, a line
// each. Prints how many of them got a token, how many different ones these are, and the refresh token that is stored
// then.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/accounts/accounts.hpp"
#include "host/accounts/vault.hpp"
#include "host/store/store.hpp"

namespace {

using namespace tento;
using namespace tento::host;

constexpr int thread_count = 20;

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << result.error().message << '\n';
  std::exit(1);
}

std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

int main(int argc, char** argv) {
  std::string secret, access, refresh;
  if (argc != 2 || !std::getline(std::cin, secret) || !std::getline(std::cin, access) ||
      !std::getline(std::cin, refresh))
    return 2;
  char name[] = "/tmp/tento-race-XXXXXX";
  if (::mkdtemp(name) == nullptr) return 1;
  const std::string folder = name;
  StoreConfig at;
  at.folder = folder;
  const auto store = must(open_store(at));
  VaultOptions keys;
  keys.key_file = folder + "/vault.key";
  const auto vault = must(Vault::open(*store, keys));

  tento_auth auth{};
  auth.struct_size = sizeof auth;
  auth.how = TENTO_AUTH_OAUTH2;
  auth.grants = TENTO_GRANT_CODE;
  auth.token_url = str(argv[1]);
  const auto opened = [&] {
    AccountsOptions options;
    options.oauth["demo"].client_id = "tento";
    options.oauth["demo"].client_secret = secret;
    options.credentials.now_unix_us = &now_us;
    options.find_auth = [&auth](std::string_view, std::string_view) { return &auth; };
    return std::make_unique<Accounts>(
        *store, [&vault]() -> Result<Vault*> { return vault.get(); }, std::make_shared<HttpService>(HttpSettings{}),
        std::move(options));
  };
  AccountRecord account;
  account.owner = must(store->users().default_user()).id;
  account.provider = account.kind = "demo";
  account.integration = "Main";
  account.auth_id = "me";
  account.refreshed_us = now_us() - 3'000'000;
  account.lifetime_us = 2'000'000;
  account.expires_us = account.refreshed_us + account.lifetime_us;
  const OAuthTokens tokens{Secret(std::move(access)), Secret(std::move(refresh))};
  const auto seal = must(vault->seal_credential(account, packed(tokens).text()));
  if (!store->credentials().put(account, seal)) return 1;

  int well = 0;
  std::set<std::string> seen;
  {
    const std::unique_ptr<Accounts> openers[] = {opened(), opened()};
    std::vector<std::thread> threads;
    std::mutex lock;
    for (int i = 0; i < thread_count; ++i) {
      threads.emplace_back([&, i] {
        const auto got = openers[i % 2]->credentials()->acquire({account, auth, 0, {}});
        const std::scoped_lock hold(lock);
        if (!got) {
          std::cerr << got.error().message << '\n';
          return;
        }
        ++well;
        seen.insert(got->secret.text());
      });
    }
    for (auto& thread : threads) thread.join();
  }
  const auto record = must(store->credentials().find({account.owner, "demo", "me"}));
  const auto kept = must(unpacked(must(vault->open_credential(*record))));
  std::cout << well << ' ' << seen.size() << ' ' << kept.refresh.text() << '\n';
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}
