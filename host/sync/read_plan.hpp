// SPDX-License-Identifier: Apache-2.0
// Which stage fetches which part of a range that is read.
#pragma once

#include <cstdint>
#include <vector>

#include "host/model/moments.hpp"
#include "host/sync/topology.hpp"

namespace tento::host {

struct ReadPart {
  const Stage* stage = nullptr;  // of the topology; null = no stage fetches these dates
  Moments moments;
};

// The parts of the range, each with the first stage whose window has it: the one for readers, then the others in their
// order. A side that the reader left open ends with the window of the stage for readers, since who names no dates asks
// for what is there, not for all that could be fetched.
[[nodiscard]] Result<std::vector<ReadPart>> parts_of_read(RowCalls& calls, const Target& target,
                                                          const Topology& topology, const Moments& range,
                                                          std::int64_t now_us);

}  // namespace tento::host
