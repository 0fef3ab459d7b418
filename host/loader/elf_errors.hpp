// SPDX-License-Identifier: Apache-2.0
// How the ELF reader says what is wrong with a file.
#pragma once

#include <spdlog/fmt/fmt.h>

#include <string>

#include "host/loader/reject.hpp"

namespace tento::host {

inline tl::unexpected<Rejection> elf_out_of_bounds(std::string_view what, std::uint64_t offset, std::uint64_t size,
                                                   std::uint64_t file_size) {
  return reject("out_of_bounds",
                fmt::format("{} (at {}, {} bytes) lies beyond the end of the file ({} bytes): it is cut off or damaged",
                            what, offset, size, file_size),
                "copy the file again and compare its checksum with the publisher's");
}
inline tl::unexpected<Rejection> elf_damaged(std::string what) {
  return reject("bad_elf", std::move(what),
                "the file is damaged, or a tool rewrote it badly: get it from its publisher again");
}

}  // namespace tento::host
