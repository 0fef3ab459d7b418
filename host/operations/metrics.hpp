// SPDX-License-Identifier: Apache-2.0
// The figures of a running host, with what is looked up in its store.
#pragma once

#include <string>

#include "host/metrics/metrics.hpp"
#include "host/services/admin_service.hpp"

namespace tento::host {

// For `GET /metrics` (metrics_media_type); an error when the store cannot be read.
[[nodiscard]] Result<std::string> metrics_text(Metrics& metrics, const AdminService& admin);

}  // namespace tento::host
