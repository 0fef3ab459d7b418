// SPDX-License-Identifier: Apache-2.0
// Texts in messages and log lines: foreign text made harmless, lists joined, names compared without case.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tento::host {

// The text on one line: controls as \xNN, bytes that are not UTF-8 as ?, cut at a character border to about `most`
// bytes.
[[nodiscard]] std::string plain(std::string_view text, std::size_t most = 512);
// The same between backquotes, for names and keys in a sentence.
[[nodiscard]] std::string quote(std::string_view text, std::size_t most = 120);

// ASCII letters in lower case; all other bytes as they are.
[[nodiscard]] std::string lower(std::string_view text);

// The items of a range of texts with `separator` between them.
template <class Range>
[[nodiscard]] std::string join(const Range& items, std::string_view separator = ", ") {
  std::string out;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += separator;
    first = false;
    out += item;
  }
  return out;
}
// The same, of what `text_of` gives for each item.
template <class Range, class TextOf>
[[nodiscard]] std::string join(const Range& items, std::string_view separator, TextOf text_of) {
  std::string out;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += separator;
    first = false;
    out += text_of(item);
  }
  return out;
}

}  // namespace tento::host
