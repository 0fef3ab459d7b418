// SPDX-License-Identifier: Apache-2.0
// What a small read gave, kept until something is written: a read of the file takes and leaves its lock, which costs
// more than the look-up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <tento/sdk/result.hpp>

#include "host/base/mutex.hpp"
#include "host/store/sqlite/database.hpp"

namespace tento::host::sqlite {

// Values by key, each in the one slot that its key leads to, so that they do not grow in number. Any thread.
template <class Key, class Value, std::size_t slot_count, class Hash>
class Remembered {
 public:
  // What `read` gave last for this key, or what it gives now.
  template <class Read>
  Result<Value> get(const Database& db, const Key& key, Read&& read) {
    // Asked before the file is read: what is written meanwhile makes the value old at once, never new.
    const auto written = db.written();
    if (!written) return read();
    auto& slot = slots_[Hash()(key) % slot_count];
    {
      const MutexLock lock(mutex_);
      if (slot && slot->written == *written && slot->key == key) return slot->value;
    }
    auto value = read();
    if (!value) return value;
    const MutexLock lock(mutex_);
    slot = Slot{key, *value, *written};
    return value;
  }

 private:
  struct Slot {
    Key key;
    Value value;
    std::uint64_t written;
  };
  Mutex mutex_;  // guards what the slots hold
  std::array<std::optional<Slot>, slot_count> slots_;
};

}  // namespace tento::host::sqlite
