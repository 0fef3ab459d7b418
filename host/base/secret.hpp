// SPDX-License-Identifier: Apache-2.0
// Texts that do not stay in memory behind their use.
#pragma once

#include <string>
#include <utility>

namespace tento::host {

// A text that is wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text);
  Secret(Secret&& other) noexcept { *this = std::move(other); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }
  [[nodiscard]] const std::string& text() const { return text_; }
  void wipe() noexcept;

 private:
  std::string text_;
};

// All of a text's memory: one that was longer before may lie behind its end, and a short one where it was moved from.
void wipe(std::string& text) noexcept;

// Both, one behind the other.
[[nodiscard]] Secret joined(const Secret& first, const Secret& second);

}  // namespace tento::host
