// SPDX-License-Identifier: Apache-2.0
// Rows, runs and changes for whoever may use some of them: tokens with prefixes, grants between users. SAMPLE is the
// provider's file.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "host/app/app.hpp"
#include "host/operations/perform.hpp"

using namespace tento;
using namespace tento::host;
namespace fs = std::filesystem;

namespace {

struct World {
  fs::path folder;
  std::unique_ptr<App> app;
  Caller me;

  World() {
    std::string name = (fs::temp_directory_path() / "tento-access-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    const char* sample = std::getenv("SAMPLE");  // NOLINT(concurrency-mt-unsafe): nothing sets it
    REQUIRE(sample != nullptr);
    fs::create_directory(folder / "plugins");
    fs::permissions(folder / "plugins", fs::perms(0755));
    fs::copy_file(sample, folder / "plugins/tento-sample.so");
    fs::permissions(folder / "plugins/tento-sample.so", fs::perms(0755));
    ConfigInputs inputs;
    inputs.flags["data-dir"] = {(folder / "data").string()};
    inputs.flags["plugin-dir"] = {(folder / "plugins").string()};
    auto config = load_config(inputs);
    REQUIRE(config);
    auto opened = App::open({.config = std::move(*config)});
    REQUIRE(opened);
    app = std::move(*opened);
    me.actor.kind = TENTO_ACTOR_USER;
    for (const std::string id : {"one", "two"}) {
      REQUIRE(run(me, "account", "connect",
                  {{"provider", {"sample"}},
                   {"integration", {"Sample"}},
                   {"id", {id}},
                   {"set", {"root=."}},
                   {"no-check", {}}}));
      REQUIRE(run(me, "row", "sync", {{"key", {key(id)}}}));
    }
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    CHECK(app->shutdown(3000));
    app.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  static std::string key(const std::string& id) { return ":~sample:" + id + ":events"; }
  Result<Output> run(Caller& by, std::string_view noun, std::string_view verb, const RawArgs& raw) {
    const auto* operation = find_operation(noun, verb);
    REQUIRE(operation != nullptr);
    const auto args = parse_args(*operation, raw);
    if (!args) return fail(args.error());
    return perform(*operation, *app, by, *args);
  }
  std::string tag(Caller& by, std::string_view noun, std::string_view verb, const RawArgs& raw) {
    const auto got = run(by, noun, verb, raw);
    return got ? "ok" : got.error().tag;
  }
  Caller with_token(const RawArgs& raw, Caller& by) {
    const auto made = run(by, "token", "create", raw);
    REQUIRE(made);
    Access door(app->host().store);
    const auto principal = door.authenticate(std::get<std::string>(made->records.at(0).at(0)));
    REQUIRE(principal);
    return caller_of(*principal);
  }
  Caller user(const std::string& name) {
    REQUIRE(run(me, "user", "add", {{"name", {name}}}));
    Caller out;
    out.actor.kind = TENTO_ACTOR_USER;
    out.actor.name = name;
    const auto owner = app->host().directory.user_named(name);
    REQUIRE(owner);
    out.principal.owner = *owner;
    return out;
  }
  // What stands in a column of every record.
  std::string column(const Result<Output>& output, std::size_t at) {
    REQUIRE(output);
    std::string out;
    for (const auto& record : output->records) out += std::get<std::string>(record.at(at)) + " ";
    return out;
  }
};

}  // namespace

TEST_CASE("a token with a prefix sees its rows and nothing of the others") {
  World w;
  auto app =
      w.with_token({{"name", {"app"}}, {"scope", {"read", "write", "sync"}}, {"prefix", {":~sample:one"}}}, w.me);
  CHECK(w.tag(app, "row", "get", {{"key", {World::key("one")}}}) == "ok");
  CHECK(w.tag(app, "row", "get", {{"key", {":~sample:%6fne:events"}}}) == "ok");
  for (const char* verb : {"get", "sync", "delete"}) {
    RawArgs raw{{"key", {World::key("two")}}};
    if (verb == std::string("delete")) raw["id"] = {"e1"};
    CHECK(w.tag(app, "row", verb, raw) == "key_prefix");
  }
  CHECK(w.tag(app, "run", "list", {{"row", {World::key("two")}}}) == "key_prefix");
  CHECK(w.column(w.run(app, "account", "list", {}), 2) == "one ");
  CHECK(w.column(w.run(w.me, "account", "list", {}), 2) == "one two ");
  const auto keys = w.column(w.run(app, "run", "list", {}), 1);
  CHECK(keys.find(":one:") != std::string::npos);
  CHECK(keys.find(":two:") == std::string::npos);
  const auto changes = w.column(w.run(app, "change", "list", {}), 1);
  CHECK(changes.find(":one:") != std::string::npos);
  CHECK(changes.find(":two:") == std::string::npos);
  // All the same the whole feed is there for whoever has no prefix.
  CHECK(w.column(w.run(w.me, "change", "list", {}), 1).find(":two:") != std::string::npos);
}

TEST_CASE("another user's row is read and written by grant, and by a token with a prefix never") {
  World w;
  auto bob = w.user("bob");
  const auto foreign = "[me]" + World::key("one");
  const RawArgs read{{"key", {foreign}}};
  const RawArgs remove{{"key", {foreign}}, {"id", {"e1"}}};
  const auto hidden = w.run(bob, "row", "get", read);
  REQUIRE_FALSE(hidden);
  auto unknown = w.run(bob, "row", "get", {{"key", {"[eve]" + World::key("one")}}}).error();
  unknown.message.replace(unknown.message.find("[eve]"), 5, "[me]");
  CHECK(hidden.error() == unknown);
  CHECK(w.run(w.me, "grant", "add", {{"key", {":~sample:one"}}, {"to", {"bob"}}}));
  CHECK(w.tag(bob, "row", "get", read) == "ok");
  CHECK(w.tag(bob, "run", "list", {{"row", {foreign}}}) == "ok");
  CHECK(w.tag(bob, "row", "delete", remove) == "no_route");
  auto app = w.with_token({{"name", {"app"}}, {"prefix", {":~sample"}}}, bob);
  CHECK(w.tag(app, "row", "get", read) == "key_prefix");
  auto whole = w.with_token({{"name", {"whole"}}}, bob);
  CHECK(w.tag(whole, "row", "get", read) == "ok");
  CHECK(w.run(w.me, "grant", "add", {{"key", {":~sample:one"}}, {"to", {"bob"}}, {"verb", {"get", "delete"}}}));
  CHECK(w.tag(bob, "row", "delete", remove) == "ok");
  CHECK(w.run(w.me, "grant", "remove", {{"id", {"1"}}}));
  CHECK(w.tag(bob, "row", "get", read) == "no_route");
  // What he has himself is nothing, and his lists show it.
  CHECK(w.run(bob, "account", "list", {})->records.empty());
  CHECK(w.run(bob, "run", "list", {})->records.empty());
  CHECK(w.run(bob, "change", "list", {})->records.empty());
}
