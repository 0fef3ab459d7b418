// SPDX-License-Identifier: Apache-2.0
// Who asks for rows: whose they are, what the caller may do with them, and in whose name providers are called.
#pragma once

#include "host/access/access.hpp"
#include "host/capability/call_context.hpp"
#include "host/model/user.hpp"

namespace tento::host {

struct Viewer {
  UserRecord user;
  Principal principal;
  ActorInfo actor;
};

}  // namespace tento::host
