// SPDX-License-Identifier: Apache-2.0
// A cell's version as text: a provider's version is any bytes, and faces show and take it as text that stands as it is
// in JSON, in CSV, in an entity tag (RFC 9110, 8.8.3) and on a command line.
#pragma once

#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

namespace tento::host {

// Appends the text: printable ASCII as it is, but `"`, `%`, `*`, `,` and `\`, and any other byte, as `%` and two hex
// digits. Nothing for no version.
void append_version_text(std::string& out, std::string_view version);
[[nodiscard]] std::string version_text(std::string_view version);
// The bytes of such a text; what is not escaped stands for itself. Error (invalid_argument): a `%` without two hex
// digits.
[[nodiscard]] Result<std::string> version_of_text(std::string_view text);

}  // namespace tento::host
