// SPDX-License-Identifier: Apache-2.0
// Before step 6: each file is opened in a process of its own first, so that what crashes, ends its process, hangs or
// closes descriptors costs that process and not the host.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "host/loader/image.hpp"
#include "host/loader/provider.hpp"

namespace tento::host {

struct ProbeOptions {
  std::filesystem::path program;                       // tento-probe
  std::vector<std::filesystem::path> library_folders;  // as in LoaderOptions
  std::chrono::milliseconds deadline{5000};            // for each
};

// What came of a probe. Only what says something about the file itself is worth to be remembered.
struct Probed {
  Accepted<void> verdict;
  bool lasting = false;
};

// Probes the copies, as many at once as there are processors; one result each, in order. Waits for events alone.
[[nodiscard]] std::vector<Probed> probe_images(const std::vector<const Image*>& images, const ProbeOptions& options);

}  // namespace tento::host
