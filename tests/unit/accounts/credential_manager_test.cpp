// SPDX-License-Identifier: Apache-2.0
// When a credential is renewed, by whom, and what of a failure is believed.
#include "host/accounts/credential_manager.hpp"

#include <thread>

#include "tests/unit/accounts/oauth_world.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("the margin is a tenth of the life, at most 15 minutes, or what the provider says") {
  tento_auth auth{};
  CHECK(refresh_margin_us(auth, 3600 * second) == 360 * second);
  CHECK(refresh_margin_us(auth, 86400 * second) == 900 * second);
  CHECK(refresh_margin_us(auth, 2 * second) == second / 5);
  CHECK(refresh_margin_us(auth, 0) == 360 * second);
  auth.refresh_margin_s = 60;
  CHECK(refresh_margin_us(auth, 3600 * second) == 60 * second);
}

TEST_CASE("a credential is renewed before its end, and not before that") {
  OAuthWorld w;
  w.service->answer = rotating(std::make_shared<std::atomic<int>>(0), 3600);
  w.connect(3600);
  CHECK(w.used() == "access-0");
  w.now += (3600 - 361) * second;
  CHECK(w.used() == "access-0");
  CHECK(w.service->calls == 0);
  w.now += 2 * second;
  CHECK(w.used() == "access-1");
  CHECK(w.service->calls == 1);
  CHECK(w.used() == "access-1");
  CHECK(w.service->calls == 1);
  const auto account = w.account();
  CHECK(account.refreshed_us == w.now);
  CHECK(account.expires_us == w.now + 3600 * second);
  CHECK(w.stored().refresh.text() == "refresh-1");
  // Whoever needs it for longer gets a younger one, unless there is none younger to be had.
  w.now += 1800 * second;
  CHECK(w.used(2000 * second) == "access-2");
  CHECK(w.used(86400 * second) == "access-2");
  CHECK(w.service->calls == 2);
}

TEST_CASE(
    "a token without an end is never renewed, and one that is over without a way to renew it is the account's end") {
  OAuthWorld w;
  w.connect(0, "");
  w.now += std::int64_t{10} * 366 * 86400 * second;
  CHECK(w.used() == "access-0");
  w.connect(3600, "");
  w.now += 3599 * second;
  CHECK(w.used() == "access-0");
  w.now += 2 * second;
  CHECK(w.used() == "demo_auth_expired");
  CHECK(w.account().state == TENTO_ACCOUNT_NEEDS_REAUTH);
  CHECK_FALSE(w.account().problem.empty());
  CHECK(w.service->calls == 0);
}

TEST_CASE("a service that gives no new refresh token keeps the old one, and an end that is not said is none") {
  OAuthWorld w;
  w.service->answer = [](const AskedOf&) { return Said{200, R"({"access_token":"fresh","token_type":"bearer"})"}; };
  w.connect(60);
  w.now += 59 * second;
  CHECK(w.used() == "fresh");
  CHECK(w.stored().refresh.text() == "refresh-0");
  CHECK(w.account().expires_us == INT64_MAX);
}

TEST_CASE("twenty threads and two openers of one vault ask the service once") {
  OAuthWorld w;
  const auto counter = std::make_shared<std::atomic<int>>(0);
  const auto once = rotating(counter, 3600);
  w.service->answer = [&](const AskedOf& asked) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return once(asked);
  };
  w.connect(3600);
  w.now += 3599 * second;
  const auto other = w.opened();
  std::vector<std::thread> threads;
  std::atomic<int> fresh{0};
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      const auto record = w.account();
      auto& accounts = i % 2 == 0 ? *w.accounts : *other;
      const auto got = accounts.credentials()->acquire({record, w.auth, 0, {}});
      if (got && got->secret.text() == "access-1") ++fresh;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(fresh == 20);
  CHECK(w.service->calls == 1);
  CHECK(w.account().state == TENTO_ACCOUNT_ACTIVE);
}

TEST_CASE("the intent is in the store before the service is asked, and the new tokens before anybody has them") {
  OAuthWorld w;
  const auto counter = rotating(std::make_shared<std::atomic<int>>(0), 3600);
  bool held = false;
  w.service->answer = [&](const AskedOf& asked) {
    const auto record = w.store->credentials().refresh({w.owner.id, "demo", "me"});
    REQUIRE(record);
    REQUIRE(*record);
    held = !(**record).holder.empty() && (**record).generation == w.account().generation;
    return counter(asked);
  };
  w.connect(60);
  w.now += 59 * second;
  CHECK(w.used() == "access-1");
  CHECK(held);
  CHECK(w.stored().access.text() == "access-1");
  CHECK_FALSE(*w.store->credentials().refresh({w.owner.id, "demo", "me"}));
}

TEST_CASE("a refusal is believed when it is said twice, with a pause between") {
  OAuthWorld w;
  w.service->answer = [](const AskedOf&) { return Said{400, R"({"error":"invalid_grant"})"}; };
  w.connect(60);
  w.now += 61 * second;
  auto got = w.acquire();
  REQUIRE_FALSE(got);
  CHECK(got.error().tag == "refresh_refused");
  CHECK(got.error().error_class == ErrorClass::transient);
  CHECK(got.error().retry_after_ms == 30'000);
  CHECK(w.account().state == TENTO_ACCOUNT_ACTIVE);
  w.now += 29 * second;
  CHECK(w.used() == "refresh_refused");
  CHECK(w.service->calls == 1);
  w.now += 2 * second;
  got = w.acquire();
  REQUIRE_FALSE(got);
  CHECK(got.error().tag == "demo_auth_expired");
  CHECK(got.error().error_class == ErrorClass::auth);
  CHECK(w.service->calls == 2);
  CHECK(w.account().state == TENTO_ACCOUNT_NEEDS_REAUTH);
  CHECK(w.account().problem == "its service has ended the access");
  CHECK(w.used() == "demo_auth_expired");
  CHECK(w.service->calls == 2);
  // Connected again, all is well.
  w.connect(3600, "refresh-0", "anew");
  CHECK(w.used() == "anew");
}

TEST_CASE("a refusal of what another has replaced meanwhile is not believed") {
  OAuthWorld w;
  w.service->answer = [&](const AskedOf&) {
    w.connect(3600, "theirs", "by another");
    return Said{400, R"({"error":"invalid_grant"})"};
  };
  w.connect(60);
  w.now += 61 * second;
  CHECK(w.used() == "refresh_refused");
  CHECK(w.used() == "by another");
  CHECK(w.account().state == TENTO_ACCOUNT_ACTIVE);
}

TEST_CASE("tokens that come back after the account was connected again replace nothing") {
  OAuthWorld w;
  w.service->answer = [&](const AskedOf&) {
    w.connect(3600, "theirs", "by another");
    return Said{200, R"({"access_token":"late","refresh_token":"late","expires_in":60})"};
  };
  w.connect(60);
  w.now += 61 * second;
  CHECK(w.used() == "by another");
  CHECK(w.stored().refresh.text() == "theirs");
}

TEST_CASE("the network, a 5xx, a 429 and a client that is wrong are never an account's end") {
  OAuthWorld w;
  w.connect(60);
  w.now += 61 * second;
  const auto error = [&](const Said& said) {
    w.service->answer = [said](const AskedOf&) { return said; };
    w.now += 400 * second;
    const auto got = w.acquire();
    REQUIRE_FALSE(got);
    CHECK(w.account().state == TENTO_ACCOUNT_ACTIVE);
    return got.error();
  };
  Error gone;
  gone.error_class = ErrorClass::transient;
  gone.message = "no route";
  for (int i = 0; i < 20; ++i) CHECK(error({0, "", "", {}, gone}).error_class == ErrorClass::transient);
  CHECK(error({503, ""}).error_class == ErrorClass::transient);
  CHECK(error({429, "", "", {{"Retry-After", "120"}}}).error_class == ErrorClass::rate_limit);
  CHECK(error({401, R"({"error":"invalid_client"})"}).error_class == ErrorClass::config);
  CHECK(error({200, "<html>"}).error_class == ErrorClass::provider);
  // Nobody asks again before it is time.
  const int calls = w.service->calls;
  const auto early = w.acquire();
  REQUIRE_FALSE(early);
  CHECK(early.error().tag == "refresh_failed");
  CHECK(early.error().retry_after_ms > 0);
  CHECK(w.service->calls == calls);
  w.service->answer = rotating(std::make_shared<std::atomic<int>>(0), 3600);
  w.now += 400 * second;
  CHECK(w.used() == "access-1");
}

TEST_CASE("while the old credential lasts, a refresh that fails keeps nobody from using it") {
  OAuthWorld w;
  w.service->answer = [](const AskedOf&) { return Said{503, ""}; };
  w.connect(3600);
  w.now += 3500 * second;
  CHECK(w.used() == "access-0");
  CHECK(w.used() == "access-0");
  CHECK(w.service->calls == 1);
  w.now += 101 * second;
  CHECK_FALSE(w.acquire());
}

TEST_CASE("a 401 renews once, whoever saw it") {
  OAuthWorld w;
  w.service->answer = rotating(std::make_shared<std::atomic<int>>(0), 3600);
  const auto before = w.connect(3600);
  auto& credentials = *w.accounts->credentials();
  CHECK(*credentials.renew({before, w.auth, 0, {}}, before.generation));
  CHECK(*credentials.renew({before, w.auth, 0, {}}, before.generation));  // the other one's news is old
  CHECK(w.service->calls == 1);
  CHECK(w.used() == "access-1");
  CHECK_FALSE(*credentials.refused(before, before.generation, "late"));
  CHECK(w.account().state == TENTO_ACCOUNT_ACTIVE);
  CHECK(*credentials.refused(before, w.account().generation, "refused again"));
  CHECK(w.account().state == TENTO_ACCOUNT_NEEDS_REAUTH);
  CHECK(w.account().problem == "refused again");
  w.connect(0, "");
  CHECK_FALSE(*credentials.renew({before, w.auth, 0, {}}, w.account().generation));
}

TEST_CASE("a clock that jumps a year either way ends no account") {
  OAuthWorld w;
  w.service->answer = rotating(std::make_shared<std::atomic<int>>(0), 3600);
  w.connect(3600);
  const std::int64_t year = std::int64_t{365} * 86400 * second;
  w.now += year;
  CHECK(w.used() == "access-1");
  w.now -= 2 * year;
  CHECK(w.used() == "access-1");  // no use in guessing: the service says whether it is good
  CHECK(w.service->calls == 1);
  const auto account = w.account();
  CHECK(*w.accounts->credentials()->renew({account, w.auth, 0, {}}, account.generation));
  CHECK(w.used() == "access-2");
  CHECK(w.account().expires_us == w.now + 3600 * second);
  // Neither does one that jumps while somebody refreshes.
  w.now += 3600 * second;
  const auto counter = std::make_shared<std::atomic<int>>(2);
  const auto fine = rotating(counter, 3600);
  w.service->answer = [&](const AskedOf& asked) {
    w.now -= year;
    return fine(asked);
  };
  CHECK(w.used() == "access-3");
}
