// SPDX-License-Identifier: Apache-2.0
// The store and the vault over it: what works without any provider.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "host/app/app_options.hpp"
#include "host/operations/context.hpp"

namespace tento::host {

class OpenedStore {
 public:
  // Errors: see open_store(). A store that can be read and not written is open for reading.
  static Result<std::unique_ptr<OpenedStore>> open(const AppOptions& options);
  [[nodiscard]] StoreParts parts() { return {*store_, vault_, directory_, admin_}; }
  // The error that says why it is open for reading alone.
  [[nodiscard]] Result<void> require_writing() const;
  // Brings what was written into the one file of the store, for a process that ends by _exit and so closes none.
  void settle();

 private:
  OpenedStore(std::unique_ptr<Store> store, VaultOptions vault, std::optional<Error> read_only)
      : store_(std::move(store)), vault_(*store_, std::move(vault)), read_only_(std::move(read_only)) {}

  const std::unique_ptr<Store> store_;
  VaultOpener vault_;
  const std::optional<Error> read_only_;
  Directory directory_{*store_};
  // No provider is loaded that could keep something of an account.
  AdminService admin_{*store_, [this] { return vault_.open(); }, [](const AccountKey&) {}};
};

}  // namespace tento::host
