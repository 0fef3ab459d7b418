// SPDX-License-Identifier: Apache-2.0
// How much of everything a file may have before anybody trusts it. Real providers stay far below; what a file makes its
// readers do and hold is bounded by these and not by its size. host/docs/limits.md tells them.
#pragma once

#include <cstdint>

namespace tento::host::elf_limits {

inline constexpr std::uint64_t file_bytes = std::uint64_t{64} << 20;  // of a provider; a system library may be larger
inline constexpr std::uint64_t sections = 4096;
inline constexpr std::uint64_t segments = 64;
inline constexpr std::uint64_t mapped_bytes = std::uint64_t{1}
                                              << 30;  // from the first segment's start to the last's end
inline constexpr std::uint64_t alignment = std::uint64_t{16} << 20;
inline constexpr std::uint64_t thread_local_bytes = std::uint64_t{1}
                                                    << 20;  // each thread that touches them has its own
inline constexpr std::uint64_t notes = 64;
inline constexpr std::uint64_t note_bytes = std::uint64_t{64} << 10;  // of all notes; overlapping ones count each
inline constexpr std::uint64_t tags = 1024;                           // entries of the dynamic table
inline constexpr std::uint64_t needed = 128;                          // libraries that one file names
inline constexpr std::uint64_t libraries = 512;                       // that a file pulls in, all together
inline constexpr std::uint64_t versions = 1024;                       // that a file asks for, or offers
inline constexpr std::uint64_t name = 4096;                           // bytes of one name
inline constexpr std::uint64_t names_bytes = std::uint64_t{8} << 20;  // of a provider's table of names
inline constexpr std::uint64_t symbols = 65536;                       // of a provider
inline constexpr std::uint64_t relocations = std::uint64_t{1} << 20;  // of a provider, in each of its tables
inline constexpr std::uint64_t chain = 65536;                         // symbols of one hash, in any file
// Bytes of names and entries of tables that are looked at in one file: a budget that what overlaps cannot multiply.
inline constexpr std::uint64_t work = std::uint64_t{32} << 20;

}  // namespace tento::host::elf_limits
