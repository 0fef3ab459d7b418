// SPDX-License-Identifier: Apache-2.0
// How much of the stored queue is held in memory: of each class a window of the oldest jobs, refilled as it drains.
// Pure: it holds no jobs, it only counts them and says which part of the store to read next.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "host/store/job_store.hpp"

namespace tento::host {

class JobWindow {
 public:
  // `most`: jobs of a class that are held at once, at least 1. Those that were asked for in this process are held
  // beside.
  explicit JobWindow(std::size_t most) : most_(std::max<std::size_t>(most, 1)) {}

  // Jobs of one class, by id, from behind `after`.
  struct Part {
    std::uint32_t stage_class = 0;
    std::int64_t after = 0;
    std::size_t limit = 0;
  };
  // The part to read next, of the most urgent class first; nothing while each class has half of what it may, or all
  // there is. What was stored since then is not missed: whoever stores a job holds it.
  [[nodiscard]] std::optional<Part> next() const {
    for (std::uint32_t c = 0; c < classes_.size(); ++c) {
      const auto& of_class = classes_[c];
      if (!of_class.read && of_class.held <= most_ / 2) return Part{c, of_class.after, most_ - of_class.held};
    }
    return std::nullopt;
  }
  // The part was read: it ended with the job `last`, and was the last part unless `more`.
  void was_read(const Part& part, std::int64_t last, bool more) {
    auto& of_class = classes_[part.stage_class];
    of_class.after = std::max(of_class.after, last);
    of_class.read = !more;
  }
  // A job of the part is held from now on, and not any more.
  void came(std::uint32_t stage_class) { ++classes_[stage_class].held; }
  void left(std::uint32_t stage_class) { --classes_[stage_class].held; }

 private:
  struct OfClass {
    std::size_t held = 0;
    std::int64_t after = 0;
    bool read = false;  // to its end
  };
  std::size_t most_;
  std::array<OfClass, TENTO_STAGE_BACKFILL + 1> classes_{};
};

}  // namespace tento::host
