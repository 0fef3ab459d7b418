// SPDX-License-Identifier: Apache-2.0
// Jobs and runs in memory. For use inside a transaction.
#pragma once

#include <cstdint>

#include "host/store/memory/data.hpp"

namespace tento::host::memory {

// Gives its id. The oldest ended runs of the row beyond those that are kept go.
std::int64_t insert_run(Data& data, const Uuid& row, const RunRecord& run);
// How far it is, or how it ended; what it is a run of stays.
void update_run(Data& data, const RunRecord& run);
// The job, as long as the lease is its own.
[[nodiscard]] Job* held(Data& data, const Lease& lease);
// The job ends with this run; it is gone then.
void end_job(Data& data, const Job& job, const RunRecord& run, std::int64_t data_version);
// The stage has ended as the run says, if it has.
void note_stage_end(Data& data, const Uuid& row, const RunRecord& run, std::int64_t data_version);

}  // namespace tento::host::memory
