// SPDX-License-Identifier: Apache-2.0
// The one reader of ELF files: plain values out of bytes nobody vouches for. Every offset is checked against the bytes
// before it is followed, and nothing of the file runs.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "host/loader/provider.hpp"

namespace tento::host {

// The machine this host was built for.
#if defined(__x86_64__)
inline constexpr std::uint16_t host_machine = EM_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint16_t host_machine = EM_AARCH64;
#else
#error "the loader knows no ELF machine number for this architecture"
#endif

// A name with what the hash tables of files file it under, so that it is hashed once however many are asked for it.
struct HashedName {
  explicit HashedName(std::string_view text);
  std::string_view text;
  std::uint32_t gnu = 0;
  std::uint32_t sysv = 0;
};

struct ElfSymbol {
  std::string_view name;
  std::uint64_t value = 0;
  std::uint8_t bind = 0;        // STB_*
  std::uint8_t type = 0;        // STT_*
  std::uint8_t visibility = 0;  // STV_*
  bool defined = false;
};

struct ElfNote {
  std::string_view name;  // without its NUL
  std::uint32_t type = 0;
  std::span<const std::byte> descriptor;
  std::uint64_t address = 0;  // where it is mapped, relative to the base
};

// A version of a library's interface that the file asks for.
struct ElfVersionNeed {
  std::string_view library;
  std::string_view version;
  bool weak = false;
};

// Views into the bytes it was read from, which outlive it.
class ElfFile {
 public:
  // Reads headers, segments, dynamic table and notes of a shared object for this machine.
  static Accepted<ElfFile> read(std::span<const std::byte> bytes);

  [[nodiscard]] const std::vector<std::string_view>& needed() const { return needed_; }
  [[nodiscard]] std::string_view soname() const { return soname_; }
  // The program that it names to start it (PT_INTERP): a provider has none.
  [[nodiscard]] bool has_interpreter() const { return interpreter_; }
  // The first tag of the dynamic table that lets the file name paths or further objects, or nothing.
  [[nodiscard]] std::optional<std::string_view> path_tag() const { return path_tag_; }
  [[nodiscard]] std::uint64_t flags() const { return flags_; }      // DF_*
  [[nodiscard]] std::uint64_t flags_1() const { return flags_1_; }  // DF_1_*
  [[nodiscard]] bool has_text_relocations() const { return text_relocations_; }
  [[nodiscard]] bool has_executable_stack() const { return executable_stack_; }
  [[nodiscard]] const std::vector<ElfNote>& notes() const { return notes_; }
  [[nodiscard]] const std::vector<ElfVersionNeed>& version_needs() const { return version_needs_; }
  // Names of the versions it offers.
  [[nodiscard]] const std::vector<std::string_view>& versions() const { return versions_; }
  // The ELF header, as it is mapped.
  [[nodiscard]] std::span<const std::byte> head() const { return head_; }
  [[nodiscard]] std::optional<std::uint64_t> head_address() const { return head_address_; }
  // The dynamic table up to its end, and where it is mapped.
  [[nodiscard]] const std::vector<Elf64_Dyn>& dynamic() const { return dynamic_; }
  [[nodiscard]] std::uint64_t dynamic_address() const { return dynamic_address_; }
  // The table of names, and where it is mapped.
  [[nodiscard]] std::span<const std::byte> names() const;
  [[nodiscard]] std::uint64_t names_address() const { return tag(DT_STRTAB).value_or(0); }
  // How many bytes of names and entries of tables were looked at so far; at most elf_limits::work, and one name.
  [[nodiscard]] std::uint64_t work() const { return work_; }

  // That what the dynamic linker walks blindly lies in mapped memory and has an end: relocations, constructors,
  // destructors, hash tables, versions of symbols.
  [[nodiscard]] Accepted<void> check_linkable() const;
  // All dynamic symbols but the first (reserved) one.
  [[nodiscard]] Accepted<std::vector<ElfSymbol>> symbols() const;
  // Whether it defines `name` for others; by its hash table, without walking all symbols.
  [[nodiscard]] bool exports(const HashedName& name) const;

 private:
  // Where a table of the dynamic section lies in the file.
  struct Table {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;  // up to the end of its segment's bytes, unless a tag says less
  };

  ElfFile() = default;
  Accepted<void> read_header();
  Accepted<void> read_sections(const Elf64_Ehdr& header);
  Accepted<void> read_segments(const Elf64_Ehdr& header);
  Accepted<void> check_load(const Elf64_Phdr& segment, std::uint64_t& end_of_last);
  Accepted<void> check_tls(const Elf64_Phdr& segment) const;
  Accepted<void> check_dynamic_section(const Elf64_Phdr& segment) const;
  Accepted<void> read_notes(const Elf64_Phdr& segment);
  Accepted<void> read_dynamic(const Elf64_Phdr& segment);
  Accepted<void> take_tags(const Elf64_Phdr& segment);
  Accepted<void> take_tables();
  Accepted<void> take_libraries();
  [[nodiscard]] Accepted<void> check_relocations(std::int64_t table_tag, std::int64_t size_tag) const;
  [[nodiscard]] Accepted<void> check_hash_tables() const;
  // The value of the entry of the dynamic table with this tag.
  [[nodiscard]] std::optional<std::uint64_t> tag(std::int64_t wanted) const;
  Accepted<void> read_version_needs(std::uint64_t address, std::uint64_t count);
  Accepted<void> read_versions(std::uint64_t address, std::uint64_t count);
  [[nodiscard]] Accepted<std::uint64_t> symbol_count() const;
  [[nodiscard]] std::optional<ElfSymbol> symbol(std::uint64_t index) const;
  // Whether the symbol is defined for others under this name.
  [[nodiscard]] bool gives(std::uint64_t index, std::string_view name) const;
  [[nodiscard]] std::optional<bool> exports_by_gnu_hash(const HashedName& name) const;
  // Counts work; false when there was enough.
  [[nodiscard]] bool spend(std::uint64_t work) const;

  template <class T>
  [[nodiscard]] bool get(std::uint64_t offset, T& out) const;
  [[nodiscard]] bool in_file(std::uint64_t offset, std::uint64_t size) const;
  [[nodiscard]] std::optional<Table> at_address(std::uint64_t address) const;
  [[nodiscard]] bool is_mapped(std::uint64_t address, std::uint64_t size) const;
  // A name; nothing when it is out of bounds or longer than elf_limits::name.
  [[nodiscard]] std::optional<std::string_view> string(std::uint64_t offset) const;

  std::span<const std::byte> bytes_;
  std::span<const std::byte> head_;
  std::optional<std::uint64_t> head_address_;
  std::vector<Elf64_Phdr> loads_;
  std::vector<Elf64_Dyn> dynamic_;
  std::uint64_t dynamic_address_ = 0;
  std::vector<Elf64_Shdr> dynamic_sections_;
  std::vector<ElfNote> notes_;
  std::uint64_t note_bytes_ = 0;
  std::vector<std::string_view> needed_;
  std::vector<ElfVersionNeed> version_needs_;
  std::vector<std::string_view> versions_;
  std::string_view soname_;
  std::optional<std::string_view> path_tag_;
  std::optional<Table> strings_, symbols_, hash_, gnu_hash_;
  std::uint64_t flags_ = 0;
  std::uint64_t flags_1_ = 0;
  bool text_relocations_ = false;
  bool executable_stack_ = false;
  bool interpreter_ = false;
  mutable std::uint64_t work_ = 0;
};

}  // namespace tento::host
