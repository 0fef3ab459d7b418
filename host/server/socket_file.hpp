// SPDX-License-Identifier: Apache-2.0
// Where a running host listens for the commands of its own user.
#pragma once

#include <filesystem>
#include <string_view>

namespace tento::host::server {

[[nodiscard]] inline std::filesystem::path socket_file(const std::filesystem::path& data_dir) {
  return data_dir / "tento.sock";
}

// The field in which such a command says whose rows it means.
inline constexpr std::string_view owner_header = "Tento-Owner";

}  // namespace tento::host::server
