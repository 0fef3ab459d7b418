// SPDX-License-Identifier: Apache-2.0
// Every operation, run with a provider: what it answers has the shape that the table says. SAMPLE is the provider's
// file.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "host/app/parts_on_demand.hpp"
#include "host/operations/perform.hpp"
#include "host/store/store.hpp"

using namespace tento;
using namespace tento::host;
namespace fs = std::filesystem;

namespace {

struct Step {
  std::string operation;
  RawArgs args;
};

// Stands for the id that the store gave to the token.
constexpr std::string_view the_token = "(the token)";
// Stands for a file in the test's folder.
constexpr std::string_view the_backup = "(the backup)";

// In an order in which each has what it needs.
std::vector<Step> steps() {
  const RawArgs::Texts key{":~sample:one:events"};
  return {
      {"version", {}},
      {"config show", {}},
      {"doctor", {}},
      {"user show", {}},
      {"user set", {{"zone", {"Europe/Berlin"}}}},
      {"provider list", {}},
      {"provider show", {{"id", {"sample"}}}},
      {"provider reload", {}},
      {"account connect", {{"provider", {"sample"}}, {"integration", {"Sample"}}, {"set", {"root=."}}}},
      {"account list", {}},
      {"row list", {}},
      {"row get", {{"key", key}}},
      {"row sync", {{"key", key}}},
      {"row get", {{"key", key}}},
      {"row get", {{"key", key}, {"include", {"raw"}}}},
      {"row pause", {{"key", key}}},
      {"row resume", {{"key", key}}},
      {"account pause", {{"account", {"one"}}}},
      {"account resume", {{"account", {"one"}}}},
      {"account set", {{"account", {"one"}}, {"interval", {"15m"}}}},
      {"row post", {{"key", key}, {"body", {R"({"id":"n1","title":"new"})"}}}},
      {"row patch", {{"key", key}, {"id", {"e1"}}, {"body", {R"({"title":"changed"})"}}}},
      {"cell show", {{"key", key}, {"id", {"e1"}}}},
      {"row delete", {{"key", key}, {"id", {"e2"}}}},
      {"change list", {}},
      {"run list", {}},
      {"run show", {{"id", {"1"}}}},
      {"run retry", {{"id", {"1"}}}},
      {"row coverage", {{"key", key}}},
      {"store dump", {}},
      {"store backup", {{"file", {std::string(the_backup)}}}},
      {"account disconnect", {{"account", {"one"}}}},
      {"token create",
       {{"name", {"app"}}, {"scope", {"read", "sync"}}, {"prefix", {":~sample"}}, {"expires", {"90d"}}}},
      {"token list", {}},
      {"token revoke", {{"id", {std::string(the_token)}}}},
      {"token list", {}},
      {"user add", {{"name", {"bob@example.org"}}}},
      {"user list", {}},
      {"user rename", {{"name", {"bob@example.org"}}, {"to", {"rob@example.org"}}}},
      {"user rename", {{"name", {"rob@example.org"}}, {"to", {"bob@example.org"}}}},
      {"grant add", {{"key", {":~sample:one"}}, {"to", {"bob@example.org"}}}},
      {"grant list", {}},
      {"grant remove", {{"id", {"1"}}}},
      {"user export", {{"name", {"me"}}}},
      {"user remove", {{"name", {"bob@example.org"}}}},
      {"user add", {{"name", {"bob@example.org"}}}},
      {"user erase", {{"name", {"bob@example.org"}}, {"confirm", {"bob@example.org"}}}},
      {"key list", {}},
      {"key rotate", {}},
      {"key list", {}},
      {"audit list", {}},
  };
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
  REQUIRE(value != nullptr);
  return value;
}

struct Place {
  fs::path folder;
  Place() {
    std::string name = (fs::temp_directory_path() / "tento-shapes-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    fs::create_directory(folder / "plugins");
    fs::permissions(folder / "plugins", fs::perms(0755));
    fs::copy_file(environment("SAMPLE"), folder / "plugins/tento-sample.so");
    fs::permissions(folder / "plugins/tento-sample.so", fs::perms(0755));
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ec;
    fs::remove_all(folder, ec);
  }
};

bool fits(const FieldView& field, const Column& column) {
  if (std::holds_alternative<std::monostate>(field)) return column.nullable;
  switch (column.type) {
    case FieldType::text:
    case FieldType::time:
      return std::holds_alternative<std::string_view>(field);
    case FieldType::integer:
      return std::holds_alternative<std::int64_t>(field);
    case FieldType::boolean:
      return std::holds_alternative<bool>(field);
    case FieldType::list:
      return std::holds_alternative<std::span<const std::string>>(field);
    case FieldType::json:
      return true;  // any value
  }
  return false;
}

// `with_all`: with the columns that are there on request.
void check_shape(const Operation& operation, const Output& output, bool with_all) {
  const auto& shape = operation.shape;
  CHECK((output.text != nullptr) == !shape.text.empty());
  if (output.text) return;
  auto columns = shape.columns;
  if (!with_all) std::erase_if(columns, [](const Column& column) { return column.on_request; });
  REQUIRE(output.columns.size() == columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    CHECK(output.columns[i].name == columns[i].name);
    CHECK(output.columns[i].type == columns[i].type);
    CHECK(output.columns[i].nullable == columns[i].nullable);
    CHECK(output.columns[i].internal == columns[i].internal);
  }
  CHECK((output.single ? shape.single : !shape.list.empty()));
  if (!output.list_name.empty()) CHECK(output.list_name == shape.list);
  CHECK(output.calendar.has_value() == shape.dated);
  std::size_t records = 0;
  const auto done = for_each_record(output, [&](std::span<const FieldView> record) {
    ++records;
    REQUIRE(record.size() == columns.size());
    for (std::size_t i = 0; i < record.size(); ++i) {
      CAPTURE(columns[i].name);
      CHECK(fits(record[i], columns[i]));
    }
    return true;
  });
  CHECK(done);
  if (output.single) CHECK(records == 1);
  std::vector<std::pair<std::string, Json>> extras;
  if (output.extras) extras = output.extras().value();
  REQUIRE(extras.size() == shape.extras.size());
  for (std::size_t i = 0; i < extras.size(); ++i) CHECK(extras[i].first == shape.extras[i].name);
}

}  // namespace

TEST_CASE("what an operation answers has the shape of its entry") {
  const Place place;
  ConfigInputs inputs;
  inputs.flags["data-dir"] = {(place.folder / "data").string()};
  inputs.flags["plugin-dir"] = {(place.folder / "plugins").string()};
  auto config = load_config(inputs);
  REQUIRE(config);
  const auto app = App::open({.config = std::move(*config)});
  REQUIRE(app);
  Caller caller;
  caller.actor.kind = TENTO_ACTOR_USER;
  std::set<std::string> ran;
  const std::string backup = (place.folder / "backup.sqlite").string();
  const auto run = [&](Parts& parts, const Step& step) {
    CAPTURE(step.operation);
    const auto space = step.operation.find(' ');
    const auto* operation = space == std::string::npos
                                ? find_operation("", step.operation)
                                : find_operation(step.operation.substr(0, space), step.operation.substr(space + 1));
    REQUIRE(operation != nullptr);
    auto raw = step.args;
    if (const auto id = raw.find("id"); id != raw.end() && id->second.front() == the_token)
      id->second = {(*app)->host().store.tokens().list({})->at(0).id};
    if (const auto file = raw.find("file"); file != raw.end() && file->second.front() == the_backup)
      file->second = {backup};
    const auto args = parse_args(*operation, raw);
    REQUIRE(args);
    const auto output = perform(*operation, parts, caller, *args);
    if (!output) FAIL(output.error().message);
    check_shape(*operation, *output, raw.contains("include"));
    ran.insert(step.operation);
  };
  for (const auto& step : steps()) run(**app, step);
  // A run is cancelled while it is under way.
  const RawArgs::Texts slow{":~sample:slow:events"};
  run(**app,
      {"account connect",
       {{"provider", {"sample"}}, {"integration", {"Sample"}}, {"id", {"slow"}}, {"set", {"root=.", "mode=slow"}}}});
  caller.preferred_wait_ms = 0;
  run(**app, {"row sync", {{"key", slow}}});
  caller.preferred_wait_ms.reset();
  std::int64_t under_way = 0;
  while (under_way == 0) {
    const auto runs = (*app)->host().store.runs().of_user((*app)->host().directory.default_user()->id, 100).value();
    for (const auto& each : runs)
      if (each.lookup_key == slow.front() && each.status == RunStatus::running) under_way = each.id;
  }
  run(**app, {"run cancel", {{"id", {std::to_string(under_way)}}}});
  // A store is put back where no host has it open.
  const Place elsewhere;
  inputs.flags["data-dir"] = {(elsewhere.folder / "data").string()};
  auto other_config = load_config(inputs);
  REQUIRE(other_config);
  PartsOnDemand there({.config = std::move(*other_config)});
  run(there, {"store restore", {{"file", {std::string(the_backup)}}}});
  for (const auto& operation : operations())
    if (!ran.contains(operation.name()))
      FAIL_CHECK("`", operation.name(), "` is new: say in steps() of this test how it is run");
  CHECK((*app)->shutdown(3000));
}
