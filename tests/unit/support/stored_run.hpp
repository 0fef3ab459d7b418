// SPDX-License-Identifier: Apache-2.0
// A run in a store, put there as a worker does it: its job is queued, claimed, and ended unless it is still to run.
#pragma once

#include <cstdint>
#include <string>

#include "host/store/job_store.hpp"

namespace tento::host::testing {

inline Result<RunRecord> stored_run(Store& store, RunRecord run) {
  JobRecord job;
  job.row = run.row;
  job.stage = run.stage;
  job.dedup_key = job.lock_key = run.row.text() + "/" + run.stage + "/" + std::to_string(run.started_us);
  TENTO_TRY_ASSIGN(const auto queued, store.jobs().enqueue({&job, 1}));
  ClaimRequest request;
  request.job = queued.front().job.id;
  request.run = run;
  TENTO_TRY_ASSIGN(const auto claims, store.jobs().claim("test", {&request, 1}, 1'000'000));
  if (claims.front().state != ClaimState::claimed) return fail(ErrorCode::conflict, ErrorClass::internal, "busy");
  if (run.status == RunStatus::running) return claims.front().run;
  JobEnd end;
  end.lease = claims.front().lease;
  end.run = claims.front().run;
  TENTO_TRY(store.jobs().complete({&end, 1}));
  return end.run;
}

}  // namespace tento::host::testing
