// SPDX-License-Identifier: Apache-2.0
// Progress of a call, thinned out. Whoever still holds it after the call has ended is not heard.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tento::host {

class ProgressGate {
 public:
  using Publish = std::function<void(std::uint64_t done, std::uint64_t total, std::string_view text)>;

  ProgressGate(std::chrono::milliseconds at_most_every, Publish publish)
      : every_(at_most_every), publish_(std::move(publish)) {}

  // [any thread]
  void report(std::uint64_t done, std::uint64_t total, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    const auto now = std::chrono::steady_clock::now();
    pending_ = last_ && now - *last_ < every_;
    if (pending_) {
      done_ = done;
      total_ = total;
      text_ = text;
      return;
    }
    last_ = now;
    publish_(done, total, text);
  }

  // Publishes what was held back; later reports go nowhere.
  void close() {
    const std::lock_guard lock(mutex_);
    if (!closed_ && pending_) publish_(done_, total_, text_);
    closed_ = true;
  }

 private:
  std::mutex mutex_;
  std::chrono::milliseconds every_;
  Publish publish_;
  std::optional<std::chrono::steady_clock::time_point> last_;
  bool closed_ = false;
  bool pending_ = false;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  std::string text_;
};

}  // namespace tento::host
