// SPDX-License-Identifier: Apache-2.0
// Everything a provider's entries led to, byte by byte, so that it can be compared later.
#pragma once

#include <map>
#include <string>

#include "host/loader/provider.hpp"

namespace tento::conduct {

// Where -> the bytes that stand there: each table in the length its struct_size says, and each text it points to.
[[nodiscard]] std::map<std::string, std::string> walk_descriptors(const host::Provider& provider);

}  // namespace tento::conduct
