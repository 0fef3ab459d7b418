// SPDX-License-Identifier: Apache-2.0
// Accounts as values: connected once, discovered once, waited for by an event, ended with their data kept or not.
#include "host/services/account_service.hpp"

#include <chrono>
#include <thread>

#include "host/egress/service.hpp"
#include "host/model/row_id.hpp"
#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::chrono::hours never{1};

struct AccountWorld : HostOfOne {
  std::atomic<int> checked{0}, discovered{0};
  std::unique_ptr<Accounts> accounts;
  std::unique_ptr<AccountService> service;

  AccountWorld() {
    slots.check_account = [this](tento_client*, const tento_integration_ctx*, const tento_text_sink* id,
                                 const tento_text_sink* label, tento_error*) {
      ++checked;
      id->put(id, str("new"));
      return label->put(label, str("The new one"));
    };
    slots.discover = [this](auto...) {
      ++discovered;
      return slot_ok;
    };
    AccountsOptions options;
    options.credentials.now_unix_us = [] { return std::int64_t{1}; };
    options.find_auth = [](auto...) -> const tento_auth* { return nullptr; };
    const auto no_vault = []() -> Result<Vault*> {
      return fail(ErrorCode::unsupported, ErrorClass::internal, "there is no vault here");
    };
    accounts =
        std::make_unique<Accounts>(*store, no_vault, std::make_shared<HttpService>(HttpSettings{}), std::move(options));
    service = std::make_unique<AccountService>(*store, *dispatcher, *accounts, no_vault);
  }
  ~AccountWorld() {
    service->stop();
    accounts->stop();
  }
  ConnectRequest request() {
    ConnectRequest out;
    out.route = table->match(":~demo:new:items", TENTO_VERB_GET)->route;
    out.user = owner;
    out.account.owner = owner.id;
    out.account.provider = out.account.kind = "demo";
    out.account.integration = "Main";
    return out;
  }
};

}  // namespace

TEST_CASE("an account is tried once, saved under the id its provider says, and its rows are discovered once") {
  AccountWorld w;
  const auto connected = w.service->connect(w.request(), {});
  REQUIRE(connected);
  CHECK(connected->account.auth_id == "new");
  CHECK(connected->account.label == "The new one");
  CHECK(connected->account.state == TENTO_ACCOUNT_ACTIVE);
  CHECK_FALSE(connected->reconnected);
  CHECK_FALSE(connected->discovery.error);
  CHECK(w.checked == 1);
  CHECK(w.discovered == 1);
  CHECK(w.store->accounts().find(w.owner.id, "demo", "new")->has_value());
  const auto again = w.service->connect(w.request(), {});
  REQUIRE(again);
  CHECK(again->reconnected);
  CHECK(again->account.generation == connected->account.generation + 1);
}

TEST_CASE("an account whose rows cannot be discovered is connected all the same") {
  AccountWorld w;
  w.slots.discover = [](auto...) -> tento_status { throw std::runtime_error("out of discover"); };
  const auto connected = w.service->connect(w.request(), {});
  REQUIRE(connected);
  CHECK(connected->discovery.error);
  CHECK(w.store->accounts().find(w.owner.id, "demo", "new")->has_value());
}

TEST_CASE("an account without an id, or with one that no key can hold, is not saved") {
  AccountWorld w;
  auto request = w.request();
  request.check = false;
  CHECK(w.service->connect(std::move(request), {}).error().tag == "usage");
  for (const std::string& id : {std::string(), std::string("."), std::string(".."), std::string("a\0b", 3),
                                std::string(std::size_t{1} << 16, 'a')})
    CHECK(AccountService::check_id(id).error().tag == "usage");
  CHECK(AccountService::check_id("joe@example.org"));
}

TEST_CASE("who waits for a connection is woken when it is cancelled, and when the host stops") {
  AccountWorld w;
  const auto wait = [&w] { return w.service->wait("flow", std::chrono::steady_clock::now() + never); };
  const auto cancelled = wait();
  cancelled->start([] {});
  CHECK_FALSE(cancelled->resume(std::chrono::steady_clock::now()));
  cancelled->cancel();
  const auto interrupted = cancelled->resume(std::chrono::steady_clock::now());
  REQUIRE(interrupted);
  CHECK(interrupted->error().tag == interrupted_tag);
  std::thread stops([&w] { w.service->stop(); });
  const auto stopped = await(*wait());
  stops.join();
  REQUIRE(stopped);
  CHECK_FALSE(*stopped);
}

TEST_CASE("an account that ends leaves its rows, or takes them along") {
  AccountWorld w;
  const std::string key = ":~demo:me:items";
  w.stored_target(key);
  const auto account = *w.store->accounts().find(w.owner.id, "demo", "me");
  const auto ended = w.service->disconnect(*account, false);
  REQUIRE(ended);
  CHECK(ended->account.auth_id == "me");
  CHECK_FALSE(ended->not_revoked);
  CHECK_FALSE(w.store->accounts().find(w.owner.id, "demo", "me")->has_value());
  const Target kept = w.target(key);
  CHECK(kept.state == RowState::disconnected);
  CHECK(kept.has_stored_cells());
  CHECK(w.dispatcher->resolve(w.owner, key, 0).error().tag == "no_account");
  CHECK(w.dispatcher->resolve(w.owner, key, TENTO_VERB_POST).error().tag == "no_account");
  w.connect("me");
  CHECK(w.target(key).state == RowState::active);
  REQUIRE(w.service->disconnect(*account, true));
  CHECK(w.dispatcher->resolve(w.owner, key, TENTO_VERB_GET).error().tag == "no_account");
}
