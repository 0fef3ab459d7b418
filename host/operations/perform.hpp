// SPDX-License-Identifier: Apache-2.0
// The one way to an operation: may the caller, then the handler, then the audit log. Faces call no handler themselves.
#pragma once

#include <memory>

#include "host/operations/context.hpp"

namespace tento::host {

// Opens as much of the host as the handler takes. Forbidden when the caller lacks the operation's scope (tag
// `scope`), or does not run the host where that is needed (tag `host_admin`). Writes and acts of an admin land in the
// audit log, refused and failed ones too: who, what, on what, how it ended; never an argument that is not the target.
[[nodiscard]] Result<Output> perform(const Operation& operation, Parts& parts, Caller& caller, const Args& args);
// The same without waiting: an output that is pending comes later, and then it is written down. What it is given lives
// until then.
[[nodiscard]] Result<Output> begin(const Operation& operation, Parts& parts, Caller& caller, const Args& args);

// The caller that a token stands for.
[[nodiscard]] Caller caller_of(const std::shared_ptr<const Principal>& principal);

}  // namespace tento::host
