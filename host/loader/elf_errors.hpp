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
// More of something than a provider has any use for: what looks through it, here or in the dynamic linker, must have an
// end.
inline tl::unexpected<Rejection> elf_over_limit(std::string_view what, std::uint64_t count, std::uint64_t limit) {
  return reject("over_limit", fmt::format("it has {} {}, and the limit is {}", count, what, limit),
                "link it with the SDK's flags (hidden visibility, its version script, no debug information); a file "
                "that is built so stays far below");
}
inline tl::unexpected<Rejection> elf_too_much_work(std::uint64_t limit) {
  return reject("over_limit",
                fmt::format("looking through its names and tables takes more than {} steps: they overlap, or there are "
                            "far more than a provider needs",
                            limit),
                "link it with the SDK's flags (hidden visibility, its version script); if it comes from somebody "
                "else, do not trust it");
}

}  // namespace tento::host
