// SPDX-License-Identifier: Apache-2.0
// The route of a stored row that no loaded provider serves: what is stored of it can be read, and nothing else.
#pragma once

#include <memory>

#include <tento/sdk/result.hpp>

#include "host/model/row.hpp"
#include "host/schema/route_table.hpp"

namespace tento::host {

// Which guards its provider declared is not known any more, so `operator` guards it.
[[nodiscard]] Result<std::shared_ptr<const Route>> make_stored_route(const RowRecord& row);

}  // namespace tento::host
