// SPDX-License-Identifier: Apache-2.0
// The harness's own arithmetic, and that a bar which does not hold is an exit code.
#include "tests/bench/harness.hpp"

#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <sstream>

namespace bench = tento::bench;

TEST_CASE("median takes the middle, whatever the order") {
  CHECK(bench::median({3, 1, 2}) == 2);
  CHECK(bench::median({4, 1, 3, 2}) == 2.5);
  CHECK(std::isnan(bench::median({})));
}

TEST_CASE("the growth exponent of x to the power of p is p") {
  const std::vector<double> x{10, 100, 1000, 10000};
  std::vector<double> y;
  for (double v : x) y.push_back(7 * std::pow(v, 1.5));
  CHECK(bench::growth_exponent(x, y) == doctest::Approx(1.5));
  CHECK(bench::growth_exponent(x, {5, 5, 5, 5}) == doctest::Approx(0));
}

TEST_CASE("bars hold on their side only, and never for what is not a number") {
  CHECK(bench::at_most(1.3).holds(1.3));
  CHECK_FALSE(bench::at_most(1.3).holds(1.31));
  CHECK(bench::at_least(0.9).holds(0.9));
  CHECK_FALSE(bench::at_least(0.9).holds(0.89));
  CHECK_FALSE(bench::at_most(1).holds(std::nan("")));
  CHECK_FALSE(bench::at_least(1).holds(std::nan("")));
}

TEST_CASE("a pair compares cost per operation, and a broken bar is exit code 1 and false in the JSON") {
  const std::string path = "harness_test.json";
  std::array<std::string, 3> words{"bench", "--json", path};
  std::array<char*, 3> argv{words[0].data(), words[1].data(), words[2].data()};
  bench::Report report("harness", 3, argv.data());
  double now = 0;
  const auto work_of = [&now](double seconds) {
    return [&now, seconds]() -> std::uint64_t {
      now += seconds;
      return 1000;
    };
  };
  bench::PairOptions options;
  options.seconds = [&now](bench::Cpu) { return now; };
  const bench::Line line = report.pair("four times the work", 1e9, bench::at_most(2), work_of(4), work_of(1), options);
  CHECK(line.ratio == doctest::Approx(4));
  CHECK(line.ours == doctest::Approx(4e6));
  options.speed = true;
  const bench::Line speed = report.pair("the same as speed", 1, bench::at_most(1), work_of(4), work_of(1), options);
  CHECK(speed.ratio == doctest::Approx(0.25));
  CHECK(speed.ours == doctest::Approx(250));
  CHECK(report.finish() == 1);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  CHECK(text.str().find("\"name\": \"four times the work\"") != std::string::npos);
  CHECK(text.str().find("\"bar\": 2, \"holds\": false") != std::string::npos);
  CHECK(text.str().find("\"bar\": 1, \"holds\": true") != std::string::npos);
  std::remove(path.c_str());
}
