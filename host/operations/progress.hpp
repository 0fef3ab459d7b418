// SPDX-License-Identifier: Apache-2.0
// How far a run is, for a face that can show it.
#pragma once

#include <cstdint>
#include <string>

namespace tento::host {

struct Progress {
  std::string stage;
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0 = unknown
  std::string text;
  bool ended = false;
  std::string line = {};  // for the person, to be kept on the screen: a link to open
};

}  // namespace tento::host
