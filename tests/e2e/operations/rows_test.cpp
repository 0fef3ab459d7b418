// SPDX-License-Identifier: Apache-2.0
// What is told of rows: their state, their attributes, the raw bytes of their cells, what a read leaves alone, and what
// can still be read when the account or the provider is gone. SAMPLE is the provider's file.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "host/app/app.hpp"
#include "host/operations/perform.hpp"
#include "host/store/store.hpp"

using namespace tento;
using namespace tento::host;
namespace fs = std::filesystem;

namespace {

const std::string key = ":~sample:one:events";

struct World {
  fs::path folder;
  std::unique_ptr<App> app;
  Caller me;

  World() {
    std::string name = (fs::temp_directory_path() / "tento-rows-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    fs::create_directory(folder / "plugins");
    fs::permissions(folder / "plugins", fs::perms(0755));
    const char* sample = std::getenv("SAMPLE");  // NOLINT(concurrency-mt-unsafe): nothing sets it
    REQUIRE(sample != nullptr);
    fs::copy_file(sample, folder / "plugins/tento-sample.so");
    fs::permissions(folder / "plugins/tento-sample.so", fs::perms(0755));
    me.actor.kind = TENTO_ACTOR_USER;
    open();
    REQUIRE(run("account", "connect",
                {{"provider", {"sample"}}, {"integration", {"Sample"}}, {"id", {"one"}}, {"set", {"root=."}}}));
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    CHECK(app->shutdown(3000));
    app.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  void open() {
    if (app) CHECK(app->shutdown(3000));
    app.reset();
    ConfigInputs inputs;
    inputs.flags["data-dir"] = {(folder / "data").string()};
    inputs.flags["plugin-dir"] = {(folder / "plugins").string()};
    auto config = load_config(inputs);
    REQUIRE(config);
    auto opened = App::open({.config = std::move(*config)});
    REQUIRE(opened);
    app = std::move(*opened);
  }

  Result<Output> run(std::string_view noun, std::string_view verb, const RawArgs& raw, Caller& by) {
    const auto* operation = find_operation(noun, verb);
    REQUIRE(operation != nullptr);
    const auto args = parse_args(*operation, raw);
    if (!args) return fail(args.error());
    return perform(*operation, *app, by, *args);
  }
  Result<Output> run(std::string_view noun, std::string_view verb, const RawArgs& raw) {
    return run(noun, verb, raw, me);
  }
  Caller reader() {
    const auto made = run("token", "create", {{"name", {"app"}}, {"scope", {"read"}}});
    REQUIRE(made);
    Access door(app->host().store);
    const auto principal = door.authenticate(std::get<std::string>(made->records.at(0).at(0)));
    REQUIRE(principal);
    return caller_of(*principal);
  }
  std::vector<RowRecord> stored_rows() {
    return *app->host().store.rows().of_user(app->host().store.users().default_user()->id);
  }
};

std::size_t column_of(const Output& output, std::string_view name) {
  const auto at =
      std::find_if(output.columns.begin(), output.columns.end(), [&](const Column& c) { return c.name == name; });
  REQUIRE(at != output.columns.end());
  return static_cast<std::size_t>(at - output.columns.begin());
}
bool has_column(const Output& output, std::string_view name) {
  return std::any_of(output.columns.begin(), output.columns.end(), [&](const Column& c) { return c.name == name; });
}
std::string text(const FieldView& field) {
  if (const auto* s = std::get_if<std::string_view>(&field)) return std::string(*s);
  if (const auto* j = std::get_if<JsonView>(&field)) return std::string(j->text);
  return "-";
}
// One column of a list, by the texts of another.
std::string value(const Output& output, std::string_view column, std::string_view of, std::string_view named) {
  std::string found = "no such record";
  REQUIRE(for_each_record(output, [&](std::span<const FieldView> record) {
    if (text(record[column_of(output, of)]) == named) found = text(record[column_of(output, column)]);
    return true;
  }));
  return found;
}
std::string ids(const Output& output) {
  std::string out;
  REQUIRE(for_each_record(output, [&](std::span<const FieldView> record) {
    out += text(record[0]) + " ";
    return true;
  }));
  return out;
}
std::string member(const Output& output, std::string_view name) {
  const auto extras = output.extras();
  REQUIRE(extras);
  for (const auto& [each, json] : *extras)
    if (each == name) return json.text;
  return "no such member";
}

}  // namespace

TEST_CASE("a read stores no row that is not synced by it, and asks the provider nothing") {
  World w;
  auto reader = w.reader();
  const auto none = w.run("cell", "show", {{"key", {key}}, {"id", {"e1"}}}, reader);
  REQUIRE_FALSE(none);
  CHECK(none.error().tag == "no_such_cell");
  const auto runs = w.run("run", "list", {{"row", {key}}}, reader);
  REQUIRE(runs);
  CHECK(w.stored_rows().empty());
  // A read that queues a sync stores the row that the job belongs to.
  const auto cells = w.run("row", "get", {{"key", {key}}}, reader);
  REQUIRE(cells);
  CHECK(ids(*cells).empty());
  CHECK(member(*cells, "coverage") == "[]");
  CHECK(w.stored_rows().size() == 1);
}

TEST_CASE("a row's attributes are in the list and in its document") {
  World w;
  const auto before = w.run("row", "list", {});
  CHECK(value(*before, "attributes", "key", key) == "-");
  CHECK(value(*before, "state", "key", key) == "active");
  REQUIRE(w.run("row", "sync", {{"key", {key}}}));
  const auto listed = w.run("row", "list", {});
  CHECK(value(*listed, "attributes", "key", key) == R"({"colour":"blue"})");
  const auto cells = w.run("row", "get", {{"key", {key}}});
  CHECK(member(*cells, "row").find(R"("state":"active","attributes":{"colour":"blue"})") != std::string::npos);
}

TEST_CASE("raw bytes of cells come when they are asked for, as text or in base64") {
  World w;
  REQUIRE(w.run("row", "sync", {{"key", {key}}}));
  const auto plain = w.run("row", "get", {{"key", {key}}});
  CHECK_FALSE(has_column(*plain, "raw"));
  const auto raw = w.run("row", "get", {{"key", {key}}, {"include", {"raw"}}});
  REQUIRE(raw);
  CHECK(value(*raw, "raw", "id", "e1") == R"(<event n="1"/>)");
  CHECK(value(*raw, "raw_base64", "id", "e1") == "-");
  CHECK(value(*raw, "raw", "id", "e2") == "-");
  CHECK(value(*raw, "raw_base64", "id", "e2") == "//4=");
  CHECK(value(*raw, "raw", "id", "e3") == "-");
  CHECK(value(*raw, "raw_base64", "id", "e3") == "-");
  CHECK(raw->state != plain->state);
}

TEST_CASE("rows that hold no cells are listed only when they are asked for") {
  World w;
  const std::string form = ":~sample:one:form";
  CHECK(value(*w.run("row", "list", {}), "type", "key", form) == "no such record");
  CHECK(value(*w.run("row", "list", {{"all", {}}}), "type", "key", form) == "form");
  CHECK(value(*w.run("row", "list", {{"patterns", {}}}), "type", "pattern", ":~sample:{authId}:form") ==
        "no such record");
}

TEST_CASE("what an account left behind is read, marked, and not synced") {
  World w;
  REQUIRE(w.run("row", "sync", {{"key", {key}}}));
  const auto before = ids(*w.run("row", "get", {{"key", {key}}}));
  CHECK(before == "old e1 e2 e3 ");
  REQUIRE(w.run("account", "disconnect", {{"account", {"one"}}}));
  const auto listed = w.run("row", "list", {});
  CHECK(value(*listed, "state", "key", key) == "disconnected");
  CHECK(value(*listed, "key", "key", ":~sample:one:totals") == "no such record");
  auto reader = w.reader();
  const auto cells = w.run("row", "get", {{"key", {key}}}, reader);
  REQUIRE(cells);
  CHECK(ids(*cells) == before);
  CHECK(member(*cells, "row").find(R"("state":"disconnected")") != std::string::npos);
  CHECK(member(*cells, "freshness") == "null");
  CHECK(cells->notes.size() == 1);
  CHECK(w.run("cell", "show", {{"key", {key}}, {"id", {"e1"}}}, reader));
  CHECK(ids(*w.run("row", "get", {{"key", {key + ":logs"}}}, reader)) != "");
  CHECK(w.run("row", "sync", {{"key", {key}}}).error().tag == "no_account");
  CHECK(w.run("row", "get", {{"key", {":~sample:one:totals"}}}).error().tag == "no_account");
  CHECK(w.run("row", "get", {{"key", {":~sample:two:events"}}}).error().tag == "no_account");
}

TEST_CASE("what a provider left behind is read by operators, marked, and not synced") {
  World w;
  REQUIRE(w.run("row", "sync", {{"key", {key}}}));
  const auto before = ids(*w.run("row", "get", {{"key", {key}}}));
  fs::remove(w.folder / "plugins/tento-sample.so");
  w.open();
  const auto listed = w.run("row", "list", {{"provider", {"sample"}}});
  REQUIRE(listed);
  CHECK(value(*listed, "state", "key", key) == "no_provider");
  CHECK(value(*listed, "attributes", "key", key) == R"({"colour":"blue"})");
  const auto cells = w.run("row", "get", {{"key", {key}}});
  REQUIRE(cells);
  CHECK(ids(*cells) == before);
  CHECK(member(*cells, "row").find(R"("state":"no_provider")") != std::string::npos);
  CHECK(w.run("cell", "show", {{"key", {key}}, {"id", {"e1"}}}));
  CHECK(w.run("row", "sync", {{"key", {key}}}).error().tag == "no_route");
  // Which guards the provider declared is not known any more.
  auto reader = w.reader();
  CHECK(w.run("row", "get", {{"key", {key}}}, reader).error().tag == "guard_failed");
}
