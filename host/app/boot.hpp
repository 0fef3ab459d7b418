// SPDX-License-Identifier: Apache-2.0
// Steps 1 to 10 of a plugin's life without a store: load, check the schema, check that no interface is missing; at the
// start, and again while the host runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "host/app/app_options.hpp"
#include "host/capability/boot_report.hpp"

namespace tento::host {

class Boot {
 public:
  // Registers the interfaces, loads, and checks that nothing is missing. Always gives a report; an error is for what
  // makes one impossible.
  static Result<std::unique_ptr<Boot>> run(const AppOptions& options);
  ~Boot();
  Boot(const Boot&) = delete;
  Boot& operator=(const Boot&) = delete;

  // A copy: a provider can be quarantined while the host runs.
  [[nodiscard]] BootReport report() const;
  [[nodiscard]] DepsRegistry& registry();
  // When the folders were read at the start, as unix microseconds.
  [[nodiscard]] std::int64_t began_us() const;
  // The provider is quarantined, until the process ends. Thread-safe.
  void quarantine(const Provider& provider, const Rejection& why);
  // Takes what is in the folders now through the same steps, files in `unsettled` left as they are. What serves gives
  // way to a version that passed all of them; `publish` gets the table, if it is another one. Gives what changed. One
  // at a time, on any thread.
  std::vector<ProviderChange> reload(const AppOptions& options, const std::set<std::filesystem::path>& unsettled,
                                     const std::function<void(std::shared_ptr<const RouteTable>)>& publish);
  // Ends the providers that are in no route table (`published` false: all of them). No call may be in them.
  void destroy(bool published);

 private:
  struct Impl;
  explicit Boot(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Makes a folder and its parents; a new one is for this user alone (0700).
[[nodiscard]] Result<void> make_private_folder(const std::filesystem::path& folder);

}  // namespace tento::host
