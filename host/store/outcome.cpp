// SPDX-License-Identifier: Apache-2.0
// From the tags of a store's errors to outcomes.
#include "host/store/outcome.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace tento::host {

namespace {

constexpr std::string_view fenced_tag = "fenced", unknown_tag = "store_unknown";
// What keeps a store from being written for a while, through no fault of the write.
constexpr auto unavailable_tags =
    std::to_array<std::string_view>({"store_busy", "store_disk_full", "store_io", "store_locked", "store_memory",
                                     "store_permission", "store_read_only_mount"});

}  // namespace

StoreOutcome outcome_of(const Error& error) {
  if (error.tag == fenced_tag) return StoreOutcome::fenced;
  if (error.tag == unknown_tag) return StoreOutcome::unknown;
  const bool unavailable =
      std::find(unavailable_tags.begin(), unavailable_tags.end(), error.tag) != unavailable_tags.end();
  return unavailable ? StoreOutcome::unavailable : StoreOutcome::conflict;
}

ErrorBuilder lost_lease(std::int64_t job) {
  return error(ErrorCode::conflict, ErrorClass::transient,
               "job " + std::to_string(job) + " has ended or was given to another worker; nothing was written for it")
      .tag(std::string(fenced_tag))
      .remedy("look at the latest run");
}

Error unknown_end(const Error& failure) {
  return error(ErrorCode::io, ErrorClass::transient,
               failure.message + ". Whether the write landed is not known; send it again, it lands once")
      .tag(std::string(unknown_tag))
      .remedy("try again")
      .value();
}

}  // namespace tento::host
