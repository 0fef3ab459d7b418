// SPDX-License-Identifier: Apache-2.0
// The inspector of plugin files: whatever the bytes are, it gives a note and entries or a rejection with words, and
// reads nothing beyond them, and looks at no more than its budget.
#include <cstdlib>

#include "host/loader/elf_limits.hpp"
#include "host/loader/inspect.hpp"
#include "host/loader/system_libraries.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static tento::host::SystemLibraries libraries;
  const auto rejected_well = [](const tento::host::Rejection& rejection) {
    if (rejection.code.empty() || rejection.reason.empty() || rejection.remedy.empty()) std::abort();
    return 0;
  };
  const auto elf = tento::host::ElfFile::read({reinterpret_cast<const std::byte*>(data), size});
  if (!elf) return rejected_well(elf.error());
  // Each part by itself too, since one that fails keeps the others from being reached.
  if (const auto symbols = elf->symbols(); !symbols) rejected_well(symbols.error());
  if (const auto linkable = elf->check_linkable(); !linkable) rejected_well(linkable.error());
  (void)elf->exports(tento::host::HashedName("tento_plugin"));
  auto note = tento::host::find_note(*elf);
  tento::host::NoteData data_of_note;
  if (note)
    data_of_note = std::move(*note);
  else
    rejected_well(note.error());
  const auto inspected = tento::host::inspect(*elf, std::move(data_of_note), libraries);
  // The walks above and the last name, each of which may have been begun within the budget.
  if (elf->work() > tento::host::elf_limits::work + std::uint64_t{2} * tento::host::elf_limits::symbols) std::abort();
  if (elf->notes().size() > tento::host::elf_limits::notes) std::abort();
  return inspected ? 0 : rejected_well(inspected.error());
}
