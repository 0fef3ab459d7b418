// SPDX-License-Identifier: Apache-2.0
// The contract of credentials, and of the leases of those who refresh them.
#include <doctest/doctest.h>

#include "tests/unit/store/contract/openings.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

using State = RefreshLease::State;

struct Credentials : Contract {
  template <class Backend>
  explicit Credentials(Backend backend) : Contract(backend), key{user.id, "x", "a"} {
    must(a().credentials().put(account(), {"sealed-1", "k1"}));
  }
  State ask(Store& store, const std::string& holder, std::uint64_t generation = 0) const {
    return must(store.credentials().begin_refresh(key, generation, holder, 60 * second_us)).state;
  }
  bool finish(Store& store, const std::string& holder, const std::string& bytes, std::uint64_t generation = 0) const {
    auto next = account();
    next.generation = generation;
    next.expires_us = 7;
    next.lifetime_us = 8;
    next.scopes = "wide";
    next.label = "what a refresh does not change";
    return must(store.credentials().finish_refresh(next, holder, {bytes, "k2"}));
  }
  AccountKey key;
};

}  // namespace

TEST_CASE_TEMPLATE("credentials: bytes, key and kind are kept; each that is put is a new generation", Backend,
                   TENTO_STORE_BACKENDS) {
  Credentials f{Backend{}};
  const auto before = must(f.b().credentials().find(f.key)).value();
  CHECK(before.kind == "x_kind");
  CHECK(before.generation == 0);
  CHECK(before.sealed.bytes == "sealed-1");
  CHECK_FALSE(must(f.b().credentials().find({f.user.id, "x", "none"})));
  CHECK(tag_of(f.b().accounts().secret(f.user.id, "x", "a")) == "secret_sealed");
  must(f.b().credentials().put(f.account(), {std::string("\0\xff", 2), "k2"}));
  const auto after = must(f.a().credentials().all());
  REQUIRE(after.size() == 1);
  CHECK(after[0].generation == 1);
  CHECK(after[0].sealed.bytes == std::string("\0\xff", 2));
  CHECK_FALSE(must(f.a().credentials().reseal(before, {"other", "k3"})));
  CHECK(must(f.a().credentials().reseal(after[0], {"other", "k3"})));
  CHECK(must(f.b().credentials().find(f.key))->generation == 1);
}

TEST_CASE_TEMPLATE("credentials: a lease ends by the clock, also by one that was set back", Backend,
                   TENTO_STORE_BACKENDS) {
  Credentials f{Backend{}};
  CHECK(f.ask(f.a(), "a") == State::mine);
  CHECK(f.ask(f.b(), "b") == State::theirs);
  CHECK(f.ask(f.a(), "a") == State::theirs);
  f.now += 60 * second_us;
  const auto taken = must(f.b().credentials().begin_refresh(f.key, 0, "b", second_us));
  CHECK(taken.state == State::mine);
  CHECK(taken.record.interrupted);
  CHECK(taken.record.holder == "b");
  CHECK(taken.record.until_us == f.now + second_us);
  f.now -= 1;
  CHECK(f.ask(f.a(), "c") == State::mine);
  CHECK(f.ask(f.a(), "d", 1) == State::changed);
  CHECK(tag_of(f.a().credentials().begin_refresh({f.user.id, "x", "none"}, 0, "a", second_us)) == "no_such_account");
}

TEST_CASE_TEMPLATE("credentials: after a failure nobody asks before the time that was given", Backend,
                   TENTO_STORE_BACKENDS) {
  Credentials f{Backend{}};
  CHECK(f.ask(f.a(), "a") == State::mine);
  must(f.b().credentials().fail_refresh(f.key, "b", {f.now + second_us, true}));
  CHECK(f.ask(f.b(), "b") == State::theirs);
  must(f.b().credentials().fail_refresh(f.key, "a", {f.now + second_us, true}));
  auto record = must(f.a().credentials().refresh(f.key)).value();
  CHECK(record.holder.empty());
  CHECK(record.failures == 1);
  CHECK(record.retry_at_us == f.now + second_us);
  CHECK(record.refused_us == f.now);
  CHECK(f.ask(f.a(), "b") == State::waiting);
  f.now += second_us;
  CHECK(f.ask(f.a(), "b") == State::mine);
  must(f.a().credentials().fail_refresh(f.key, "b", {0, true}));
  record = must(f.b().credentials().refresh(f.key)).value();
  CHECK(record.failures == 2);
  CHECK(record.refused_us == f.now - second_us);
}

TEST_CASE_TEMPLATE("credentials: a refresh replaces the generation of its lease, once, also when it comes late",
                   Backend, TENTO_STORE_BACKENDS) {
  Credentials f{Backend{}};
  CHECK_FALSE(f.finish(f.a(), "a", "without a lease"));
  CHECK(f.ask(f.a(), "a") == State::mine);
  f.now += 61 * second_us;
  CHECK(f.ask(f.b(), "b") == State::mine);
  CHECK_FALSE(f.finish(f.a(), "c", "another's"));
  CHECK(f.finish(f.a(), "a", "late"));
  CHECK_FALSE(f.finish(f.a(), "a", "sent twice"));
  CHECK_FALSE(f.finish(f.b(), "b", "later"));
  const auto stored = must(f.b().accounts().find(f.user.id, "x", "a")).value();
  CHECK(stored.generation == 1);
  CHECK(stored.expires_us == 7);
  CHECK(stored.lifetime_us == 8);
  CHECK(stored.scopes == "wide");
  CHECK(stored.label == "first");
  CHECK(must(f.b().credentials().find(f.key))->sealed.bytes == "late");
  CHECK_FALSE(must(f.b().credentials().refresh(f.key)));
}

TEST_CASE_TEMPLATE("credentials: an account that was connected anew is no business of an older lease", Backend,
                   TENTO_STORE_BACKENDS) {
  Credentials f{Backend{}};
  CHECK(f.ask(f.a(), "a") == State::mine);
  must(f.b().accounts().remove(f.user.id, "x", "a", false));
  CHECK_FALSE(f.finish(f.a(), "a", "old"));
  must(f.b().credentials().put(f.account(), {"fresh", "k1"}));
  CHECK_FALSE(f.finish(f.a(), "a", "old"));
  CHECK(must(f.b().credentials().find(f.key))->sealed.bytes == "fresh");
}

TEST_CASE_TEMPLATE("credentials: what was in the clear is wiped when nothing in the clear is left", Backend,
                   TENTO_STORE_BACKENDS) {
  Credentials f{Backend{}};
  CHECK_FALSE(must(f.a().maintenance().wipe_due()));
  must(f.a().accounts().put(f.account("b"), "in the clear"));
  CHECK(must(f.b().maintenance().wipe_due()));
  must(f.b().maintenance().wipe());
  CHECK(must(f.b().maintenance().wipe_due()));
  for (const auto& credential : must(f.a().credentials().all()))
    CHECK(must(f.a().credentials().reseal(credential, {"sealed", "k"})));
  must(f.b().maintenance().wipe());
  CHECK_FALSE(must(f.a().maintenance().wipe_due()));
}

TEST_CASE_TEMPLATE("credentials: what becomes of an account is told in order, and a refresh only where it mends it",
                   Backend, TENTO_STORE_BACKENDS) {
  Credentials f{Backend{}};
  const auto start = must(f.b().changes().position(f.user.id)).accounts;
  auto told = [&, last = start]() mutable {
    std::string out;
    for (const auto& change : must(f.b().accounts().changes(f.user.id, last))) {
      CHECK(change.seq > last);
      last = change.seq;
      const auto state = [](std::optional<tento_account_state> s) { return s ? std::to_string(*s) : std::string("-"); };
      out += change.provider + ' ' + change.integration + ' ' + change.auth_id + ' ' + state(change.before) + '>' +
             state(change.now) + ' ';
    }
    CHECK(must(f.b().changes().position(f.user.id)).accounts >= last);
    return out;
  };
  const auto active = std::to_string(TENTO_ACCOUNT_ACTIVE), broken_state = std::to_string(TENTO_ACCOUNT_NEEDS_REAUTH);
  auto broken = f.account();
  broken.state = TENTO_ACCOUNT_NEEDS_REAUTH;
  must(f.a().credentials().put(broken, {"s", "k"}));
  CHECK(told() == "x X a " + active + '>' + broken_state + ' ');
  CHECK(f.ask(f.a(), "me", 1) == State::mine);
  CHECK(f.finish(f.a(), "me", "s2", 1));
  CHECK(told() == "x X a " + broken_state + '>' + active + ' ');
  CHECK(f.ask(f.a(), "me", 2) == State::mine);
  CHECK(f.finish(f.a(), "me", "s3", 2));
  CHECK(told() == "");
  must(f.a().accounts().put(f.account("other"), std::nullopt));
  must(f.a().accounts().remove(f.user.id, "x", "other", false));
  must(f.a().accounts().remove(f.user.id, "x", "other", true));  // its data, later
  CHECK(told() == "x X other ->" + active + " x X other " + active + ">- ");
  // Only the latest are kept.
  for (std::size_t i = 0; i < AccountStore::kept_changes; ++i) {
    broken.state = i % 2 == 0 ? TENTO_ACCOUNT_NEEDS_REAUTH : TENTO_ACCOUNT_ACTIVE;
    must(f.a().accounts().put(broken, std::nullopt));
  }
  CHECK(must(f.b().accounts().changes(f.user.id, start)).size() == AccountStore::kept_changes);
}
