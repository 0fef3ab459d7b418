// SPDX-License-Identifier: Apache-2.0
// For whom guards hold: the configuration, then the program around the host, then the host's own `operator`.
#include "host/app/guards.hpp"

#include <doctest/doctest.h>

#include "host/store/memory/store.hpp"

namespace {

using namespace tento;
using namespace tento::host;

ActorInfo token_of(const UserRecord& user, std::initializer_list<Scope> scopes) {
  ActorInfo out;
  out.kind = TENTO_ACTOR_TOKEN;
  out.id = user.id;
  for (const auto scope : scopes) out.scopes.add(scope);
  return out;
}

}  // namespace

TEST_CASE("a guard holds for a scope, for users by name, or for nobody") {
  const auto store = open_memory_store(StoreConfig{});
  const auto anna = store->users().add("anna", "UTC").value(), bob = store->users().add("bob", "UTC").value();
  AppOptions options;
  options.guards = {"theirs"};
  options.config.guards = {{"forecast", {Scope::sync, {}}}, {"family", {{}, {"anna"}}}, {"locked", {{}, {}}}};
  CHECK(known_guards(options) == std::vector<std::string>{"theirs", "family", "forecast", "locked"});
  const ActorInfo person{};
  const auto reader = token_of(anna, {Scope::read}), syncer = token_of(anna, {Scope::sync});
  const auto boss = token_of(anna, {Scope::admin}), guest = token_of(bob, {Scope::admin});

  const auto holds = guard_of(options, store->users());
  CHECK(holds("forecast", anna, person));
  CHECK(holds("forecast", anna, syncer));
  CHECK(holds("forecast", anna, boss));
  CHECK_FALSE(holds("forecast", anna, reader));
  CHECK(holds("family", anna, person));
  CHECK(holds("family", anna, reader));
  CHECK_FALSE(holds("family", bob, person));
  CHECK_FALSE(holds("family", anna, guest));  // bob asks for a row of anna's
  CHECK(holds("family", bob, reader));        // anna asks for a row of bob's
  CHECK_FALSE(holds("locked", anna, person));
  CHECK_FALSE(holds("locked", anna, boss));
  CHECK(holds("operator", anna, person));
  CHECK(holds("operator", anna, boss));
  CHECK_FALSE(holds("operator", anna, syncer));
  CHECK_FALSE(holds("theirs", anna, person));

  options.guard = [](std::string_view guard, const UserRecord&, const ActorInfo&) { return guard == "theirs"; };
  options.config.guards.emplace("operator", GuardRule{{}, {}});
  const auto with_program = guard_of(options, store->users());
  CHECK(with_program("theirs", anna, reader));
  CHECK_FALSE(with_program("operator", anna, person));
  CHECK_FALSE(with_program("locked", anna, person));
}
