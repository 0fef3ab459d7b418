// SPDX-License-Identifier: Apache-2.0
// Building and walking the trie.
#include "host/schema/route_trie.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tento::host {
namespace {

// Up to here a linear search over one or two cache lines is faster than hashing.
constexpr std::size_t kFew = 6;

std::uint64_t load8(const char* from) noexcept {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// The first eight bytes of `text`, zero-padded (little-endian, as the ABI's platform is). `text` lies inside `whole`:
// eight bytes are loaded wherever `whole` has them and cut to size, since a copy of a length that varies from key to
// key costs a mispredicted branch, several times as much as the rest of a lookup.
std::uint64_t head_of(std::string_view text, std::string_view whole) noexcept {
  if (text.size() >= 8) return load8(text.data());
  const char* const end = whole.data() + whole.size();
  const auto left = static_cast<std::size_t>(end - text.data());
  std::uint64_t head = 0;
  if (whole.size() < 8) {
    std::memcpy(&head, text.data(), text.size());
    return head;
  }
  head = left >= 8 ? load8(text.data()) : left == 0 ? 0 : load8(end - 8) >> (8 * (8 - left));
  return head & ((std::uint64_t{1} << (8 * text.size())) - 1);
}

std::uint64_t hash_of(std::string_view text, std::string_view whole) noexcept {
  // Multiply and fold, eight bytes at a time: segments are short, and patterns come from providers that passed the
  // loader, so nobody chooses them to collide.
  std::uint64_t h = 0x9e3779b97f4a7c15u ^ text.size();
  while (text.size() > 8) {
    h = (h ^ load8(text.data())) * 0xff51afd7ed558ccdu;
    h ^= h >> 32;
    text.remove_prefix(8);
  }
  h = (h ^ head_of(text, whole)) * 0xff51afd7ed558ccdu;
  return h ^ (h >> 32);
}

}  // namespace

std::uint32_t RouteTrie::add(const Pattern& pattern, std::uint32_t index, std::uint32_t verbs) {
  if (drafts_.empty()) drafts_.emplace_back();
  std::uint32_t at = 0;
  for (const Segment& segment : pattern.segments()) {
    const auto next = static_cast<std::uint32_t>(drafts_.size());
    std::uint32_t to = next;
    if (segment.param) {
      to = drafts_[at].param == kNone ? next : drafts_[at].param;
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
  if (drafts_[at].pattern != kNone) return drafts_[at].pattern;
  drafts_[at].pattern = index;
  drafts_[at].verbs = verbs;
  depth_ = std::max(depth_, pattern.segments().size());
  return kNone;
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
    node.count = static_cast<std::uint32_t>(draft.edges.size());
    const bool few = draft.edges.size() <= kFew;
    if (few) {
      node.first = static_cast<std::uint32_t>(literals_.size());
    } else {
      // At most three quarters full: small enough for the caches, and a free slot ends every search.
      const auto slots = std::bit_ceil(static_cast<std::uint32_t>(draft.edges.size() + draft.edges.size() / 3 + 1));
      node.first = static_cast<std::uint32_t>(slots_.size());
      node.mask = slots - 1;
      slots_.resize(slots_.size() + slots);
    }
    for (const Edge& edge : draft.edges) {
      const char* text = texts_.data() + texts_.size();
      texts_ += edge.text;
      const Literal literal{head_of(edge.text, edge.text), static_cast<std::uint32_t>(edge.text.size()), edge.child,
                            text};
      if (few) {
        literals_.push_back(literal);
        continue;
      }
      std::uint64_t slot = hash_of(edge.text, edge.text) & node.mask;
      while (slots_[node.first + slot].child != kNone) slot = (slot + 1) & node.mask;
      slots_[node.first + slot] = literal;
    }
  }
  drafts_ = {};
}

std::uint32_t RouteTrie::child(const Node& node, std::string_view segment, std::string_view key) const noexcept {
  const std::uint64_t head = head_of(segment, key);
  const auto is = [&](const Literal& literal) {
    return literal.head == head && literal.size == segment.size() &&
           (segment.size() <= 8 || std::memcmp(literal.text + 8, segment.data() + 8, segment.size() - 8) == 0);
  };
  if (node.mask == 0) {
    for (std::uint32_t i = node.first; i != node.first + node.count; ++i) {
      if (is(literals_[i])) return literals_[i].child;
    }
    return kNone;
  }
  for (std::uint64_t slot = hash_of(segment, key) & node.mask;; slot = (slot + 1) & node.mask) {
    const Literal& literal = slots_[node.first + slot];
    if (literal.child == kNone) return kNone;
    if (is(literal)) return literal.child;
  }
}

struct RouteTrie::Walk {
  const RouteTrie& trie;
  std::string_view key;
  std::span<const std::string_view> segments;
  std::uint32_t verbs;
  std::uint32_t verbs_seen = 0;

  // Depth is bounded by the longest pattern.
  std::uint32_t from(std::uint32_t at, std::size_t next) noexcept {
    const Node& node = trie.nodes_[at];
    if (next == segments.size()) {
      if (node.pattern == kNone) return kNone;
      if (verbs == 0 || (node.verbs & verbs) != 0) return node.pattern;
      verbs_seen |= node.verbs;
      return kNone;
    }
    if (node.count != 0) {
      const std::uint32_t literal = trie.child(node, segments[next], key);
      if (literal != kNone) {
        const std::uint32_t found = from(literal, next + 1);
        if (found != kNone) return found;
      }
    }
    return node.param == kNone ? kNone : from(node.param, next + 1);
  }
};

RouteTrie::Hit RouteTrie::match(std::string_view key, std::uint32_t verbs, RawSegments& raw) const noexcept {
  if (depth_ == 0 || key.empty() || key.front() != ':') return {};
  std::uint32_t start = kNone;
  std::size_t count = 0;
  const char* at = key.data() + 1;
  const char* const end = key.data() + key.size();
  for (;;) {
    if (count == depth_) return {};
    const auto* colon = static_cast<const char*>(std::memchr(at, ':', static_cast<std::size_t>(end - at)));
    const char* stop = colon == nullptr ? end : colon;
    if (stop == at) return {};  // no literal and no param takes an empty segment
    raw[count++] = {at, static_cast<std::size_t>(stop - at)};
    if (count == 1) {
      // A pattern begins with a literal, so an unknown provider ends the search before the rest is looked at.
      start = child(nodes_.front(), raw[0], key);
      if (start == kNone) return {};
    }
    if (colon == nullptr) break;
    at = colon + 1;
  }
  Walk walk{*this, key, {raw.data(), count}, verbs};
  const std::uint32_t pattern = walk.from(start, 1);
  return {pattern, pattern == kNone ? walk.verbs_seen : 0};
}

}  // namespace tento::host
