// SPDX-License-Identifier: Apache-2.0
// Line counts by libgit2's xdiff, over the contents alone: attributes of a work tree must not change a commit's
// numbers.
#include "line_stats.hpp"

#include <algorithm>

#include "handles.hpp"

namespace gitlog {
namespace {

// Lines of each text between what both begin with and what both end with: what xdiff has to work on.
std::uint64_t differing_lines(std::string_view before, std::string_view after) noexcept {
  const auto head = static_cast<std::size_t>(
      std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first - before.begin());
  before.remove_prefix(head);
  after.remove_prefix(head);
  const auto tail = static_cast<std::size_t>(
      std::mismatch(before.rbegin(), before.rend(), after.rbegin(), after.rend()).first - before.rbegin());
  before.remove_suffix(tail);
  after.remove_suffix(tail);
  return std::max(count_lines(before), count_lines(after));
}

int on_line(const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line, void* payload) {
  auto* count = static_cast<LineCount*>(payload);
  if (line->origin == GIT_DIFF_LINE_ADDITION) ++count->insertions;
  if (line->origin == GIT_DIFF_LINE_DELETION) ++count->deletions;
  return 0;
}

}  // namespace

bool is_binary(std::string_view content) noexcept {
  return content.substr(0, 8000).find('\0') != std::string_view::npos;
}

std::uint64_t count_lines(std::string_view content) noexcept {
  const auto ends = static_cast<std::uint64_t>(std::count(content.begin(), content.end(), '\n'));
  return ends + (content.empty() || content.back() == '\n' ? 0U : 1U);
}

Result<std::optional<LineCount>> compare_lines(std::string_view before, std::string_view after,
                                               std::uint64_t most_lines) {
  if (before.empty()) return LineCount{count_lines(after), 0};
  if (after.empty()) return LineCount{0, count_lines(before)};
  if (differing_lines(before, after) > most_lines) return std::nullopt;
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.context_lines = 0;
  options.flags = GIT_DIFF_FORCE_TEXT;
  LineCount count;
  if (git_diff_buffers(before.data(), before.size(), nullptr, after.data(), after.size(), nullptr, &options, nullptr,
                       nullptr, nullptr, on_line, &count) < 0) {
    return fail(Cause::io, "Two versions of a file cannot be compared: " + last_message() + ".");
  }
  return count;
}

}  // namespace gitlog
