// SPDX-License-Identifier: Apache-2.0
// Other owners' rows: what a grant opens, and that without one they are as if they did not exist.
#include "host/store/store.hpp"
#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct Neighbours : HostOfOne {
  UserRecord bob = *store->users().add("bob@example.org", "UTC");
  std::string mine = "[" + owner.name + "]";  // as bob writes it
  std::string hex;

  Neighbours() {
    hex = stored_target(":~demo:me:items").row.id.text();
    std::erase(hex, '-');
  }
  GrantRecord grant(const std::string& prefix, std::uint32_t verbs) {
    return *store->grants().add({0, owner.id, bob.id, prefix, verbs});
  }
  Result<Target> ask(const std::string& key, std::uint32_t verb = TENTO_VERB_GET) {
    return dispatcher->resolve(bob, key, verb);
  }
};

}  // namespace

TEST_CASE("without a grant another owner's row is answered like one that nobody has") {
  Neighbours host;
  const auto said = [&host](const std::string& key) {
    const auto got = host.ask(key);
    REQUIRE_FALSE(got);
    auto error = got.error();
    // The same but for the key that was asked for.
    const auto at = error.message.find(key);
    if (at != std::string::npos) error.message.replace(at, key.size(), "KEY");
    return error;
  };
  const auto unknown = said("[nobody@example.org]:~demo:me:items");
  CHECK(unknown.code == ErrorCode::not_found);
  CHECK(unknown.message == "no row is called `KEY`");
  const auto all_alike = [&] {
    for (const auto& key : {host.mine + ":~demo:me:items", host.mine + ":~demo:items", host.mine + ":~nosuch:row",
                            "r_" + host.hex, std::string("r_00000000000000000000000000000000")}) {
      CAPTURE(key);
      CHECK(said(key) == unknown);
    }
  };
  all_alike();
  // A grant for something else opens nothing of this.
  host.grant(":~demo:me:it", TENTO_VERB_GET);
  host.grant(":~demo:you", TENTO_VERB_GET);
  host.grant(":~other", TENTO_VERB_GET);
  all_alike();
  CHECK(host.store->rows().of_user(host.bob.id)->empty());
}

TEST_CASE("a grant opens a row and what lies below it, for its verbs, and ends at once") {
  Neighbours host;
  const auto grant = host.grant(":~demo:me", TENTO_VERB_GET);
  for (const auto& key : {host.mine + ":~demo:me:items", host.mine + ":~demo:m%65:items", "r_" + host.hex}) {
    CAPTURE(key);
    const auto got = host.ask(key);
    REQUIRE(got);
    CHECK(got->owner.id == host.owner.id);
    CHECK(got->row.lookup_key == ":~demo:me:items");
    CHECK(got->row.id == host.target(":~demo:me:items").row.id);
    CHECK(got->account->auth_id == "me");
    CHECK(got->zone() == "Europe/Berlin");
    CHECK(host.ask(key, 0));
  }
  CHECK(host.ask(host.mine + ":~demo:me:items", TENTO_VERB_POST).error().code == ErrorCode::not_found);
  host.grant(":~demo:me", TENTO_VERB_GET | TENTO_VERB_POST);
  CHECK(host.ask(host.mine + ":~demo:me:items", TENTO_VERB_POST));
  // The account that a key leaves out must be one that was granted.
  CHECK_FALSE(host.ask(host.mine + ":~demo:items"));
  REQUIRE(host.store->grants().remove(host.owner.id, grant.id));
  CHECK(host.ask(host.mine + ":~demo:me:items").error().code == ErrorCode::not_found);
  // Nothing of it went the other way.
  host.grant(":~demo", TENTO_VERB_GET);
  CHECK_FALSE(host.dispatcher->resolve(host.owner, "[bob@example.org]:~demo:me:items", TENTO_VERB_GET));
  CHECK(host.ask(host.mine + ":~demo:items"));
}

TEST_CASE("a key that leaves its account out does not lead past its grant") {
  Neighbours host;
  host.grant(":~demo:items", TENTO_VERB_GET);
  const auto got = host.ask(host.mine + ":~demo:items");
  REQUIRE_FALSE(got);
  CHECK(got.error().message == "no row is called `" + host.mine + ":~demo:items`");
}
