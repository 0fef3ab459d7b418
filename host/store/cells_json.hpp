// SPDX-License-Identifier: Apache-2.0
// Cells as JSON text: stored data is copied byte for byte, never parsed. Whole ranges: CellStore::append_json.
#pragma once

#include <string>
#include <string_view>

#include "host/model/time_text.hpp"
#include "host/store/cell_store.hpp"

namespace tento::host {

// Appends {"id":…,"date":…,"end_date":…,"data":…,"version":…}; what is absent is null. The version is a text as
// append_version_text has it.
void append_cell_json(std::string& out, const CellView& cell);

}  // namespace tento::host
