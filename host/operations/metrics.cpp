// SPDX-License-Identifier: Apache-2.0
// Looks up what is a state: jobs by class, accounts by state.
#include "host/operations/metrics.hpp"

#include "host/operations/accounts.hpp"
#include "host/store/job_store.hpp"

namespace tento::host {
namespace {

std::string_view class_name(std::uint32_t stage_class) {
  switch (stage_class) {
    case TENTO_STAGE_VIEWPORT:
      return "viewport";
    case TENTO_STAGE_LIVE:
      return "live";
    default:
      return "backfill";
  }
}

}  // namespace

Result<std::string> metrics_text(Metrics& metrics, Store& store) {
  MetricsSample sample;
  TENTO_TRY_ASSIGN(const auto counts, store.jobs().counts());
  for (const auto& count : counts) sample.queued[std::string(class_name(count.stage_class))] += count.jobs;
  TENTO_TRY_ASSIGN(const auto owners, store.users().all());
  for (const auto& owner : owners) {
    TENTO_TRY_ASSIGN(const auto accounts, store.accounts().of_user(owner.id));
    for (const auto& account : accounts)
      ++sample.accounts[{account.provider, std::string(account_state_name(account.state))}];
  }
  return metrics.text(sample);
}

}  // namespace tento::host
