// SPDX-License-Identifier: Apache-2.0
// The table against what is made from it: commands, the reference page. REFERENCE_PAGE is that file.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "host/cli/command_line.hpp"
#include "host/operations/reference.hpp"

using namespace tento;
using namespace tento::host;

namespace {

std::vector<std::string> names_in(std::string_view path) {
  std::vector<std::string> names;
  for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1))
    names.emplace_back(path.substr(at + 1, path.find('}', at) - at - 1));
  return names;
}

const host::Param* param_named(const Operation& operation, std::string_view name) {
  for (const auto& param : operation.params)
    if (param.name == name) return &param;
  return nullptr;
}

}  // namespace

TEST_CASE("what is about files of the caller has no way over HTTP") {
  std::string without;
  for (const auto& o : operations())
    if (o.http.path.empty()) without += o.name() + ";";
  CHECK(without == "store backup;store restore;");
}

TEST_CASE("every operation has one way over HTTP, with all that its path names") {
  std::set<std::string> ways;
  for (const auto& o : operations()) {
    CAPTURE(o.name());
    CHECK_FALSE(o.help.empty());
    if (o.http.path.empty()) continue;
    CHECK(o.http.path.starts_with("/api/"));
    // Params of another name at the same place are the same way.
    std::string way(to_string(o.http.method));
    for (std::size_t at = 0; at < o.http.path.size(); ++at) {
      way += o.http.path[at];
      if (o.http.path[at] == '{') at = o.http.path.find('}', at) - 1;
    }
    CHECK(ways.insert(way).second);
    for (const auto& name : names_in(o.http.path)) {
      CAPTURE(name);
      const auto* param = param_named(o, name);
      REQUIRE(param != nullptr);
      CHECK(param->required);
      CHECK(param->header.empty());
      CHECK((param->type == ParamType::text || param->type == ParamType::integer));
    }
    int bodies = 0;
    for (const auto& param : o.params) {
      const auto place = http_place(o, param);
      bodies += place == HttpPlace::body ? 1 : 0;
      if (o.http.method == Method::get)
        CHECK((place == HttpPlace::path || place == HttpPlace::query || place == HttpPlace::header));
    }
    CHECK(bodies <= 1);
  }
}

TEST_CASE("every operation says what it answers") {
  for (const auto& o : operations()) {
    CAPTURE(o.name());
    CHECK(o.shape.columns.empty() == !o.shape.text.empty());
    if (o.shape.text.empty()) CHECK((o.shape.single || !o.shape.list.empty()));
    std::set<std::string> names;
    for (const auto& column : o.shape.columns) CHECK(names.insert(column.name).second);
    // Members of one document.
    names = {std::string(o.shape.list), "problem"};
    for (const auto& extra : o.shape.extras) CHECK(names.insert(extra.name).second);
  }
}

TEST_CASE("every operation is a command") {
  for (const auto& o : operations()) {
    CAPTURE(o.name());
    std::vector<std::string> words{"tento"};
    if (!o.noun.empty()) words.emplace_back(o.noun);
    words.emplace_back(o.verb);
    for (const auto& param : o.params)
      if (param.positional)
        words.emplace_back("x");
      else if (takes_no_value(param))
        words.push_back("--" + option_name(param));
      else
        words.push_back("--" + option_name(param) + "=x");
    std::vector<const char*> argv;
    for (const auto& word : words) argv.push_back(word.c_str());
    const auto invocation = cli::parse_command_line(static_cast<int>(argv.size()), argv.data());
    REQUIRE(invocation);
    CHECK(invocation->operation == &o);
    CHECK(invocation->args.size() == o.params.size());
  }
}

TEST_CASE("the reference page is what the table says") {
  const char* file = std::getenv("REFERENCE_PAGE");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  REQUIRE(file != nullptr);
  std::ostringstream committed;
  committed << std::ifstream(file).rdbuf();
  const auto page = reference_page();
  for (const auto& o : operations()) CHECK(page.find("### `" + o.name() + "`\n") != std::string::npos);
  const bool same = committed.str() == page;
  if (!same)
    MESSAGE("the table of operations has changed: run `tento reference >host/docs/operations.md` and commit it");
  CHECK(same);
}
