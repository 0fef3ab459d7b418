// SPDX-License-Identifier: Apache-2.0
// Similarity of a key to patterns: segment by segment, params fit anything, literals by edit distance.
#include "host/schema/nearest.hpp"

#include <algorithm>
#include <tuple>

#include "host/base/did_you_mean.hpp"

namespace tento::host {
namespace {

constexpr std::size_t compared_bytes = 48;  // longer texts are compared by their beginning

std::size_t distance(std::string_view a, std::string_view b) {
  return edit_distance(a.substr(0, compared_bytes), b.substr(0, compared_bytes));
}

struct Score {
  std::size_t cost = 0;
  const Route* route = nullptr;
};

}  // namespace

std::vector<std::string> nearest_patterns(std::span<const Route* const> routes, std::string_view key,
                                          std::size_t most) {
  std::vector<std::string_view> segments;
  for (const std::string_view segment : KeySegments(key)) {
    if (segments.size() == max_segments) break;
    segments.push_back(segment);
  }
  if (segments.empty()) return {};

  std::vector<Score> scores;
  for (const Route* route : routes) {
    const auto& wanted = route->pattern.segments();
    const std::size_t first = distance(segments[0], wanted[0].text);
    // A prefix with less than two thirds in common is somebody else's.
    if (first * 3 > std::max(segments[0].size(), wanted[0].text.size())) continue;
    // A missing or extra segment weighs more than a slip of the pen in one.
    const std::size_t lengths = std::max(wanted.size(), segments.size()) - std::min(wanted.size(), segments.size());
    std::size_t cost = first * 4 + lengths * 3;
    for (std::size_t i = 1; i < std::min(wanted.size(), segments.size()); ++i) {
      if (!wanted[i].param) cost += std::min<std::size_t>(distance(segments[i], wanted[i].text), 8);
    }
    scores.push_back({cost, route});
  }
  const std::size_t count = std::min(most, scores.size());
  std::partial_sort(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(count), scores.end(),
                    [](const Score& a, const Score& b) {
                      return std::forward_as_tuple(a.cost, a.route->pattern.text()) <
                             std::forward_as_tuple(b.cost, b.route->pattern.text());
                    });
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(scores[i].route->pattern.text());
  return out;
}

}  // namespace tento::host
