// SPDX-License-Identifier: Apache-2.0
// Foreign text in messages and log lines: one line, no control characters, a bounded length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tento::host {

// The text with controls as \xNN and bytes that are no UTF-8 as ?, cut at a character border to about `most` bytes.
[[nodiscard]] std::string plain(std::string_view text, std::size_t most = 512);
// The same between backquotes, for names and keys in a sentence.
[[nodiscard]] std::string quote(std::string_view text, std::size_t most = 120);

}  // namespace tento::host
