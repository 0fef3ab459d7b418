// SPDX-License-Identifier: Apache-2.0
// Parts of a URI (RFC 3986) as texts: percent escapes, and row keys in paths.
#pragma once

#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

namespace tento::host::server {

// `%41` becomes `A`, once; nothing else is touched. Errors: a broken escape, bytes that are not UTF-8, a NUL.
[[nodiscard]] Result<std::string> percent_decoded(std::string_view text);
// A row key as it came in a path: its parameters are decoded by the key's own parser, so only what that reads alike is
// unescaped (`:%7Ea` is `:~a`); but a client that escaped the key's colons too has escaped all of it, once.
[[nodiscard]] Result<std::string> key_of_path(std::string_view segment);

}  // namespace tento::host::server
