// SPDX-License-Identifier: Apache-2.0
/// @file sweep.hpp
/// Finds what a service no longer has, and deletes nothing wrongly: what a whole list did not show is asked for by
/// itself before its cell goes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "list_sync.hpp"

namespace github::rows {

/// Which records a whole list showed: eight bytes each.
class SeenIds {
 public:
  /// Notes one.
  void add(std::string_view id);
  /// Whether it was noted. (One in 10^14 that was not is taken for one that was; its cell stays, which does no harm.)
  [[nodiscard]] bool has(std::string_view id);

 private:
  std::vector<std::uint64_t> hashes_;
  bool sorted_ = true;
};

/// Asks for one record: nothing = it is gone, or belongs elsewhere now.
using AskOne = std::function<tento::Result<std::optional<Single>>(const std::string& id)>;

/// How many are asked for in one sync; the rest waits for the next.
inline constexpr std::size_t most_asked = 100;

/// Asks for every stored record of `lookup_key` that was not seen, and puts what it finds, or tombstones, into `txn`.
/// Whether all were asked.
tento::Result<bool> sweep(const Run& run, std::string_view lookup_key, SeenIds& seen, const AskOne& ask,
                          tento::Transaction& txn);

}  // namespace github::rows
