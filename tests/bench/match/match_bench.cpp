// SPDX-License-Identifier: Apache-2.0
// Finding a route among 10 to 10,000, and what a call costs beyond it.
//
// "Dispatch of an empty row" is what a worker does for one call once it has one: match the key, make the call's context
// and capability, call the slot through the guard against exceptions, end the call. The hop to the worker is not in it:
// between cores it costs some 60 us whatever the host does, and a bar on it would measure the kernel.
#include <random>
#include <string>
#include <vector>

#include "host/capability/provider_port.hpp"
#include "host/dispatch/row_frame.hpp"
#include "host/schema/route_table.hpp"
#include "tests/bench/harness.hpp"
#include "tests/unit/support/fake_provider.hpp"

using namespace tento;
using namespace tento::host;
using tento::host::testing::FakeIntegration;
using tento::host::testing::FakeProvider;
namespace bench = tento::bench;

namespace {

constexpr std::size_t key_count = 1024;

tento_status empty_list(tento_provider*, tento_client*, const tento_read_ctx*, const tento_cell_sink*,
                        tento_error*) noexcept {
  return TENTO_OK;
}

struct World {
  std::vector<std::shared_ptr<FakeProvider>> providers;
  std::shared_ptr<const RouteTable> table;
  std::vector<std::string> hits, misses;

  explicit World(std::size_t patterns) {
    static const char* const leaf_names[] = {"sleep",   "stress", "activities", "heartRate", "events",
                                             "commits", "weight", "steps",      "recovery",  "settings"};
    std::vector<std::shared_ptr<Provider>> all;
    for (std::size_t p = 0; p < patterns / 10; ++p) {
      const std::string id = "prov" + std::to_string(p);
      auto made = std::make_shared<FakeProvider>(id);
      FakeIntegration& main = made->add("Main", "authId");
      for (const char* leaf : leaf_names) {
        main.add_row(":~" + id + ":{authId}:" + leaf, TENTO_VERB_GET).list_cells = &empty_list;
      }
      all.push_back(made->seal(made));
      providers.push_back(made);
    }
    table = build_route_table(all, {}).table;
    std::mt19937 random(42);
    for (std::size_t i = 0; i < key_count; ++i) {
      const std::string root =
          ":~prov" + std::to_string(random() % (patterns / 10)) + ":account" + std::to_string(random() % 100);
      hits.push_back(root + ":" + leaf_names[random() % 10]);
      misses.push_back(hits.back());
      misses.back().back() = 'x';  // known to its last segment, and as long as the hit
    }
  }

  std::uint64_t match(const std::vector<std::string>& keys, int rounds) const {
    RawSegments raw;
    for (int r = 0; r < rounds; ++r) {
      for (const std::string& key : keys) bench::keep(table->match_raw(key, TENTO_VERB_GET, raw).route);
    }
    return static_cast<std::uint64_t>(rounds) * keys.size();
  }
  std::uint64_t linear(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      const Route* found = nullptr;
      for (const Route* route : table->routes()) {
        if (matches(route->pattern, hits[i % key_count])) {
          found = route;
          break;
        }
      }
      bench::keep(found);
    }
    return count;
  }
};

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("match", argc, argv);
  std::vector<double> counts, costs;
  for (const std::size_t patterns : {std::size_t{10}, std::size_t{100}, std::size_t{1000}, std::size_t{10000}}) {
    const World world(patterns);
    const auto line = report.pair(
        "match_key, " + std::to_string(patterns) + " patterns, against linear compare, ns", 1e9, bench::at_most(1.0),
        [&] { return world.match(world.hits, 40); }, [&] { return world.linear(200'000 / patterns + 20); });
    counts.push_back(static_cast<double>(patterns));
    costs.push_back(line.ours);
    report.pair(
        "a miss against a hit, " + std::to_string(patterns) + " patterns, ns", 1e9, bench::at_most(1.0),
        [&] { return world.match(world.misses, 40); }, [&] { return world.match(world.hits, 40); });
  }
  report.number("match_key, growth exponent from 10 to 10,000 patterns", bench::growth_exponent(counts, costs),
                bench::at_most(0.15));

  // One call, resolved, in its worker.
  const World world(1000);
  const auto env = std::make_shared<DepsEnv>();
  ProviderPort port(world.providers.front(), env);
  const std::string key = ":~prov0:account1:sleep";
  const auto target = std::make_shared<Target>();
  target->table = world.table;
  target->match = *world.table->match(key, TENTO_VERB_GET);
  target->row.lookup_key = key;
  target->account.emplace();
  target->account->auth_id = "account1";
  CallSubject subject;
  subject.keep = target;
  subject.table = world.table.get();
  subject.route = target->match.route;
  subject.integration = subject.route->integration;
  subject.owner = &target->owner;
  subject.account = &*target->account;
  subject.row = &target->row;
  const ActorInfo actor;
  const auto control = std::make_shared<CallControl>();
  const tento_cell_sink sink{sizeof sink, 0, nullptr, nullptr};
  constexpr std::uint64_t call_count = 40'000;
  report.pair(
      "dispatch of an empty row, against bare trie and vtable call, ns", 1e9, bench::at_most(3.0),
      [&] {
        RawSegments raw;
        for (std::uint64_t i = 0; i < call_count; ++i) {
          bench::keep(world.table->match_raw(key, TENTO_VERB_GET, raw).route);
          const CallRef call = port.begin(CallSubject(subject), actor, INT64_MAX, control);
          bench::keep(call_list_cells(port, call.slot(), *target, nullptr, tento_span{}, 0, &sink).has_value());
          ProviderPort::end(call);
        }
        return call_count;
      },
      [&] {
        RawSegments raw;
        for (std::uint64_t i = 0; i < call_count; ++i) {
          const Route* route = world.table->match_raw(key, TENTO_VERB_GET, raw).route;
          bench::keep(route->row->list_cells(nullptr, nullptr, nullptr, &sink, nullptr));
        }
        return call_count;
      });
  return report.finish();
}
