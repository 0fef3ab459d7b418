// SPDX-License-Identifier: Apache-2.0
/// @file mailmap.hpp
/// The names and addresses that people want to be shown by, whatever their commits say (gitmailmap).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "repository.hpp"

namespace gitlog {

/// The mailmap of a repository: .mailmap of its work tree, else of HEAD where it is bare; `mailmap.blob`,
/// `mailmap.file`. libgit2's own compares names and addresses with their case, which git does not; hence this one.
class Mailmap {
 public:
  /// An empty one, which changes nobody.
  Mailmap() = default;
  /// Reads it. A repository without one has an empty one; one that may not be read is an error.
  [[nodiscard]] static Result<Mailmap> of(const Repository& repository);

  /// Replaces a name and an address, both UTF-8, by the proper ones.
  void apply(std::string& name, std::string& email) const;
  /// A name for what it says: equal texts have equal ones; empty for an empty one.
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

 private:
  struct Proper {
    std::optional<std::string> name;
    std::optional<std::string> email;
  };
  struct Address {
    Proper proper;                        // of whoever has it
    std::map<std::string, Proper> named;  // of who has it and this name, in lower case
  };
  void add_line(std::string_view line);

  std::map<std::string, Address> addresses_;  // in lower case
  std::string fingerprint_;
};

}  // namespace gitlog
