// SPDX-License-Identifier: Apache-2.0
// Frames: a head of fixed size, then texts, each with its length before it.
#include "host/loader/probe_wire.hpp"

#include <array>
#include <cstring>

namespace tento::host {
namespace {

constexpr std::size_t longest_text = 1000;  // four of them, with all lengths, go into PIPE_BUF

struct FrameHead {
  std::uint32_t process = 0;
  std::uint32_t kind = 0;
};

}  // namespace

std::string encode(const ProbeFrame& frame) {
  std::string out;
  const FrameHead head{static_cast<std::uint32_t>(frame.process), static_cast<std::uint32_t>(frame.kind)};
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  for (const std::string_view text :
       {std::string_view(frame.step), std::string_view(frame.rejection.code), std::string_view(frame.rejection.reason),
        std::string_view(frame.rejection.remedy)}) {
    const auto size = static_cast<std::uint16_t>(std::min(text.size(), longest_text));
    out.append(reinterpret_cast<const char*>(&size), sizeof size).append(text.substr(0, size));
  }
  return out;
}

std::vector<ProbeFrame> decode(std::string_view bytes) {
  std::vector<ProbeFrame> frames;
  const auto take = [&](void* out, std::size_t size) {
    if (bytes.size() < size) return false;
    std::memcpy(out, bytes.data(), size);
    bytes.remove_prefix(size);
    return true;
  };
  while (!bytes.empty()) {
    FrameHead head;
    ProbeFrame frame;
    if (!take(&head, sizeof head) || head.kind < 1 || head.kind > 3) return frames;
    frame.process = static_cast<pid_t>(head.process);
    frame.kind = static_cast<ProbeFrame::Kind>(head.kind);
    for (std::string* const text :
         std::array{&frame.step, &frame.rejection.code, &frame.rejection.reason, &frame.rejection.remedy}) {
      std::uint16_t size = 0;
      if (!take(&size, sizeof size) || size > longest_text || bytes.size() < size) return frames;
      *text = bytes.substr(0, size);
      bytes.remove_prefix(size);
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace tento::host
