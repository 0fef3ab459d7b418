// SPDX-License-Identifier: Apache-2.0
// What is told, beside its cells, of how complete and how fresh a synced row is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/sync/orchestrator.hpp"

namespace tento::host {

// An array of {from,to,state,asked,reason}; what is older than the row's data keeps reads as stale.
[[nodiscard]] std::string coverage_json(const std::vector<CoverageRecord>& coverage, std::int64_t stale_after_s);
// {state,stage,queued,reason,retry_at}
[[nodiscard]] std::string freshness_json(const ReadCheck& check);
// One line for people about what is held, and what happens about it; none when it is fresh. `never_asked`: there is no
// coverage at all.
[[nodiscard]] std::optional<std::string> freshness_note(const ReadCheck& check, const std::string& key,
                                                        bool never_asked);

}  // namespace tento::host
