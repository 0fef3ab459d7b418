// SPDX-License-Identifier: Apache-2.0
// From a stored job back to one that can run.
#include "host/sync/rescuer.hpp"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "host/store/store.hpp"

namespace tento::host {

Result<void> Rescuer::run() {
  TENTO_TRY_ASSIGN(const auto interrupted, store_.jobs().rescue());
  if (interrupted > 0 && log_) log_(LogLevel::info, fmt::format("sync: {} interrupted runs go on", interrupted));
  constexpr std::size_t page = 1000;
  for (std::int64_t after = 0;;) {
    TENTO_TRY_ASSIGN(const auto records, store_.jobs().queued(after, page));
    for (const auto& record : records) {
      if (auto job = revive(record)) {
        queue_.adopt(*job);
      } else {
        end(record, job.error());
      }
    }
    if (records.size() < page) return {};
    after = records.back().id;
  }
}

Result<JobPtr> Rescuer::revive(const JobRecord& record) {
  const auto gone = [] {
    return fail(ErrorCode::not_found, ErrorClass::internal, "the row of the job is gone", "no_such_row");
  };
  TENTO_TRY_ASSIGN(const auto row, store_.rows().find(record.row));
  if (!row) return gone();
  TENTO_TRY_ASSIGN(const auto owner, store_.users().find(row->owner));
  if (!owner) return gone();
  TENTO_TRY_ASSIGN(const auto target, dispatcher_.resolve(*owner, record.lookup_key, 0));
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(target));
  TENTO_TRY_ASSIGN(const auto* stage, topology.find(record.stage));
  return make_job(record, target, *stage);
}

void Rescuer::end(const JobRecord& record, const Error& why) {
  auto job = std::make_shared<Job>();
  job->record = record;
  if (const auto row = store_.rows().find(record.row); row && *row) job->target.owner.id = (*row)->owner;
  auto error = why;
  error.message = fmt::format("cannot go on with stage `{}` of {}: {}", record.stage, record.lookup_key, why.message);
  recorder_.hold(*job);
  recorder_.end({{job, RunStatus::failed, std::move(error)}});
}

}  // namespace tento::host
