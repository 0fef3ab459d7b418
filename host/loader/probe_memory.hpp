// SPDX-License-Identifier: Apache-2.0
// What came of probing a file, kept beside its private copy: it goes with the copy, and counts for this version of the
// host and these libraries only.
#pragma once

#include <optional>
#include <string>

#include "host/loader/image.hpp"
#include "host/loader/inspect.hpp"
#include "host/loader/probe.hpp"

namespace tento::host {

// Nothing when it was not probed, or under other circumstances.
[[nodiscard]] std::optional<Accepted<void>> remembered_probe(const Image& image, const Inspected& inspected);
// Where it cannot be written, the file is probed at each start.
void remember_probe(const Image& image, const Inspected& inspected, const Accepted<void>& verdict);

}  // namespace tento::host
