// SPDX-License-Identifier: Apache-2.0
// Steps 1 to 10 of a plugin's life without a store: load, check the schema, check that no interface is missing.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

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
  // Says of a loaded provider what became of it. Thread-safe.
  void mark(std::string_view provider, ProviderState state, const Rejection& why);
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
