// SPDX-License-Identifier: Apache-2.0
// The vault over a store: its key file's life, what versions before stored in the clear, and what it refuses.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "tests/unit/accounts/vault_fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

const std::string other_key = "00112233445566aa AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";

}  // namespace

TEST_CASE("the key file is made when the first secret is sealed, and not before") {
  VaultFixture f;
  must(f.try_open());
  CHECK_FALSE(std::filesystem::exists(f.key_file));
  CHECK(f.vault->current_key().empty());
  CHECK(must(f.vault->keys()).empty());
  f.put("a", "hunter2");
  CHECK(std::filesystem::exists(f.key_file));
  const auto id = f.vault->current_key();
  CHECK(id.size() == 16);
  CHECK(f.record("a").sealed.key_id == id);
  CHECK(f.secret_of("a") == "hunter2");
  f.put("b", "hunter3");
  CHECK(f.vault->current_key() == id);
  f.reopen();
  CHECK(f.vault->current_key() == id);
  CHECK(f.secret_of("a") == "hunter2");
  CHECK(f.secret_of("b") == "hunter3");
  const auto keys = must(f.vault->keys());
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].current);
  CHECK(keys[0].credentials == 2);
  CHECK(f.files().find("hunter") == std::string::npos);
}

TEST_CASE("a key file that is missing, wrong or mangled is an error that says which key is wanted, never a new vault") {
  VaultFixture f;
  must(f.try_open());
  f.put("a", "hunter2");
  const auto id = f.vault->current_key();
  const auto right = text_of(f.key_file);
  f.vault.reset();
  std::filesystem::remove(f.key_file);
  const auto refused = [&f, &id](const std::string& tag) {
    const auto opened = f.try_open();
    CHECK(tag_of(opened) == tag);
    if (opened) return;
    CHECK(opened.error().error_class == ErrorClass::config);
    CHECK(opened.error().message.find(f.key_file.string()) != std::string::npos);
    CHECK(opened.error().message.find(id) != std::string::npos);
    CHECK(opened.error().message.find("account `a` of provider `x`") != std::string::npos);
    CHECK_FALSE(opened.error().remedy.empty());
  };
  refused("vault_key_missing");
  CHECK_FALSE(std::filesystem::exists(f.key_file));
  write_private(f.key_file, other_key);
  refused("vault_key_wrong");
  CHECK(text_of(f.key_file) == other_key);
  write_private(f.key_file, id + other_key.substr(16));  // the id, and another key
  refused("vault_key_wrong");
  write_private(f.key_file, "");
  CHECK(tag_of(f.try_open()) == "vault_key_invalid");
  write_private(f.key_file, right, 0644);
  CHECK(tag_of(f.try_open()) == "vault_key_unsafe");
  write_private(f.key_file, other_key + right);  // also below another one
  must(f.try_open());
  CHECK(f.secret_of("a") == "hunter2");
  CHECK(f.vault->current_key() == "00112233445566aa");
}

TEST_CASE("a credential that was changed in the store is its account's matter, and no other's") {
  VaultFixture f;
  must(f.try_open());
  f.put("a", "hunter2");
  f.put("b", "hunter3");
  const auto a = f.record("a");
  const auto b = f.record("b");
  SUBCASE("another account's") {
    CHECK(must(f.store->credentials().reseal(b, a.sealed)));
  }
  SUBCASE("a byte") {
    auto changed = b.sealed;
    changed.bytes.back() = static_cast<char>(changed.bytes.back() ^ 1);
    CHECK(must(f.store->credentials().reseal(b, changed)));
  }
  SUBCASE("cut") {
    CHECK(must(f.store->credentials().reseal(b, {b.sealed.bytes.substr(0, 8), b.sealed.key_id})));
  }
  f.reopen();
  CHECK(f.secret_of("a") == "hunter2");
  const auto opened = f.vault->open_credential(f.record("b"));
  CHECK(tag_of(opened) == "vault_damaged");
  CHECK(opened.error().message.find("account `b` of provider `x`") != std::string::npos);
  const auto rotated = f.vault->rotate();
  CHECK(tag_of(rotated) == "vault_damaged");
  CHECK(f.record("a").sealed.bytes == a.sealed.bytes);
  f.put("b", "hunter4");
  CHECK(tag_of(f.vault->rotate()) == "ok");
  CHECK(f.secret_of("b") == "hunter4");
}

TEST_CASE("what earlier versions stored in the clear is sealed and wiped from every file") {
  VaultFixture f;
  const std::string planted = "planted-" + std::string(9000, 'p');
  must(f.store->accounts().put(f.account("a"), planted));
  must(f.store->accounts().put(f.account("a"), "planted-second"));
  must(f.store->accounts().put(f.account("b"), "planted-other"));
  must(f.store->accounts().put(f.account("gone"), "planted-gone"));
  must(f.store->accounts().remove(f.owner.id, "x", "gone", false));
  must(f.store->cells().persist(f.row, std::array{cell("mine", 1, "1")}, {}));
  CHECK(f.files().find("planted-") != std::string::npos);
  must(f.try_open());
  CHECK(f.files().find("planted-") == std::string::npos);
  CHECK(f.secret_of("a") == "planted-second");
  CHECK(f.secret_of("b") == "planted-other");
  CHECK(f.record("a").generation == 1);
  CHECK_FALSE(must(f.store->maintenance().wipe_due()));
  CHECK(f.read() == "mine@1=1");
  f.reopen();
  CHECK(f.files().find("planted-") == std::string::npos);
  CHECK(f.secret_of("a") == "planted-second");
  for (const auto& line : f.said) CHECK(line.find("planted") == std::string::npos);
}

TEST_CASE("only what is gone was in the clear: that is wiped, too, and no key is made for it") {
  VaultFixture f;
  must(f.store->accounts().put(f.account("gone"), "planted-gone"));
  must(f.store->accounts().remove(f.owner.id, "x", "gone", false));
  f.reopen();
  CHECK(f.files().find("planted-") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(f.key_file));
}

TEST_CASE("with a key file that is given nothing is made: the vault opens without it, and seals nothing") {
  VaultFixture f;
  f.given = true;
  must(f.try_open());
  CHECK(tag_of(f.vault->seal_credential(f.account("a"), "s")) == "vault_key_missing");
  CHECK_FALSE(std::filesystem::exists(f.key_file));
  must(f.store->accounts().put(f.account("a"), "plain"));
  CHECK(tag_of(f.try_open()) == "vault_key_missing");
  CHECK(must(f.store->accounts().secret(f.owner.id, "x", "a")) == "plain");
  write_private(f.key_file, other_key, 0440);
  must(f.try_open());
  CHECK(f.secret_of("a") == "plain");
  CHECK(text_of(f.key_file) == other_key);
}

TEST_CASE("nothing is sealed with a key that is not on the disk any more") {
  VaultFixture f;
  must(f.try_open());
  f.put("a", "hunter2");
  const auto right = text_of(f.key_file);
  std::filesystem::remove(f.key_file);
  CHECK(tag_of(f.vault->seal_credential(f.account("b"), "s")) == "vault_key_missing");
  CHECK(tag_of(f.vault->rotate()) == "vault_key_missing");
  CHECK(f.secret_of("a") == "hunter2");  // what is known still opens
  write_private(f.key_file, right, 0640);
  CHECK(tag_of(f.vault->seal_credential(f.account("b"), "s")) == "vault_key_unsafe");
  write_private(f.key_file, other_key + right);
  f.put("b", "hunter3");
  CHECK(f.record("b").sealed.key_id == "00112233445566aa");
}

TEST_CASE("a connection's secrets open for that connection") {
  VaultFixture f;
  must(f.try_open());
  const auto flow = f.put_flow("s1", "verifier");
  auto other = flow;
  other.state_hash = "s2";
  CHECK(must(f.vault->open_sealed(Vault::seal_for(flow), flow.sealed)).text() == "verifier");
  CHECK(tag_of(f.vault->open_sealed(Vault::seal_for(other), flow.sealed)) == "vault_damaged");
  CHECK(tag_of(f.vault->open_sealed(Vault::seal_for(flow), {"verifier", ""})) == "vault_damaged");
}
