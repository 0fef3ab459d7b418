// SPDX-License-Identifier: Apache-2.0
// What the operations on rows share.
#pragma once

#include <string_view>

#include "host/operations/context.hpp"
#include "host/services/row_service.hpp"

namespace tento::host {

// Resolves a key for its owner. A key that is none is a usage error.
[[nodiscard]] Result<Target> resolve_target(const HostContext& ctx, std::string_view key, std::uint32_t verb);

// Queues a stage (empty = all), waits, reports progress, and can be interrupted. The runs, in order.
[[nodiscard]] Result<std::vector<RunRecord>> sync_and_wait(HostContext& ctx, const Target& target,
                                                           std::string_view stage, std::int64_t timeout_ms);
// What the runs come to as an error: none when all ended well; tag `partial` when only some did. Those that a caller of
// little patience left under way are none.
[[nodiscard]] std::optional<Error> error_of_runs(const Context& ctx, const std::vector<RunRecord>& runs);
// Queued or running: its end is still to come.
[[nodiscard]] bool is_under_way(const RunRecord& run);

// The tags of two outcomes that are not plain failures: programs end with 5 and 130.
inline constexpr std::string_view partial_tag = "partial";
inline constexpr std::string_view interrupted_tag = "interrupted";

// What the arguments of `row get` ask for.
[[nodiscard]] Result<RowQuery> row_query(const Args& args);

[[nodiscard]] std::vector<Column> cell_columns();
// The same of a row, with the fields that it declares; `raw`: with the columns that are there on request.
[[nodiscard]] std::vector<Column> cell_columns(const Target& target, bool raw);
[[nodiscard]] std::vector<Column> written_columns();

[[nodiscard]] std::vector<Column> row_columns();

Result<Output> row_list(Context& ctx, const Args& args);
Result<Output> row_get(HostContext& ctx, const Args& args);
Result<Output> cell_show(HostContext& ctx, const Args& args);
Result<Output> row_sync(HostContext& ctx, const Args& args);
Result<Output> row_post(HostContext& ctx, const Args& args);
Result<Output> row_patch(HostContext& ctx, const Args& args);
Result<Output> row_delete(HostContext& ctx, const Args& args);

}  // namespace tento::host
