// SPDX-License-Identifier: Apache-2.0
// Administration and look-ups as values, on a store alone.
#include "host/services/admin_service.hpp"

#include "host/services/directory.hpp"
#include "host/services/row_listing.hpp"
#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct AdminWorld : HostOfOne {
  std::vector<std::string> gone;
  Directory directory{*store};
  AdminService admin{
      *store,
      []() -> Result<Vault*> { return fail(ErrorCode::unsupported, ErrorClass::internal, "there is no vault here"); },
      [this](const AccountKey& account) { gone.push_back(account.provider + ":" + account.auth_id); }};

  RowListing list(const RowFilter& filter, const Principal& principal = {}) {
    const HeldRows held{*directory.accounts(owner.id), *directory.rows(owner.id)};
    auto out = list_rows(*table, held, filter, principal);
    REQUIRE(out);
    return std::move(*out);
  }
  static std::string keys(const RowListing& listing) {
    std::string out;
    for (const auto& row : listing.rows) out += (row.key.empty() ? "(pattern)" : row.key) + ' ';
    return out;
  }
};

}  // namespace

TEST_CASE("who runs the host: the command line, and an admin token of the first user") {
  AdminWorld w;
  Principal principal;
  CHECK(w.admin.check_runs_host(principal));
  principal.token = "t1";
  principal.owner = w.owner;
  CHECK(w.admin.check_runs_host(principal));
  principal.scopes = {};
  principal.scopes.add(Scope::read);
  CHECK(w.admin.check_runs_host(principal).error().tag == "host_admin");
  principal.scopes = Scopes::everything();
  principal.owner = *w.admin.add_user("second", "UTC");
  CHECK(w.admin.check_runs_host(principal).error().tag == "host_admin");
}

TEST_CASE("a user who is erased takes accounts along, and whoever keeps something of these is told") {
  AdminWorld w;
  const auto user = *w.admin.add_user("second", "UTC");
  AccountRecord account;
  account.owner = user.id;
  account.provider = account.kind = "demo";
  account.integration = "Main";
  account.auth_id = "theirs";
  REQUIRE(w.store->accounts().put(account, "secret"));
  CHECK(w.admin.remove_user(user).error().tag == "user_in_use");
  const auto erased = w.admin.erase_user(user);
  REQUIRE(erased);
  CHECK(erased->accounts == 1);
  CHECK(w.gone == std::vector<std::string>{"demo:theirs"});
  const auto lost = w.directory.user_named("second");
  REQUIRE_FALSE(lost);
  CHECK(lost.error().tag == "no_such_user");
  CHECK(w.admin.add_user("a[b", "UTC").error().tag == "usage");
}

TEST_CASE("a token is told once, kept as a hash, and revoked by its id") {
  AdminWorld w;
  const auto created = w.admin.create_token(w.owner, {"phone", {"read"}, {}, 60});
  REQUIRE(created);
  CHECK(created->text.starts_with("tento_pat_"));
  CHECK(created->token.expires_us == created->token.created_us + 60'000'000);
  const auto listed = w.admin.tokens(w.owner);
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().hash != created->text);
  CHECK(w.admin.revoke_token(w.owner, created->token.id)->revoked_us != 0);
  CHECK(w.admin.revoke_token(w.owner, "none").error().tag == "no_such_token");
}

TEST_CASE("the audit log is whole for whoever runs the host, and one's own for others") {
  AdminWorld w;
  const auto second = *w.admin.add_user("second", "UTC");
  ActorInfo actor;
  actor.name = "joe";
  for (const auto& user : {w.owner, second}) {
    AuditRecord record;
    record.owner = user.id;
    record.operation = "row post";
    record.outcome = "ok";
    REQUIRE(w.admin.write_audit(actor, record));
  }
  Principal principal;
  CHECK(w.admin.audit(principal, 0, 10)->size() == 2);
  CHECK(w.admin.audit(principal, 0, 10)->front().actor == "joe");
  principal.token = "t";
  principal.owner = second;
  CHECK(w.admin.audit(principal, 0, 10)->size() == 1);
}

TEST_CASE("an account is found by its id, by provider:id and by a key of its rows; what is ambiguous names them all") {
  AdminWorld w;
  w.connect("you");
  auto accounts = *w.directory.accounts(w.owner.id);
  CHECK(find_account(accounts, "you")->auth_id == "you");
  CHECK(find_account(accounts, "demo:me")->auth_id == "me");
  CHECK(find_account(accounts, ":~demo:me:items")->auth_id == "me");
  CHECK_FALSE(find_account(accounts, ":~demo:mean:items"));
  AccountRecord other = accounts.front();
  other.provider = "other";
  other.auth_id = "you";
  accounts.push_back(other);
  const auto both = find_account(accounts, "you");
  REQUIRE_FALSE(both);
  CHECK(both.error().tag == "usage");
  CHECK(both.error().message.find("demo:you, other:you") != std::string::npos);
}

TEST_CASE("rows are those that accounts come to, stored ones beside them, and what nobody serves any more") {
  AdminWorld w;
  CHECK(AdminWorld::keys(w.list({})) == ":~demo:me:items (pattern) :~demo:me:computed :~demo:me:items:logs (pattern) ");
  w.stored_target(":~demo:me:lists:a");
  RowRecord orphan;
  orphan.id.bytes[0] = 7;
  orphan.owner = w.owner.id;
  orphan.provider = "lost";
  orphan.integration = "Lost";
  orphan.pattern = ":~lost:{authId}:things";
  orphan.lookup_key = ":~lost:me:things";
  orphan.auth_id = "me";
  REQUIRE(w.store->rows().ensure(orphan));
  const auto all = w.list({});
  CHECK(AdminWorld::keys(all) ==
        ":~demo:me:items :~demo:me:lists:a :~demo:me:computed :~demo:me:items:logs (pattern) :~lost:me:things ");
  CHECK(all.unserved);
  CHECK(all.rows.back().state == RowState::no_provider);
  Principal principal;
  principal.token = "t";
  principal.prefixes = {":~demo:me:lists"};
  CHECK(AdminWorld::keys(w.list({}, principal)) == ":~demo:me:lists:a ");
  REQUIRE(w.store->accounts().remove(w.owner.id, "demo", "me", false));
  const auto kept = w.list({});
  REQUIRE(AdminWorld::keys(kept) == "(pattern) :~demo:me:lists:a (pattern) (pattern) (pattern) :~lost:me:things ");
  CHECK(kept.rows[1].state == RowState::disconnected);
}
