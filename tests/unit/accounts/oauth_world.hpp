// SPDX-License-Identifier: Apache-2.0
// A store, a vault and an account type with OAuth 2.0, over a service that a test scripts and a clock it moves.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "host/accounts/accounts.hpp"
#include "host/accounts/vault.hpp"
#include "host/store/store.hpp"

namespace tento::host::testing {

struct Said {
  std::uint32_t status = 200;
  std::string body = "{}";
  std::string type = "application/json";
  http::Headers more = {};
  std::optional<Error> error = {};
};

struct AskedOf {
  std::string method, url, body;
  http::Headers headers;
  std::map<std::string, std::string> form;  // of the body, decoded as far as tests need it
};

// Answers by a function; any thread.
class Service final : public HttpSender {
 public:
  std::function<Said(const AskedOf&)> answer = [](const AskedOf&) { return Said{}; };
  std::vector<AskedOf> asked;
  std::atomic<int> calls{0};

  Result<http::Response> send(const http::Request& request, const http::SendOptions&) override {
    AskedOf seen{request.method, request.url, request.body, request.headers, form_of_body(request.body)};
    ++calls;
    const Said said = answer(seen);
    {
      const std::scoped_lock hold(lock_);
      asked.push_back(std::move(seen));
    }
    if (said.error) return fail(*said.error);
    http::Response response;
    response.status = said.status;
    response.headers = said.more;
    response.headers.push_back({"Content-Type", said.type});
    response.final_url = request.url;
    if (!said.body.empty()) response.body = std::make_unique<http::MemoryBody>(said.body);
    return response;
  }

  static std::map<std::string, std::string> form_of_body(std::string_view body) {
    std::map<std::string, std::string> out;
    while (!body.empty()) {
      const auto end = body.find('&');
      const auto pair = body.substr(0, end);
      const auto eq = pair.find('=');
      if (eq != std::string_view::npos) out[decoded(pair.substr(0, eq))] = decoded(pair.substr(eq + 1));
      if (end == std::string_view::npos) break;
      body.remove_prefix(end + 1);
    }
    return out;
  }
  static std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

 private:
  std::mutex lock_;
};

inline constexpr std::int64_t second = 1'000'000;
inline constexpr std::int64_t start_us = std::int64_t{1'790'000'000} * second;

struct OAuthWorld {
  std::string folder;
  std::unique_ptr<Store> store;
  std::unique_ptr<Vault> vault;
  UserRecord owner;
  std::shared_ptr<Service> service = std::make_shared<Service>();
  std::atomic<std::int64_t> now{start_us};
  std::string origin_text = "https://api.a.example";
  tento_str origin = str(origin_text);
  std::vector<std::string> scope_texts = {"openid", "read:things", "write:things"};
  std::vector<tento_str> scopes = {str(scope_texts[0]), str(scope_texts[1]), str(scope_texts[2])};
  tento_scope_group read{}, write{};
  std::vector<const tento_scope_group*> groups = {&read, &write};
  tento_auth auth{};
  std::map<std::string, OAuthSettings, std::less<>> settings;
  std::map<std::string, EndpointSettings, std::less<>> endpoints;
  std::function<void(std::string_view)> on_step;
  std::unique_ptr<Accounts> accounts;

  OAuthWorld() {
    char name[] = "/tmp/tento-oauth-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
    open_store();
    read = {sizeof read, 1, str("read"), {}, scopes.data(), 2};
    write = {sizeof write, 0, str("write"), {}, scopes.data() + 2, 1};
    auth.struct_size = sizeof auth;
    auth.how = TENTO_AUTH_OAUTH2;
    auth.grants = TENTO_GRANT_CODE | TENTO_GRANT_DEVICE;
    auth.inject = TENTO_INJECT_BEARER;
    auth.kind = str("demo");
    auth.authorize_url = str("https://a.example/authorize?lang=en");
    auth.token_url = str("https://a.example/token");
    auth.device_url = str("https://a.example/device");
    auth.revoke_url = str("https://a.example/revoke");
    auth.userinfo_url = str("https://api.a.example/me");
    auth.id_pointer = str("/sub");
    auth.label_pointer = str("/email");
    auth.extra_params_json = str(R"({"access_type":"offline","state":"mine","n":3,"b":true})");
    auth.origins = &origin;
    auth.origin_count = 1;
    auth.groups = groups.data();
    auth.group_count = groups.size();
    auth.expired_tag = str("demo_auth_expired");
    settings["demo"].client_id = "client one";
    settings["demo"].client_secret = "c1ient&s3cret";
    restart();
  }
  ~OAuthWorld() {
    accounts.reset();
    vault.reset();
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  OAuthWorld(const OAuthWorld&) = delete;
  OAuthWorld& operator=(const OAuthWorld&) = delete;

  void open_store() {
    StoreConfig options;
    options.folder = folder;
    options.now_unix_us = [this] { return now.load(); };
    auto opened = host::open_store(options);
    REQUIRE(opened);
    store = std::move(*opened);
    VaultOptions keys;
    keys.key_file = folder + "/vault.key";
    auto sealed = Vault::open(*store, keys);
    REQUIRE(sealed);
    vault = std::move(*sealed);
    owner = *store->users().default_user();
  }
  std::unique_ptr<Accounts> opened(std::int64_t cool_down_us = 30 * second) {
    HttpSettings http;
    http.providers = endpoints;
    http.make_sender = [this]() -> Result<std::shared_ptr<HttpSender>> { return service; };
    AccountsOptions options;
    options.oauth = settings;
    options.credentials.now_unix_us = [this] { return now.load(); };
    options.credentials.chance = [] { return 0.5; };
    options.credentials.cool_down_us = cool_down_us;
    options.credentials.on_step = [this](std::string_view step) {
      if (on_step) on_step(step);
    };
    options.find_auth = [this](std::string_view provider, std::string_view) {
      return provider == "demo" ? &auth : nullptr;
    };
    return std::make_unique<Accounts>(
        *store, [this]() -> Result<Vault*> { return vault.get(); }, std::make_shared<HttpService>(std::move(http)),
        std::move(options));
  }
  void restart() { accounts = opened(); }

  // An account whose access token ends so many seconds from now (0 = never).
  AccountRecord connect(std::int64_t seconds, const std::string& refresh = "refresh-0",
                        const std::string& access = "access-0") {
    AccountRecord account;
    account.owner = owner.id;
    account.provider = "demo";
    account.integration = "Main";
    account.kind = "demo";
    account.auth_id = "me";
    account.refreshed_us = now;
    account.lifetime_us = seconds * second;
    account.expires_us = seconds == 0 ? INT64_MAX : now + seconds * second;
    OAuthTokens tokens{Secret(std::string(access)), Secret(std::string(refresh))};
    const auto sealed = vault->seal_credential(account, packed(tokens).text());
    REQUIRE(sealed);
    REQUIRE(store->credentials().put(account, *sealed));
    return this->account();
  }
  AccountRecord account() { return **store->accounts().find(owner.id, "demo", "me"); }
  OAuthTokens stored() {
    const auto record = store->credentials().find({owner.id, "demo", "me"});
    REQUIRE(record);
    REQUIRE(*record);
    auto secret = vault->open_credential(**record);
    REQUIRE(secret);
    return *unpacked(*secret);
  }
  Result<CredentialInUse> acquire(std::int64_t min_ttl_us = 0) {
    const auto record = account();
    return accounts->credentials()->acquire({record, auth, min_ttl_us, {}});
  }
  std::string used(std::int64_t min_ttl_us = 0) {
    const auto got = acquire(min_ttl_us);
    if (!got) return got.error().tag.empty() ? got.error().message : got.error().tag;
    return got->secret.text();
  }
};

// A service that rotates: each refresh token is good once, as RFC 9700 section 4.14.2 wants it.
inline std::function<Said(const AskedOf&)> rotating(std::shared_ptr<std::atomic<int>> lease, std::int64_t lifetime_s) {
  return [lease, lifetime_s](const AskedOf& asked) -> Said {
    int n = *lease;
    const auto token = asked.form.find("refresh_token");
    if (token == asked.form.end() || token->second != "refresh-" + std::to_string(n) ||
        !lease->compare_exchange_strong(n, n + 1))
      return {400, R"({"error":"invalid_grant"})"};
    const auto next = std::to_string(n + 1);
    return {200, R"({"access_token":"access-)" + next + R"(","refresh_token":"refresh-)" + next +
                     R"(","token_type":"Bearer","expires_in":)" + std::to_string(lifetime_s) + "}"};
  };
}

}  // namespace tento::host::testing
