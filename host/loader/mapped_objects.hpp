// SPDX-License-Identifier: Apache-2.0
// What the dynamic linker really mapped, compared with what was inspected.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "host/loader/image.hpp"
#include "host/loader/inspect.hpp"

namespace tento::host {

// The objects in this process: the name that the dynamic linker has for each, and where it is.
class MappedObjects {
 public:
  [[nodiscard]] static MappedObjects now();
  // What came since then has to be the provider's copy, the libraries that it was inspected with, or further libraries
  // of the system's folders that only root can write (what a library opens itself as it starts).
  [[nodiscard]] Accepted<void> check_came_in(const Image& image, const Inspected& inspected) const;

 private:
  std::vector<std::pair<std::string, std::uintptr_t>> objects_;  // sorted
};

}  // namespace tento::host
