// SPDX-License-Identifier: Apache-2.0
// Step 6: from here on the file's code runs.
#pragma once

#include <memory>

#include "host/loader/image.hpp"
#include "host/loader/inspect.hpp"
#include "host/loader/mapped_objects.hpp"
#include "host/loader/static_provider.hpp"

namespace tento::host {

// An opened object; it stays mapped as long as the process lives.
struct Opened {
  ProviderEntries entries;
  std::shared_ptr<void> library;
  MappedObjects before;  // what was there before it
};

// Opens the private copy with everything resolved at once and nothing shared with other objects, and checks that what
// was mapped is what was inspected, and that the entries are its own.
[[nodiscard]] Accepted<Opened> open_image(const Image& image, const Inspected& inspected);

}  // namespace tento::host
