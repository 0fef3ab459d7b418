// SPDX-License-Identifier: Apache-2.0
// The keys in memory, as the file has them; and which of them somebody seals with at the moment.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/accounts/key_file.hpp"
#include "host/accounts/key_ring.hpp"

namespace tento::host {

// Any thread.
class VaultKeys {
 public:
  explicit VaultKeys(KeyFile file) : file_(std::move(file)) {}

  struct Held {
    std::shared_ptr<const VaultKey> key;
    std::shared_ptr<const void> hold;  // drain() waits for its end
  };

  // What the file has now, if it changed since. One that went is an error once keys of it were used.
  [[nodiscard]] Result<void> follow();
  // The key that seals; the file is made when there is none.
  [[nodiscard]] Result<Held> current();
  // Null: not in the file, which is read again before that is said.
  [[nodiscard]] Result<std::shared_ptr<const VaultKey>> find(std::string_view id);
  // A new key before the others, on the disk and in memory. With a file that is given, or one that has just been made:
  // the first key as it is. Gives the id.
  [[nodiscard]] Result<std::string> add();
  // Waits until nothing is held that is sealed with another key.
  void drain(std::string_view but);
  // Takes all other keys out of the file and of memory.
  [[nodiscard]] Result<void> keep_only(std::string_view id);

  [[nodiscard]] KeyRing ring() const;
  [[nodiscard]] const KeyFile& file() const { return file_; }

 private:
  // What seals that are on their way share with this; outlives it.
  struct Holds {
    std::mutex mutex;
    std::condition_variable ended;
    std::map<std::string, std::size_t, std::less<>> counts;  // by key
  };
  [[nodiscard]] Result<void> follow_locked();
  [[nodiscard]] Result<void> read_locked();
  [[nodiscard]] Result<void> make_locked();
  [[nodiscard]] Error missing() const;

  KeyFile file_;
  mutable std::mutex mutex_;
  KeyRing ring_;
  std::optional<KeyFileStamp> stamp_;
  std::shared_ptr<Holds> holds_ = std::make_shared<Holds>();
};

}  // namespace tento::host
