// SPDX-License-Identifier: Apache-2.0
// Texts in messages and log lines: foreign text made harmless, lists joined, names compared without case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tento::host {

// The bytes of the character at the front of a text if it must not reach a terminal, a log or a page as it is: a
// control (C0, DEL, C1), a separator of lines or paragraphs, or one that overrides the direction of writing (UAX #9:
// embeddings, overrides, isolates), with which a line can show other than it says. 0 = it may.
[[nodiscard]] std::size_t control_at_front(std::string_view text);
// Such a character, all of it, in letters: `\u202e`, as JSON has it.
[[nodiscard]] std::string control_in_letters(std::string_view control);

// The text on one line: controls as \xNN or \uNNNN, bytes that are not UTF-8 as ?, cut at a character border to about
// `most` bytes.
[[nodiscard]] std::string plain(std::string_view text, std::size_t most = 512);
// The same between backquotes, for names and keys in a sentence.
[[nodiscard]] std::string quote(std::string_view text, std::size_t most = 120);

// `90`, `90s`, `5m`, `2h`, `30d` as seconds; nothing for any other text, and for more than ten years.
[[nodiscard]] std::optional<std::int64_t> parse_seconds(std::string_view text);
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
