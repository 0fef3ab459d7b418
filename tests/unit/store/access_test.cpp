// SPDX-License-Identifier: Apache-2.0
// Users, tokens, grants, the audit log, idempotency keys.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "host/store/store.hpp"
#include "tests/unit/store/fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

TokenRecord token(const Uuid& owner, const std::string& id, char fill) {
  TokenRecord t;
  t.id = id;
  t.owner = owner;
  t.name = "n";
  t.hash = std::string(32, fill);
  t.scopes = {"read", "sync"};
  t.prefixes = {":~x:a", ":~y"};
  return t;
}

std::string exported(StoreFixture& f, const Uuid& owner) {
  std::string out;
  must(f.store->users().export_to(owner, [&out](std::string_view line) {
    out.append(line) += '\n';
    return true;
  }));
  return out;
}

}  // namespace

TEST_CASE("users are added by a name that fits into a key, and the first one stays the default") {
  StoreFixture f;
  auto& access = *f.store;
  const auto bob = must(access.users().add("bob@example.org", "Europe/Berlin"));
  CHECK(must(access.users().find_by_name("bob@example.org"))->id == bob.id);
  CHECK(must(access.users().find(bob.id))->time_zone == "Europe/Berlin");
  CHECK_FALSE(must(access.users().find_by_name("Bob@example.org")));
  CHECK(must(f.store->users().default_user()).id == f.owner.id);
  CHECK(tag_of(access.users().add("bob@example.org", "UTC")) == "name_taken");
  for (const std::string& name : {std::string(), std::string("a]b"), std::string("[a"), std::string("a\nb"),
                                  std::string(" a"), std::string("a "), std::string(129, 'a'), std::string("a\0b", 3)})
    CHECK(tag_of(access.users().add(name, "UTC")) == "bad_name");
  CHECK(must(f.store->users().all()).size() == 2);
}

TEST_CASE("a user gets another name, under the rules of names, and the audit log calls them by it") {
  StoreFixture f;
  auto& access = *f.store;
  const auto bob = must(access.users().add("bob", "UTC"));
  must(access.users().add("eve", "UTC"));
  for (const char* target : {"bob", "[bob]:~x:a", "bobby", "[bobby]:~x:a"}) {
    AuditRecord record;
    record.owner = f.owner.id;
    record.operation = "grant add";
    record.target = target;
    must(access.audit().append(record));
  }
  const auto generation = must(access.tokens().generation());
  CHECK(must(access.users().rename(bob.id, "rob")).name == "rob");
  CHECK(must(access.tokens().generation()) > generation);
  CHECK(must(access.users().find_by_name("rob"))->id == bob.id);
  CHECK_FALSE(must(access.users().find_by_name("bob")));
  CHECK(must(access.users().rename(bob.id, "rob")).name == "rob");
  CHECK(tag_of(access.users().rename(bob.id, "eve")) == "name_taken");
  CHECK(tag_of(access.users().rename(bob.id, "a]b")) == "bad_name");
  Uuid nobody = bob.id;
  nobody.bytes[0] ^= 1;
  CHECK(tag_of(access.users().rename(nobody, "new")) == "no_such_user");
  std::vector<std::string> targets;
  for (const auto& record : must(access.audit().list({}, 0, 10))) targets.push_back(record.target);
  CHECK(targets == std::vector<std::string>{"[bobby]:~x:a", "bobby", "[rob]:~x:a", "rob"});
  must(access.users().erase(bob.id));
  for (const auto& record : must(access.audit().list({}, 0, 10))) CHECK(record.target.find("rob") == std::string::npos);
}

TEST_CASE("a user with anything is not removed, an empty one is, the last one never") {
  StoreFixture f;
  auto& access = *f.store;
  CHECK(tag_of(access.users().remove(f.owner.id)) == "user_in_use");
  const auto bob = must(access.users().add("bob", "UTC"));
  AccountRecord account;
  account.owner = bob.id;
  account.provider = "x";
  account.auth_id = "b";
  must(f.store->accounts().put(account, "s"));
  CHECK(tag_of(access.users().remove(bob.id)) == "user_in_use");
  must(f.store->accounts().remove(bob.id, "x", "b", true));
  CHECK(tag_of(access.users().remove(bob.id)) == "ok");
  CHECK(tag_of(access.users().remove(bob.id)) == "no_such_user");
  f.store.reset();
  StoreFixture g;
  must(g.store->accounts().remove(g.owner.id, "x", "a", true));
  CHECK(tag_of(g.store->users().remove(g.owner.id)) == "last_user");
}

TEST_CASE("an export has everything of the user but what they authenticate with; erasing leaves nothing of it") {
  StoreFixture f;
  auto& access = *f.store;
  const auto bob = must(access.users().add("bobby-tables", "UTC"));
  AccountRecord account;
  account.owner = bob.id;
  account.provider = "x";
  account.auth_id = "bobs-account";
  account.settings_json = R"({"root":"/home/bob"})";
  must(f.store->accounts().put(account, "hunter2"));
  RowRecord r;
  r.id.bytes.fill(9);
  r.owner = bob.id;
  r.provider = "x";
  r.integration = "X";
  r.pattern = ":~x:{authId}:things";
  r.lookup_key = ":~x:bobs-account:things";
  r.auth_id = "bobs-account";
  const auto row = must(f.store->rows().ensure(r)).id;
  auto c = cell("bobs-cell", 1, R"({"secretive":"bobs-data"})");
  c.raw = "raw";
  must(f.store->cells().persist(row, std::array{c, cell("bobs-other", 2, "1")}, {}));
  must(f.store->cells().persist(row, std::array{gone("bobs-other")}, {}));
  must(f.store->rows().add_coverage(row, std::array{CoverageInput{{0, 10}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}}));
  auto t = token(bob.id, "tb", 'h');
  must(access.tokens().add(t));
  must(access.grants().add({0, bob.id, f.owner.id, ":~x:bobs-account", TENTO_VERB_GET}));
  must(access.grants().add({0, f.owner.id, bob.id, ":~x:a", TENTO_VERB_GET}));
  must(access.audit().append({0, 0, bob.id, 1, "bobby-tables", "tb", "row post", ":~x:bobs-account:things", "ok"}));
  must(access.audit().append({0, 0, f.owner.id, 1, "me", "", "user add", "bobby-tables", "ok"}));
  must(access.audit().append({0, 0, f.owner.id, 1, "me", "", "row get", "[bobby-tables]:~x:a:b", "ok"}));
  must(access.idempotency().begin({bob.id, "tb", "bobs-key"}, "h"));
  must(f.store->cells().persist(f.row, std::array{cell("mine", 1, "1")}, {}));

  const auto text = exported(f, bob.id);
  for (const char* part :
       {"\"what\":\"user\",\"id\":", "bobby-tables", "\"what\":\"account\"", R"("settings":{"root":"/home/bob"})",
        "\"what\":\"row\"", R"("data":{"secretive":"bobs-data"})", "\"raw_hex\":\"726177\"", "\"what\":\"coverage\"",
        "\"what\":\"token\"", "\"what\":\"grant\"", "\"what\":\"audit\""}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("hhhh") == std::string::npos);
  CHECK(text.find("6868") == std::string::npos);
  CHECK(text.find("mine") == std::string::npos);

  const auto generation = must(access.tokens().generation());
  CHECK(must(access.users().erase(bob.id)) == 1);
  CHECK(must(access.tokens().generation()) > generation);
  CHECK_FALSE(must(access.users().find_by_name("bobby-tables")));
  CHECK_FALSE(must(f.store->rows().find(row)));
  CHECK_FALSE(must(access.tokens().find_by_hash(t.hash)));
  CHECK(must(access.grants().list({})).empty());
  CHECK(tag_of(access.users().erase(bob.id)) == "no_such_user");
  const auto log = must(access.audit().list({}, 0, 10));
  REQUIRE(log.size() == 3);
  CHECK(log[2].operation == "row post");
  CHECK(log[2].actor.empty());
  CHECK(log[2].target.empty());
  CHECK(log[2].owner.nil());
  CHECK(log[1].actor == "me");
  CHECK(log[1].target.empty());
  CHECK(log[0].target.empty());
  CHECK(f.read() == "mine@1=1");
  // Also not between the lines of the files.
  const auto left = bytes_of(f.options().folder);
  for (const char* part : {"bobby-tables", "bobs-", "hunter2", "hhhhhhhh"}) {
    CAPTURE(part);
    CHECK(left.find(part) == std::string::npos);
  }
  CHECK(left.find("mine") != std::string::npos);
}

TEST_CASE("tokens keep every field, are found by hash, and revoked once") {
  StoreFixture f;
  auto& access = *f.store;
  auto t = token(f.owner.id, "t1", 'a');
  t.expires_us = 99;
  must(access.tokens().add(t));
  must(access.tokens().add(token(f.owner.id, "t2", 'b')));
  CHECK_FALSE(access.tokens().add(token(f.owner.id, "t3", 'b')));
  const auto found = must(access.tokens().find_by_hash(std::string(32, 'a')));
  REQUIRE(found);
  CHECK(found->id == "t1");
  CHECK(found->owner == f.owner.id);
  CHECK(found->scopes == t.scopes);
  CHECK(found->prefixes == t.prefixes);
  CHECK(found->created_us == f.now);
  CHECK(found->expires_us == 99);
  CHECK_FALSE(must(access.tokens().find_by_hash(std::string(32, 'c'))));
  CHECK_FALSE(must(access.tokens().find_by_hash("")));
  CHECK(must(access.tokens().list(f.owner.id)).size() == 2);
  Uuid nobody;
  CHECK(must(access.tokens().list(nobody)).empty());
  CHECK(must(access.tokens().list({})).size() == 2);

  const auto generation = must(access.tokens().generation());
  CHECK(tag_of(access.tokens().revoke(nobody, "t1")) == "no_such_token");
  must(access.tokens().revoke(f.owner.id, "t1"));
  CHECK(must(access.tokens().generation()) > generation);
  const auto when = f.now;
  f.now += 5;
  must(access.tokens().revoke(f.owner.id, "t1"));
  CHECK(must(access.tokens().find_by_hash(std::string(32, 'a')))->revoked_us == when);
  must(access.tokens().touch("t2", 50));
  must(access.tokens().touch("t2", 40));
  CHECK(must(access.tokens().find_by_hash(std::string(32, 'b')))->last_used_us == 50);
}

TEST_CASE("a grant is one per owner, grantee and prefix") {
  StoreFixture f;
  auto& access = *f.store;
  const auto bob = must(access.users().add("bob", "UTC"));
  const auto first = must(access.grants().add({0, f.owner.id, bob.id, ":~x:a", TENTO_VERB_GET}));
  const auto again = must(access.grants().add({0, f.owner.id, bob.id, ":~x:a", TENTO_VERB_GET | TENTO_VERB_POST}));
  CHECK(first.id == again.id);
  CHECK(again.verbs == (TENTO_VERB_GET | TENTO_VERB_POST));
  CHECK(again.created_us == f.now);
  CHECK(must(access.grants().list_to(bob.id, f.owner.id)).size() == 1);
  CHECK(must(access.grants().list_to(f.owner.id, bob.id)).empty());
  CHECK(tag_of(access.grants().remove(bob.id, first.id)) == "no_such_grant");
  must(access.grants().remove(f.owner.id, first.id));
  CHECK(must(access.grants().list(f.owner.id)).empty());
}

TEST_CASE("the audit log is told newest first, in pages, per owner") {
  StoreFixture f;
  auto& access = *f.store;
  const auto bob = must(access.users().add("bob", "UTC"));
  for (int i = 0; i < 5; ++i)
    must(access.audit().append(
        {0, i == 0 ? 0 : 100 + i, i % 2 == 0 ? f.owner.id : bob.id, 2, "who", "t", "op", std::to_string(i), "ok"}));
  const auto page = must(access.audit().list({}, 0, 2));
  REQUIRE(page.size() == 2);
  CHECK(page[0].target == "4");
  CHECK(page[1].target == "3");
  CHECK(page[0].actor_kind == 2);
  CHECK(page[0].token == "t");
  CHECK(must(access.audit().list({}, page[1].id, 10)).size() == 3);
  CHECK(must(access.audit().list({}, page[1].id, 10)).back().at_us == f.now);
  CHECK(must(access.audit().list(bob.id, 0, 10)).size() == 2);
  CHECK(must(access.audit().drop(103)) == 2);
}

TEST_CASE("an idempotency key is won once, tells what became of it, and ends after a day") {
  StoreFixture f;
  const IdempotencyKey key{f.owner.id, "t1", "k"};
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] {
      const auto got = f.store->idempotency().begin(key, "hash");
      if (got && !*got) ++won;
    });
  for (auto& thread : threads) thread.join();
  CHECK(won == 1);
  auto at_work = must(f.store->idempotency().begin(key, "other"));
  REQUIRE(at_work);
  CHECK_FALSE(at_work->finished);
  CHECK_FALSE(at_work->interrupted);
  CHECK(at_work->request_hash == "hash");
  // Another token's key of the same text is another one.
  CHECK_FALSE(must(f.store->idempotency().begin({f.owner.id, "t2", "k"}, "hash")));

  f.open();  // as after a kill
  at_work = must(f.store->idempotency().begin(key, "hash"));
  REQUIRE(at_work);
  CHECK(at_work->interrupted);
  must(f.store->idempotency().complete(key, 201, "{\"a\":1}"));
  f.open();
  const auto done = must(f.store->idempotency().begin(key, "hash"));
  REQUIRE(done);
  CHECK(done->finished);
  CHECK_FALSE(done->interrupted);
  CHECK(done->status == 201);
  CHECK(done->answer == "{\"a\":1}");
  CHECK_FALSE(f.store->idempotency().complete({f.owner.id, "t1", "none"}, 200, ""));
  must(f.store->idempotency().forget({f.owner.id, "t2", "k"}));
  CHECK_FALSE(must(f.store->idempotency().begin({f.owner.id, "t2", "k"}, "hash")));
  f.now += 86'400'000'001;
  CHECK_FALSE(must(f.store->idempotency().begin(key, "hash")));
}
