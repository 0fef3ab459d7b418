// SPDX-License-Identifier: Apache-2.0
// Places as people write them.
#include "weather/location.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using weather::Coordinates;
using weather::Location;

namespace {

std::string place(std::string_view text) {
  const auto location = Location::parse(text);
  return location ? location->text() : location.error().tag;
}

}  // namespace

TEST_CASE("GeoNames ids") {
  CHECK(place("2063523") == "2063523");
  CHECK(place("  2063523\t") == "2063523");
  CHECK(place("0002063523") == "2063523");
  CHECK(place("2147483647") == "2147483647");
  for (const std::string_view none : {"0", "-1", "+5", "2147483648", "99999999999999999999", "1e5", "0x10", "2063523.0",
                                      "20 63523", "", " ", "Perth", "\u0662", "NaN", "1;2", "1,", ",1", ",", "1,2,3"}) {
    CAPTURE(none);
    CHECK(place(none) == "weather_bad_location");
  }
}

TEST_CASE("coordinates: equal places are equal, however they are written") {
  for (const std::string_view same : {"-31.95,115.86", " -31.95 ,115.86", "-31.9500,115.8600", "-031.95,+115.86",
                                      "-31.954,115.855", "\t-31.95\t,\t115.86 "}) {
    CAPTURE(same);
    CHECK(place(same) == "-31.95,115.86");
  }
  CHECK(place("0,0") == "0.00,0.00");
  CHECK(place("-0,-0.0") == "0.00,0.00");
  CHECK(place("-0.004,0.0049") == "0.00,0.00");
  CHECK(place("-0.005,0.005") == "-0.01,0.01");
  CHECK(place("5,7") == "5.00,7.00");
  CHECK(place("0.05,-0.5") == "0.05,-0.50");
  CHECK(place("1.2345678901234567890123456789012,2") == "weather_bad_location");
}

TEST_CASE("the edges of the globe") {
  CHECK(place("12,180") == "12.00,-180.00");
  CHECK(place("12,-180") == "12.00,-180.00");
  CHECK(place("12,179.996") == "12.00,-180.00");
  CHECK(place("90,13.4") == "90.00,0.00");
  CHECK(place("-90,180") == "-90.00,0.00");
  CHECK(place("89.996,77") == "90.00,0.00");
  for (const std::string_view beyond : {"91,0", "90.001,0", "-90.5,0", "0,180.01", "0,-181", "1000,0", "0,99999999"}) {
    CAPTURE(beyond);
    CHECK(place(beyond) == "weather_bad_location");
  }
}

TEST_CASE("what is no number is none") {
  for (const std::string_view none :
       {"1e2,3", "NaN,0", "nan,nan", "inf,0", "0x1,2", "1.,2", ".5,2", "--1,2", "+-1,2", "1..2,3", "1.2.3,4", "1 2,3",
        "12;5,3", "\xEF\xBC\x91,2", "52\xC2\xB0,13", "1,5,2", "52,13 E", "-,1", "-31,95 115,86"}) {
    CAPTURE(none);
    CHECK(place(none) == "weather_bad_location");
  }
  const auto odd = Location::parse(std::string("1\x01\x80,2"));
  REQUIRE_FALSE(odd.has_value());
  CHECK(odd.error().message.find("\"1??,2\"") != std::string::npos);
  CHECK(odd.error().message.find("2063523") != std::string::npos);
  const auto longer = Location::parse(std::string(5000, '9'));
  REQUIRE_FALSE(longer.has_value());
  CHECK(longer.error().message.size() < 300);
}

TEST_CASE("degrees of the service, on the grid") {
  CHECK(Coordinates::of(-31.95224, 115.8614)->text() == "-31.95,115.86");
  CHECK(Coordinates::of(0, 0)->text() == "0.00,0.00");
  CHECK(Coordinates::of(-90, 12)->text() == "-90.00,0.00");
  CHECK(Coordinates::of(12, 180)->text() == "12.00,-180.00");
  CHECK_FALSE(Coordinates::of(std::nan(""), 0).has_value());
  CHECK_FALSE(Coordinates::of(0, std::numeric_limits<double>::infinity()).has_value());
  CHECK_FALSE(Coordinates::of(90.01, 0).has_value());
  // What it writes it reads.
  for (const double latitude : {-89.99, -0.01, 0.0, 7.05, 45.5}) {
    for (const double longitude : {-179.99, -0.5, 0.07, 100.1}) {
      const auto at = Coordinates::of(latitude, longitude);
      REQUIRE(at.has_value());
      CHECK(Location::parse(at->text())->coordinates() == *at);
    }
  }
}
