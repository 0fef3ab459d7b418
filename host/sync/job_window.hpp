// SPDX-License-Identifier: Apache-2.0
// How much of the stored queue is held in memory: of each class a window of the jobs that are due, refilled as it
// drains. Jobs that wait for a later time wait in the store. Pure: it holds no jobs, it only counts them and says which
// part of the store to read next.
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

  // Jobs of one class that are due, from behind `after`.
  struct Part {
    std::uint32_t stage_class = 0;
    JobPosition after;
    std::size_t limit = 0;
  };
  // The part to read next, of the most urgent class first; nothing while each class has half of what it may, or all
  // that is due. What was stored since then is not missed: whoever stores a job holds it.
  [[nodiscard]] std::optional<Part> next(std::int64_t now_us) const {
    for (std::uint32_t c = 0; c < classes_.size(); ++c) {
      const auto& of_class = classes_[c];
      if (of_class.has_room(most_) && of_class.due_us <= now_us) return Part{c, of_class.after, most_ - of_class.held};
    }
    return std::nullopt;
  }
  // The part was read up to `last`. There is more behind it that is due at `due_us`; nothing = it was the last part.
  void was_read(const Part& part, const JobPosition& last, std::optional<std::int64_t> due_us) {
    auto& of_class = classes_[part.stage_class];
    of_class.after = std::max(of_class.after, last);
    of_class.due_us = due_us.value_or(never_us);
  }
  // A job waits there in the store from now on. What was read already is read again from there.
  void waits(std::uint32_t stage_class, const JobPosition& at) {
    auto& of_class = classes_[stage_class];
    of_class.after = std::min(of_class.after, {at.not_before_us, at.id - 1});
    of_class.due_us = std::min(of_class.due_us, at.not_before_us);
  }
  // When next() has a part again although no job has left; nothing = none is to come.
  [[nodiscard]] std::optional<std::int64_t> look_again_us() const {
    auto at_us = never_us;
    for (const auto& of_class : classes_)
      if (of_class.has_room(most_)) at_us = std::min(at_us, of_class.due_us);
    return at_us == never_us ? std::nullopt : std::optional(at_us);
  }
  // A job of the part is held from now on, and not any more.
  void came(std::uint32_t stage_class) { ++classes_[stage_class].held; }
  void left(std::uint32_t stage_class) { --classes_[stage_class].held; }

 private:
  static constexpr std::int64_t never_us = INT64_MAX;
  struct OfClass {
    std::size_t held = 0;
    JobPosition after;
    std::int64_t due_us = 0;  // of the earliest behind `after`
    [[nodiscard]] bool has_room(std::size_t most) const { return held <= most / 2; }
  };
  std::size_t most_;
  std::array<OfClass, TENTO_STAGE_BACKFILL + 1> classes_{};
};

}  // namespace tento::host
