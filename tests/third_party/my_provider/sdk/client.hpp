// SPDX-License-Identifier: Apache-2.0
/// @file client.hpp
/// MyProvider's own library: activities kept in a JSON file. It knows nothing of any host and is usable in any program.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace myprovider {

/// One activity, as the service records it.
struct Activity {
  std::string id;                    ///< stable
  std::chrono::year_month_day date;  ///< local day on which it happened
  std::string json;                  ///< the whole record
};

/// A half-open range of days; an open side is unbounded.
struct DayRange {
  std::optional<std::chrono::year_month_day> from;  ///< first day inside
  std::optional<std::chrono::year_month_day> to;    ///< first day outside
};

/// The file is not there, or not what MyProvider writes.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads activities. Thread-safe: it keeps a path and nothing else.
class Client {
 public:
  /// A client of the export at `path`, a JSON array of records with `id` and `date` (YYYY-MM-DD).
  explicit Client(std::string path) : path_(std::move(path)) {}
  /// The activities of the days of `range`, in the order of the file. Throws FileError.
  [[nodiscard]] std::vector<Activity> list_range(const DayRange& range) const;
  /// Where the export is.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace myprovider
