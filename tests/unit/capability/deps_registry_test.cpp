// SPDX-License-Identifier: Apache-2.0
// Registering interfaces, and the boot check that names every missing one at once.
#include <doctest/doctest.h>

#include <optional>

#include <tento/deps.h>

#include <tento/sdk/time.hpp>

#include "host/base/log.hpp"
#include "host/capability/ambient.hpp"
#include "host/capability/deps_registry.hpp"
#include "tests/unit/support/fake_provider.hpp"

using namespace tento;
using namespace tento::host;
using tento::host::testing::FakeIntegration;
using tento::host::testing::FakeProvider;

namespace {

struct Vtable {
  std::uint32_t struct_size;
  std::uint32_t reserved;
  void (*slot)();
};
const Vtable ledger_vtable{sizeof(Vtable), 0, nullptr};

}  // namespace

TEST_CASE("an interface is registered once, under an id that is one") {
  DepsRegistry registry;
  int self = 0;
  REQUIRE(registry.register_deps("acme.ledger/1", &ledger_vtable, &self));
  CHECK(registry.expect("acme.ledger/1", 16)->self == &self);
  CHECK(registry.expect("acme.ledger/1", 24).error().message.find("the host is older than the provider") !=
        std::string::npos);
  CHECK(registry.expect("acme.ledger/2", 16).error().code == ErrorCode::not_found);
  CHECK(registry.register_deps("acme.ledger/1", &ledger_vtable, nullptr).error().code == ErrorCode::conflict);
  for (const char* id : {"", "/1", "acme", "acme/", "acme/0", "acme/01", "acme/x", "Acme/1", "a b/1", "acme/1/2"}) {
    CAPTURE(id);
    CHECK(registry.register_deps(id, &ledger_vtable, nullptr).error().code == ErrorCode::invalid_argument);
  }
  CHECK_FALSE(registry.register_deps("acme.null/1", nullptr, nullptr));
  const Vtable small{8, 0, nullptr};
  CHECK_FALSE(registry.register_deps("acme.small/1", &small, nullptr));
  REQUIRE(register_standard_deps(registry));
  CHECK(registry.ids() == std::vector<std::string>{"acme.ledger/1", "tento.api-context/1", "tento.backend/1",
                                                   "tento.clock/1", "tento.http/1", "tento.log/1", "tento.progress/1",
                                                   "tento.sync-state/1", "tento.user-auth/1"});
}

TEST_CASE("the boot check names all that is missing, and what is too short, in one message") {
  auto p = std::make_shared<FakeProvider>("demo");
  p->edit_note().needs = {"acme.ledger/1", "tento.clock/1"};
  FakeIntegration& first = p->add("First");
  first.add_row(":~demo:x", TENTO_VERB_GET);
  first.add_row(":~demo:y", TENTO_VERB_GET);
  first.needs = {{TENTO_STR("acme.ledger/1"), 16, 0},
                 TENTO_NEED(tento_clock, local_day),
                 {TENTO_STR("acme.nice/1"), 16, TENTO_NEED_OPTIONAL}};
  FakeIntegration& second = p->add("Second");
  second.add_row(":~demo:z", TENTO_VERB_GET);
  second.needs = {{TENTO_STR("tento.clock/1"), 4000, 0}, {TENTO_STR("acme.hidden/3"), 16, 0}};
  const std::shared_ptr<Provider> all[] = {p->seal(p)};
  const auto built = build_route_table(all, {});
  REQUIRE(built.problems.empty());

  DepsRegistry registry;
  REQUIRE(register_standard_deps(registry));
  const auto missing = registry.ensure_all_registered(*built.table);
  REQUIRE(missing.size() == 4);
  const std::string text = describe(missing);
  CHECK(text.find("\n  acme.ledger/1, needed by integration First of demo (/plugins/tento-demo.so): not registered; "
                  "routes: :~demo:x, :~demo:y\n") != std::string::npos);
  CHECK(text.find("\n  acme.hidden/3, needed by integration Second of demo (/plugins/tento-demo.so): not registered; "
                  "its note does not list it; routes: :~demo:z\n") != std::string::npos);
  CHECK(text.find("this host's tento.clock/1 ends at " + std::to_string(sizeof(tento_clock)) +
                  " bytes, before what the provider uses of it (4000): the host is older than the provider") !=
        std::string::npos);
  CHECK(text.find("acme.nice/1") == std::string::npos);

  REQUIRE(registry.register_deps("acme.ledger/1", &ledger_vtable, nullptr));
  REQUIRE(registry.register_deps("acme.hidden/3", &ledger_vtable, nullptr));
  CHECK(registry.ensure_all_registered(*built.table).size() == 1);
}

TEST_CASE("what a provider has for life is the log and the clock, and nothing else") {
  std::vector<std::string> lines;
  std::optional<LifetimeDeps> deps;
  deps.emplace([&](LogLevel, const std::string& line) { lines.push_back(line); }, [] { return std::int64_t{42}; });
  const auto lookup = deps->lookup_for("alpha"), other = deps->lookup_for("beta");
  deps.reset();  // what a provider got is its own
  tento_iface found{};
  CHECK(lookup->get(lookup.get(), str("tento.backend/1"), 16, &found) == TENTO_FAILED);
  CHECK(lookup->get(lookup.get(), str("tento.log/1"), 4096, &found) == TENTO_FAILED);
  REQUIRE(lookup->get(lookup.get(), str("tento.log/1"), sizeof(tento_log), &found) == TENTO_OK);
  const auto* log = static_cast<const tento_log*>(found.vtable);
  log->write(found.self, nullptr, TENTO_LOG_WARN, str("a\nb"));
  log->write(found.self, nullptr, 99, {nullptr, 7});
  tento_iface others{};
  REQUIRE(other->get(other.get(), str("tento.log/1"), sizeof(tento_log), &others) == TENTO_OK);
  log->write(others.self, nullptr, TENTO_LOG_PLUGIN_MISBEHAVING, str("oops"));
  CHECK(lines == std::vector<std::string>{"alpha: a\\x0ab", "alpha: ", "beta: says that it misbehaved: oops"});
  REQUIRE(lookup->get(lookup.get(), str("tento.clock/1"), sizeof(tento_clock), &found) == TENTO_OK);
  const auto* clock = static_cast<const tento_clock*>(found.vtable);
  CHECK(clock->now_unix_us(found.self) == 42);
  tento_semantic_time day{};
  REQUIRE(clock->local_day(found.self, str("Pacific/Auckland"), 0, &day) == TENTO_OK);
  CHECK(SemanticTime::from_abi(day)->text() == "ymd-1970-01-01");
  CHECK(clock->local_day(found.self, str("No/Where"), 0, &day) == TENTO_FAILED);
  CHECK(clock->local_day(found.self, str("UTC"), INT64_MAX, &day) == TENTO_FAILED);
}
