// SPDX-License-Identifier: Apache-2.0
// Row contexts, and the two slots that cells come from.
#include "host/dispatch/row_frame.hpp"

#include "host/base/text.hpp"
#include "host/dispatch/slot_call.hpp"

namespace tento::host {

RowFrame::RowFrame(const Target& target, const tento_call* call) : id_(target.row.id.to_abi()) {
  std::size_t count = 0;
  for (const Param& param : target.match.params) params_[count++] = {str(param.name), str(param.value)};
  ctx_ = {sizeof ctx_, 0, call, target.match.route->row, &id_, str(target.row.lookup_key), params_.data(), count};
}

Result<void> call_list_cells(const ProviderPort& port, const tento_call* call, const Target& target,
                             tento_client* client, const tento_span& window, std::uint64_t limit,
                             const tento_cell_sink* sink) {
  const RowFrame frame(target, call);
  const tento_read_ctx ctx{sizeof ctx, 0, frame.ctx(), window, limit};
  return call_slot(port, "list_cells", target.match.route->row->list_cells, port.provider().instance(), client, &ctx,
                   sink);
}

Result<void> call_sync(const ProviderPort& port, const tento_call* call, const Target& target, tento_client* client,
                       std::string_view stage, const tento_span& window, tento_sync_result& result) {
  const RowFrame frame(target, call);
  const tento_sync_ctx ctx{sizeof ctx, 0, frame.ctx(), str(stage), window};
  result = {};
  result.struct_size = sizeof result;
  const tento_sync_api* api = port.provider().sync_api();
  if (api != nullptr && api->execute != nullptr) {
    return call_slot(port, "execute", api->execute, port.provider().instance(), client, &ctx, &result);
  }
  const auto sync = target.match.route->row->sync;
  if (sync == nullptr) {
    return fail(ErrorCode::unsupported, ErrorClass::internal,
                "the row " + quote(target.row.lookup_key) + " of " + port.id() + " has neither an executor nor a sync",
                "no_sync");
  }
  return call_slot(port, "sync", sync, port.provider().instance(), client, &ctx, &result);
}

}  // namespace tento::host
