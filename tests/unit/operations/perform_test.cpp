// SPDX-License-Identifier: Apache-2.0
// Operations as faces perform them: scopes, owners, the audit log, tokens, users, grants.
#include "host/operations/perform.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "host/access/token_text.hpp"
#include "host/app/parts_on_demand.hpp"
#include "host/operations/runs.hpp"
#include "host/store/store.hpp"
#include "tests/unit/support/stored_run.hpp"

using namespace tento;
using namespace tento::host;

namespace {

struct World {
  std::filesystem::path folder;
  std::unique_ptr<PartsOnDemand> parts;
  Caller caller;

  World() {
    std::string name = (std::filesystem::temp_directory_path() / "tento-perform-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    open("");
    caller.actor.name = "joe";
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    parts->shutdown(1000);
    parts.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  void open(const std::string& owner) {
    if (parts) parts->shutdown(1000);
    parts.reset();
    Config config;
    config.data_dir = folder / "data";
    config.image_dir = folder / "images";
    config.vault_key_file = folder / "vault.key";
    config.owner = owner;
    config.time_zone = "UTC";
    parts = std::make_unique<PartsOnDemand>(AppOptions{.config = std::move(config)});
  }
  Store& store() { return parts->open_store()->store; }
  UserRecord owner() { return *owner_of({}, parts->config(), parts->open_store()->directory); }

  Result<Output> run(std::string_view noun, std::string_view verb, const RawArgs& raw, Caller& by) {
    const auto* operation = find_operation(noun, verb);
    REQUIRE(operation != nullptr);
    const auto args = parse_args(*operation, raw);
    if (!args) return fail(args.error());
    return perform(*operation, *parts, by, *args);
  }
  Result<Output> run(std::string_view noun, std::string_view verb, const RawArgs& raw = {}) {
    return run(noun, verb, raw, caller);
  }
  std::string tag(std::string_view noun, std::string_view verb, const RawArgs& raw, Caller& by) {
    const auto got = run(noun, verb, raw, by);
    return got ? "ok" : got.error().tag;
  }
  // Who a token made by `token create` stands for, and its id.
  Caller with_token(const RawArgs& raw, std::string* text = nullptr) {
    const auto made = run("token", "create", raw);
    REQUIRE(made);
    const auto token = field(*made, 0);
    if (text != nullptr) *text = token;
    Access door(store());
    const auto principal = door.authenticate(token);
    REQUIRE(principal);
    return caller_of(*principal);
  }
  static std::string field(const Output& output, std::size_t column, std::size_t record = 0) {
    return std::get<std::string>(output.records.at(record).at(column));
  }
  std::vector<std::string> log() {
    std::vector<std::string> out;
    const auto records = store().audit().list({}, 0, 100);
    for (const auto& r : *records) out.push_back(r.actor + " " + r.operation + " " + r.target + " " + r.outcome);
    return out;
  }
};

}  // namespace

TEST_CASE("a token has what it was made with, is shown once and kept as a hash") {
  World w;
  std::string text;
  auto by = w.with_token(
      {{"name", {"app"}}, {"scope", {"read", "sync"}}, {"prefix", {":~x:a%41"}}, {"expires", {"90d"}}}, &text);
  CHECK(looks_like_token(text));
  CHECK(allows(by.principal, Scope::sync));
  CHECK_FALSE(allows(by.principal, Scope::write));
  CHECK(by.principal.prefixes == std::vector<std::string>{":~x:aA"});
  CHECK(by.actor.kind == TENTO_ACTOR_TOKEN);
  CHECK(by.actor.name == "app");
  CHECK_FALSE(by.actor.scopes.has(Scope::admin));
  const auto stored = w.store().tokens().list({})->at(0);
  CHECK(stored.hash == token_hash(text));
  CHECK(stored.expires_us - stored.created_us == std::int64_t{90} * 86'400'000'000);
  const auto listed = w.run("token", "list");
  REQUIRE(listed);
  CHECK(listed->records.size() == 1);
  for (const auto& value : listed->records[0])
    if (const auto* shown = std::get_if<std::string>(&value)) CHECK(shown->find(token_prefix) == std::string::npos);
  CHECK(w.with_token({{"name", {"boss"}}, {"scope", {"admin"}}}).actor.scopes.has(Scope::admin));

  for (const RawArgs& raw : std::vector<RawArgs>{{{"name", {"a"}}, {"scope", {"raed"}}},
                                                 {{"name", {"a"}}, {"prefix", {"x"}}},
                                                 {{"name", {"a"}}, {"expires", {"0"}}},
                                                 {{"name", {"a"}}, {"scope", {"admin"}}, {"prefix", {":~x"}}},
                                                 {}})
    CHECK(w.tag("token", "create", raw, w.caller) == usage_tag);
  CHECK(w.run("token", "create", {{"name", {"a"}}, {"scope", {"raed"}}}).error().message.find("\"read\"") !=
        std::string::npos);
}

TEST_CASE("an operation needs its scope, and who runs the host has all") {
  World w;
  auto reader = w.with_token({{"name", {"r"}}});
  auto admin = w.with_token({{"name", {"a"}}, {"scope", {"admin"}}});
  CHECK(w.tag("user", "show", {}, reader) == "ok");
  CHECK(w.tag("token", "list", {}, reader) == "scope");
  CHECK(w.tag("user", "set", {{"zone", {"Asia/Tokyo"}}}, reader) == "scope");
  CHECK(w.owner().time_zone == "UTC");
  CHECK(w.tag("row", "delete", {{"key", {":~x:a"}}, {"id", {"1"}}}, reader) == "scope");
  CHECK(w.tag("row", "sync", {{"key", {":~x:a"}}}, reader) == "scope");
  CHECK(w.tag("user", "set", {{"zone", {"Asia/Tokyo"}}}, admin) == "ok");
  CHECK(w.owner().time_zone == "Asia/Tokyo");
  // Every operation that is not for reading refuses who may only read, before it does anything.
  for (const auto& operation : operations()) {
    if (operation.scope == Scope::read) continue;
    CAPTURE(operation.name());
    const auto refused = perform(operation, *w.parts, reader, Args{});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().tag == "scope");
    CHECK(refused.error().code == ErrorCode::forbidden);
  }
}

TEST_CASE("every operation answers each kind of caller as the table says, and what is the host's is named here, too") {
  World w;
  REQUIRE(w.run("user", "add", {{"name", {"bob"}}}));
  struct Kind {
    std::string name;
    Caller caller;
    bool runs_host;
  };
  std::vector<Kind> kinds{{"command line", w.caller, true}};
  for (const std::string user : {"me", "bob"}) {
    w.open(user);
    for (const std::string scope : {"read", "write", "sync", "admin"})
      kinds.push_back({user + " " + scope, w.with_token({{"name", {user + scope}}, {"scope", {scope}}}),
                       user == "me" && scope == "admin"});
  }
  w.open("");
  std::set<std::string> of_the_host;
  for (const auto& operation : operations()) {
    CAPTURE(operation.name());
    if (operation.authority == Authority::host) of_the_host.insert(operation.name());
    for (auto& kind : kinds) {
      CAPTURE(kind.name);
      const auto got = perform(operation, *w.parts, kind.caller, Args{});
      const std::string tag = got ? "" : got.error().tag;
      if (!allows(kind.caller.principal, operation.scope))
        CHECK(tag == "scope");
      else if (operation.authority == Authority::host && !kind.runs_host)
        CHECK(tag == "host_admin");
      else
        CHECK((tag != "scope" && tag != "host_admin"));
    }
  }
  CHECK(of_the_host == std::set<std::string>{"key list", "key rotate", "user add", "user list", "user rename",
                                             "user remove", "user erase", "user export", "store backup",
                                             "store restore", "store dump", "doctor", "config show",
                                             "provider reload"});
}

TEST_CASE("every write and every act of an admin is in the log, refused and failed ones too, without what is secret") {
  World w;
  auto reader = w.with_token({{"name", {"reader"}}});
  CHECK(w.log() == std::vector<std::string>{"joe token create reader ok"});
  w.tag("user", "set", {{"zone", {"Europe/Paris"}}}, reader);
  w.tag("token", "revoke", {{"id", {"t404"}}}, w.caller);
  w.tag("user", "show", {}, w.caller);
  w.tag("row", "post", {{"key", {":~nosuch:row"}}, {"body", {"{\"hunter2\":1}"}}}, w.caller);
  const auto log = w.log();
  REQUIRE(log.size() == 4);
  CHECK(log[2] == "reader user set  scope");
  CHECK(log[1] == "joe token revoke t404 no_such_token");
  CHECK(log[0].starts_with("joe row post :~nosuch:row "));
  CHECK_FALSE(log[0].ends_with(" ok"));
  for (const auto& line : log) {
    CHECK(line.find("hunter2") == std::string::npos);
    CHECK(line.find(token_prefix) == std::string::npos);
  }
  CHECK(w.store().audit().list({}, 0, 1)->at(0).token.empty());
  CHECK(w.store().audit().list({}, 0, 3)->at(2).token == reader.principal.token);

  const auto listed = w.run("audit", "list", {{"limit", {"2"}}});
  REQUIRE(listed);
  CHECK(listed->records.size() == 2);
  const auto last = std::get<std::int64_t>(listed->records[1][0]);
  const auto older = w.run("audit", "list", {{"before", {std::to_string(last)}}});
  CHECK(older->records.size() == 2);
  CHECK(w.tag("audit", "list", {{"limit", {"0"}}}, w.caller) == usage_tag);
}

TEST_CASE("a revoked token opens nothing from then on") {
  World w;
  std::string text;
  const auto by = w.with_token({{"name", {"a"}}}, &text);
  Access door(w.store());
  REQUIRE(door.authenticate(text));
  CHECK(w.run("token", "revoke", {{"id", {by.principal.token}}}));
  CHECK(door.authenticate(text).error().tag == "token_revoked");
}

TEST_CASE("users come, are chosen, and go") {
  World w;
  CHECK(w.run("user", "add", {{"name", {"bob@example.org"}}, {"zone", {"Asia/Tokyo"}}}));
  CHECK(w.tag("user", "add", {{"name", {"bob@example.org"}}}, w.caller) == "name_taken");
  CHECK(w.tag("user", "add", {{"name", {"a]b"}}}, w.caller) == usage_tag);
  CHECK(w.tag("user", "add", {{"name", {"c"}}, {"zone", {"Mars/Base"}}}, w.caller) == usage_tag);
  CHECK(w.run("user", "list")->records.size() == 2);

  w.open("bob@example.org");
  CHECK(w.owner().name == "bob@example.org");
  CHECK(World::field(*w.run("user", "show"), 2) == "Asia/Tokyo");
  auto bobs = w.with_token({{"name", {"b"}}, {"scope", {"admin"}}});
  CHECK(bobs.principal.owner.name == "bob@example.org");
  w.open("bob@exmple.org");
  const auto unknown = w.run("user", "show");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().tag == "no_such_user");
  CHECK(unknown.error().message.find("did you mean \"bob@example.org\"?") != std::string::npos);

  w.open("");
  // Bob administers what is his, not the host.
  CHECK(World::field(*w.run("user", "show", {}, bobs), 1) == "bob@example.org");
  CHECK(w.tag("user", "list", {}, bobs) == "host_admin");
  CHECK(w.tag("user", "erase", {{"name", {"me"}}, {"confirm", {"me"}}}, bobs) == "host_admin");
  CHECK(w.tag("user", "export", {{"name", {"me"}}}, bobs) == "host_admin");
  CHECK(w.tag("store", "dump", {}, bobs) == "host_admin");
  const auto his = w.run("audit", "list", {}, bobs);
  for (std::size_t i = 0; i < his->records.size(); ++i) CHECK(World::field(*his, 4, i) != "user add");

  std::string lines;
  const auto exported = w.run("user", "export", {{"name", {"bob@example.org"}}});
  REQUIRE(exported);
  REQUIRE(exported->text([&lines](std::string_view part) {
    lines += part;
    return true;
  }));
  CHECK(lines.find("{\"what\":\"user\"") == 0);

  CHECK(w.tag("user", "erase", {{"name", {"bob@example.org"}}, {"confirm", {"bob"}}}, w.caller) == usage_tag);
  CHECK(w.run("user", "list")->records.size() == 2);
  CHECK(w.run("user", "erase", {{"name", {"bob@example.org"}}, {"confirm", {"bob@example.org"}}}));
  CHECK(w.run("user", "list")->records.size() == 1);
  for (const auto& line : w.log()) CHECK(line.find("bob@") == std::string::npos);
  CHECK(w.tag("user", "remove", {{"name", {"bob@example.org"}}}, w.caller) == "no_such_user");
  CHECK(w.tag("user", "remove", {{"name", {"me"}}}, w.caller) == "last_user");
}

TEST_CASE("grants are given to users by name, for keys in any spelling") {
  World w;
  CHECK(w.run("user", "add", {{"name", {"bob"}}}));
  const auto added = w.run("grant", "add", {{"key", {":~x:a%41"}}, {"to", {"bob"}}, {"verb", {"get", "post"}}});
  REQUIRE(added);
  CHECK(World::field(*added, 1) == ":~x:aA");
  CHECK(added->notes.at(0) == "bob reads them as [me]:~x:aA");
  CHECK(w.store().grants().list({})->at(0).verbs == (TENTO_VERB_GET | TENTO_VERB_POST));
  CHECK(w.run("grant", "list")->records.size() == 1);
  CHECK(w.tag("grant", "add", {{"key", {":~x"}}, {"to", {"bbo"}}}, w.caller) == "no_such_user");
  CHECK(w.tag("grant", "add", {{"key", {":~x"}}, {"to", {"me"}}}, w.caller) == usage_tag);
  CHECK(w.tag("grant", "add", {{"key", {"x"}}, {"to", {"bob"}}}, w.caller) == usage_tag);
  CHECK(w.tag("grant", "add", {{"key", {":~x"}}, {"to", {"bob"}}, {"verb", {"put"}}}, w.caller) == usage_tag);
  const auto id = std::to_string(w.store().grants().list({})->at(0).id);
  CHECK(w.run("grant", "remove", {{"id", {id}}}));
  CHECK(w.tag("grant", "remove", {{"id", {id}}}, w.caller) == "no_such_grant");
}

TEST_CASE("a user is renamed by who runs the host, and the log names them by their id") {
  World w;
  REQUIRE(w.run("user", "add", {{"name", {"bob"}}}));
  const auto id = w.store().users().find_by_name("bob").value()->id.text();
  const auto renamed = w.run("user", "rename", {{"name", {"bob"}}, {"to", {"rob"}}});
  REQUIRE(renamed);
  CHECK(World::field(*renamed, 0) == id);
  CHECK(World::field(*renamed, 1) == "rob");
  CHECK(w.log().front() == "joe user rename " + id + " ok");
  CHECK(w.log().back() == "joe user add rob ok");
  CHECK(w.tag("user", "rename", {{"name", {"bob"}}, {"to", {"x"}}}, w.caller) == "no_such_user");
  CHECK(w.tag("user", "rename", {{"name", {"rob"}}, {"to", {"a]b"}}}, w.caller) == usage_tag);
}

TEST_CASE("runs are their owner's, and a token's only as far as it may read the row") {
  World w;
  auto& store = w.store();
  const auto bob = *w.store().users().add("bob", "UTC");
  const auto run_of = [&](const Uuid& owner, std::uint8_t number, RunRecord run = {}) {
    RowRecord row;
    row.id.bytes.fill(number);
    row.owner = owner;
    row.provider = "x";
    row.lookup_key = ":~x:" + std::to_string(number);
    row = *store.rows().ensure(row);
    run.row = row.id;
    run.stage = "s";
    return testing::stored_run(store, run)->id;
  };
  const auto mine = run_of(w.owner().id, 1);
  const auto bobs = run_of(bob.id, 2);
  const auto listed = w.run("run", "list");
  REQUIRE(listed);
  REQUIRE(listed->records.size() == 1);
  CHECK(std::get<std::int64_t>(listed->records[0][0]) == mine);
  CHECK(w.run("run", "show", {{"id", {std::to_string(mine)}}}));
  const auto hidden = w.run("run", "show", {{"id", {std::to_string(bobs)}}});
  REQUIRE_FALSE(hidden);
  const auto absent = w.run("run", "show", {{"id", {"999"}}});
  CHECK(hidden.error().code == absent.error().code);
  CHECK(hidden.error().remedy == absent.error().remedy);
  // What was left out is told as a number, a text and a sentence.
  RunRecord partial;
  partial.status = RunStatus::partial;
  partial.message = "9 things";
  partial.skipped = 2;
  partial.skipped_note = "issue 7: its year is 10000";
  const auto ended = run_of(w.owner().id, 3, partial);
  const auto shown = w.run("run", "show", {{"id", {std::to_string(ended)}}});
  REQUIRE(shown);
  const auto field = [&shown](std::string_view name) {
    const auto columns = run_columns().columns();
    const auto at = std::find_if(columns.begin(), columns.end(), [name](const Column& c) { return c.name == name; });
    return shown->records.at(0).at(static_cast<std::size_t>(at - columns.begin()));
  };
  CHECK(std::get<std::string>(field("status")) == "partial");
  CHECK(std::get<std::int64_t>(field("skipped")) == 2);
  CHECK(std::get<std::string>(field("skipped_note")) == "issue 7: its year is 10000");
  CHECK(std::get<std::string>(field("message")) ==
        "2 records were not understood and left out; the rest is there: issue 7: its year is 10000");
  // No provider says whether this row is guarded, so a reader's token is not told.
  auto reader = w.with_token({{"name", {"r"}}});
  CHECK(w.run("run", "list", {}, reader)->records.empty());
  CHECK_FALSE(w.run("run", "show", {{"id", {std::to_string(mine)}}}, reader));
}
