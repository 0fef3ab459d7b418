// SPDX-License-Identifier: Apache-2.0
// Where a running host listens for the commands of its own user.
#pragma once

#include <filesystem>

namespace tento::host::server {

[[nodiscard]] inline std::filesystem::path socket_file(const std::filesystem::path& data_dir) {
  return data_dir / "tento.sock";
}

}  // namespace tento::host::server
