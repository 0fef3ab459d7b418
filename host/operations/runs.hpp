// SPDX-License-Identifier: Apache-2.0
// Runs as records, shared by the operations that show them.
#pragma once

#include "host/model/run.hpp"
#include "host/operations/columns.hpp"

namespace tento::host {

[[nodiscard]] const Columns<RunRecord>& run_columns();

}  // namespace tento::host
