// SPDX-License-Identifier: Apache-2.0
// A person with rows, accounts and tokens.
#pragma once

#include <string>

#include <tento/sdk/uuid.hpp>

namespace tento::host {

struct UserRecord {
  Uuid id;
  std::string name;
  std::string time_zone;
};

}  // namespace tento::host
