// SPDX-License-Identifier: Apache-2.0
// Nodes of every size and literals of every length: each literal is found, and nothing beside it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "host/schema/route_trie.hpp"

using namespace tento;
using namespace tento::host;

namespace {

// A trie of `:~p:<literal>`, and its raw answers.
class Literals {
 public:
  explicit Literals(const std::vector<std::string>& literals) {
    for (std::uint32_t i = 0; i < literals.size(); ++i) {
      REQUIRE(trie_.add(*Pattern::parse(":~p:" + literals[i]), i, 1) == RouteTrie::no_pattern);
    }
    trie_.seal();
  }
  [[nodiscard]] std::uint32_t find(const std::string& literal) const {
    RawSegments raw;
    // In memory of its own, so that the sanitizers see a read beyond it.
    const std::vector<char> key = bytes(":~p:" + literal);
    return trie_.match({key.data(), key.size()}, 1, raw).pattern;
  }

 private:
  static std::vector<char> bytes(const std::string& text) { return {text.begin(), text.end()}; }
  RouteTrie trie_;
};

}  // namespace

TEST_CASE("nodes of one to a thousand literals find each of them and no other") {
  for (const std::size_t count : {1u, 2u, 3u, 8u, 16u, 40u, 41u, 100u, 1000u}) {
    CAPTURE(count);
    std::vector<std::string> literals;
    for (std::size_t i = 0; i < count; ++i) literals.push_back("leaf" + std::to_string(i * 7));
    const Literals trie(literals);
    for (std::uint32_t i = 0; i < count; ++i) {
      CHECK(trie.find(literals[i]) == i);
      CHECK(trie.find(literals[i] + "x") == RouteTrie::no_pattern);
      CHECK(trie.find("x" + literals[i]) == RouteTrie::no_pattern);
    }
    CHECK(trie.find("leaf") == RouteTrie::no_pattern);
  }
}

TEST_CASE("literals that agree in their first and last eight bytes and in their length are told apart") {
  std::vector<std::string> literals;
  for (const char middle : {'a', 'b', 'c', 'd'}) {
    for (std::size_t length = 1; length <= 20; ++length) {
      literals.push_back("theSameBeginning" + std::string(length, middle) + "theSameEnd");
    }
  }
  const Literals trie(literals);
  for (std::uint32_t i = 0; i < literals.size(); ++i) CHECK(trie.find(literals[i]) == i);
  CHECK(trie.find("theSameBeginning" + std::string(5, 'e') + "theSameEnd") == RouteTrie::no_pattern);
}

TEST_CASE("a literal is not mistaken for another of any length up to forty") {
  std::vector<std::string> literals;
  for (std::size_t length = 1; length <= 40; ++length) literals.emplace_back(length, 'a');
  const Literals trie(literals);
  for (std::uint32_t i = 0; i < literals.size(); ++i) {
    CHECK(trie.find(literals[i]) == i);
    std::string other = literals[i];
    for (char& c : other) {
      c = 'b';
      CHECK(trie.find(other) == RouteTrie::no_pattern);
      c = 'a';
    }
  }
  CHECK(trie.find(std::string(41, 'a')) == RouteTrie::no_pattern);
}

TEST_CASE("a key of fewer than eight bytes is read within its bounds") {
  RouteTrie trie;
  REQUIRE(trie.add(*Pattern::parse(":~a:b"), 0, 1) == RouteTrie::no_pattern);
  REQUIRE(trie.add(*Pattern::parse(":~a:{x}:c"), 1, 1) == RouteTrie::no_pattern);
  REQUIRE(trie.add(*Pattern::parse(":~ab:b"), 2, 1) == RouteTrie::no_pattern);
  trie.seal();
  const auto find = [&](const std::string& text) {
    RawSegments raw;
    const std::vector<char> key(text.begin(), text.end());
    return trie.match({key.data(), key.size()}, 1, raw).pattern;
  };
  CHECK(find(":~a:b") == 0);
  CHECK(find(":~a:z:c") == 1);
  CHECK(find(":~a:b:c") == 1);
  CHECK(find(":~ab:b") == 2);
  CHECK(find(":~a:c") == RouteTrie::no_pattern);
  CHECK(find(":~") == RouteTrie::no_pattern);
  CHECK(find(":") == RouteTrie::no_pattern);
}
