// SPDX-License-Identifier: Apache-2.0
// Other keys for everything: while others work, and whole again when the process is killed at whichever step.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/accounts/vault_fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr int killed = 42;

// Does `work` in a process of its own that ends, as by a kill, at the given step. True: it ended there.
template <class Work>
bool die_at(VaultFixture& f, int step, const Work& work) {
  f.vault.reset();
  f.store.reset();
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int steps = 0;
    f.on_step = [&steps, step](std::string_view) {
      if (steps++ == step) ::_exit(killed);
    };
    auto store = open_store(f.options());
    ::_exit(store && work(**store) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == killed));
  return WEXITSTATUS(status) == killed;
}

}  // namespace

TEST_CASE("after a rotation everything is under a new key, and the old one opens nothing that is left") {
  VaultFixture f;
  must(f.try_open());
  f.put("a", "hunter2");
  f.put("b", "hunter3");
  const auto flow = f.put_flow("s1", "verifier");
  const auto old_file = text_of(f.key_file);
  const auto old_id = f.vault->current_key();
  const auto old_a = f.record("a");
  const auto counts = must(f.vault->rotate());
  CHECK(counts.resealed == 2);
  CHECK(counts.current == 0);
  CHECK(counts.key == f.vault->current_key());
  CHECK(counts.key != old_id);
  CHECK(counts.unused == std::vector<std::string>{old_id});
  CHECK(f.record("a").sealed.key_id == counts.key);
  CHECK(f.record("a").generation == old_a.generation);
  CHECK(f.secret_of("a") == "hunter2");
  CHECK(f.secret_of("b") == "hunter3");
  const auto flow_now = must(f.store->authorizations().take("s1"));
  REQUIRE(flow_now);
  CHECK(flow_now->sealed.key_id == counts.key);
  CHECK(must(f.vault->open_sealed(Vault::seal_for(*flow_now), flow_now->sealed)).text() == "verifier");
  CHECK(text_of(f.key_file).find(old_id) == std::string::npos);
  CHECK(f.files().find(old_a.sealed.bytes) == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(f.key_file.string() + ".new"));
  CHECK(tag_of(f.vault->open_sealed({"credential", f.owner.id, "x", "x_kind", "a"}, old_a.sealed)) ==
        "vault_key_wrong");
  // Who read the record before is given the secret all the same, but not one that was replaced.
  CHECK(must(f.vault->open_credential(old_a)).text() == "hunter2");
  f.put("a", "hunter4");
  CHECK(tag_of(f.vault->open_credential(old_a)) == "vault_key_wrong");
  f.put("a", "hunter2");
  f.reopen();
  CHECK(f.secret_of("a") == "hunter2");
  f.vault.reset();
  write_private(f.key_file, old_file);
  CHECK(tag_of(f.try_open()) == "vault_key_wrong");
}

TEST_CASE("a vault without keys gets its first one") {
  VaultFixture f;
  must(f.try_open());
  const auto counts = must(f.vault->rotate());
  CHECK(counts.resealed == 0);
  CHECK(counts.unused.empty());
  CHECK(f.vault->current_key() == counts.key);
  CHECK(std::filesystem::exists(f.key_file));
}

TEST_CASE("a connection that does not open is let go") {
  VaultFixture f;
  must(f.try_open());
  auto flow = f.put_flow("s1", "verifier");
  CHECK(must(f.store->authorizations().reseal(flow, {"nonsense", flow.sealed.key_id})));
  must(f.vault->rotate());
  CHECK(must(f.store->authorizations().all()).empty());
}

TEST_CASE("with a key file that is given everything goes under its first key; the file stays as it is") {
  VaultFixture f;
  const std::string first = "00112233445566aa AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";
  const std::string second = "ffeeddccbbaa9988 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n";
  f.given = true;
  write_private(f.key_file, first, 0440);
  must(f.try_open());
  f.put("a", "hunter2");
  write_private(f.key_file, second + first, 0440);
  const auto counts = must(f.vault->rotate());
  CHECK(counts.key == "ffeeddccbbaa9988");
  CHECK(counts.unused == std::vector<std::string>{"00112233445566aa"});
  CHECK(f.record("a").sealed.key_id == "ffeeddccbbaa9988");
  CHECK(text_of(f.key_file) == second + first);
  write_private(f.key_file, second, 0440);
  f.reopen();
  CHECK(f.secret_of("a") == "hunter2");
  const auto again = must(f.vault->rotate());
  CHECK(again.resealed == 0);
  CHECK(again.current == 1);
  CHECK(again.unused.empty());
}

TEST_CASE("a rotation waits for the seals that are on their way to the store, and takes them along") {
  VaultFixture f;
  std::atomic<int> steps_behind{0};
  std::atomic<bool> new_key{false};
  f.on_step = [&steps_behind, &new_key](std::string_view step) {
    if (new_key) ++steps_behind;
    if (step == "new key") new_key = true;
  };
  must(f.try_open());
  f.put("a", "hunter2");
  const auto b = f.account("b");
  auto seal = std::make_unique<Seal>(must(f.vault->seal_credential(b, "late")));
  std::thread rotation([&f] { CHECK(f.vault->rotate()); });
  while (!new_key) std::this_thread::yield();
  // A chance to go on, which it does not take; one that is too short makes nothing fail.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(steps_behind == 0);
  must(f.store->credentials().put(b, *seal));
  seal.reset();
  rotation.join();
  CHECK(steps_behind > 0);
  CHECK(f.record("b").sealed.key_id == f.vault->current_key());
  f.reopen();
  CHECK(f.secret_of("b") == "late");
}

TEST_CASE("accounts change, are opened and go while keys are changed, and nothing is lost") {
  VaultFixture f;
  must(f.try_open());
  for (const char* id : {"a", "b", "c", "d"}) f.put(id, "0");
  std::atomic<bool> enough{false};
  std::atomic<int> bad{0};
  std::vector<std::string> last(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i)
    threads.emplace_back([&f, &enough, &bad, &last, i] {
      const std::string id(1, static_cast<char>('a' + i));
      for (int n = 1; !enough; ++n) {
        auto a = f.account(id);
        const auto secret = id + std::to_string(n);
        {
          const auto seal = f.vault->seal_credential(a, secret);
          if (!seal || !f.store->credentials().put(a, *seal)) ++bad;
        }
        const auto stored = f.store->credentials().find({a.owner, "x", id});
        if (!stored || !*stored) {
          ++bad;
          continue;
        }
        const auto opened = f.vault->open_credential(**stored);
        if (!opened || opened->text() != secret) ++bad;
        last[i] = secret;
      }
    });
  for (int n = 0; n < 8; ++n) CHECK(f.vault->rotate());
  enough = true;
  for (auto& thread : threads) thread.join();
  CHECK(bad == 0);
  must(f.vault->rotate());
  f.reopen();
  for (std::size_t i = 0; i < 4; ++i) CHECK(f.secret_of(std::string(1, static_cast<char>('a' + i))) == last[i]);
  CHECK(must(f.vault->keys()).size() == 1);
}

TEST_CASE("a second opener of the vault learns of the new key when it needs it") {
  VaultFixture f;
  must(f.try_open());
  f.put("a", "hunter2");
  const auto second = must(Vault::open(*f.store, f.vault_options()));
  must(f.vault->rotate());
  CHECK(must(second->open_credential(f.record("a"))).text() == "hunter2");
  const auto a = f.account("b");
  must(f.store->credentials().put(a, must(second->seal_credential(a, "hunter3"))));
  CHECK(f.record("b").sealed.key_id == f.vault->current_key());
  must(second->rotate());
  CHECK(f.secret_of("b") == "hunter3");
}

TEST_CASE("a rotation that is killed at any step leaves everything to be opened, and the next one ends its work") {
  int steps = 0;
  for (bool died = true; died; ++steps) {
    CAPTURE(steps);
    VaultFixture f;
    must(f.try_open());
    f.put("a", "hunter2");
    f.put("b", "hunter3");
    f.put_flow("s1", "verifier");
    died = die_at(f, steps, [&f](Store& store) {
      auto vault = Vault::open(store, f.vault_options());
      return vault && (*vault)->rotate();
    });
    f.reopen();
    CHECK(f.secret_of("a") == "hunter2");
    CHECK(f.secret_of("b") == "hunter3");
    must(f.vault->rotate());
    const auto keys = must(f.vault->keys());
    REQUIRE(keys.size() == 1);
    CHECK(keys[0].credentials == 2);
    const auto flow = must(f.store->authorizations().take("s1"));
    REQUIRE(flow);
    CHECK(must(f.vault->open_sealed(Vault::seal_for(*flow), flow->sealed)).text() == "verifier");
    f.reopen();
    CHECK(f.secret_of("a") == "hunter2");
  }
  CHECK(steps > 10);
}

TEST_CASE("a first start with secrets in the clear that is killed at any step loses none, and the next one wipes") {
  int steps = 0;
  for (bool died = true; died; ++steps) {
    CAPTURE(steps);
    VaultFixture f;
    must(f.store->accounts().put(f.account("a"), "planted-1"));
    must(f.store->accounts().put(f.account("b"), "planted-2"));
    died = die_at(f, steps, [&f](Store& store) { return Vault::open(store, f.vault_options()).has_value(); });
    f.reopen();
    CHECK(f.secret_of("a") == "planted-1");
    CHECK(f.secret_of("b") == "planted-2");
    CHECK(f.files().find("planted-") == std::string::npos);
    CHECK(must(f.vault->keys()).size() == 1);
  }
  CHECK(steps > 5);
}
