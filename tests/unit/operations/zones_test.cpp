// SPDX-License-Identifier: Apache-2.0
// Zones as people name them.
#include <doctest/doctest.h>

#include <algorithm>

#include "host/operations/operation.hpp"
#include "host/operations/zones.hpp"

using namespace tento;
using namespace tento::host;

namespace {

std::string first_of(std::string_view text) {
  const auto found = nearest_zones(text);
  return found.empty() ? "" : found.front();
}

}  // namespace

TEST_CASE("a mistyped zone is answered with the nearest ones") {
  CHECK(first_of("Europe/Berln") == "Europe/Berlin");
  CHECK(first_of("berlin") == "Europe/Berlin");
  CHECK(first_of("New York") == "America/New_York");
  CHECK(first_of("america/new york") == "America/New_York");
  CHECK(first_of("Asia/Berlin") == "Europe/Berlin");
  CHECK(first_of("Toky") == "Asia/Tokyo");
  CHECK(first_of("utc") == "Etc/UTC");
  CHECK(nearest_zones("Mars/Base").size() <= 3);
  CHECK(nearest_zones("").empty());
  CHECK(nearest_zones(std::string(10'000, 'x')).empty());
  CHECK(nearest_zones("qqqqqqqqqqqq").empty());
}

TEST_CASE("a zone argument is a zone, or a usage error that offers some") {
  CHECK(zone_argument("Europe/Berlin"));
  const auto wrong = zone_argument("Europe/Berln");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().tag == usage_tag);
  CHECK(wrong.error().message.find("\"Europe/Berln\" is not a time zone; nearest: Europe/Berlin") != std::string::npos);
  const auto hopeless = zone_argument("qqqqqqqqqqqq");
  REQUIRE_FALSE(hopeless);
  CHECK(hopeless.error().remedy == "use an IANA name such as Europe/Berlin");
  CHECK_FALSE(zone_argument("../../etc/passwd"));
  CHECK_FALSE(zone_argument(std::string("UTC\0x", 5)));
}
