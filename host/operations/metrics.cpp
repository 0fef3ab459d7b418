// SPDX-License-Identifier: Apache-2.0
// Looks up what is a state: jobs by class, accounts by state.
#include "host/operations/metrics.hpp"

#include "host/metrics/metrics.hpp"
#include "host/operations/accounts.hpp"

namespace tento::host {
namespace {

std::string_view class_of(const JobRecord& job) {
  switch (job.stage_class) {
    case TENTO_STAGE_VIEWPORT:
      return "viewport";
    case TENTO_STAGE_LIVE:
      return "live";
    default:
      return "backfill";
  }
}

}  // namespace

Result<std::string> metrics_text(Engine& engine) {
  const auto& metrics = engine.metrics();
  if (!metrics) return fail(ErrorCode::unsupported, ErrorClass::config, "this host measures nothing");
  TENTO_TRY_ASSIGN(auto* store, engine.store());
  MetricsSample sample;
  TENTO_TRY_ASSIGN(const auto jobs, store->jobs());
  for (const auto& job : jobs) ++sample.queued[std::string(class_of(job))];
  TENTO_TRY_ASSIGN(const auto owners, store->users());
  for (const auto& owner : owners) {
    TENTO_TRY_ASSIGN(const auto accounts, store->accounts(owner.id));
    for (const auto& account : accounts)
      ++sample.accounts[{account.provider, std::string(account_state_name(account.state))}];
  }
  return metrics->text(sample);
}

}  // namespace tento::host
