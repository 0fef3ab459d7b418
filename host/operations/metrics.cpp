// SPDX-License-Identifier: Apache-2.0
// Looks up what is a state: jobs by class, accounts by state.
#include "host/operations/metrics.hpp"

#include <utility>

namespace tento::host {
Result<std::string> metrics_text(Metrics& metrics, const AdminService& admin) {
  TENTO_TRY_ASSIGN(auto figures, admin.figures());
  return metrics.text({std::move(figures.queued), std::move(figures.accounts)});
}

}  // namespace tento::host
