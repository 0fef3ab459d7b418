// SPDX-License-Identifier: Apache-2.0
// Building and walking the trie.
#include "host/schema/route_trie.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

namespace tento::host {
namespace {

constexpr std::size_t small_node_literals = 40;     // literals of a node up to which one multiplier is soon found
constexpr std::size_t most_multipliers = 1u << 14;  // multipliers tried before a table is made larger

std::uint64_t load8(const char* from) noexcept {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// The first eight bytes of `text`, zero-padded (little-endian, as the ABI's platform is). `text` is not empty and lies
// inside `whole`. Where `whole` has eight bytes, eight are loaded and cut to size, without a branch on the length: one
// that varies from key to key is mispredicted, which costs several times as much as the rest of a lookup.
std::uint64_t first8(const char* text, std::size_t size, std::string_view whole) noexcept {
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - 8 * std::min<std::size_t>(size, 8));
  if (whole.size() < 8) [[unlikely]] {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text, std::min<std::size_t>(size, 8));
    return bytes;
  }
  const char* const from = std::min(text, whole.data() + whole.size() - 8);
  return load8(from) >> (8 * static_cast<unsigned>(text - from)) & mask;
}

// Odd numbers without a pattern (the steps of SplitMix64, made odd).
std::uint64_t next_multiplier(std::uint64_t& state) noexcept {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) | 1;
}

std::uint8_t shift_for(std::size_t slots) noexcept {
  return static_cast<std::uint8_t>(64 - std::countr_zero(slots));
}

}  // namespace

std::uint32_t RouteTrie::add(const Pattern& pattern, std::uint32_t index, std::uint32_t verbs) {
  if (drafts_.empty()) drafts_.emplace_back();
  std::uint32_t at = 0;
  for (const Segment& segment : pattern.segments()) {
    const auto next = static_cast<std::uint32_t>(drafts_.size());
    std::uint32_t to = next;
    if (segment.param) {
      to = drafts_[at].param == no_pattern ? next : drafts_[at].param;
      drafts_[at].param = to;
    } else {
      auto& edges = drafts_[at].edges;
      const auto found = std::lower_bound(edges.begin(), edges.end(), segment.text,
                                          [](const Edge& e, const std::string& text) { return e.text < text; });
      if (found != edges.end() && found->text == segment.text) {
        to = found->child;
      } else {
        edges.insert(found, Edge{segment.text, next});
      }
    }
    if (to == next) drafts_.emplace_back();
    at = to;
  }
  if (drafts_[at].pattern != no_pattern) return drafts_[at].pattern;
  drafts_[at].pattern = index;
  drafts_[at].verbs = verbs;
  depth_ = std::max(depth_, pattern.segments().size());
  return no_pattern;
}

void RouteTrie::seal() {
  if (drafts_.empty()) drafts_.emplace_back();
  std::size_t bytes = 0;
  for (const Draft& draft : drafts_) {
    for (const Edge& edge : draft.edges) bytes += edge.text.size();
  }
  texts_.reserve(bytes);  // so that views into it stay
  nodes_.resize(drafts_.size());
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    const Draft& draft = drafts_[i];
    Node& node = nodes_[i];
    node.param = draft.param;
    node.pattern = draft.pattern;
    node.verbs = draft.verbs;
    std::vector<Literal> literals;
    for (const Edge& edge : draft.edges) {
      const char* text = texts_.data() + texts_.size();
      texts_ += edge.text;
      literals.push_back({word_of(edge.text, edge.text), edge.child, text});
    }
    lay_out(node, literals);
  }
  drafts_ = {};
}

[[gnu::always_inline]] inline RouteTrie::Word RouteTrie::word_of(std::string_view text,
                                                                 std::string_view whole) noexcept {
  const std::size_t skipped = text.size() > 8 ? text.size() - 8 : 0;
  return {first8(text.data(), text.size(), whole), first8(text.data() + skipped, text.size() - skipped, whole),
          static_cast<std::uint32_t>(text.size())};
}

// Patterns come from providers that passed the loader, so nobody chooses them to collide; who does gets a slow node.
[[gnu::always_inline]] inline std::uint64_t RouteTrie::hash_of(const Word& word, const char* text) noexcept {
  std::uint64_t h = word.head * 0x9e3779b97f4a7c15u;
  h = (h ^ (h >> 32) ^ word.tail ^ word.size) * 0xff51afd7ed558ccdu;
  for (std::size_t at = 8; at + 8 < word.size; at += 8) h = (h ^ (h >> 32) ^ load8(text + at)) * 0xff51afd7ed558ccdu;
  return h ^ (h >> 32);
}

void RouteTrie::lay_out(Node& node, const std::vector<Literal>& literals) {
  node.first = static_cast<std::uint32_t>(literals_.size());
  node.count = static_cast<std::uint32_t>(literals.size());
  if (literals.empty()) return;
  if (literals.size() > 1) {
    std::vector<std::uint64_t> hashes;
    for (const Literal& literal : literals) hashes.push_back(hash_of(literal, literal.text));
    if (literals.size() <= small_node_literals ? lay_out_small(node, literals, hashes)
                                               : lay_out_large(node, literals, hashes)) {
      return;
    }
  }
  node.kind = Node::Kind::scan;
  literals_.insert(literals_.end(), literals.begin(), literals.end());
}

bool RouteTrie::lay_out_small(Node& node, const std::vector<Literal>& literals,
                              const std::vector<std::uint64_t>& hashes) {
  std::uint64_t state = 0;
  const std::size_t least = std::bit_ceil(literals.size());
  for (std::size_t slots = least; slots <= 8 * least; slots *= 2) {
    const std::uint8_t shift = shift_for(slots);
    for (std::size_t i = 0; i < most_multipliers; ++i) {
      const std::uint64_t multiplier = next_multiplier(state);
      std::vector<char> taken(slots);
      const bool fits = std::all_of(hashes.begin(), hashes.end(), [&](std::uint64_t hash) {
        const std::size_t slot = hash * multiplier >> shift;
        return std::exchange(taken[slot], 1) == 0;
      });
      if (!fits) continue;
      node.kind = Node::Kind::small;
      node.shift = shift;
      node.multiplier = multiplier;
      literals_.resize(node.first + slots);
      for (std::size_t l = 0; l < literals.size(); ++l) {
        literals_[node.first + (hashes[l] * multiplier >> shift)] = literals[l];
      }
      return true;
    }
  }
  return false;
}

// Buckets by the lower bits of the hash; the fullest are given a multiplier first, while there is most room.
bool RouteTrie::lay_out_large(Node& node, const std::vector<Literal>& literals,
                              const std::vector<std::uint64_t>& hashes) {
  const std::size_t slots = std::bit_ceil(literals.size() + literals.size() / 3);
  const std::size_t buckets = std::bit_ceil(literals.size() / 3);
  const std::uint8_t shift = shift_for(slots);
  std::vector<std::vector<std::size_t>> members(buckets);
  for (std::size_t l = 0; l < literals.size(); ++l) members[hashes[l] & (buckets - 1)].push_back(l);
  std::vector<std::size_t> order(buckets);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return members[a].size() > members[b].size(); });

  std::vector<Literal> table(slots);
  std::vector<std::uint64_t> multipliers(buckets, 1);
  std::uint64_t state = 0;
  for (const std::size_t bucket : order) {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < most_multipliers && chosen.size() < members[bucket].size(); ++i) {
      multipliers[bucket] = next_multiplier(state);
      chosen.clear();
      for (const std::size_t l : members[bucket]) {
        const std::size_t slot = hashes[l] * multipliers[bucket] >> shift;
        if (table[slot].child != no_pattern || std::find(chosen.begin(), chosen.end(), slot) != chosen.end()) break;
        chosen.push_back(slot);
      }
    }
    if (chosen.size() < members[bucket].size()) return false;
    for (std::size_t m = 0; m < chosen.size(); ++m) table[chosen[m]] = literals[members[bucket][m]];
  }
  node.kind = Node::Kind::large;
  node.shift = shift;
  node.buckets = static_cast<std::uint32_t>(multipliers_.size());
  node.bucket_mask = static_cast<std::uint32_t>(buckets - 1);
  multipliers_.insert(multipliers_.end(), multipliers.begin(), multipliers.end());
  literals_.insert(literals_.end(), table.begin(), table.end());
  return true;
}

[[gnu::always_inline]] inline std::uint32_t RouteTrie::child(const Node& node, std::string_view segment,
                                                             std::string_view key) const noexcept {
  const Word word = word_of(segment, key);
  const auto is = [&](const Literal& literal) {
    // One comparison for all three, as one branch.
    const std::uint64_t differs = (literal.head ^ word.head) | (literal.tail ^ word.tail) | (literal.size ^ word.size);
    return differs == 0 && (word.size <= 16 || std::memcmp(literal.text, segment.data(), segment.size()) == 0);
  };
  if (node.kind <= Node::Kind::scan) {
    for (std::uint32_t i = node.first; i != node.first + node.count; ++i) {
      if (is(literals_[i])) return literals_[i].child;
    }
    return no_pattern;
  }
  const std::uint64_t hash = hash_of(word, segment.data());
  const std::uint64_t multiplier =
      node.kind == Node::Kind::small ? node.multiplier : multipliers_[node.buckets + (hash & node.bucket_mask)];
  const Literal& literal = literals_[node.first + (hash * multiplier >> node.shift)];
  return is(literal) ? literal.child : no_pattern;
}

RouteTrie::Hit RouteTrie::match(std::string_view key, std::uint32_t verbs, RawSegments& raw) const noexcept {
  if (depth_ == 0 || key.empty() || key.front() != ':') return {};
  // Where a param could have been taken instead of a literal; depth is bounded by the longest pattern.
  struct Choice {
    std::uint32_t param;
    std::uint32_t segment;
  };
  std::array<Choice, max_segments> open;
  std::size_t choices = 0;
  std::uint32_t verbs_seen = 0;

  // Segments are cut off as the walk needs them: an unknown provider ends it before the rest is looked at.
  const char* rest = key.data() + 1;  // null = all are cut off
  const char* const end = key.data() + key.size();
  std::uint32_t cut = 0;
  std::uint32_t next = 0;
  for (std::uint32_t at = 0;;) {
    const Node& node = nodes_[at];
    std::uint32_t to = no_pattern;
    if (next == cut && rest == nullptr) {
      if (node.pattern != no_pattern) {
        if (verbs == 0 || (node.verbs & verbs) != 0) return {node.pattern, 0};
        verbs_seen |= node.verbs;
      }
    } else if (node.kind != Node::Kind::none || node.param != no_pattern) {
      if (next == cut) {
        const auto* colon = static_cast<const char*>(std::memchr(rest, ':', static_cast<std::size_t>(end - rest)));
        const char* const stop = colon == nullptr ? end : colon;
        if (stop == rest) return {};  // no literal and no param takes an empty segment
        raw[cut++] = {rest, static_cast<std::size_t>(stop - rest)};
        rest = colon == nullptr ? nullptr : colon + 1;
      }
      to = node.kind == Node::Kind::none ? no_pattern : child(node, raw[next], key);
      ++next;
      if (to == no_pattern) {
        to = node.param;
      } else if (node.param != no_pattern) {
        open[choices++] = {node.param, next};
      }
    }
    if (to == no_pattern) {
      if (choices == 0) return {no_pattern, verbs_seen};
      to = open[--choices].param;
      next = open[choices].segment;
    }
    at = to;
  }
}

}  // namespace tento::host
