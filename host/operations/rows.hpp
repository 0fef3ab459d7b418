// SPDX-License-Identifier: Apache-2.0
// What the operations on rows share.
#pragma once

#include <string_view>

#include "host/operations/context.hpp"
#include "host/services/row_service.hpp"
#include "host/services/sync_service.hpp"

namespace tento::host {

// Who asks, for services.
[[nodiscard]] Result<Viewer> viewer_of(const StoreContext& ctx);

// Resolves a key for its owner. A key that is none is a usage error.
[[nodiscard]] Result<Target> resolve_target(const HostContext& ctx, std::string_view key, std::uint32_t verb);

// How the caller waits for runs: as long as it is patient, shown how far they are, until it interrupts.
// Syncs a stage of a row, or with an empty name all of them; waits as long as the caller does, a day at most.
Result<Output> sync_target(HostContext& ctx, const Target& target, std::string_view stage, bool with_queued,
                           std::optional<std::int64_t> timeout_s);
[[nodiscard]] SyncWait sync_wait(const HostContext& ctx, std::int64_t timeout_ms);

// What the arguments of `row get` ask for.
[[nodiscard]] Result<RowQuery> row_query(const Args& args);

[[nodiscard]] std::vector<Column> cell_columns();
// The same of a row, with the fields that it declares; `raw`: with the columns that are there on request.
[[nodiscard]] std::vector<Column> cell_columns(const Target& target, bool raw);
[[nodiscard]] std::vector<Column> written_columns();

[[nodiscard]] std::vector<Column> row_columns();

Result<Output> row_list(Context& ctx, const Args& args);
Result<Output> row_get(HostContext& ctx, const Args& args);
std::shared_ptr<const RowDocument> row_get_known(const Host& host, const UserRecord& user, const Caller& caller,
                                                 const Args& args);
Result<Output> cell_show(HostContext& ctx, const Args& args);
Result<Output> row_sync(HostContext& ctx, const Args& args);
Result<Output> row_coverage(HostContext& ctx, const Args& args);
[[nodiscard]] std::vector<Column> covered_columns();
Result<Output> row_post(HostContext& ctx, const Args& args);
Result<Output> row_patch(HostContext& ctx, const Args& args);
Result<Output> row_delete(HostContext& ctx, const Args& args);

}  // namespace tento::host
