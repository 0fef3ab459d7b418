// SPDX-License-Identifier: Apache-2.0
// Draws progress on standard error.
#include "host/cli/progress_line.hpp"

#include <unistd.h>

#include <algorithm>

#include "host/base/text.hpp"

namespace tento::cli {
namespace {

void to_stderr(const std::string& text) {
  // Progress that cannot be shown is no reason to fail.
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

std::string numbers(const host::Progress& p) {
  return p.total == 0 ? std::to_string(p.done) : std::to_string(p.done) + "/" + std::to_string(p.total);
}

}  // namespace

std::string progress_bar(const host::Progress& progress, std::size_t width) {
  constexpr std::size_t bar = 30;
  std::string out = progress.stage + " ";
  if (progress.total > 0) {
    const auto filled = static_cast<std::size_t>(std::min(progress.done, progress.total) * bar / progress.total);
    out += "[" + std::string(filled, '=') + std::string(bar - filled, ' ') + "] ";
  }
  out += numbers(progress);
  if (!progress.text.empty()) out += " " + host::plain(progress.text);
  if (out.size() > width) {
    out.resize(width);
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80) != 0) out.pop_back();  // no half character
  }
  return out;
}

void ProgressLine::operator()(const host::Progress& progress) {
  const std::scoped_lock hold(lock_);
  if (!progress.line.empty()) {
    if (shown_) to_stderr("\r\033[K");
    shown_ = false;
    to_stderr(progress.line + "\n");
    return;
  }
  if (width_ == 0) {
    if (!progress.ended) return;
    const auto line = progress.stage + ": " + numbers(progress) +
                      (progress.text.empty() ? "" : " " + host::plain(progress.text)) + "\n";
    if (line != last_line_) to_stderr(line);
    last_line_ = line;
    return;
  }
  constexpr auto pace = std::chrono::milliseconds(100);
  const auto now = std::chrono::steady_clock::now();
  if (!progress.ended && shown_ && now - drawn_ < pace) return;
  drawn_ = now;
  shown_ = true;
  to_stderr("\r\033[K" + progress_bar(progress, width_ - 1));
}

void ProgressLine::clear() {
  const std::scoped_lock hold(lock_);
  if (shown_) to_stderr("\r\033[K");
  shown_ = false;
}

}  // namespace tento::cli
