// SPDX-License-Identifier: Apache-2.0
// The open descriptors of this process, to see that a provider's code left them alone.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/loader/file_handle.hpp"

namespace tento::host {

class HeldDescriptors {
 public:
  // All that are open now, or only the standard streams and a few of its own, where other threads may open and close
  // theirs meanwhile. Those of its own are closed with it.
  enum class Watch { all, own };
  [[nodiscard]] static HeldDescriptors now(Watch watch);
  // What became of one that is closed, or another file now; nothing when all are as they were. New ones do not count.
  [[nodiscard]] std::optional<std::string> lost() const;

 private:
  struct What {
    dev_t device = 0;
    ino_t inode = 0;
    mode_t type = 0;
    int flags = 0;  // FD_*
    bool operator==(const What&) const = default;
  };
  [[nodiscard]] static std::optional<What> look_at(int descriptor);

  std::map<int, What> held_;
  std::vector<std::shared_ptr<const FileHandle>> own_;
};

}  // namespace tento::host
