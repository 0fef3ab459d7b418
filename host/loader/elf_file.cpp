// SPDX-License-Identifier: Apache-2.0
// Headers, sections, segments and notes of an ELF file (System V ABI, "Object Files" and "Program Loading").
#include "host/loader/elf_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "host/loader/elf_bytes.hpp"
#include "host/loader/elf_errors.hpp"
#include "host/loader/elf_limits.hpp"
#include "host/loader/grammar.hpp"

namespace tento::host {
namespace {

constexpr const char* get_other_build = "install the build of the provider for this machine (x86-64 Linux)";

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_386:
      return "i386";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "ARM";
    case EM_AARCH64:
      return "AArch64";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC64:
      return "PowerPC64";
    case EM_S390:
      return "S/390";
    default:
      return "another machine";
  }
}

std::string type_name(std::uint16_t type) {
  switch (type) {
    case ET_REL:
      return "an object file that was not linked";
    case ET_EXEC:
      return "a program";
    case ET_CORE:
      return "a core dump";
    default:
      return fmt::format("of ELF type {}", type);
  }
}

std::uint64_t page_size() {
  return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

}  // namespace

Accepted<ElfFile> ElfFile::read(std::span<const std::byte> bytes) {
  ElfFile file;
  file.bytes_ = bytes;
  if (auto ok = file.read_header(); !ok) return tl::unexpected(ok.error());
  return file;
}

Accepted<void> ElfFile::read_header() {
  constexpr const char* put_plugin = "remove it from the folder, or put a provider's shared object there";
  if (bytes_.empty()) return reject("empty_file", "the file is empty", put_plugin);
  const std::string_view start(reinterpret_cast<const char*>(bytes_.data()), std::min<std::size_t>(bytes_.size(), 16));
  if (!start.starts_with(std::string_view(ELFMAG, SELFMAG)))
    return reject("not_elf", fmt::format("it is not a shared object: it begins with `{}`", grammar::printable(start)),
                  put_plugin);
  Elf64_Ehdr header{};
  if (bytes_.size() <= EI_VERSION || (bytes_.size() < sizeof header && start[EI_CLASS] == ELFCLASS64))
    return elf_out_of_bounds("the ELF header", 0, sizeof header, bytes_.size());
  if (start[EI_CLASS] != ELFCLASS64)
    return reject("wrong_class",
                  start[EI_CLASS] == ELFCLASS32
                      ? "it is a 32-bit object, and this host is a 64-bit program"
                      : fmt::format("its ELF class is {}, expected 2 (64-bit)", static_cast<int>(start[EI_CLASS])),
                  get_other_build);
  (void)get(0, header);
  if (header.e_ident[EI_DATA] != ELFDATA2LSB)
    return reject("wrong_byte_order", "it is big-endian, and this machine is little-endian", get_other_build);
  if (header.e_ident[EI_VERSION] != EV_CURRENT || header.e_version != EV_CURRENT)
    return elf_damaged(fmt::format("its ELF version is {}, expected 1", header.e_version));
  if (header.e_ident[EI_OSABI] != ELFOSABI_SYSV && header.e_ident[EI_OSABI] != ELFOSABI_GNU)
    return reject("wrong_system",
                  fmt::format("it was built for another system (ELF OS ABI {})", header.e_ident[EI_OSABI]),
                  get_other_build);
  if (header.e_machine != host_machine)
    return reject(
        "wrong_machine",
        fmt::format("it was built for {} (ELF machine {}), and this machine is {} ({})", machine_name(header.e_machine),
                    header.e_machine, machine_name(host_machine), host_machine),
        get_other_build);
  if (header.e_type != ET_DYN)
    return reject("not_shared_object", fmt::format("it is {}, not a shared object", type_name(header.e_type)),
                  "link the provider with -shared");
  if (auto ok = read_sections(header); !ok) return ok;
  return read_segments(header);
}

// Section headers are not needed to load, and nothing is read by them; they are checked since they stand last, so that
// a cut-off file is noticed, and since tools go by them, which must show what is loaded.
Accepted<void> ElfFile::read_sections(const Elf64_Ehdr& header) {
  if (header.e_shoff == 0) return {};
  if (header.e_shnum > elf_limits::sections) return elf_over_limit("sections", header.e_shnum, elf_limits::sections);
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0)
    return elf_damaged(fmt::format("it has {} section headers of {} bytes, expected some of {}", header.e_shnum,
                                   header.e_shentsize, sizeof(Elf64_Shdr)));
  const std::uint64_t size = std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr);
  if (!in_file(header.e_shoff, size))
    return elf_out_of_bounds("its section header table", header.e_shoff, size, bytes_.size());
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section{};
    (void)get(header.e_shoff + i * sizeof section, section);
    if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS) continue;
    if (!in_file(section.sh_offset, section.sh_size))
      return elf_out_of_bounds(fmt::format("its section {}", i), section.sh_offset, section.sh_size, bytes_.size());
    if (section.sh_type == SHT_DYNAMIC) dynamic_sections_.push_back(section);
  }
  return {};
}

Accepted<void> ElfFile::read_segments(const Elf64_Ehdr& header) {
  if (header.e_phnum > elf_limits::segments) return elf_over_limit("segments", header.e_phnum, elf_limits::segments);
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0)
    return elf_damaged(fmt::format("it has {} program headers of {} bytes, expected some of {}", header.e_phnum,
                                   header.e_phentsize, sizeof(Elf64_Phdr)));
  const std::uint64_t size = std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  if (!in_file(header.e_phoff, size))
    return elf_out_of_bounds("its program header table", header.e_phoff, size, bytes_.size());
  head_ = bytes_.first(sizeof(Elf64_Ehdr));
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  std::memcpy(segments.data(), bytes_.data() + header.e_phoff, static_cast<std::size_t>(size));

  const Elf64_Phdr* dynamic = nullptr;
  const Elf64_Phdr* thread_local_data = nullptr;
  std::uint64_t end_of_last = 0;
  executable_stack_ = true;  // what a missing PT_GNU_STACK means on this machine
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Elf64_Phdr& segment = segments[i];
    if (segment.p_type == PT_NULL) continue;
    if (!in_file(segment.p_offset, segment.p_filesz))
      return elf_out_of_bounds(fmt::format("its segment {}", i), segment.p_offset, segment.p_filesz, bytes_.size());
    if (segment.p_type == PT_LOAD) {
      if (auto ok = check_load(segment, end_of_last); !ok) return ok;
      loads_.push_back(segment);
      if (segment.p_offset == 0 && segment.p_filesz >= head_.size()) head_address_ = segment.p_vaddr;
    } else if (segment.p_type == PT_DYNAMIC) {
      if (dynamic != nullptr) return elf_damaged("it has two dynamic segments");
      dynamic = &segment;
    } else if (segment.p_type == PT_GNU_STACK) {
      executable_stack_ = (segment.p_flags & PF_X) != 0;
    } else if (segment.p_type == PT_INTERP) {
      interpreter_ = true;
    } else if (segment.p_type == PT_TLS) {
      if (thread_local_data != nullptr) return elf_damaged("it has two segments of thread-local memory");
      thread_local_data = &segment;
    }
  }
  if (loads_.empty()) return elf_damaged("it has no segment to load");
  if (dynamic == nullptr)
    return reject("not_shared_object", "it has no dynamic segment, so it is not a shared object",
                  "link the provider with -shared");
  for (const Elf64_Phdr& segment : segments)
    if (segment.p_type == PT_NOTE)
      if (auto ok = read_notes(segment); !ok) return ok;
  if (thread_local_data != nullptr)
    if (auto ok = check_tls(*thread_local_data); !ok) return ok;
  return read_dynamic(*dynamic);
}

// Each thread that touches it gets a copy, which the dynamic linker makes without asking how large it is.
Accepted<void> ElfFile::check_tls(const Elf64_Phdr& segment) const {
  if (segment.p_memsz > elf_limits::thread_local_bytes)
    return elf_over_limit("bytes of thread-local memory", segment.p_memsz, elf_limits::thread_local_bytes);
  const std::uint64_t page = page_size();
  if (segment.p_filesz > segment.p_memsz || segment.p_align > page || (segment.p_align & (segment.p_align - 1)) != 0)
    return elf_damaged("its segment of thread-local memory is malformed");
  if (segment.p_filesz != 0 && !is_mapped(segment.p_vaddr, segment.p_filesz))
    return elf_damaged("its thread-local memory is not inside a segment that is loaded");
  return {};
}

// Who looks at a file with readelf or objdump has to see what the dynamic linker reads.
Accepted<void> ElfFile::check_dynamic_section(const Elf64_Phdr& segment) const {
  for (const Elf64_Shdr& section : dynamic_sections_)
    if (section.sh_offset != segment.p_offset || section.sh_addr != segment.p_vaddr)
      return elf_damaged(
          fmt::format("its section of the dynamic table (at {:#x}) and its dynamic segment (at {:#x}) are two tables",
                      section.sh_addr, segment.p_vaddr));
  return {};
}

Accepted<void> ElfFile::check_load(const Elf64_Phdr& segment, std::uint64_t& end_of_last) {
  const std::uint64_t alignment = segment.p_align;
  if (alignment == 0 || (alignment & (alignment - 1)) != 0)
    return elf_damaged(fmt::format("a segment is aligned to {}, which is not a power of two", alignment));
  if (alignment > elf_limits::alignment)
    return elf_over_limit("bytes of alignment of a segment", alignment, elf_limits::alignment);
  if (segment.p_filesz > segment.p_memsz)
    return elf_damaged(
        fmt::format("a segment has {} bytes in the file and {} in memory", segment.p_filesz, segment.p_memsz));
  if (segment.p_vaddr > elf_limits::mapped_bytes || segment.p_memsz > elf_limits::mapped_bytes - segment.p_vaddr)
    return elf_damaged(fmt::format("a segment of {} bytes at {:#x} is larger than a provider may be", segment.p_memsz,
                                   segment.p_vaddr));
  if ((segment.p_vaddr - segment.p_offset) % alignment != 0)
    return elf_damaged("a segment's place in the file and in memory do not agree in alignment");
  // Whole pages are mapped: of two segments that share one, the later one's bytes would replace what was inspected.
  const std::uint64_t page = page_size();
  if (segment.p_vaddr / page * page < end_of_last)
    return elf_damaged("its segments overlap, share a page, or are out of order");
  end_of_last = align_up(segment.p_vaddr + segment.p_memsz, page);
  return {};
}

Accepted<void> ElfFile::read_notes(const Elf64_Phdr& segment) {
  // Entries are padded to 4 bytes, or to 8 in a segment that says so.
  const std::uint64_t padding = segment.p_align == 8 ? 8 : 4;
  const auto mapped = at_address(segment.p_vaddr);
  if (segment.p_filesz != 0 && (!mapped || mapped->offset != segment.p_offset || mapped->size < segment.p_filesz))
    return elf_damaged("its notes are not inside a segment that is loaded");
  std::uint64_t at = 0;
  while (at < segment.p_filesz) {
    Elf64_Nhdr note{};
    const std::uint64_t left = segment.p_filesz - at;
    if (left < sizeof note || !get(segment.p_offset + at, note)) return elf_damaged("a note is cut off");
    const std::uint64_t name_end = sizeof note + std::uint64_t{note.n_namesz};
    const std::uint64_t descriptor_at = align_up(name_end, padding);
    const std::uint64_t descriptor_end = descriptor_at + note.n_descsz;
    if (name_end > left || descriptor_end > left)
      return elf_damaged(fmt::format("a note of {} + {} bytes does not fit into its segment of {}", note.n_namesz,
                                     note.n_descsz, segment.p_filesz));
    const auto name_bytes =
        bytes_.subspan(static_cast<std::size_t>(segment.p_offset + at + sizeof note), note.n_namesz);
    std::string_view name(reinterpret_cast<const char*>(name_bytes.data()), name_bytes.size());
    if (name.ends_with('\0')) name.remove_suffix(1);
    const std::uint64_t offset = segment.p_offset + at + descriptor_at;
    note_bytes_ += sizeof note + std::uint64_t{note.n_namesz} + note.n_descsz;
    if (notes_.size() == elf_limits::notes)
      return elf_over_limit("notes or more", notes_.size() + 1, elf_limits::notes);
    if (note_bytes_ > elf_limits::note_bytes)
      return elf_over_limit("bytes of notes or more", note_bytes_, elf_limits::note_bytes);
    notes_.push_back({name, note.n_type, bytes_.subspan(static_cast<std::size_t>(offset), note.n_descsz),
                      segment.p_vaddr + at + descriptor_at});
    at += align_up(descriptor_end, padding);
  }
  return {};
}

bool ElfFile::in_file(std::uint64_t offset, std::uint64_t size) const {
  return offset <= bytes_.size() && size <= bytes_.size() - offset;
}

bool ElfFile::spend(std::uint64_t work) const {
  if (work_ > elf_limits::work) return false;
  work_ += work;
  return work_ <= elf_limits::work;
}

std::optional<ElfFile::Table> ElfFile::at_address(std::uint64_t address) const {
  for (const Elf64_Phdr& load : loads_)
    if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz)
      return Table{load.p_offset + (address - load.p_vaddr), load.p_filesz - (address - load.p_vaddr)};
  return std::nullopt;
}

bool ElfFile::is_mapped(std::uint64_t address, std::uint64_t size) const {
  return std::any_of(loads_.begin(), loads_.end(), [&](const Elf64_Phdr& load) {
    return address >= load.p_vaddr && address - load.p_vaddr <= load.p_memsz &&
           size <= load.p_memsz - (address - load.p_vaddr);
  });
}

}  // namespace tento::host
