// SPDX-License-Identifier: Apache-2.0
// What all code of a process shares and a provider must leave alone, as named values that can be compared.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tento::conduct {

using State = std::map<std::string, std::string>;  // `signal 15` -> how it is handled

// Environment, file mode mask, working folder, signals, timers, locale, open descriptors. Descriptors of files below
// `own` are the loader's and left out.
[[nodiscard]] State process_state(const std::string& own);

// One line for each name whose value is not what it was.
[[nodiscard]] std::vector<std::string> differences(const State& before, const State& after);

}  // namespace tento::conduct
