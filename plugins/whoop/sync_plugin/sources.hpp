// SPDX-License-Identifier: Apache-2.0
/// @file sources.hpp
/// Where the records of each row come from.
#pragma once

#include <functional>
#include <string_view>

#include "connector/whoop.hpp"
#include "parts.hpp"

namespace whoop::rows {

/// What one sync works with. Everything it refers to outlives it.
struct Means {
  const Whoop::Deps& deps;                  ///< the host
  const tento::CallCtx& call;               ///< whether to go on
  tento::Uuid row_id;                       ///< the row
  std::string_view lookup_key;              ///< its key
  mutable tento::http::HostTransport http;  ///< the network
  Client client;                            ///< with the call's clock and log
  mutable tento::SkippedRecords skipped;    ///< what was kept out of all lists of this sync
  mutable bool paged = false;               ///< whether a list had more than one page
};

/// A record as it is to be stored.
struct Found {
  tento::Cell cell;           ///< with its id
  std::chrono::sys_days day;  ///< the day it belongs to
  tento::Instant updated;     ///< when it last changed
  bool settled = true;        ///< whether the service has said its last word on it
};
/// Takes a record; its error ends the list.
using Take = std::function<tento::Result<void>(const Found&)>;
/// Lists the records of `days`, and some around them: by when they are the service knows them by UTC, and people's
/// clocks differ from it by up to a day.
using Source = tento::Result<void> (*)(const Means& means, Days days, const Take& take);

/// Nights and naps.
tento::Result<void> list_sleeps(const Means& means, Days days, const Take& take);
/// Recoveries. Their days are those of their sleeps, which are listed as well.
tento::Result<void> list_recoveries(const Means& means, Days days, const Take& take);
/// Cycles.
tento::Result<void> list_cycles(const Means& means, Days days, const Take& take);
/// Workouts.
tento::Result<void> list_workouts(const Means& means, Days days, const Take& take);

}  // namespace whoop::rows
