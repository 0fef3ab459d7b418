// SPDX-License-Identifier: Apache-2.0
// Values in marks, the places of texts where each face puts its own words: host/operations/wording.hpp says how.
#pragma once

#include <string>
#include <string_view>

namespace tento::host {

// A value as a mark has it: a space, a brace or a percent sign in it does not end it.
[[nodiscard]] std::string mark_value(std::string_view text);

}  // namespace tento::host
