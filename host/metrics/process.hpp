// SPDX-License-Identifier: Apache-2.0
// What the system says of this process, under the names that Prometheus' own clients use.
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace tento::host {

// What cannot be learnt is left out.
[[nodiscard]] std::vector<prometheus::MetricFamily> process_families();

}  // namespace tento::host
