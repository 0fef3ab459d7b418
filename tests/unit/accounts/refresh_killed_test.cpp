// SPDX-License-Identifier: Apache-2.0
// A process that ends at any step of a refresh: afterwards the account works, or says that it needs to be connected
// again, and no refresh token that was stored is lost.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/accounts/oauth_world.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

// What the service knows, shared with the process that ends.
struct Shared {
  std::atomic<int> lease{0};  // refresh tokens used
  std::atomic<int> calls{0};
};

std::function<Said(const AskedOf&)> service_of(Shared& shared) {
  return [&shared](const AskedOf& asked) -> Said {
    ++shared.calls;
    int n = shared.lease;
    if (asked.form.at("refresh_token") != "refresh-" + std::to_string(n) ||
        !shared.lease.compare_exchange_strong(n, n + 1))
      return {400, R"({"error":"invalid_grant"})"};
    const auto next = std::to_string(n + 1);
    return {200,
            R"({"access_token":"access-)" + next + R"(","refresh_token":"refresh-)" + next + R"(","expires_in":3600})"};
  };
}

}  // namespace

TEST_CASE("a process killed at any step of a refresh leaves an account that works or says what it needs") {
  static constexpr std::string_view steps[] = {"before lease", "lease taken",  "before call",
                                               "after call",   "before write", "written"};
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  for (const auto fatal : steps) {
    CAPTURE(fatal);
    Shared& shared = *new (memory) Shared;
    OAuthWorld w;
    w.service->answer = service_of(shared);
    w.connect(60);
    w.now += 61 * second;
    // The store's connections do not survive a fork: the child opens its own.
    w.accounts.reset();
    w.vault.reset();
    w.store.reset();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      w.open_store();
      w.restart();
      w.on_step = [fatal](std::string_view step) {
        if (step == fatal) ::kill(::getpid(), SIGKILL);
      };
      static_cast<void>(w.acquire());
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    w.open_store();
    w.restart();
    const bool asked = shared.calls > 0;
    const bool stored = w.stored().refresh.text() == "refresh-1";
    CHECK(stored == (fatal == "written"));
    auto got = w.acquire();
    if (!asked || stored) {
      REQUIRE(got);
      CHECK(got->secret.text() == "access-1");
      CHECK(shared.lease == 1);
    } else {
      // The service gave new tokens to a process that is no more: it says so twice, and then so does the account.
      REQUIRE_FALSE(got);
      CHECK(got.error().tag == "refresh_refused");
      w.now += 31 * second;
      got = w.acquire();
      REQUIRE_FALSE(got);
      CHECK(got.error().tag == "demo_auth_expired");
      CHECK(w.account().state == TENTO_ACCOUNT_NEEDS_REAUTH);
      CHECK(w.account().problem.find("this host was ended in the middle of it") != std::string::npos);
    }
  }
  ::munmap(memory, sizeof(Shared));
}

TEST_CASE("a service that does not rotate forgives a process that was killed in the middle") {
  OAuthWorld w;
  w.service->answer = [](const AskedOf&) { return Said{200, R"({"access_token":"fresh","expires_in":3600})"}; };
  w.connect(60);
  w.now += 61 * second;
  // As a killed process leaves it.
  REQUIRE(
      w.store->credentials().begin_refresh({w.owner.id, "demo", "me"}, w.account().generation, "gone", 60 * second));
  w.accounts.reset();
  w.vault.reset();
  w.store.reset();
  w.open_store();
  w.restart();
  CHECK(w.used() == "fresh");
}
