// SPDX-License-Identifier: Apache-2.0
// Progress on standard error: a bar on a terminal, a line at each stage's end elsewhere.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "host/operations/context.hpp"

namespace tento::cli {

// `viewport [=====>    ] 512/1000 reading`, at most `width` columns.
[[nodiscard]] std::string progress_bar(const host::Progress& progress, std::size_t width);

class ProgressLine {
 public:
  // width 0: no terminal.
  explicit ProgressLine(std::size_t width) : width_(width) {}
  void operator()(const host::Progress& progress);
  // Removes the bar, so that other text can follow.
  void clear();

 private:
  std::mutex lock_;
  std::size_t width_;
  bool shown_ = false;
  std::string last_line_;
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace tento::cli
