// SPDX-License-Identifier: Apache-2.0
// The kinds of calls a dispatcher makes, beside those that move cells.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/dispatch/core.hpp"
#include "host/dispatch/dispatcher.hpp"

namespace tento::host {

// What a call on a row is for.
[[nodiscard]] CallSubject subject_of(const std::shared_ptr<const Target>& target);
// On a worker: the shared client of the call's integration and account.
Result<ClientPtr> client_of(InFlightCall& in_flight, const tento_call* call);

// ---- integration_calls.cpp
Result<AccountCheck> check_account(Core& core, std::shared_ptr<const RouteTable> table, const Route& route,
                                   const UserRecord& owner, const AccountRecord& provisional, std::string_view secret,
                                   const CallOptions& options);
Result<std::vector<DiscoveredRow>> discover(Core& core, std::shared_ptr<const RouteTable> table, const Route& route,
                                            const UserRecord& owner, const AccountRecord& account,
                                            const CallOptions& options);

// ---- pure_slots.cpp
// A JSON object, or empty: a provider that fails here loses the attributes, not the row.
[[nodiscard]] std::string attributes_of(Core& core, const Target& target);
Result<std::optional<std::string>> alias_name_of(Core& core, const Target& target);
Result<std::optional<std::string>> lock_name_of(Core& core, const Target& target, std::string_view stage);
Result<Span> stage_range_of(Core& core, const Target& target, std::string_view stage, Date today, const Span& proposed,
                            const CallOptions& options);

}  // namespace tento::host
