// SPDX-License-Identifier: Apache-2.0
// How many lines a file gained and lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gitlog/error.hpp"

namespace gitlog {

struct LineCount {
  std::uint64_t insertions = 0;
  std::uint64_t deletions = 0;
};

// Whether git would call it binary: a NUL in the first 8,000 bytes.
[[nodiscard]] bool is_binary(std::string_view content) noexcept;
// Lines, the last one counted also without its line end.
[[nodiscard]] std::uint64_t count_lines(std::string_view content) noexcept;
// The lines two texts differ in, as `git diff --numstat` counts them; none when a side of the differing part has more
// than `most_lines`: the comparison cannot be interrupted, and its time grows with their square.
[[nodiscard]] Result<std::optional<LineCount>> compare_lines(std::string_view before, std::string_view after,
                                                             std::uint64_t most_lines);

}  // namespace gitlog
