// SPDX-License-Identifier: Apache-2.0
// What a probe may have written, from any bytes: frames are of a known kind, their texts bounded, and each one that is
// understood is understood again when it is written anew.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "host/loader/probe_wire.hpp"

using namespace tento::host;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto& frame : decode({reinterpret_cast<const char*>(data), size})) {
    require(frame.kind >= ProbeFrame::Kind::step && frame.kind <= ProbeFrame::Kind::rejected);
    require(frame.step.size() <= 1000 && frame.rejection.reason.size() <= 1000);
    const auto bytes = encode(frame);
    require(bytes.size() <= 4096);  // PIPE_BUF
    const auto again = decode(bytes);
    require(again.size() == 1 && again[0].process == frame.process && again[0].step == frame.step &&
            again[0].rejection.code == frame.rejection.code && again[0].rejection.reason == frame.rejection.reason &&
            again[0].rejection.remedy == frame.rejection.remedy);
  }
  return 0;
}
