// SPDX-License-Identifier: Apache-2.0
// The contract of users, accounts, authorizations, tokens, grants and the audit log.
#include <doctest/doctest.h>

#include <array>

#include "tests/unit/store/contract/openings.hpp"

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
  t.prefixes = {":~y", ":~x:a", ":~y"};
  return t;
}

AuthorizationRecord authorization(const Contract& f, const std::string& state, const std::string& ticket) {
  AuthorizationRecord out;
  out.state_hash = state;
  out.ticket_hash = ticket;
  out.owner = f.user.id;
  out.provider = "x";
  out.integration = "X";
  out.kind = "code";
  out.sealed = {"sealed-" + state, "k1"};
  return out;
}

Uuid nobody() {
  Uuid out;
  out.bytes.fill(0xee);
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("users: the first stays the default, names are one each and fit into a key", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  CHECK(f.user.name == "me");
  CHECK(f.user.time_zone == "Europe/Berlin");
  CHECK(must(f.b().users().default_user()).id == f.user.id);
  f.now -= 1000;
  const auto bob = must(f.a().users().add("bob", "UTC"));
  const auto eve = must(f.b().users().add("eve", ""));
  CHECK(eve.time_zone == "Europe/Berlin");
  CHECK(must(f.b().users().default_user()).id == f.user.id);
  CHECK(must(f.b().users().find_by_name("bob"))->id == bob.id);
  CHECK(must(f.b().users().find(bob.id))->time_zone == "UTC");
  CHECK_FALSE(must(f.b().users().find_by_name("Bob")));
  CHECK_FALSE(must(f.b().users().find(nobody())));
  CHECK(tag_of(f.b().users().add("bob", "UTC")) == "name_taken");
  for (const std::string& name : {std::string(), std::string("a]b"), std::string("[a"), std::string("a\nb"),
                                  std::string(" a"), std::string("a "), std::string(129, 'a')})
    CHECK(tag_of(f.a().users().add(name, "UTC")) == "bad_name");
  const auto all = must(f.b().users().all());
  REQUIRE(all.size() == 3);
  CHECK(all[0].id == f.user.id);
  CHECK(all[1].id == bob.id);
  CHECK(all[2].id == eve.id);
}

TEST_CASE_TEMPLATE("users: one with anything is not removed, and never the last", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  CHECK(tag_of(f.a().users().remove(f.user.id)) == "user_in_use");
  CHECK(tag_of(f.a().users().remove(nobody())) == "no_such_user");
  must(f.a().accounts().remove(f.user.id, "x", "a", true));
  CHECK(tag_of(f.a().users().remove(f.user.id)) == "last_user");
  const auto bob = must(f.b().users().add("bob", "UTC"));
  must(f.b().tokens().add(token(bob.id, "t1", 'a')));
  const auto generation = must(f.b().tokens().generation());
  must(f.a().users().remove(bob.id));
  CHECK(must(f.b().tokens().generation()) > generation);
  CHECK_FALSE(must(f.b().tokens().find_by_hash(std::string(32, 'a'))));
  CHECK(tag_of(f.a().users().remove(bob.id)) == "no_such_user");
}

TEST_CASE_TEMPLATE("users: a new name follows the rules of names, and the audit log goes with it", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto bob = must(f.a().users().add("bob", "UTC"));
  for (const char* target : {"bob", "[bob]:~x:a", "bobby", "[bobby]:~x:a"})
    must(f.a().audit().append({0, 0, f.user.id, 1, "me", "", "op", target, "ok"}));
  const auto generation = must(f.b().tokens().generation());
  CHECK(must(f.b().users().rename(bob.id, "rob")).name == "rob");
  CHECK(must(f.b().tokens().generation()) > generation);
  CHECK(must(f.a().users().find_by_name("rob"))->id == bob.id);
  CHECK_FALSE(must(f.a().users().find_by_name("bob")));
  CHECK(must(f.a().users().rename(bob.id, "rob")).time_zone == "UTC");
  CHECK(tag_of(f.a().users().rename(bob.id, "me")) == "name_taken");
  CHECK(tag_of(f.a().users().rename(bob.id, "a]b")) == "bad_name");
  CHECK(tag_of(f.a().users().rename(nobody(), "new")) == "no_such_user");
  std::string targets;
  for (const auto& entry : must(f.b().audit().list({}, 0, 10))) targets += entry.target + ' ';
  CHECK(targets == "[bobby]:~x:a bobby [rob]:~x:a rob ");
}

TEST_CASE_TEMPLATE("users: erasing takes everything and leaves of the log that something happened", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto bob = must(f.a().users().add("bob", "UTC"));
  auto account = f.account("bobs");
  account.owner = bob.id;
  must(f.a().accounts().put(account, "s"));
  const auto row = f.make_row_of(bob.id, 7, ":~x:bobs:things", "bobs");
  must(f.a().cells().persist(row, std::array{cell("c", 1, "1")}, {}));
  f.put({cell("mine", 1, "1")});
  must(f.a().tokens().add(token(bob.id, "t1", 'a')));
  must(f.a().grants().add({0, bob.id, f.user.id, ":~x", 1}));
  must(f.a().grants().add({0, f.user.id, bob.id, ":~x", 1}));
  must(f.a().audit().append({0, 0, bob.id, 1, "bob", "t1", "row post", ":~x:bobs:things", "ok"}));
  must(f.a().audit().append({0, 0, f.user.id, 1, "me", "", "user add", "bob", "ok"}));
  must(f.a().audit().append({0, 0, f.user.id, 1, "me", "", "row get", "[bob]:~x:a:b", "ok"}));
  must(f.a().audit().append({0, 0, f.user.id, 1, "me", "", "user add", "bobby", "ok"}));
  auto own = authorization(f, "s1", "");
  own.owner = bob.id;
  must(f.a().authorizations().add(own));
  CHECK_FALSE(must(f.a().idempotency().begin({bob.id, "t1", "k"}, "h")));

  CHECK(must(f.b().users().erase(bob.id)) == 1);
  CHECK(must(f.a().changes().position(bob.id)) == FeedPosition{});
  CHECK(must(f.a().accounts().changes(bob.id, 0)).empty());
  CHECK(tag_of(f.b().users().erase(bob.id)) == "no_such_user");
  CHECK_FALSE(must(f.a().rows().find(row)));
  CHECK(must(f.a().accounts().of_user(bob.id)).empty());
  CHECK(must(f.a().tokens().list({})).empty());
  CHECK(must(f.a().grants().list({})).empty());
  CHECK(must(f.a().authorizations().all()).empty());
  const auto log = must(f.a().audit().list({}, 0, 10));
  REQUIRE(log.size() == 4);
  CHECK(log[0].target == "bobby");
  CHECK(log[1].target.empty());
  CHECK(log[1].actor == "me");
  CHECK(log[2].target.empty());
  CHECK(log[3].owner.nil());
  CHECK(log[3].actor.empty());
  CHECK(log[3].token.empty());
  CHECK(log[3].operation == "row post");
  CHECK(read_text(f.a(), f.row) == "mine@1=1");
  std::string cursor;
  CHECK(follow(f.b(), cursor) == "+mine");
}

TEST_CASE_TEMPLATE("accounts: put keeps what was not given, removal keeps data unless it is purged", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  auto account = f.account();
  account.generation = 3;
  must(f.a().accounts().put(account, std::nullopt));
  CHECK(tag_of(f.b().accounts().secret(f.user.id, "x", "a")) == "no_such_account");
  f.now += 5;
  account.label = "second";
  must(f.b().accounts().put(account, "secret"));
  const auto stored = must(f.a().accounts().find(f.user.id, "x", "a")).value();
  CHECK(stored.label == "second");
  CHECK(stored.created_us == f.now - 5);
  CHECK(stored.generation == 4);
  CHECK(must(f.a().accounts().secret(f.user.id, "x", "a")) == "secret");
  must(f.a().accounts().put(account, std::nullopt));
  CHECK(must(f.b().accounts().secret(f.user.id, "x", "a")) == "secret");
  CHECK(must(f.b().accounts().find(f.user.id, "x", "a"))->generation == 4);
  must(f.a().accounts().put(f.account("b"), std::nullopt));
  CHECK(must(f.b().accounts().of_user(f.user.id)).size() == 2);
  CHECK(must(f.b().accounts().of_user(f.user.id, "x")).front().auth_id == "a");
  CHECK(must(f.b().accounts().of_user(f.user.id, "y")).empty());
  auto of_nobody = f.account();
  of_nobody.owner = nobody();
  CHECK(tag_of(f.a().accounts().put(of_nobody, std::nullopt)) == "store_internal");

  f.put({cell("c", 1, "1")});
  must(f.a().accounts().remove(f.user.id, "x", "a", false));
  CHECK(tag_of(f.b().accounts().remove(f.user.id, "x", "a", false)) == "no_such_account");
  CHECK(read_text(f.b(), f.row) == "c@1=1");
  must(f.b().accounts().remove(f.user.id, "x", "a", true));
  CHECK_FALSE(must(f.a().rows().find(f.row)));
  CHECK(read_text(f.a(), f.row) == "");
}

TEST_CASE_TEMPLATE("accounts: one is refused once, by the generation that failed", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  must(f.a().accounts().put(f.account(), "s"));
  const AccountKey key{f.user.id, "x", "a"};
  CHECK_FALSE(must(f.a().accounts().refuse(key, 1, "no")));
  CHECK(must(f.b().accounts().refuse(key, 0, "revoked")));
  CHECK_FALSE(must(f.a().accounts().refuse(key, 0, "again")));
  const auto stored = must(f.a().accounts().find(f.user.id, "x", "a")).value();
  CHECK(stored.state == TENTO_ACCOUNT_NEEDS_REAUTH);
  CHECK(stored.problem == "revoked");
  CHECK_FALSE(must(f.a().accounts().refuse({f.user.id, "x", "none"}, 0, "no")));
}

TEST_CASE_TEMPLATE("authorizations: bound once, taken once, resealed only from what was read", Backend,
                   TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  must(f.a().authorizations().add(authorization(f, "s2", "t1")));
  must(f.a().authorizations().add(authorization(f, "s1", "")));
  CHECK(tag_of(f.b().authorizations().add(authorization(f, "s1", "t9"))) == "store_internal");
  CHECK(tag_of(f.b().authorizations().add(authorization(f, "s9", "t1"))) == "store_internal");
  const auto all = must(f.b().authorizations().all());
  REQUIRE(all.size() == 2);
  CHECK(all[0].state_hash == "s1");
  CHECK(all[0].created_us == f.now);
  CHECK_FALSE(must(f.b().authorizations().bind("", "browser")));
  CHECK(must(f.b().authorizations().bind("t1", "browser"))->browser_hash == "browser");
  CHECK_FALSE(must(f.a().authorizations().bind("t1", "other")));
  CHECK(must(f.a().authorizations().reseal(all[0], {"new", "k2"})));
  CHECK_FALSE(must(f.b().authorizations().reseal(all[0], {"newer", "k3"})));
  CHECK(must(f.b().authorizations().take("s1"))->sealed.bytes == "new");
  CHECK_FALSE(must(f.a().authorizations().take("s1")));
  must(f.a().authorizations().drop(f.now, f.now));
  CHECK(must(f.b().authorizations().all()).size() == 1);
  must(f.a().authorizations().drop(0, f.now - 1));
  CHECK(must(f.b().authorizations().all()).empty());
}

TEST_CASE_TEMPLATE("tokens: found by hash, revoked once, used never backwards", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto generation = must(f.b().tokens().generation());
  must(f.a().tokens().add(token(f.user.id, "t2", 'a')));
  CHECK(must(f.b().tokens().generation()) > generation);
  must(f.a().tokens().add(token(f.user.id, "t1", 'b')));
  CHECK(tag_of(f.b().tokens().add(token(f.user.id, "t3", 'b'))) == "store_internal");
  CHECK(tag_of(f.b().tokens().add(token(f.user.id, "t1", 'c'))) == "store_internal");
  CHECK(tag_of(f.b().tokens().add(token(nobody(), "t4", 'd'))) == "store_internal");
  const auto found = must(f.b().tokens().find_by_hash(std::string(32, 'a'))).value();
  CHECK(found.id == "t2");
  CHECK(found.scopes == std::vector<std::string>{"read", "sync"});
  CHECK(found.prefixes == std::vector<std::string>{":~x:a", ":~y"});
  CHECK(found.created_us == f.now);
  CHECK_FALSE(must(f.b().tokens().find_by_hash("")));
  const auto all = must(f.b().tokens().list(f.user.id));
  REQUIRE(all.size() == 2);
  CHECK(all[0].id == "t1");
  CHECK(must(f.b().tokens().list(nobody())).empty());
  CHECK(must(f.b().tokens().list({})).size() == 2);
  CHECK(tag_of(f.b().tokens().revoke(nobody(), "t1")) == "no_such_token");
  must(f.b().tokens().revoke(f.user.id, "t1"));
  f.now += 5;
  must(f.a().tokens().revoke(f.user.id, "t1"));
  CHECK(must(f.a().tokens().find_by_hash(std::string(32, 'b')))->revoked_us == f.now - 5);
  must(f.a().tokens().touch("t2", 50));
  must(f.b().tokens().touch("t2", 40));
  must(f.b().tokens().touch("none", 40));
  CHECK(must(f.a().tokens().find_by_hash(std::string(32, 'a')))->last_used_us == 50);
}

TEST_CASE_TEMPLATE("grants: one for an owner, a grantee and a prefix", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const auto bob = must(f.a().users().add("bob", "UTC"));
  const auto first = must(f.a().grants().add({0, f.user.id, bob.id, ":~x:a", 1}));
  f.now += 5;
  const auto again = must(f.b().grants().add({0, f.user.id, bob.id, ":~x:a", 3}));
  CHECK(again.id == first.id);
  CHECK(again.verbs == 3);
  CHECK(again.created_us == f.now - 5);
  const auto second = must(f.b().grants().add({0, f.user.id, bob.id, ":~x:b", 1}));
  CHECK(second.id > first.id);
  CHECK(tag_of(f.a().grants().add({0, f.user.id, nobody(), ":~x:b", 1})) == "store_internal");
  CHECK(must(f.b().grants().list(f.user.id)).size() == 2);
  CHECK(must(f.b().grants().list(bob.id)).empty());
  CHECK(must(f.b().grants().list_to(bob.id, f.user.id)).front().id == first.id);
  CHECK(must(f.b().grants().list_to(f.user.id, bob.id)).empty());
  CHECK(tag_of(f.a().grants().remove(bob.id, first.id)) == "no_such_grant");
  must(f.a().grants().remove(f.user.id, first.id));
  CHECK(tag_of(f.b().grants().remove(f.user.id, first.id)) == "no_such_grant");
}

TEST_CASE_TEMPLATE("audit: newest first, in pages, by owner", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  for (int i = 0; i < 5; ++i)
    must((i % 2 == 0 ? f.a() : f.b())
             .audit()
             .append({0, i == 0 ? 0 : 100 + i, i % 2 == 0 ? f.user.id : nobody(), 2, "who", "t", "op",
                      std::to_string(i), "ok"}));
  const auto page = must(f.b().audit().list({}, 0, 2));
  REQUIRE(page.size() == 2);
  CHECK(page[0].target == "4");
  CHECK(page[0].actor_kind == 2);
  CHECK(must(f.a().audit().list({}, page[1].id, 10)).back().at_us == f.now);
  CHECK(must(f.a().audit().list(nobody(), 0, 10)).size() == 2);
  CHECK(must(f.a().audit().drop(103)) == 2);
  CHECK(must(f.b().audit().list({}, 0, 10)).size() == 3);
}

TEST_CASE_TEMPLATE("idempotency: a key tells what became of it and ends after a day", Backend, TENTO_STORE_BACKENDS) {
  Contract f{Backend{}};
  const IdempotencyKey key{f.user.id, "t1", "k"};
  CHECK_FALSE(must(f.a().idempotency().begin(key, "hash")));
  auto known = must(f.b().idempotency().begin(key, "other")).value();
  CHECK_FALSE(known.finished);
  CHECK_FALSE(known.interrupted);
  CHECK(known.request_hash == "hash");
  CHECK(known.created_us == f.now);
  CHECK_FALSE(must(f.b().idempotency().begin({f.user.id, "t2", "k"}, "hash")));
  must(f.b().idempotency().complete(key, 201, "{}"));
  known = must(f.a().idempotency().begin(key, "hash")).value();
  CHECK(known.finished);
  CHECK(known.status == 201);
  CHECK(known.answer == "{}");
  CHECK(tag_of(f.a().idempotency().complete({f.user.id, "t1", "none"}, 200, "")) == "no_such_idempotency_key");
  must(f.a().idempotency().forget({f.user.id, "t2", "k"}));
  CHECK_FALSE(must(f.b().idempotency().begin({f.user.id, "t2", "k"}, "hash")));
  f.now += 86'400'000'000;
  CHECK(must(f.b().idempotency().begin(key, "hash")));
  f.now += 1;
  CHECK_FALSE(must(f.b().idempotency().begin(key, "hash")));
}
