// SPDX-License-Identifier: Apache-2.0
// Arguments by type, and the settings of an account against a provider's table.
#include <tento/auth.h>

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "host/operations/operation.hpp"
#include "host/operations/settings.hpp"

using namespace tento;
using namespace tento::host;

namespace {

Result<Args> parse(const host::Param& param, RawArgs::Texts values) {
  Operation op;
  op.noun = "x";
  op.verb = "y";
  op.params = {param};
  return parse_args(op, {{std::string(param.name), std::move(values)}});
}

std::string error_of(const host::Param& param, RawArgs::Texts values) {
  const auto args = parse(param, std::move(values));
  REQUIRE_FALSE(args);
  CHECK(args.error().tag == usage_tag);
  CHECK_FALSE(args.error().remedy.empty());
  return args.error().message;
}

tento_setting setting(std::string_view name, tento_setting_type type, std::uint32_t flags = 0) {
  tento_setting s{};
  s.struct_size = sizeof s;
  s.name = str(name);
  s.type = type;
  s.flags = flags;
  return s;
}

struct Table {
  std::vector<tento_setting> settings;
  PathRule paths = {"/home/me"};
  Result<std::string> read(const std::vector<std::string>& given) const {
    std::vector<const tento_setting*> pointers;
    for (const auto& s : settings) pointers.push_back(&s);
    return settings_to_json(pointers, given, paths);
  }
  std::string json(const std::vector<std::string>& given) const {
    auto r = read(given);
    if (!r) FAIL(r.error().message);
    return *r;
  }
  Error error(const std::vector<std::string>& given) const {
    auto r = read(given);
    REQUIRE_FALSE(r);
    CHECK(r.error().tag == usage_tag);
    CHECK_FALSE(r.error().remedy.empty());
    return r.error();
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each type of argument takes what it should and nothing else") {
  const host::Param number{.name = "limit", .type = ParamType::integer, .help = "h"};
  CHECK(parse(number, {"12"})->integer("limit") == 12);
  for (const char* text : {"-1", "1x", "", "99999999999999999999", "1.5"})
    CHECK(has(error_of(number, {text}), "{param:limit}"));
  const host::Param wait{.name = "timeout", .type = ParamType::duration, .help = "h"};
  CHECK(parse(wait, {"90"})->integer("timeout") == 90);
  CHECK(parse(wait, {"90s"})->integer("timeout") == 90);
  CHECK(parse(wait, {"5m"})->integer("timeout") == 300);
  CHECK(parse(wait, {"2h"})->integer("timeout") == 7200);
  CHECK(parse(wait, {"90d"})->integer("timeout") == 90 * 86'400);
  for (const char* text : {"m", "5w", "-5", "4000d", "9999999999999h", ""})
    CHECK(has(error_of(wait, {text}), "not a duration"));
  const host::Param time{.name = "from", .type = ParamType::time, .help = "h"};
  CHECK(parse(time, {"ym-2026-04"})->time("from")->text() == "ym-2026-04");
  CHECK(parse(time, {"2026-04-29T10:00:00Z"})->time("from")->is_instant());
  CHECK(has(error_of(time, {"April"}), "{param:from}"));
  const host::Param choice{.name = "how", .type = ParamType::choice, .help = "h", .choices = {"fast", "slow"}};
  CHECK(parse(choice, {"slow"})->text("how") == "slow");
  CHECK(has(error_of(choice, {"slwo"}), "did you mean \"slow\"?"));
  const host::Param flag{.name = "purge", .type = ParamType::flag, .help = "h"};
  CHECK(parse(flag, {})->flag("purge"));
  const host::Param text{.name = "label", .help = "h"};
  CHECK(has(error_of(text, {""}), "is empty"));
  CHECK(has(error_of(text, {"a", "b"}), "more than once"));
  const host::Param list{.name = "set", .type = ParamType::list, .help = "h"};
  CHECK(parse(list, {"a", "b"})->list("set").size() == 2);
}

TEST_CASE("unknown and missing parameters") {
  Operation op;
  op.noun = "row";
  op.verb = "get";
  op.params = {{.name = "key", .help = "h", .positional = true, .required = true, .value_name = "KEY"}};
  const auto missing = parse_args(op, {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "{param:key} is missing");
  const auto unknown = parse_args(op, {{"kye", {"x"}}});
  REQUIRE_FALSE(unknown);
  CHECK(has(unknown.error().message, "did you mean \"key\"?"));
}

TEST_CASE("settings by type become JSON") {
  const tento_str modes[] = {TENTO_STR("fast"), TENTO_STR("slow")};
  Table t{{setting("name", TENTO_SETTING_STRING), setting("n", TENTO_SETTING_INTEGER),
           setting("x", TENTO_SETTING_NUMBER), setting("on", TENTO_SETTING_BOOLEAN),
           setting("mode", TENTO_SETTING_CHOICE), setting("root", TENTO_SETTING_PATH),
           setting("url", TENTO_SETTING_URL), setting("tags", TENTO_SETTING_LIST)}};
  t.settings[4].choices = modes;
  t.settings[4].choice_count = 2;
  CHECK(t.json({}) == "{}");
  CHECK(
      t.json({"name=a\"b=c", "n=-7", "x=1.50", "on=yes", "mode=slow", "root=sub/../dir/", "url=https://h", "tags=a,b",
              "tags=c"}) ==
      R"({"name":"a\"b=c","n":-7,"x":1.5,"on":true,"mode":"slow","root":"/home/me/dir","url":"https://h","tags":["a","b","c"]})");
  CHECK(t.json({"root=/abs/x"}) == R"({"root":"/abs/x"})");
  CHECK(t.json({"root=/"}) == R"({"root":"/"})");
  for (const char* text : {"n=1.5", "n=x", "x=nan", "x=", "on=maybe", "mode=slwo", "url=ftp://h", "root=", "name"}) {
    CAPTURE(text);
    t.error({text});
  }
  CHECK(has(t.error({"mode=slwo"}).message, "did you mean \"slow\"?"));
  CHECK(has(t.error({"nmae=x"}).message, "unknown setting \"nmae\"; did you mean \"name\"?"));
  CHECK(has(t.error({"n=1", "n=2"}).message, "more than once"));
  CHECK(has(t.error({"name=" + std::string(5000, 'x')}).message, "longer than"));
}

TEST_CASE("defaults, required settings and patterns") {
  Table t{{setting("root", TENTO_SETTING_PATH, TENTO_SETTING_REQUIRED), setting("code", TENTO_SETTING_STRING)}};
  t.settings[1].default_value = str("ab1");
  t.settings[1].pattern = str("[a-z]{2}[0-9]");
  CHECK(t.json({"root=/x"}) == R"({"root":"/x","code":"ab1"})");
  CHECK(has(t.error({}).message, "setting root: is missing"));
  CHECK(t.error({}).remedy == "add {param:set} root=PATH");
  CHECK(has(t.error({"root=/x", "code=ab12"}).message, "does not match"));
  t.settings[1].pattern = str("(");
  const auto broken = t.read({"root=/x"});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().error_class == ErrorClass::internal);
  // A pattern that would run for years on this value is cut off.
  t.settings[1].pattern = str("(a+)+b");
  CHECK_FALSE(t.read({"root=/x", "code=" + std::string(4000, 'a')}));
}

TEST_CASE("a secret is never taken from an argument, and never repeated") {
  Table t{{setting("token", TENTO_SETTING_SECRET), setting("name", TENTO_SETTING_STRING)}};
  const auto e = t.error({"token=hunter2"});
  CHECK(has(e.remedy, "{param:secret}"));
  CHECK_FALSE(has(e.message + e.remedy, "hunter2"));
  CHECK_FALSE(has(t.error({"hunter2"}).message, "hunter2"));
  CHECK_FALSE(has(t.error({"=hunter2"}).message, "hunter2"));
}

TEST_CASE(
    "paths of users who do not run the host lead into the roots that were allowed, by whatever way they are written") {
  namespace fs = std::filesystem;
  std::string name = (fs::temp_directory_path() / "tento-paths-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const auto folder = fs::canonical(name);
  fs::create_directories(folder / "open" / "sub");
  fs::create_directories(folder / "opening");
  fs::create_directories(folder / "private");
  fs::create_directory_symlink(folder / "private", folder / "open" / "way-out");
  fs::create_directory_symlink(folder / "open" / "sub", folder / "way-in");
  Table t{{setting("root", TENTO_SETTING_PATH)},
          {folder / "open", std::vector<fs::path>{folder / "none", folder / "open/"}}};
  const auto kept = [&](const fs::path& path) { return "{\"root\":\"" + path.string() + "\"}"; };
  CHECK(t.json({"root=sub"}) == kept(folder / "open" / "sub"));
  CHECK(t.json({"root=" + (folder / "open").string()}) == kept(folder / "open"));
  CHECK(t.json({"root=not/there/yet"}) == kept(folder / "open" / "not" / "there" / "yet"));
  CHECK(t.json({"root=" + (folder / "way-in").string()}) == kept(folder / "open" / "sub"));
  std::string said;
  for (const auto& path :
       {folder / "private", folder / "nothing", folder / "opening", folder / "open" / "way-out",
        folder / "open" / "sub" / ".." / ".." / "private", folder, fs::path("/"), folder / "open" / "way-out" / "x"}) {
    CAPTURE(path);
    const auto refused = t.read({"root=" + path.string()});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().tag == "path_not_allowed");
    CHECK(refused.error().code == ErrorCode::forbidden);
    // Nobody learns what is on the disk.
    if (said.empty()) said = refused.error().message;
    CHECK(refused.error().message == said);
  }
  t.paths.roots->clear();
  CHECK(t.read({"root=sub"}).error().tag == "path_not_allowed");
  fs::remove_all(folder);
}
