// SPDX-License-Identifier: Apache-2.0
// Calls every slot of a provider that can be called without an account of a service.
#pragma once

#include <string>
#include <vector>

#include "host/loader/provider.hpp"
#include "witness.hpp"

namespace tento::conduct {

struct Outcome {
  std::vector<std::string> impure;  // what pure slots did that pure slots do not
  int pure_calls = 0;               // of attributes, alias_key, lock_key, stage_range
  int other_calls = 0;
  int other_ok = 0;  // of those, answered TENTO_OK
};

// What the provider says meanwhile is with the witness. `folder` is the one that its settings of paths lead to.
[[nodiscard]] Outcome call_slots(const host::Provider& provider, Witness& witness, const std::string& folder);

}  // namespace tento::conduct
