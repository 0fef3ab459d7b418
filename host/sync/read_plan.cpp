// SPDX-License-Identifier: Apache-2.0
// Windows of stages laid over a range.
#include "host/sync/read_plan.hpp"

#include <algorithm>
#include <utility>

namespace tento::host {
namespace {

bool is_empty(const Moments& part) {
  return part.from_us >= part.to_us;
}

// Takes out of `left` what the window has.
void take(std::vector<Moments>& left, const Stage& stage, const Moments& window, std::vector<ReadPart>& out) {
  std::vector<Moments> rest;
  for (const auto& piece : left) {
    const Moments both{std::max(piece.from_us, window.from_us), std::min(piece.to_us, window.to_us)};
    if (is_empty(both)) {
      rest.push_back(piece);
      continue;
    }
    out.push_back({&stage, both});
    for (const Moments& beside : {Moments{piece.from_us, both.from_us}, Moments{both.to_us, piece.to_us}})
      if (!is_empty(beside)) rest.push_back(beside);
  }
  left = std::move(rest);
}

}  // namespace

Result<std::vector<ReadPart>> parts_of_read(RowCalls& calls, const Target& target, const Topology& topology,
                                            const Moments& range, std::int64_t now_us) {
  std::vector<ReadPart> out;
  const auto& readers = topology.for_readers();
  TENTO_TRY_ASSIGN(const auto fetched, stage_window(calls, target, readers.name, now_us));
  const auto& window = fetched.moments;
  std::vector<Moments> left{range};
  if (range.from_us == INT64_MIN && window.from_us < range.to_us) left.front().from_us = window.from_us;
  if (range.to_us == INT64_MAX && window.to_us > range.from_us) left.front().to_us = window.to_us;
  take(left, readers, window, out);
  for (const auto& stage : topology.stages()) {
    if (left.empty()) return out;
    if (&stage == &readers) continue;
    TENTO_TRY_ASSIGN(const auto further, stage_window(calls, target, stage.name, now_us));
    take(left, stage, further.moments, out);
  }
  for (const auto& piece : left) out.push_back({nullptr, piece});
  return out;
}

}  // namespace tento::host
