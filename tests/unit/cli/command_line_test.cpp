// SPDX-License-Identifier: Apache-2.0
// Arguments to invocations: options on either side of the command, and what is said of mistakes.
#include "host/cli/command_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace tento;
using namespace tento::cli;

namespace {

Result<Invocation> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "tento");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

Invocation good(std::vector<const char*> words) {
  auto i = parse(std::move(words));
  if (!i) FAIL(i.error().message);
  return *i;
}

std::string bad(std::vector<const char*> words) {
  const auto i = parse(std::move(words));
  REQUIRE_FALSE(i);
  CHECK(i.error().tag == host::usage_tag);
  return i.error().message;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("options for everything stand before, between or after the command") {
  for (const auto& words :
       std::vector<std::vector<const char*>>{{"--output", "json", "--data-dir", "/d", "row", "get", ":~a:b"},
                                             {"row", "--output", "json", "get", "--data-dir", "/d", ":~a:b"},
                                             {"row", "get", ":~a:b", "-o", "json", "--data-dir=/d"}}) {
    const auto i = good(words);
    REQUIRE(i.operation != nullptr);
    CHECK(i.operation->name() == "row get");
    CHECK(i.globals.at("output") == std::vector<std::string>{"json"});
    CHECK(i.globals.at("data-dir") == std::vector<std::string>{"/d"});
    CHECK(i.args.at("key") == host::RawArgs::Texts{":~a:b"});
  }
  CHECK(good({"--plugin-dir", "/a", "provider", "list", "--plugin-dir", "/b"}).globals.at("plugin-dir") ==
        std::vector<std::string>{"/a", "/b"});
}

TEST_CASE("repeatable values take one word each, brackets and all") {
  const auto i = good({"account", "connect", "--set", "a=[1,2]", "--set", "b=2", "acme", "--secret-stdin"});
  CHECK(i.args.at("provider") == host::RawArgs::Texts{"acme"});
  CHECK(i.args.at("set") == host::RawArgs::Texts{"a=[1,2]", "b=2"});
  CHECK(i.args.contains("secret"));
  CHECK_FALSE(i.args.contains("no-check"));
  CHECK(good({"row", "get", "[me@here]:~a:b"}).args.at("key").front() == "[me@here]:~a:b");
  CHECK(good({"row", "post", "k", "--body-file", "f.json"}).args.at("body").front() == "f.json");
}

TEST_CASE("mistakes name the nearest word and the help to read") {
  CHECK(has(bad({"provider", "list", "--ouput", "json"}), "unknown option --ouput; did you mean \"--output\"?"));
  CHECK(has(bad({"row", "sync", "k", "--stgae=x"}), "unknown option --stgae; did you mean \"--stage\"?"));
  CHECK(has(bad({"provdier", "list"}), "unknown command \"provdier\"; did you mean \"provider\"?"));
  CHECK(has(bad({"provider", "lsit"}), "unknown command \"lsit\"; did you mean \"list\"?"));
  CHECK(has(bad({"row", "get", "k", "extra"}), "unexpected argument \"extra\""));
  CHECK(has(bad({"row"}), "`tento row` wants a command: "));
  CHECK(has(bad({}), "wants a command"));
  CHECK(has(bad({"row", "get", "k", "--from"}), "--from"));
  CHECK(parse({"row", "get", "k", "extra"}).error().remedy == "see `tento row get --help`");
}

TEST_CASE("a missing argument is told by the table, not by the parser") {
  const auto i = good({"row", "get"});
  const auto args = host::parse_args(*i.operation, i.args);
  REQUIRE_FALSE(args);
  CHECK(args.error().message == "{param:key} is missing");
  const auto twice = good({"row", "sync", "k", "--stage", "a", "--stage", "b"});
  const auto parsed = host::parse_args(*twice.operation, twice.args);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message == "{param:stage} is given more than once");
}

TEST_CASE("help and version") {
  CHECK(has(*good({"--help"}).print, "Exit codes"));
  const auto help = *good({"row", "get", "--help"}).print;
  CHECK(has(help, "--from"));
  CHECK(has(help, "ym-2026-04 includes April"));
  CHECK_FALSE(has(help, " ..."));  // every option takes one value
  CHECK(good({"--version"}).operation->name() == "version");
  CHECK(good({"completion", "bash"}).completion == "bash");
  CHECK(has(bad({"completion", "fish"}), "fish"));
}

TEST_CASE("the table: every operation is complete and named once") {
  std::set<std::string> names;
  for (const auto& o : host::operations()) {
    CAPTURE(o.name());
    CHECK(names.insert(o.name()).second);
    CHECK((o.handler != host::Handler()));
    CHECK_FALSE(o.help.empty());
    if (!o.noun.empty()) CHECK_FALSE(host::noun_help(o.noun).empty());
    std::set<std::string_view> params;
    for (const auto& p : o.params) {
      CHECK(params.insert(p.name).second);
      CHECK_FALSE(p.help.empty());
      if (p.type == host::ParamType::choice) CHECK_FALSE(p.choices.empty());
      // A global option of the same name could never be reached.
      for (const auto& g : global_options()) CHECK(g.name != p.name);
    }
  }
  CHECK(host::find_operation("row", "get") != nullptr);
  CHECK(host::find_operation("row", "got") == nullptr);
}

TEST_CASE("the completion script names every command and option of the table") {
  const auto script = bash_completion();
  for (const auto& o : host::operations()) {
    CHECK(has(script, "\"" + o.name() + "\") words="));
    for (const auto& p : o.params)
      if (!p.positional) CHECK(has(script, "--" + option_name(p)));
  }
  CHECK_FALSE(has(script,
                  "@"
                  "GLOBALS"));
}
