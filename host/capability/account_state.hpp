// SPDX-License-Identifier: Apache-2.0
// What becomes of an account whose credential does not do any more.
#pragma once

#include <cstdint>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/capability/provider_port.hpp"
#include "host/egress/credentials.hpp"

namespace tento::host {

// The error of an account that has no credential which could be used, with the provider's own tag. `why` goes behind
// "the account X"; empty = what the record says. `auth` may be null.
[[nodiscard]] Error dead_account(const AccountRecord& account, const tento_auth* auth, std::string_view why = {});
// What the call's account authenticates with, which its call may use for so long.
Result<CredentialInUse> acquire_credential(ProviderPort& port, CallContext& context, std::int64_t min_ttl_us);
// The service refused the call's credential of that generation. True: there is another one now.
Result<bool> renew_credential(ProviderPort& port, CallContext& context, std::uint64_t generation);
// The service refused the call's credential of that generation: the account needs to be connected again. Nothing
// happens for a provisional account, or when the credential was replaced meanwhile.
Result<void> reject_credential(ProviderPort& port, CallContext& context, std::uint64_t generation);

}  // namespace tento::host
