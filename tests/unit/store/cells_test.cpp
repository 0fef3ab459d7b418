// SPDX-License-Identifier: Apache-2.0
// Cells in and out: identity, moves, tombstones, unchanged content, ranges, transactions.
#include <doctest/doctest.h>

#include "tests/unit/store/fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("a batch is stored, read back in order, and an unchanged one writes nothing") {
  StoreFixture f;
  std::vector<CellInput> cells{cell("b", 200, "{\"x\":2}"), cell("a", 100, "{\"x\":1}")};
  const auto first = f.store->persist(f.row, cells, {1, "1.0", 0});
  REQUIRE(first);
  CHECK(first->added == 2);
  CHECK(f.read() == "a@100={\"x\":1} b@200={\"x\":2}");
  const auto seq = f.last_seq();

  const auto again = f.store->persist(f.row, cells, {1, "1.0", 0});
  REQUIRE(again);
  CHECK(again->unchanged == 2);
  CHECK(again->changed() == 0);
  CHECK(f.last_seq() == seq);

  cells[0].data = "{\"x\":3}";
  const auto changed = f.store->persist(f.row, cells, {1, "1.0", 0});
  REQUIRE(changed);
  CHECK(changed->updated == 1);
  CHECK(changed->unchanged == 1);
  CHECK(f.read() == "a@100={\"x\":1} b@200={\"x\":3}");
  CHECK(f.last_seq() > seq);
}
