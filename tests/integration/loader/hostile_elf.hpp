// SPDX-License-Identifier: Apache-2.0
// A shared object written byte by byte: small, in order, and with whatever a test wants to be wrong with it.
#pragma once

#include <elf.h>
#include <tento/note.h>

#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace.hpp"

namespace tento::host::test {

class HostileElf {
 public:
  HostileElf() {
    add_symbol("tento_plugin", STT_FUNC);
    add_symbol("tento_connector", STT_FUNC);
  }

  // An offset in the table of names.
  std::uint32_t add_name(std::string_view name) {
    const auto at = static_cast<std::uint32_t>(names.size());
    names.append(name).push_back('\0');
    return at;
  }
  // One that the file defines, or wants (STT_NOTYPE).
  void add_symbol(std::string_view name, unsigned char type) { add_symbol_at(add_name(name), type); }
  void add_symbol_at(std::uint32_t name, unsigned char type) {
    Elf64_Sym symbol{};
    symbol.st_name = name;
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, type);
    symbol.st_shndx = type == STT_NOTYPE ? SHN_UNDEF : 1;
    symbol.st_value = type == STT_NOTYPE ? 0 : 64;
    symbols.push_back(symbol);
  }
  void add_tag(std::int64_t tag, std::uint64_t value) { tags.push_back({tag, {value}}); }

  // One segment that holds all: header, program headers, names, symbols, hash table, note, dynamic table.
  [[nodiscard]] Bytes bytes() const {
    Bytes out(sizeof(Elf64_Ehdr) + (4 + segments.size()) * sizeof(Elf64_Phdr));
    const std::uint64_t names_at = put(out, names.data(), names.size());
    const std::uint64_t symbols_at = put(out, symbols.data(), symbols.size() * sizeof(Elf64_Sym));
    std::vector<std::uint32_t> hash = {1, static_cast<std::uint32_t>(symbols.size()), 1};
    for (std::uint32_t i = 0; i < symbols.size(); ++i) hash.push_back(i != 0 && i + 1 < symbols.size() ? i + 1 : 0);
    if (bend_hash) bend_hash(hash);
    const std::uint64_t hash_at = put(out, hash.data(), hash.size() * 4);
    tento_note note = {6u,
                       TENTO_NOTE_DESCRIPTOR_SIZE,
                       TENTO_NOTE_TYPE,
                       TENTO_NOTE_NAME,
                       TENTO_NOTE_MAGIC,
                       1u,
                       0u,
                       0u,
                       "hostile",
                       "1.0.0",
                       "Hostile",
                       "p=~hostile\0"};
    const std::uint64_t note_at = put(out, &note, sizeof note);
    const std::uint64_t more_at = put(out, more.data(), more.size());
    std::vector<Elf64_Dyn> dynamic = {{DT_STRTAB, {names_at}},
                                      {DT_STRSZ, {names.size()}},
                                      {DT_SYMTAB, {symbols_at}},
                                      {DT_SYMENT, {sizeof(Elf64_Sym)}},
                                      {DT_HASH, {hash_at}}};
    dynamic.insert(dynamic.end(), tags.begin(), tags.end());
    dynamic.push_back({});
    dynamic.insert(dynamic.end(), behind_end.begin(), behind_end.end());
    const std::uint64_t dynamic_size = dynamic.size() * sizeof(Elf64_Dyn);
    const std::uint64_t dynamic_at = put(out, dynamic.data(), dynamic_size);
    std::uint64_t sections_at = 0;
    if (!sections.empty()) sections_at = put(out, sections.data(), sections.size() * sizeof(Elf64_Shdr));

    std::vector<Elf64_Phdr> all = {segment(PT_LOAD, 0, out.size(), 4096),
                                   segment(PT_DYNAMIC, dynamic_at, dynamic_size, 8),
                                   segment(PT_NOTE, note_at, sizeof note, 4), segment(PT_GNU_STACK, 0, 0, 16)};
    all[0].p_memsz += more_memory;
    for (Elf64_Phdr one : segments) {
      if (one.p_type == PT_NOTE) one = segment(PT_NOTE, more_at, more.size(), 4);
      all.push_back(one);
    }
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident,
                "\x7f"
                "ELF\x02\x01\x01",
                7);
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = static_cast<Elf64_Half>(all.size());
    header.e_ehsize = sizeof header;
    header.e_shoff = sections_at;
    header.e_shnum = static_cast<Elf64_Half>(sections.size());
    header.e_shentsize = sections.empty() ? 0 : sizeof(Elf64_Shdr);
    std::memcpy(out.data(), &header, sizeof header);
    std::memcpy(out.data() + sizeof header, all.data(), all.size() * sizeof(Elf64_Phdr));
    return out;
  }

  static Elf64_Phdr segment(std::uint32_t type, std::uint64_t at, std::uint64_t size, std::uint64_t alignment) {
    Elf64_Phdr one{};
    one.p_type = type;
    one.p_flags = PF_R | PF_W;
    one.p_offset = one.p_vaddr = at;
    one.p_filesz = one.p_memsz = size;
    one.p_align = alignment;
    return one;
  }

  std::string names = std::string(1, '\0');
  std::vector<Elf64_Sym> symbols = {Elf64_Sym{}};
  std::vector<Elf64_Dyn> tags;        // behind those that every file has
  std::vector<Elf64_Dyn> behind_end;  // of the dynamic table
  std::vector<Elf64_Phdr> segments;   // behind those that every file has; one of notes holds `more`
  std::vector<Elf64_Shdr> sections;
  std::uint64_t more_memory = 0;  // behind the bytes of the file
  Bytes more;
  std::function<void(std::vector<std::uint32_t>&)> bend_hash;

 private:
  static std::uint64_t put(Bytes& out, const void* data, std::size_t size) {
    out.resize((out.size() + 7) / 8 * 8);
    const std::uint64_t at = out.size();
    out.resize(out.size() + size);
    if (size != 0) std::memcpy(out.data() + at, data, size);
    return at;
  }
};

}  // namespace tento::host::test
