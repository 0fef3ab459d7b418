// SPDX-License-Identifier: Apache-2.0
// What a provider reports of its service's limits with the error of a call, and who is held back by it. A service often
// says it in a body alone, which only its provider understands.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/capability/provider_port.hpp"
#include "host/egress/limiter.hpp"

namespace tento::host {

// A key made of parts; none of them can hold the separator by chance or on purpose.
[[nodiscard]] std::string limit_key(std::initializer_list<std::string_view> parts);
[[nodiscard]] std::string owner_text(const UserRecord& owner);

// Who shares what was reported: one account, or all of an integration.
enum class LimitHolder { account, app };
[[nodiscard]] std::string hold_key(const ProviderPort& port, const CallSubject& subject, LimitHolder holder);
// For people: `account me`.
[[nodiscard]] std::string name_of(const CallSubject& subject, LimitHolder holder);

// On the call's worker, before the call ends: an error of class rate_limit that came from the service holds the call's
// account back (its whole integration, where the limit that the call's latest request counted against is the app's),
// and its wait becomes what the host keeps to. A call that ended well resets the backoff.
void report_limit(const ProviderPort& port, CallContext& context, Result<void>& result);

// Takes what the runs of an owner say of silences that last, so that the next process keeps them, too.
[[nodiscard]] Result<void> recall_limits(const ProviderPort& port, const UserRecord& owner);

// Class rate_limit, with the wait that is left, while a provider's report holds the account or its integration back.
[[nodiscard]] Result<void> check_not_held(const ProviderPort& port, const CallSubject& subject);

}  // namespace tento::host
