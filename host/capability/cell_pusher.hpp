// SPDX-License-Identifier: Apache-2.0
// Pushes cells of the host into a provider's sink, in batches.
#pragma once

#include <tento/cell.h>

#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/capability/call_context.hpp"
#include "host/model/cell.hpp"

namespace tento::host {

class CellPusher {
 public:
  // `err` may be null; it receives what the sink says when it fails.
  static Result<CellPusher> make(CallContext& context, const tento_cell_sink* sink, tento_error* err);
  // Copies the cell; pushes when a batch is full. False = the sink has enough.
  Result<bool> add(const CellView& cell);
  // Pushes what is left.
  Result<bool> flush();

 private:
  CellPusher(CallContext& context, const tento_cell_sink* sink, tento_error* err)
      : context_(&context), sink_(sink), err_(err) {}
  [[nodiscard]] tento_str keep(std::string_view text);

  CallContext* context_;
  const tento_cell_sink* sink_;
  tento_error* err_;
  std::string bytes_;  // texts of the batch; views are offsets until it is pushed
  std::vector<tento_cell> cells_;
};

}  // namespace tento::host
