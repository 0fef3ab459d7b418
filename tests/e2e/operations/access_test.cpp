// SPDX-License-Identifier: Apache-2.0
// Rows, runs and changes for whoever may use some of them: tokens with prefixes, grants between users. SAMPLE is the
// provider's file.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

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
    REQUIRE(for_each_record(*output, [&](std::span<const FieldView> record) {
      (out += std::get<std::string_view>(record[at])) += ' ';
      return true;
    }));
    return out;
  }
};

// What each operation needs beside its key.
RawArgs arguments_of(const Operation& operation, const std::string& key) {
  RawArgs out;
  for (const auto& param : operation.params) {
    if (param.name == "key" || (param.name == "row" && !key.empty()))
      out[param.name] = {key};
    else if (param.required)
      out[param.name] = {param.type == ParamType::input ? "{}" : "e1"};
  }
  return out;
}
bool takes_key(const Operation& operation) {
  if (operation.noun == "grant") return false;  // its key is a prefix of the caller's own
  return std::any_of(operation.params.begin(), operation.params.end(),
                     [](const host::Param& p) { return p.name == "key" || p.name == "row"; });
}
// Tags of those who are told of no row at all.
bool is_refusal(const std::string& tag) {
  return tag == "key_prefix" || tag == "no_route" || tag == "no_such_user" || tag == "scope";
}

}  // namespace

TEST_CASE("every operation on a row treats each form of its key alike, of each kind of caller") {
  World w;
  auto bob = w.user("bob");
  auto granted = w.user("ann");
  REQUIRE(w.run(w.me, "grant", "add", {{"key", {":~sample:one"}}, {"to", {"ann"}}, {"verb", {"get"}}}));
  const RawArgs::Texts all{"read", "write", "sync"};
  struct Kind {
    std::string name;
    Caller caller;
    bool sees_one, sees_two;
  };
  std::vector<Kind> kinds;
  kinds.push_back({"owner", w.me, true, true});
  kinds.push_back({"token", w.with_token({{"name", {"t"}}, {"scope", all}}, w.me), true, true});
  kinds.push_back({"prefix of one", w.with_token({{"name", {"p"}}, {"scope", all}, {"prefix", {":~sample:one"}}}, w.me),
                   true, false});
  kinds.push_back({"prefix of two",
                   w.with_token({{"name", {"q"}}, {"scope", all}, {"prefix", {":~sample:two:events"}}}, w.me), false,
                   true});
  kinds.push_back({"prefix of another",
                   w.with_token({{"name", {"r"}}, {"scope", all}, {"prefix", {":~sample:on"}}}, w.me), false, false});
  kinds.push_back({"stranger", bob, false, false});
  kinds.push_back({"granted", granted, true, false});

  std::size_t asked = 0;
  for (const auto& operation : operations()) {
    if (!takes_key(operation)) continue;
    CAPTURE(operation.name());
    // Who may read a row of another user may also have it fetched; to write it is another grant.
    const bool reads = operation.scope == Scope::read || operation.scope == Scope::sync;
    for (auto& kind : kinds) {
      CAPTURE(kind.name);
      const bool foreign = kind.name == "stranger" || kind.name == "granted";
      for (const std::string row : {"one", "two"}) {
        const std::string hex = row == "one" ? "%6fne" : "%74wo";
        const bool sees = (row == "one" ? kind.sees_one : kind.sees_two) && (reads || kind.name != "granted");
        std::vector<std::string> forms{"[me]:~sample:" + row + ":events", "[me]:~sample:" + hex + ":events"};
        if (!foreign) {
          forms.push_back(":~sample:" + row + ":events");
          forms.push_back(":~sample:" + hex + ":events");
        }
        for (const auto& form : forms) {
          CAPTURE(form);
          const auto tag = w.tag(kind.caller, operation.noun, operation.verb, arguments_of(operation, form));
          CAPTURE(tag);
          ++asked;
          if (tag == usage_tag || tag == "bad_key") continue;  // not a form of keys: nobody is told anything by it
          CHECK(is_refusal(tag) == !sees);
        }
      }
      // Whoever may not see the other account learns nothing of it by a key without one.
      if (kind.sees_two) continue;
      const auto got = w.run(kind.caller, operation.noun, operation.verb, arguments_of(operation, ":~sample:events"));
      if (got) continue;
      CHECK(got.error().message.find("two") == std::string::npos);
      CHECK(got.error().remedy.find("two") == std::string::npos);
    }
  }
  CHECK(asked > 300);
}

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
