// SPDX-License-Identifier: Apache-2.0
// Step 4: what a file may be and hold, decided from its bytes alone.
#pragma once

#include <string>
#include <vector>

#include "host/loader/elf_file.hpp"
#include "host/loader/system_libraries.hpp"

namespace tento::host {

// A file that passed: its note, and what the opened object is compared with.
struct Inspected {
  NoteData note;
  std::uint64_t plugin_entry = 0;  // addresses relative to the base; 0 = it has none
  std::uint64_t connector_entry = 0;
  std::uint64_t sync_plugin_entry = 0;
  // Bytes that the mapped object has to have at an address: the ELF header, the notes, the table of names.
  struct Bytes {
    std::uint64_t address = 0;
    std::vector<std::byte> bytes;
  };
  std::vector<Bytes> expected;
  std::vector<Elf64_Dyn> dynamic;  // the table by which the dynamic linker went, and where it is mapped
  std::uint64_t dynamic_address = 0;
  std::vector<LibraryFile> libraries;  // that come in with it, unless they are there
};

// The one Tento note of a file.
[[nodiscard]] Accepted<NoteData> find_note(const ElfFile& elf);
// Everything else: exports, symbols, libraries, versions, entries.
[[nodiscard]] Accepted<Inspected> inspect(const ElfFile& elf, NoteData note, SystemLibraries& libraries);

}  // namespace tento::host
