// SPDX-License-Identifier: Apache-2.0
// How many columns of a terminal a text takes: wide characters take two, what combines with the one before none.
#pragma once

#include <locale.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace tento::cli {

// While it lives, this thread's widths are those of UTF-8, whatever the locale.
class DisplayWidth {
 public:
  DisplayWidth();
  ~DisplayWidth();
  DisplayWidth(const DisplayWidth&) = delete;
  DisplayWidth& operator=(const DisplayWidth&) = delete;

  [[nodiscard]] std::size_t of(std::string_view text) const;
  // The text, or as much of its beginning as leaves room for an ellipsis. At least one column.
  [[nodiscard]] std::string cut(std::string text, std::size_t columns) const;

 private:
  locale_t utf8_;
  locale_t before_;
};

}  // namespace tento::cli
