// SPDX-License-Identifier: Apache-2.0
// What becomes of an account whose credential does not do any more.
#pragma once

#include <cstdint>

#include <tento/sdk/result.hpp>

#include "host/deps/provider_port.hpp"

namespace tento::host {

// The error for a call whose account has no credential that could be used, with the provider's own tag.
[[nodiscard]] Error dead_account(const CallContext& context);
// The service refused the call's credential of that generation: the account needs to be connected again. Nothing
// happens for a provisional account, or when the credential was replaced meanwhile.
Result<void> reject_credential(ProviderPort& port, CallContext& context, std::uint64_t generation);

}  // namespace tento::host
