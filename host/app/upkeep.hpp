// SPDX-License-Identifier: Apache-2.0
// What a host that runs for long does for its store.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "host/app/timetable.hpp"
#include "host/base/log.hpp"
#include "host/services/admin_service.hpp"
#include "host/store/store.hpp"

namespace tento::host {

class Upkeep {
 public:
  // What it is given outlives it. `audit_keep_days`: older entries of the audit log are dropped; 0 = none is.
  Upkeep(Store& store, AdminService& admin, Log log, std::int64_t audit_keep_days)
      : store_(store), admin_(admin), log_(std::move(log)), audit_keep_days_(audit_keep_days) {}
  void keep_audit_for(std::int64_t days) { audit_keep_days_ = days; }
  // Does now what is due at a start, and puts the rest on the timetable, which outlives it.
  void start(Timetable& timetable);
  void stop();

 private:
  void forget_what_is_old();
  void settle_when_quiet();

  void write_refusals(bool all);

  Store& store_;
  AdminService& admin_;
  const Log log_;
  std::atomic<std::int64_t> audit_keep_days_;
  std::vector<Timetable::Entry> entries_;
};

}  // namespace tento::host
