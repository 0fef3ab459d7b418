// SPDX-License-Identifier: Apache-2.0
// Which route a key has, what is said of keys that have none, and which rows never become routes.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "host/base/text.hpp"
#include "host/schema/route_table.hpp"
#include "tests/unit/support/fake_provider.hpp"

using namespace tento;
using namespace tento::host;
using tento::host::testing::FakeIntegration;
using tento::host::testing::FakeProvider;

namespace {

using Rows = std::vector<std::pair<std::string, std::uint32_t>>;

std::shared_ptr<FakeProvider> provider(const std::string& id, const Rows& rows, const std::string& account = "") {
  auto made = std::make_shared<FakeProvider>(id);
  FakeIntegration& integration = made->add("Main", account);
  for (const auto& [pattern, verbs] : rows) integration.add_row(pattern, verbs);
  return made->seal(made);
}

SchemaResult build(std::vector<std::shared_ptr<Provider>> providers, std::vector<std::string> guards = {}) {
  return build_route_table(providers, guards);
}

std::string pattern_of(const RouteTable& table, std::string_view key, std::uint32_t verb = TENTO_VERB_GET) {
  const auto found = table.match(key, verb);
  return found ? found->route->pattern.text() : "- " + found.error().message;
}

const tento_stage viewport_stage{sizeof(tento_stage), TENTO_STAGE_VIEWPORT, TENTO_STR("viewport"), nullptr, 0,
                                 {nullptr, 0}};
const tento_stage* const stage_list[] = {&viewport_stage};
const tento_sync_shape sync_shape_table{sizeof(tento_sync_shape), 0, stage_list, 1, 0, 0, 0, 0};

}  // namespace

TEST_CASE("a key finds its route and its decoded params") {
  const auto made =
      build({provider("demo", {{":~demo:{a}:items", TENTO_VERB_GET}, {":~demo:{a}:{b}:tags:{c}", TENTO_VERB_GET}})});
  REQUIRE(made.problems.empty());
  const auto found = made.table->match(":~demo:x%3Ay:z%2Fw:tags:%C3%A4", TENTO_VERB_GET);
  REQUIRE(found);
  CHECK(found->route->pattern.text() == ":~demo:{a}:{b}:tags:{c}");
  CHECK(found->params == std::vector<Param>{{"a", "x:y"}, {"b", "z/w"}, {"c", "\xc3\xa4"}});
  CHECK(pattern_of(*made.table, ":~demo:%2561:items") == ":~demo:{a}:items");
  CHECK(made.table->match(":~demo:%2561:items", 0)->params[0].value == "%61");  // decoded once, not twice
}

TEST_CASE("literals beat params, from the left, and a wrong turn is taken back") {
  const auto made = build({provider("demo", {{":~demo:{a}:x", TENTO_VERB_GET},
                                             {":~demo:all:{b}", TENTO_VERB_GET},
                                             {":~demo:all:y:{c}", TENTO_VERB_GET},
                                             {":~demo:{a}:y:z", TENTO_VERB_GET},
                                             {":~demo:{a}:y:z:end", TENTO_VERB_GET}})});
  REQUIRE(made.problems.empty());
  CHECK(pattern_of(*made.table, ":~demo:all:x") == ":~demo:all:{b}");
  CHECK(pattern_of(*made.table, ":~demo:one:x") == ":~demo:{a}:x");
  CHECK(pattern_of(*made.table, ":~demo:all:y:z") == ":~demo:all:y:{c}");
  CHECK(pattern_of(*made.table, ":~demo:all:y:z:end") == ":~demo:{a}:y:z:end");  // back from the literal `all`
  CHECK(pattern_of(*made.table, ":~demo:al%6C:x") == ":~demo:{a}:x");            // literals compare undecoded
}

TEST_CASE("a verb that no route of the key has names those there are") {
  const auto made = build(
      {provider("demo", {{":~demo:{a}:x", TENTO_VERB_GET | TENTO_VERB_POST}, {":~demo:all:{b}", TENTO_VERB_DELETE}})});
  CHECK(pattern_of(*made.table, ":~demo:all:x", TENTO_VERB_DELETE) == ":~demo:all:{b}");
  CHECK(pattern_of(*made.table, ":~demo:all:x", TENTO_VERB_POST) == ":~demo:{a}:x");
  const auto wrong = made.table->match(":~demo:one:x", TENTO_VERB_PATCH);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == ErrorCode::unsupported);
  CHECK(wrong.error().message == "the row `:~demo:one:x` has no patch; it has get, post");
  CHECK(made.table->match(":~demo:all:x", TENTO_VERB_PATCH).error().message ==
        "the row `:~demo:all:x` has no patch; it has get, post, delete");
}

TEST_CASE("a key without route names the nearest patterns") {
  const auto made =
      build({provider("demo", {{":~demo:{a}:sleep", TENTO_VERB_GET}, {":~demo:{a}:stress", TENTO_VERB_GET}}),
             provider("other", {{":~other:{a}", TENTO_VERB_GET}})});
  const auto miss = made.table->match(":~demo:me:slep", TENTO_VERB_GET);
  REQUIRE_FALSE(miss);
  CHECK(miss.error().code == ErrorCode::not_found);
  CHECK(miss.error().message == "no row is called `:~demo:me:slep`; nearest: :~demo:{a}:sleep, :~demo:{a}:stress");
  CHECK(made.table->match(":~demmo:me:sleep", 0).error().message ==
        "no row is called `:~demmo:me:sleep`; nearest: :~demo:{a}:sleep, :~demo:{a}:stress");
  CHECK(made.table->match(":~zzzzzzzz:me", 0).error().message ==
        "no row is called `:~zzzzzzzz:me`; no loaded provider has a prefix like that");
  CHECK(build({}).table->match(":~demo:me", 0).error().message ==
        "no row is called `:~demo:me`; no provider is loaded");
}

TEST_CASE("keys that are none are told what is wrong with them") {
  const auto made = build({provider("demo", {{":~demo:{a}:items", TENTO_VERB_GET}})});
  const auto error = [&](std::string_view key) { return made.table->match(key, TENTO_VERB_GET).error(); };
  using namespace std::string_view_literals;
  CHECK(error("").code == ErrorCode::invalid_argument);
  CHECK(error("~demo:a:items").code == ErrorCode::invalid_argument);
  CHECK(error(":~demo::items").message.find("segment 2 is empty") != std::string::npos);
  CHECK(error(":~demo:a:items:").message.find("segment 4 is empty") != std::string::npos);
  CHECK(error(":~demo:..:items").message.find("`.` or `..`") != std::string::npos);
  CHECK(error(":~demo:%2e%2E:items").message.find("`.` or `..`") != std::string::npos);
  CHECK(error(":~demo:a\0b:items"sv).message.find("NUL") != std::string::npos);
  CHECK(error(":~demo:a%00b:items").message.find("NUL") != std::string::npos);
  CHECK(error(":~demo:a%zz:items").message.find("percent sign") != std::string::npos);
  CHECK(error(":~demo:a%4:items").message.find("percent sign") != std::string::npos);
  CHECK(error(":~demo:%ff:items").message.find("UTF-8") != std::string::npos);
  CHECK(error(":~demo:" + std::string(1 << 20, 'a') + ":items").code == ErrorCode::too_large);
  CHECK(error(std::string(1 << 20, ':')).code == ErrorCode::too_large);
  CHECK(error(":~demo:" + std::string(TENTO_MAX_PARAM + 1, 'a') + ":items").code == ErrorCode::too_large);
  CHECK(made.table->match(":~demo:" + std::string(TENTO_MAX_PARAM, 'a') + ":items", 0));
}

TEST_CASE("two routes that fit the same keys reject the later one's provider") {
  const auto within = build({provider("demo", {{":~demo:{a}:x", TENTO_VERB_GET}, {":~demo:{b}:x", TENTO_VERB_POST}})});
  REQUIRE(within.problems.size() == 1);
  CHECK(within.problems[0].rejection.code == "pattern_clash");
  CHECK(within.problems[0].rejection.reason ==
        "`:~demo:{b}:x` of demo (Main) fits the same keys as `:~demo:{a}:x` of demo (Main)");
  CHECK(within.table->routes().empty());

  auto second = std::make_shared<FakeProvider>("second");
  second->edit_note().prefixes = {"~demo"};
  second->add("Second").add_row(":~demo:{z}:x", TENTO_VERB_GET);
  const auto across = build({provider("demo", {{":~demo:{a}:x", TENTO_VERB_GET}}), second->seal(second)});
  REQUIRE(across.problems.size() == 1);
  CHECK(across.problems[0].provider == "second");
  CHECK(across.table->routes().size() == 1);
}

TEST_CASE("unknown guards, foreign prefixes, bad patterns and missing account params are rejected with a reason") {
  const auto reason = [](const std::shared_ptr<FakeProvider>& p, std::vector<std::string> guards = {}) {
    const auto made = build({p}, std::move(guards));
    return made.problems.empty() ? std::string("ok")
                                 : made.problems[0].rejection.code + ": " + made.problems[0].rejection.reason;
  };
  const tento_guard guards[] = {{TENTO_STR("operator"), TENTO_VERB_GET, 0},
                                {TENTO_STR("full-moon"), TENTO_VERB_GET, 0}};
  const auto guarded = [&] {
    auto p = std::make_shared<FakeProvider>("demo");
    tento_row& row = p->add("Main").add_row(":~demo:x", TENTO_VERB_GET);
    row.guards = guards;
    row.guard_count = 2;
    return p->seal(p);
  };
  CHECK(reason(guarded()) ==
        "unknown_guard: the row `:~demo:x` is guarded by `full-moon`, which this host does not know");
  CHECK(reason(guarded(), {"full-moon"}) == "ok");
  CHECK(reason(provider("demo", {{":~theirs:x", TENTO_VERB_GET}})).starts_with("foreign_prefix: "));
  CHECK(reason(provider("demo", {{":~demo:Not-camel", TENTO_VERB_GET}})).starts_with("bad_pattern: "));
  CHECK(reason(provider("demo", {{":~demo:{authId}:x", TENTO_VERB_GET}, {":~demo:x", TENTO_VERB_GET}}, "authId")) ==
        "no_account_param: the pattern `:~demo:x` has no parameter `authId`, which integration `Main` names as its "
        "account");
  std::string deep = ":~demo";
  for (int i = 0; i < 40; ++i) deep += ":a";
  CHECK(reason(provider("demo", {{deep, TENTO_VERB_GET}})).starts_with("bad_pattern: "));
}

TEST_CASE("log rows are linked to their parents, and made where a provider declares none") {
  auto p = std::make_shared<FakeProvider>("demo");
  FakeIntegration& main = p->add("Main", "authId");
  main.add_row(":~demo:{authId}:x", TENTO_VERB_GET).sync_shape = &sync_shape_table;
  main.add_row(":~demo:{authId}:y", TENTO_VERB_GET).sync_shape = &sync_shape_table;
  main.add_row(":~demo:{id}:{authId}:z", TENTO_VERB_GET);
  main.add_row(":~demo:{authId}:x:logs", TENTO_VERB_GET).flags = TENTO_ROW_LOGS;
  const auto made = build({p->seal(p)});
  REQUIRE(made.problems.empty());
  REQUIRE(made.table->routes().size() == 5);
  const auto own = made.table->find(":~demo:me:x:logs");
  REQUIRE(own);
  CHECK_FALSE(own->route->made_by_host);
  CHECK(own->route->logs_of == made.table->find(":~demo:me:x")->route);
  const auto host_made = made.table->find(":~demo:me:y:logs");
  REQUIRE(host_made);
  CHECK(host_made->route->made_by_host);
  CHECK(host_made->route->logs_of == made.table->find(":~demo:me:y")->route);
  CHECK(view(host_made->route->row->pattern) == ":~demo:{authId}:y:logs");
  CHECK(made.table->find(":~demo:a:b:z")->route->account_param == 1);
  CHECK(made.table->find(":~demo:me:x")->route->account_param == 0);

  auto orphan = std::make_shared<FakeProvider>("demo");
  orphan->add("Main").add_row(":~demo:x:logs", TENTO_VERB_GET).flags = TENTO_ROW_LOGS;
  CHECK(build({orphan->seal(orphan)}).problems.at(0).rejection.code == "logs_without_parent");
}

TEST_CASE("ten thousand patterns and one agree with comparing every pattern") {
  std::vector<std::shared_ptr<Provider>> providers;
  for (int i = 0; i < 500; ++i) {
    const std::string root = ":~p" + std::to_string(i);
    Rows rows;
    for (const char* leaf :
         {"alpha", "alphabetical", "beta", "alphabet", "gammaRaysAreLong", "gammaRaysAreLonger", "x", "y", "z"}) {
      rows.emplace_back(root + ":{a}:" + leaf, TENTO_VERB_GET);
    }
    rows.emplace_back(root + ":all:{b}", TENTO_VERB_GET);
    providers.push_back(provider("p" + std::to_string(i), rows));
  }
  const auto made = build(providers);
  REQUIRE(made.problems.empty());
  REQUIRE(made.table->routes().size() == 5000);
  std::mt19937 random(7);
  int hits = 0;
  for (int i = 0; i < 2000; ++i) {
    static const std::vector<std::string> key_words = {
        "alpha", "alphabetical", "alphabet", "gammaRaysAreLong", "gammaRaysAreLongest", "all", "x", "q"};
    const std::string key = ":~p" + std::to_string(random() % 520) + ":" + key_words[random() % key_words.size()] +
                            ":" + key_words[random() % key_words.size()];
    std::vector<const Route*> fits;
    for (const Route* r : made.table->routes()) {
      if (matches(r->pattern, key)) fits.push_back(r);
    }
    RawSegments raw;
    const RawMatch got = made.table->match_raw(key, TENTO_VERB_GET, raw);
    CHECK((got.kind == RawMatch::Kind::hit) == !fits.empty());
    if (got.route == nullptr) continue;
    ++hits;
    CHECK(std::find(fits.begin(), fits.end(), got.route) != fits.end());
    // Of two that fit, the one with the literal in second place is the better.
    if (fits.size() == 2) CHECK_FALSE(got.route->pattern.segments()[1].param);
  }
  CHECK(hits > 500);
}

TEST_CASE("foreign text becomes one plain line") {
  CHECK(plain("a\nb\x1b[31m\xff \xc3\xa4") == "a\\x0ab\\x1b[31m? \xc3\xa4");
  CHECK(plain(std::string(600, 'a'), 10) == "aaaaaaaaaa...");
  CHECK(host::quote("x") == "`x`");
}
