// SPDX-License-Identifier: Apache-2.0
// The table against what is made from it: commands, the OpenAPI document, the reference page. REFERENCE_PAGE is that
// file.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "host/cli/command_line.hpp"
#include "host/operations/openapi.hpp"
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

const Param* param_named(const Operation& operation, std::string_view name) {
  for (const auto& param : operation.params)
    if (param.name == name) return &param;
  return nullptr;
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
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

TEST_CASE("every operation is in the OpenAPI document, with each param in its place") {
  const auto text = openapi_json("https://example.org");
  CHECK(text == openapi_json("https://example.org"));
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  REQUIRE(parser.parse(text).get(document) == simdjson::SUCCESS);
  CHECK(std::string_view(document.at_pointer("/servers/0/url")) == "https://example.org");
  const simdjson::dom::object paths = document["paths"];
  std::set<std::string> ids;
  for (const auto& o : operations()) {
    CAPTURE(o.name());
    if (o.http.path.empty()) continue;
    simdjson::dom::object found;
    REQUIRE(paths[o.http.path][lower(to_string(o.http.method))].get(found) == simdjson::SUCCESS);
    CHECK(std::string_view(found["x-tento-command"]) == "tento " + o.name());
    CHECK(ids.insert(std::string(std::string_view(found["operationId"]))).second);
    CHECK(std::string_view(found.at_pointer("/security/0/token/0")) == to_string(o.scope));
    std::set<std::string> there;
    simdjson::dom::array parameters;
    if (found["parameters"].get(parameters) == simdjson::SUCCESS)
      for (const simdjson::dom::object p : parameters)
        there.insert(std::string(std::string_view(p["in"])) + " " + std::string(std::string_view(p["name"])));
    simdjson::dom::object members;
    if (found.at_pointer("/requestBody/content/application~1json/schema/properties").get(members) == simdjson::SUCCESS)
      for (const auto& [name, schema] : members) there.insert("member " + std::string(name));
    for (const auto& param : o.params) {
      CAPTURE(param.name);
      const std::string name(param.name);
      switch (http_place(o, param)) {
        case HttpPlace::path:
          CHECK(there.contains("path " + name));
          break;
        case HttpPlace::query:
          CHECK(there.contains("query " + name));
          break;
        case HttpPlace::header:
          CHECK(there.contains("header " + std::string(param.header)));
          break;
        case HttpPlace::body:
          CHECK(found.at_pointer("/requestBody/content/application~1json").error() == simdjson::SUCCESS);
          break;
        case HttpPlace::member:
          CHECK(there.contains("member " + name));
          break;
      }
    }
    const auto type = o.shape.text.empty() ? std::string_view("application/json") : o.shape.text;
    CHECK(found.at_pointer("/responses/200/content")[type].error() == simdjson::SUCCESS);
  }
  for (const auto* page : {"/healthz", "/readyz", "/metrics", "/openapi.json", "/errors/{code}", "/api/events"})
    CHECK(paths[page]["get"].error() == simdjson::SUCCESS);
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
