// SPDX-License-Identifier: Apache-2.0
// What loading and checking the providers found, whether or not a host can start with it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/capability/deps_registry.hpp"
#include "host/loader/provider.hpp"
#include "host/schema/route_table.hpp"

namespace tento::host {

struct BootReport {
  std::vector<ProviderInfo> providers;  // loaded and rejected
  std::vector<MissingDep> missing;
  bool ok = false;                                // the boot check passed
  std::string message;                            // why not, all of it
  std::vector<std::shared_ptr<Provider>> loaded;  // all that were made, in the table or not, sorted by id
  std::shared_ptr<const RouteTable> table;        // what may be dispatched
  std::filesystem::path probe_program;            // in which files are tried; empty = they are not
};

// What became of a file while the host runs.
struct ProviderChange {
  enum class Kind { added, replaced, removed, refused, set_aside } kind = Kind::added;
  ProviderInfo info;
  std::string version_before = {};  // of one that was replaced
};
[[nodiscard]] std::string_view to_string(ProviderChange::Kind kind);

// The tag of a boot check that failed; programs end with 78 on it.
inline constexpr std::string_view boot_tag = "boot_check";
// The error of a boot check that failed; it names all that is missing.
[[nodiscard]] Error boot_error(const BootReport& report);

}  // namespace tento::host
