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

inline constexpr std::size_t max_segments = 32;  // of a pattern; more are refused at load
// The segments of a key, still percent-encoded, as views into it.
using RawSegments = std::array<std::string_view, max_segments>;

// Patterns by index; `verbs` of a pattern are bits. Built once, then read by any number of threads.
class RouteTrie {
 public:
  static constexpr std::uint32_t no_pattern = UINT32_MAX;

  struct Hit {
    std::uint32_t pattern = no_pattern;  // no_pattern = no pattern of the key has the verb
    std::uint32_t verbs_seen = 0;  // verbs of all patterns that fit the key, when none has it; 0 = no pattern fits
  };

  // Adds a pattern. Gives the one that has the same shape (params differ in name only), or no_pattern when it was
  // added.
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
    std::uint32_t param = no_pattern;
    std::uint32_t pattern = no_pattern;
    std::uint32_t verbs = 0;
  };
  // While matching. A literal as numbers, so that comparing and hashing take the same steps whatever its length.
  struct Word {
    std::uint64_t head = 0;  // its first eight bytes, zero-padded
    std::uint64_t tail = 0;  // its last eight, or the same as head when it has no more than eight
    std::uint32_t size = 0;
  };
  struct Literal : Word {
    std::uint32_t child = no_pattern;
    const char* text = nullptr;
  };
  // A node's literals lie in `literals_` from `first` on. They are a table without collisions, so that one look tells:
  // the slot of a literal is the upper bits of its hash times a multiplier that was searched for, one for a small node,
  // one per bucket of a large one.
  struct Node {
    enum class Kind : std::uint8_t { none, scan, small, large } kind = Kind::none;
    std::uint8_t shift = 0;         // 64 - log2(slots), for small and large
    std::uint32_t first = 0;        // in literals_
    std::uint32_t count = 0;        // of literals, for scan
    std::uint32_t buckets = 0;      // in multipliers_, for large
    std::uint32_t bucket_mask = 0;  // their number - 1
    std::uint32_t param = no_pattern;
    std::uint32_t pattern = no_pattern;
    std::uint32_t verbs = 0;
    std::uint64_t multiplier = 0;  // for small
  };

  // `text` lies inside `whole`.
  static Word word_of(std::string_view text, std::string_view whole) noexcept;
  static std::uint64_t hash_of(const Word& word, const char* text) noexcept;
  void lay_out(Node& node, const std::vector<Literal>& literals);
  bool lay_out_small(Node& node, const std::vector<Literal>& literals, const std::vector<std::uint64_t>& hashes);
  bool lay_out_large(Node& node, const std::vector<Literal>& literals, const std::vector<std::uint64_t>& hashes);
  // `segment` lies inside `key`.
  [[nodiscard]] std::uint32_t child(const Node& node, std::string_view segment, std::string_view key) const noexcept;

  std::vector<Draft> drafts_;
  std::vector<Node> nodes_;
  std::vector<Literal> literals_;
  std::vector<std::uint64_t> multipliers_;
  std::string texts_;
  std::size_t depth_ = 0;
};

}  // namespace tento::host
