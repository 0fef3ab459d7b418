// SPDX-License-Identifier: Apache-2.0
// The arguments of a slot that is for a row, on the worker's stack; and the slots of a row as calls.
#pragma once

#include <tento/connector.h>
#include <tento/sync_plugin.h>

#include <array>
#include <cstdint>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/capability/provider_port.hpp"
#include "host/dispatch/dispatcher.hpp"

namespace tento::host {

// Lives from before the slot is called until it returned; views point into the target.
class RowFrame {
 public:
  RowFrame(const Target& target, const tento_call* call);
  RowFrame(const RowFrame&) = delete;
  RowFrame& operator=(const RowFrame&) = delete;
  [[nodiscard]] const tento_row_ctx* ctx() const { return &ctx_; }

 private:
  std::array<tento_param, max_segments> params_;
  tento_uuid id_;
  tento_row_ctx ctx_;
};

// On a worker: the list_cells of the target's row. STOPPED is an error that says so.
Result<void> call_list_cells(const ProviderPort& port, const tento_call* call, const Target& target,
                             tento_client* client, const tento_span& window, std::uint64_t limit,
                             const tento_cell_sink* sink);
// On a worker: one stage, by the sync-plugin's executor or the row itself.
Result<void> call_sync(const ProviderPort& port, const tento_call* call, const Target& target, tento_client* client,
                       std::string_view stage, const tento_span& window, tento_sync_result& result);

}  // namespace tento::host
