// SPDX-License-Identifier: Apache-2.0
// The key file on the disk: who may read it, and how it changes so that a kill leaves the old one or the new one.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <tuple>

#include <tento/sdk/result.hpp>

#include "host/accounts/key_ring.hpp"

namespace tento::host {

// Tells one state of the file from another.
using KeyFileStamp = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;

class KeyFile {
 public:
  // `given` = by a service manager, who guards it: it is not written.
  KeyFile(std::filesystem::path path, bool given, std::function<void(std::string_view)> on_step)
      : path_(std::move(path)), given_(given), on_step_(std::move(on_step)) {}

  struct Content {
    KeyRing ring;
    KeyFileStamp stamp;
  };
  // Nothing: it is not there. Errors: `vault_key_unsafe`, `vault_key_invalid`, or what kept it from being read.
  [[nodiscard]] Result<std::optional<Content>> read() const;
  // Nothing: it is not there.
  [[nodiscard]] std::optional<KeyFileStamp> stamp() const;
  // Makes it, for this user alone. False: it is there already.
  [[nodiscard]] Result<bool> create(const KeyRing& ring) const;
  // Puts other keys in its place.
  [[nodiscard]] Result<void> replace(const KeyRing& ring) const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool given() const { return given_; }

 private:
  void step(std::string_view what) const {
    if (on_step_) on_step_(what);
  }
  // Beside it, whole and on the disk; gives its name.
  [[nodiscard]] Result<std::filesystem::path> write_beside(const std::filesystem::path& target,
                                                           const KeyRing& ring) const;

  std::filesystem::path path_;
  bool given_;
  std::function<void(std::string_view)> on_step_;
};

}  // namespace tento::host
