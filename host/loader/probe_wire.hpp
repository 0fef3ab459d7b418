// SPDX-License-Identifier: Apache-2.0
// What a probe tells the host: plain data through a pipe. Each frame is written at once and is no longer than a pipe
// takes at once, so that those of a process that a provider forked do not mix with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/loader/provider.hpp"

namespace tento::host {

// Descriptors that a probe begins with, beside the standard ones.
inline constexpr int probe_result_descriptor = 3;
inline constexpr int probe_image_descriptor = 4;
// Its exit status when it could not write its result any more.
inline constexpr int probe_lost_result = 97;

struct ProbeFrame {
  enum class Kind : std::uint8_t { step = 1, good, rejected };
  Kind kind = Kind::step;
  pid_t process = 0;         // that wrote it
  std::string step;          // what is about to run
  Rejection rejection = {};  // of a file that was rejected
};

// The texts are cut where it would be too long.
[[nodiscard]] std::string encode(const ProbeFrame& frame);
// The frames at the front of `bytes`, up to what is none.
[[nodiscard]] std::vector<ProbeFrame> decode(std::string_view bytes);

}  // namespace tento::host
