// SPDX-License-Identifier: Apache-2.0
/// @file series_book.hpp
/// What a calendar's row remembers between syncs: the token to ask for changes with, how far series are expanded, and
/// the series themselves, so that they can be expanded further. Kept in the row's cursors.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tento/sdk/sync_state.hpp>
#include <vector>

#include "google/recurrence.hpp"

namespace google::rows {

/// A series, as far as its instances need it.
struct Series {
  bool known = false;                      ///< the service told of it; else of instances of it only
  std::string etag;                        ///< its version
  std::string details;                     ///< of its event.v1
  SeriesRule rule;                         ///< how it repeats
  std::map<std::string, bool> exceptions;  ///< by key of the original start: whether that instance is cancelled
};

/// The memory of one row. A value; loaded at the start of a sync, and written with its commit.
class SeriesBook {
 public:
  /// How many cursors hold series, at least.
  static constexpr std::size_t buckets = 64;

  /// Reads it; an empty one for a row that has none, or one that was written in another form or damaged.
  static tento::Result<SeriesBook> load(const tento::SyncState& state, const tento::Uuid& row_id);

  std::string token;   ///< to ask for changes with; empty = everything has to be asked for
  tento::Date from{};  ///< instances are expanded from here on; not ok() = never yet
  tento::Date to{};    ///< and up to here
  std::map<std::string, Series, std::less<>> series;  ///< by id

  /// Something was there in another form: cells may be, too.
  bool discarded = false;

  /// Its cursors, as they are to be written: those that changed since it was loaded. Empty values take one away.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> changes() const;

 private:
  [[nodiscard]] std::string head(const std::vector<std::size_t>& chunks) const;
  std::map<std::string, std::string, std::less<>> stored_;  // cursors as they are
};

}  // namespace google::rows
