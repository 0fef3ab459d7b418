// SPDX-License-Identifier: Apache-2.0
// What a host that runs for long does for its store.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "host/app/timetable.hpp"
#include "host/base/log.hpp"
#include "host/services/admin_service.hpp"
#include "host/store/store.hpp"

namespace tento::host {

class Upkeep {
 public:
  // Days after which something is forgotten; 0 = never.
  struct Days {
    std::int64_t audit = 0;
    std::int64_t changes = 0;
  };
  // What it is given outlives it.
  Upkeep(Store& store, AdminService& admin, Log log, const Days& days)
      : store_(store), admin_(admin), log_(std::move(log)) {
    keep_for(days);
  }
  void keep_for(const Days& days) {
    audit_days_ = days.audit;
    changes_days_ = days.changes;
  }
  // Does now what is due at a start, and puts the rest on the timetable, which outlives it.
  void start(Timetable& timetable);
  void stop();

 private:
  void forget_what_is_old();
  void settle_when_quiet();

  void write_refusals(bool all);
  void check_content();

  Store& store_;
  AdminService& admin_;
  const Log log_;
  std::atomic<std::int64_t> audit_days_{0};
  std::atomic<std::int64_t> changes_days_{0};
  std::chrono::steady_clock::time_point content_is_checked_until_;  // no look before
  std::vector<Timetable::Entry> entries_;
};

}  // namespace tento::host
