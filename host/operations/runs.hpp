// SPDX-License-Identifier: Apache-2.0
// Runs as records, shared by the operations that show them.
#pragma once

#include <vector>

#include "host/model/run.hpp"
#include "host/operations/output.hpp"
#include "host/store/cell_store.hpp"

namespace tento::host {

[[nodiscard]] std::vector<Column> run_columns();
[[nodiscard]] Record run_record(const RunRecord& run);

}  // namespace tento::host
