// SPDX-License-Identifier: Apache-2.0
// The reference page of all operations (host/docs/operations.md), made from their table.
#pragma once

#include <string>

namespace tento::host {

[[nodiscard]] std::string reference_page();  // Markdown

}  // namespace tento::host
