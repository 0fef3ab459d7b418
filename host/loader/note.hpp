// SPDX-License-Identifier: Apache-2.0
// The note of a provider's file, decoded and checked: nothing in it is believed before this.
#pragma once

#include <tento/note.h>

#include <span>

#include "host/loader/provider.hpp"

namespace tento::host {

// The ABI majors this host speaks.
inline constexpr std::uint32_t abi_min = 1;
inline constexpr std::uint32_t abi_max = TENTO_ABI_MAJOR;

// Decodes a note record: the ELF header, the magic, the major, the id, the version, the prefixes and the rest.
[[nodiscard]] Accepted<NoteData> decode_note(const tento_note& note);
// The descriptor alone, as it stands in a file.
[[nodiscard]] Accepted<NoteData> decode_note_descriptor(std::span<const std::byte> descriptor);
// The same checks for a note that was made in this program.
[[nodiscard]] Accepted<void> check_note(const NoteData& note);

}  // namespace tento::host
