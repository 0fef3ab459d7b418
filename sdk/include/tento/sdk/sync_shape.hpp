// SPDX-License-Identifier: Apache-2.0
/// @file sync_shape.hpp
/// How a row syncs: its stages, what they wait for, how often. (`wearable_window_for_stage` is in time.hpp.)
#pragma once

#include <tento/row.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "result.hpp"

namespace tento {

/// How urgent a stage is: its share of the workers.
enum class StageClass : tento_stage_class {
  viewport = TENTO_STAGE_VIEWPORT,  ///< somebody is looking at it
  live = TENTO_STAGE_LIVE,          ///< keeps fresh what is there
  backfill = TENTO_STAGE_BACKFILL,  ///< history
};

/// A named part of a sync. A plain name is one: its class is backfill for `backfill` and `stage3`, live for `live`, and
/// viewport for everything else.
class Stage {
 public:
  /// No stage.
  constexpr Stage() noexcept = default;
  /// A stage by name.
  constexpr Stage(const char* name) noexcept : Stage(std::string_view(name)) {}  // NOLINT(*-explicit-constructor)
  /// A stage by name.
  constexpr explicit Stage(std::string_view name) noexcept : name_(name) {
    if (name == "backfill" || name == "stage3") class_ = StageClass::backfill;
    if (name == "live") class_ = StageClass::live;
  }
  /// Sets how urgent it is.
  [[nodiscard]] constexpr Stage as(StageClass urgency) const noexcept {
    Stage out = *this;
    out.class_ = urgency;
    return out;
  }
  /// Waits until these stages of the same row (at most four) have ended well.
  template <class... Names>
  [[nodiscard]] constexpr Stage after(const Names&... names) const noexcept {
    static_assert(sizeof...(Names) <= 4, "tento: a stage waits for at most four others");
    Stage out = *this;
    out.after_ = {str(std::string_view(names))...};
    out.after_count_ = sizeof...(Names);
    return out;
  }
  /// Two stages of one account never run together, whatever their rows.
  [[nodiscard]] constexpr Stage lock_account() const noexcept {
    Stage out = *this;
    out.lock_ = "account";
    return out;
  }
  /// Its name.
  [[nodiscard]] constexpr std::string_view name() const noexcept { return name_; }
  /// `account`, or empty for the row.
  [[nodiscard]] constexpr std::string_view lock() const noexcept { return lock_; }
  /// As it crosses the ABI; borrows this object, which must have static storage.
  [[nodiscard]] constexpr tento_stage abi() const noexcept {
    return {sizeof(tento_stage), static_cast<tento_stage_class>(class_),
            str(name_),          after_count_ == 0 ? nullptr : after_.data(),
            after_count_,        str(lock_)};
  }

 private:
  std::string_view name_;
  std::string_view lock_;
  std::array<tento_str, 4> after_{};
  std::size_t after_count_ = 0;
  StageClass class_ = StageClass::viewport;
};

/// Up to twelve stages, in the order in which they run.
class Stages {
 public:
  /// Most stages of a row.
  static constexpr std::size_t limit = 12;
  /// None, which no row may have.
  constexpr Stages() noexcept = default;
  /// `{"viewport", "backfill"}`.
  constexpr Stages(std::initializer_list<Stage> list) : count_(list.size()) {
    std::size_t i = 0;
    for (const Stage& stage : list) items_.at(i++) = stage;
  }
  /// How many.
  [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
  /// One of them.
  [[nodiscard]] constexpr const Stage& operator[](std::size_t i) const noexcept { return items_[i]; }

 private:
  std::array<Stage, limit> items_{};
  std::size_t count_ = 0;
};

/// How a row syncs: `return tento::SyncShape{.stages = {"viewport", "backfill"}};`.
struct SyncShape {
  Stages stages;                     ///< at least one
  std::uint32_t max_concurrent = 0;  ///< jobs of this row's integration at once; 0 = the host's default
  std::int64_t stale_after_s = 0;    ///< seconds after which what is held counts as stale; 0 = never
  std::int64_t interval_s = 0;       ///< seconds between unasked syncs of the first stage; 0 = only when asked
};

namespace detail {

/// The tables behind the constant shape that `Source::shape()` gives.
template <class Source>
struct ShapeTable {
  static constexpr SyncShape value = Source::shape();
  static_assert(value.stages.size() > 0, "tento: a sync_shape needs at least one stage");
  static constexpr std::size_t count = value.stages.size();
  static constexpr std::array<tento_stage, count> stages = [] {
    std::array<tento_stage, count> out{};
    for (std::size_t i = 0; i < count; ++i) out[i] = value.stages[i].abi();
    return out;
  }();
  static constexpr std::array<const tento_stage*, count> pointers = [] {
    std::array<const tento_stage*, count> out{};
    for (std::size_t i = 0; i < count; ++i) out[i] = &stages[i];
    return out;
  }();
  static constexpr tento_sync_shape abi{sizeof(tento_sync_shape), 0, pointers.data(),     count,
                                        value.max_concurrent,     0, value.stale_after_s, value.interval_s};
};

}  // namespace detail

}  // namespace tento
