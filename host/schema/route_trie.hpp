// SPDX-License-Identifier: Apache-2.0
// Patterns as a trie of segments: literals beat params, with backtracking; allocates nothing while matching.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/key.hpp>

namespace tento::host {

inline constexpr std::size_t kMaxSegments = 32;  // of a pattern; more are refused at load
// The segments of a key, still percent-encoded, as views into it.
using RawSegments = std::array<std::string_view, kMaxSegments>;

// Patterns by index; `verbs` of a pattern are bits. Built once, then read by any number of threads.
class RouteTrie {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Hit {
    std::uint32_t pattern = kNone;  // kNone = no pattern of the key has the verb
    std::uint32_t verbs_seen = 0;   // verbs of all patterns that fit the key, when none has it; 0 = no pattern fits
  };

  // Adds a pattern. Gives the one that has the same shape (params differ in name only), or kNone when it was added.
  std::uint32_t add(const Pattern& pattern, std::uint32_t index, std::uint32_t verbs);
  // Ends the building: makes the tables that lookups read.
  void seal();
  // The best pattern with one of the verbs (0 = any). `raw` receives the key's raw segments; nothing is validated.
  Hit match(std::string_view key, std::uint32_t verbs, RawSegments& raw) const noexcept;

 private:
  // While building.
  struct Edge {
    std::string text;
    std::uint32_t child;
  };
  struct Draft {
    std::vector<Edge> edges;
    std::uint32_t param = kNone;
    std::uint32_t pattern = kNone;
    std::uint32_t verbs = 0;
  };
  // While matching. A node's literals are a range of `literals_` when there are few, else a hash table in `slots_`.
  struct Literal {
    std::uint64_t head = 0;  // its first eight bytes, zero-padded
    std::uint32_t size = 0;
    std::uint32_t child = kNone;
    const char* text = nullptr;
  };
  struct Node {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t mask = 0;  // not 0 = slots: `first` is where they begin
    std::uint32_t param = kNone;
    std::uint32_t pattern = kNone;
    std::uint32_t verbs = 0;
  };
  struct Walk;

  // `segment` lies inside `key`.
  [[nodiscard]] std::uint32_t child(const Node& node, std::string_view segment, std::string_view key) const noexcept;

  std::vector<Draft> drafts_;
  std::vector<Node> nodes_;
  std::vector<Literal> literals_;
  std::vector<Literal> slots_;
  std::string texts_;
  std::size_t depth_ = 0;
};

}  // namespace tento::host
