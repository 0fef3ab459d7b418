// SPDX-License-Identifier: Apache-2.0
// Row keys and what lies below them, by whole segments.
#pragma once

#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

namespace tento::host {

// A prefix as it is kept: `:~provider:account`, each segment in its canonical spelling. Errors are those of keys.
[[nodiscard]] Result<std::string> canonical_prefix(std::string_view text);
// Whether a canonical key is the prefix or lies below it: `:~x:a` covers `:~x:a` and `:~x:a:b`, and not `:~x:ab`.
[[nodiscard]] bool covers(std::string_view canonical_prefix, std::string_view canonical_key);

}  // namespace tento::host
