// SPDX-License-Identifier: Apache-2.0
// Sealed credentials, whose turn it is to refresh one, connections under way.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "host/store/sqlite/connection.hpp"
#include "host/store/sqlite/schema.hpp"
#include "host/store/store.hpp"
#include "tests/unit/store/fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t year = 365LL * 86'400 * second;

struct AccountFixture : StoreFixture {
  AccountRecord a;
  AccountKey key;

  AccountFixture() {
    a.owner = owner.id;
    a.provider = "x";
    a.integration = "X";
    a.kind = "x_kind";
    a.auth_id = "a";
    a.label = "first";
    key = {a.owner, "x", "a"};
    must(store->credentials().put(a, {"sealed-1", "k1"}));
  }
  Store& creds() { return *store; }
  AccountRecord stored() { return must(store->accounts().find(a.owner, "x", "a")).value(); }
  CredentialRecord credential() { return must(store->credentials().find(key)).value(); }
  RefreshLease begin(const std::string& holder, std::uint64_t generation = 0) {
    return must(store->credentials().begin_refresh(key, generation, holder, 60 * second));
  }
  RefreshLease::State ask(const std::string& holder, std::uint64_t generation = 0) {
    return begin(holder, generation).state;
  }
  bool finish(const std::string& holder, const std::string& bytes, std::uint64_t generation = 0) {
    auto next = stored();
    next.generation = generation;
    next.expires_us = 7;
    next.lifetime_us = 8;
    next.scopes = "wide";
    next.refreshed_us = now;
    next.state = TENTO_ACCOUNT_ACTIVE;
    next.problem = "";
    next.label = "what a refresh does not change";
    return must(store->credentials().finish_refresh(next, holder, {bytes, "k2"}));
  }
  AuthorizationRecord flow(const std::string& state, const std::string& ticket) const {
    AuthorizationRecord f;
    f.state_hash = state;
    f.ticket_hash = ticket;
    f.owner = owner.id;
    f.provider = "x";
    f.integration = "X";
    f.kind = "code";
    f.created_us = now;
    f.sealed = {"sealed-" + state, "k1"};
    return f;
  }
};

using State = RefreshLease::State;

}  // namespace

TEST_CASE("a credential keeps its bytes, the key's id and the account's kind; each that is put is a new generation") {
  AccountFixture f;
  auto c = f.credential();
  CHECK(c.account.owner == f.owner.id);
  CHECK(c.account.provider == "x");
  CHECK(c.account.auth_id == "a");
  CHECK(c.kind == "x_kind");
  CHECK(c.generation == 0);
  CHECK(c.sealed.bytes == "sealed-1");
  CHECK(c.sealed.key_id == "k1");
  CHECK_FALSE(must(f.store->credentials().find({f.owner.id, "x", "b"})));
  f.a.state = TENTO_ACCOUNT_NEEDS_REAUTH;
  f.a.refreshed_us = 5;
  f.a.lifetime_us = 6;
  f.a.problem = "revoked";
  must(f.store->credentials().put(f.a, {std::string("\0\xff", 2), "k2"}));
  c = f.credential();
  CHECK(c.generation == 1);
  CHECK(c.sealed.bytes == std::string("\0\xff", 2));
  CHECK(c.sealed.key_id == "k2");
  CHECK(must(f.store->credentials().all()).size() == 1);
  CHECK(f.stored().refreshed_us == 5);
  CHECK(f.stored().lifetime_us == 6);
  CHECK(f.stored().problem == "revoked");
  f.a.problem = "";
  must(f.store->accounts().put(f.a, std::nullopt));
  CHECK(f.stored().problem.empty());
  CHECK(f.credential().generation == 1);
}

TEST_CASE("what is sealed is never given for a secret") {
  AccountFixture f;
  CHECK(tag_of(f.store->accounts().secret(f.owner.id, "x", "a")) == "secret_sealed");
}

TEST_CASE("another seal replaces exactly the one that was read, and nobody is told") {
  AccountFixture f;
  const auto before = f.credential();
  const auto position = must(f.store->changes().position(f.owner.id));
  CHECK(must(f.store->credentials().reseal(before, {"sealed-2", "k2"})));
  CHECK_FALSE(must(f.store->credentials().reseal(before, {"sealed-3", "k3"})));
  CHECK(must(f.store->changes().position(f.owner.id)) == position);
  const auto after = f.credential();
  CHECK(after.sealed.bytes == "sealed-2");
  CHECK(after.sealed.key_id == "k2");
  CHECK(after.generation == before.generation);
  must(f.store->accounts().remove(f.owner.id, "x", "a", false));
  CHECK_FALSE(must(f.store->credentials().reseal(after, {"sealed-4", "k4"})));
}

TEST_CASE("of many who ask for the turn at once, one gets it, and one that a process left is known as interrupted") {
  AccountFixture f;
  std::atomic<int> mine{0};
  std::atomic<int> theirs{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&f, &mine, &theirs, i] {
      const auto turn = f.store->credentials().begin_refresh(f.key, 0, "h" + std::to_string(i), 60 * second);
      if (turn && turn->state == State::mine) ++mine;
      if (turn && turn->state == State::theirs) ++theirs;
    });
  for (auto& thread : threads) thread.join();
  CHECK(mine == 1);
  CHECK(theirs == 15);
  const auto record = f.store->credentials().refresh(f.key);
  REQUIRE(record);
  REQUIRE(*record);
  CHECK((**record).holder.front() == 'h');
  CHECK((**record).until_us == f.now + 60 * second);
  // Also for the one that has it.
  CHECK(f.ask((**record).holder) == State::theirs);
  // The folder's lock is this opening's: whoever had the turn before is no more, and nobody waits for them.
  f.open();
  const auto turn = f.begin("later");
  CHECK(turn.state == State::mine);
  CHECK(turn.record.interrupted);
}

TEST_CASE("a turn ends by the clock, also by one that was set; who takes it is told that it was interrupted") {
  AccountFixture f;
  CHECK(f.ask("a") == State::mine);
  f.now += 60 * second - 1;
  CHECK(f.ask("b") == State::theirs);
  f.now += 1;
  auto turn = f.begin("b");
  CHECK(turn.state == State::mine);
  CHECK(turn.record.interrupted);
  CHECK(turn.record.holder == "b");
  SUBCASE("a year ahead") {
    f.now += year;
  }
  SUBCASE("a year back") {
    f.now -= year;
  }
  CHECK(f.ask("c") == State::mine);
  CHECK(f.ask("d") == State::theirs);
  // What was not said stays unsaid through tries that fail.
  must(f.store->credentials().fail_refresh(f.key, "c", {0, false}));
  turn = f.begin("d");
  CHECK(turn.state == State::mine);
  CHECK(turn.record.interrupted);
  CHECK(turn.record.failures == 1);
  CHECK(f.finish("d", "new"));
  turn = f.begin("e", 1);
  CHECK_FALSE(turn.record.interrupted);
  CHECK(turn.record.failures == 0);
}

TEST_CASE("after a failure nobody asks before the time that was given, unless the clock is set") {
  AccountFixture f;
  CHECK(f.ask("a") == State::mine);
  f.now += second;
  must(f.store->credentials().fail_refresh(f.key, "other", {f.now + year, true}));  // not its turn
  CHECK(f.ask("b") == State::theirs);
  must(f.store->credentials().fail_refresh(f.key, "a", {f.now + 10 * second, true}));
  auto turn = f.begin("b");
  CHECK(turn.state == State::waiting);
  CHECK(turn.record.holder.empty());
  CHECK(turn.record.failures == 1);
  CHECK(turn.record.retry_at_us == f.now + 10 * second);
  CHECK(turn.record.refused_us == f.now);
  const auto refused = f.now;
  SUBCASE("the time has come") {
    f.now += 10 * second;
  }
  SUBCASE("a year ahead") {
    f.now += year;
  }
  SUBCASE("a year back, to before the failure") {
    f.now -= year;
  }
  CHECK(f.ask("b") == State::mine);
  must(f.store->credentials().fail_refresh(f.key, "b", {0, true}));
  CHECK(must(f.store->credentials().refresh(f.key))->refused_us == refused);
  CHECK(must(f.store->credentials().refresh(f.key))->failures == 2);
  CHECK(f.ask("b") == State::mine);
  must(f.store->credentials().fail_refresh(f.key, "b", {0, false}));
  CHECK(must(f.store->credentials().refresh(f.key))->refused_us == refused);
}

TEST_CASE("a refresh changes credential and account together, once, and is durable") {
  AccountFixture f;
  CHECK(f.ask("a") == State::mine);
  CHECK_FALSE(f.finish("b", "not its turn"));
  CHECK_FALSE(f.finish("a", "another generation", 1));
  CHECK(f.credential().sealed.bytes == "sealed-1");
  CHECK(f.finish("a", "new"));
  CHECK_FALSE(f.finish("a", "newer"));
  CHECK_FALSE(f.finish("a", "newer", 1));
  f.open();
  CHECK(f.credential().sealed.bytes == "new");
  CHECK(f.credential().sealed.key_id == "k2");
  const auto a = f.stored();
  CHECK(a.generation == 1);
  CHECK(a.expires_us == 7);
  CHECK(a.lifetime_us == 8);
  CHECK(a.scopes == "wide");
  CHECK(a.refreshed_us == f.now);
  CHECK(a.label == "first");
  CHECK_FALSE(must(f.store->credentials().refresh(f.key)));
  CHECK(f.ask("a", 0) == State::changed);
  CHECK(f.ask("a", 1) == State::mine);
}

TEST_CASE("a credential that comes after its turn was taken is kept; the one that took it learns that there is one") {
  AccountFixture f;
  CHECK(f.ask("a") == State::mine);
  f.now += year;
  CHECK(f.ask("b") == State::mine);
  CHECK(f.finish("a", "late"));
  CHECK_FALSE(f.finish("b", "later"));
  must(f.store->credentials().fail_refresh(f.key, "b", {f.now + year, true}));
  CHECK_FALSE(must(f.store->credentials().refresh(f.key)));
  CHECK(f.credential().sealed.bytes == "late");
}

TEST_CASE("an account that is connected anew, or gone, is none of a refresh's business any more") {
  AccountFixture f;
  CHECK(f.ask("a") == State::mine);
  SUBCASE("reconnected") {
    must(f.store->credentials().put(f.a, {"fresh", "k1"}));
    CHECK_FALSE(f.finish("a", "old grant's"));
    CHECK_FALSE(f.finish("a", "old grant's", 1));
    CHECK(f.ask("b", 0) == State::changed);
    CHECK(f.ask("b", 1) == State::mine);
    CHECK(f.credential().sealed.bytes == "fresh");
  }
  SUBCASE("removed and connected again, which begins with the same generation") {
    must(f.store->accounts().remove(f.owner.id, "x", "a", false));
    CHECK(tag_of(f.store->credentials().begin_refresh(f.key, 0, "b", second)) == "no_such_account");
    CHECK(tag_of(f.store->credentials().fail_refresh(f.key, "a", {})) == "ok");
    must(f.store->credentials().put(f.a, {"fresh", "k1"}));
    CHECK_FALSE(f.finish("a", "old grant's"));
    CHECK(f.ask("b") == State::mine);
    CHECK_FALSE(f.finish("a", "old grant's"));
    CHECK(f.credential().sealed.bytes == "fresh");
  }
}

TEST_CASE("a connection under way is bound once, taken once, and survives the process") {
  AccountFixture f;
  must(f.store->authorizations().add(f.flow("s1", "t1")));
  must(f.store->authorizations().add(f.flow("s2", "")));
  must(f.store->authorizations().add(f.flow("s3", "")));
  CHECK_FALSE(f.store->authorizations().add(f.flow("s1", "t9")));
  CHECK_FALSE(f.store->authorizations().add(f.flow("s9", "t1")));
  f.open();
  CHECK(must(f.store->authorizations().all()).size() == 3);
  CHECK_FALSE(must(f.store->authorizations().bind("t2", "b")));
  CHECK_FALSE(must(f.store->authorizations().bind("", "b")));
  const auto bound = must(f.store->authorizations().bind("t1", "b1"));
  REQUIRE(bound);
  CHECK(bound->state_hash == "s1");
  CHECK(bound->ticket_hash.empty());
  CHECK(bound->browser_hash == "b1");
  CHECK_FALSE(must(f.store->authorizations().bind("t1", "b2")));
  CHECK(must(f.store->authorizations().reseal(*bound, {"again", "k2"})));
  CHECK_FALSE(must(f.store->authorizations().reseal(*bound, {"once more", "k3"})));
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&f, &taken] {
      const auto flow = f.store->authorizations().take("s1");
      if (flow && *flow && (*flow)->browser_hash == "b1" && (*flow)->sealed.bytes == "again" &&
          (*flow)->sealed.key_id == "k2" && (*flow)->owner == f.owner.id && (*flow)->provider == "x" &&
          (*flow)->integration == "X" && (*flow)->kind == "code" && (*flow)->created_us == f.now)
        ++taken;
    });
  for (auto& thread : threads) thread.join();
  CHECK(taken == 1);
  CHECK(must(f.store->authorizations().all()).size() == 2);
}

TEST_CASE("old connections are forgotten, and those of a clock that was ahead") {
  AccountFixture f;
  for (const std::int64_t age : {-year, std::int64_t{0}, 599 * second, 601 * second}) {
    auto flow = f.flow("s" + std::to_string(age), "");
    flow.created_us = f.now - age;
    must(f.store->authorizations().add(flow));
  }
  must(f.store->authorizations().drop(f.now - 600 * second, f.now));
  const auto left = must(f.store->authorizations().all());
  REQUIRE(left.size() == 2);
  CHECK(left[0].created_us == f.now - 599 * second);
  CHECK(left[1].created_us == f.now);
}

TEST_CASE("what was in the clear is known until it is wiped, and then it is nowhere in the files") {
  AccountFixture f;
  CHECK_FALSE(must(f.store->maintenance().wipe_due()));
  const std::string planted = "planted-" + std::string(3000, 'p');  // spills onto pages of its own
  must(f.store->accounts().put(f.a, planted));
  CHECK(must(f.store->maintenance().wipe_due()));
  CHECK(f.credential().sealed.key_id.empty());
  must(f.store->accounts().put(f.a, "planted-again"));  // the first one's pages are free now
  auto other = f.a;
  other.auth_id = "b";
  must(f.store->accounts().put(other, "planted-other"));
  must(f.store->accounts().remove(f.owner.id, "x", "b", false));
  must(f.store->cells().persist(f.row, std::array{cell("mine", 1, "1")}, {}));
  CHECK(bytes_of(f.options().folder).find("planted-p") != std::string::npos);
  // While one is in use in the clear, it stays due.
  must(f.store->maintenance().wipe());
  CHECK(must(f.store->maintenance().wipe_due()));
  CHECK(bytes_of(f.options().folder).find("planted-p") == std::string::npos);
  CHECK(bytes_of(f.options().folder).find("planted-other") == std::string::npos);
  CHECK(must(f.store->credentials().reseal(f.credential(), {"sealed", "k1"})));
  f.open();
  CHECK(must(f.store->maintenance().wipe_due()));
  must(f.store->maintenance().wipe());
  CHECK_FALSE(must(f.store->maintenance().wipe_due()));
  CHECK(bytes_of(f.options().folder).find("planted") == std::string::npos);
  CHECK(bytes_of(f.options().folder).find("sealed") != std::string::npos);
  CHECK(f.read() == "mine@1=1");
  f.open();
  CHECK_FALSE(must(f.store->maintenance().wipe_due()));
  CHECK(f.credential().sealed.bytes == "sealed");
}

TEST_CASE("a store of the schema before keeps its accounts and secrets, and is to be wiped") {
  StoreFixture f;
  f.store.reset();
  const auto file = std::filesystem::path(f.options().folder) / "store.sqlite";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  {
    std::ofstream(file).close();
    sqlite::Connection db({file.string(), sqlite::Access::read_write, 1024});
    sqlite::migrate(db, 2);
    db.execute(
        "INSERT INTO owners VALUES(x'00112233445546778899aabbccddeeff', 'me', 'UTC', 1);"
        "INSERT INTO accounts VALUES(x'00112233445546778899aabbccddeeff', 'x', 'a', 'X', 'x', 'label', 'scopes', '', "
        "'{}', 1, 5, 6, 7);"
        "INSERT INTO credentials VALUES(x'00112233445546778899aabbccddeeff', 'x', 'a', CAST('old' AS BLOB), '');");
  }
  f.open();
  const auto owner = must(f.store->users().default_user()).id;
  const auto account = must(f.store->accounts().find(owner, "x", "a"));
  REQUIRE(account);
  CHECK(account->label == "label");
  CHECK(account->generation == 7);
  CHECK(account->refreshed_us == 0);
  CHECK(account->lifetime_us == 0);
  CHECK(account->problem.empty());
  CHECK(must(f.store->accounts().secret(owner, "x", "a")) == "old");
  CHECK(must(f.store->maintenance().wipe_due()));
}

TEST_CASE("an erased user's turns and connections go; an export has the account's times, and nothing sealed") {
  StoreFixture f;
  const auto bob = must(f.store->users().add("bob", "UTC"));
  AccountRecord a;
  a.owner = bob.id;
  a.provider = "x";
  a.auth_id = "a";
  a.refreshed_us = 4711;
  a.problem = "the grant is gone";
  auto& creds = *f.store;
  must(creds.credentials().put(a, {"bobs-sealed", "k1"}));
  CHECK(must(creds.credentials().begin_refresh({bob.id, "x", "a"}, 0, "bobs-holder", second)).state == State::mine);
  AuthorizationRecord flow;
  flow.state_hash = "bobs-state";
  flow.owner = bob.id;
  flow.sealed = {"bobs-flow", "k1"};
  must(creds.authorizations().add(flow));
  std::string text;
  must(f.store->users().export_to(bob.id, [&text](std::string_view line) {
    text.append(line) += '\n';
    return true;
  }));
  CHECK(text.find("\"refreshed_us\":4711") != std::string::npos);
  CHECK(text.find("the grant is gone") != std::string::npos);
  CHECK(text.find("bobs-") == std::string::npos);
  must(f.store->users().erase(bob.id));
  CHECK(must(creds.credentials().all()).empty());
  CHECK(must(creds.authorizations().all()).empty());
  CHECK_FALSE(must(creds.credentials().refresh({bob.id, "x", "a"})));
  CHECK(bytes_of(f.options().folder).find("bobs-") == std::string::npos);
}

TEST_CASE("asking for a flow that is not there writes nothing") {
  AccountFixture f;
  const int before = f.writes;
  CHECK_FALSE(*f.store->authorizations().take(std::string(32, 's')));
  CHECK_FALSE(*f.store->authorizations().bind(std::string(32, 't'), std::string(32, 'b')));
  CHECK(f.writes == before);
}
