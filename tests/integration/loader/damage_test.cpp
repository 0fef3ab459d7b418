// SPDX-License-Identifier: Apache-2.0
// A good file, damaged byte by byte: cut off, patched, bent. Nothing of it may be opened, nothing may crash.
#include <doctest/doctest.h>
#include <elf.h>
#include <tento/note.h>

#include <cstring>
#include <functional>
#include <random>

#include "host/loader/inspect.hpp"
#include "host/loader/note.hpp"
#include "workspace.hpp"

namespace {

using namespace tento::host;
using namespace tento::host::test;

Accepted<Inspected> inspect_bytes(const Bytes& bytes) {
  static SystemLibraries libraries;
  const auto elf = ElfFile::read(std::as_bytes(std::span(bytes)));
  if (!elf) return tl::unexpected(elf.error());
  auto note = find_note(*elf);
  if (!note) return tl::unexpected(note.error());
  return inspect(*elf, std::move(*note), libraries);
}

const Bytes& good() {
  static const Bytes bytes = read_bytes(fixture("fixture-good.so"));
  return bytes;
}

template <class T>
T& at(Bytes& bytes, std::size_t offset) {
  REQUIRE_LE(offset + sizeof(T), bytes.size());
  return *reinterpret_cast<T*>(bytes.data() + offset);
}
Elf64_Ehdr& header(Bytes& bytes) {
  return at<Elf64_Ehdr>(bytes, 0);
}
Elf64_Phdr& segment(Bytes& bytes, std::uint32_t type) {
  for (std::size_t i = 0; i < header(bytes).e_phnum; ++i) {
    auto& one = at<Elf64_Phdr>(bytes, header(bytes).e_phoff + i * sizeof(Elf64_Phdr));
    if (one.p_type == type) return one;
  }
  throw std::runtime_error("no such segment");
}
tento_note& note(Bytes& bytes) {
  const std::uint32_t magic = TENTO_NOTE_MAGIC;
  for (std::size_t i = 0; i + sizeof(tento_note) < bytes.size(); i += 4)
    if (std::memcmp(bytes.data() + i + offsetof(tento_note, magic), &magic, sizeof magic) == 0 &&
        std::memcmp(bytes.data() + i + offsetof(tento_note, name), "Tento", 6) == 0)
      return at<tento_note>(bytes, i);
  throw std::runtime_error("no note");
}
// Puts one entry more behind those of the note.
Bytes& add_entry(Bytes& bytes, std::string_view entry) {
  char* const strings = note(bytes).strings;
  std::size_t at = 0;
  while (strings[at] != '\0') at += std::strlen(strings + at) + 1;
  REQUIRE_LE(at + entry.size() + 2, sizeof note(bytes).strings);
  std::memcpy(strings + at, entry.data(), entry.size());
  return bytes;
}
Elf64_Dyn& dynamic(Bytes& bytes, std::int64_t tag) {
  const Elf64_Phdr table = segment(bytes, PT_DYNAMIC);
  for (std::size_t i = 0; i < table.p_filesz; i += sizeof(Elf64_Dyn))
    if (at<Elf64_Dyn>(bytes, table.p_offset + i).d_tag == tag) return at<Elf64_Dyn>(bytes, table.p_offset + i);
  throw std::runtime_error("no such tag");
}

struct Damage {
  const char* name;
  std::function<void(Bytes&)> patch;
  const char* code;
  const char* says;
};

void expect_each(const std::vector<Damage>& damages) {
  for (const Damage& damage : damages) {
    CAPTURE(damage.name);
    Bytes bytes = good();
    damage.patch(bytes);
    Workspace work;
    work.put("bad.so", bytes);
    const LoadReport report = work.load();
    CHECK(report.providers.empty());
    REQUIRE(report.infos[0].rejection);
    CAPTURE(report.infos[0].rejection->reason);
    CHECK_EQ(report.infos[0].rejection->code, damage.code);
    CHECK(contains(report.infos[0].rejection->reason, damage.says));
    CHECK_FALSE(report.infos[0].rejection->remedy.empty());
  }
}

TEST_CASE("the undamaged file passes") {
  const auto inspected = inspect_bytes(good());
  REQUIRE_MESSAGE(inspected.has_value(), inspected.error().reason);
  CHECK_NE(inspected->plugin_entry, 0);
  CHECK_NE(inspected->connector_entry, 0);
  CHECK_EQ(inspected->sync_plugin_entry, 0);
}

TEST_CASE("cut off anywhere, it is never opened") {
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 0; cut < good().size(); cut += cut < 1024 ? 1 : 61) cuts.push_back(cut);
  for (std::size_t back = 1; back < 64; ++back) cuts.push_back(good().size() - back);
  for (const std::size_t cut : cuts) {
    CAPTURE(cut);
    const auto inspected = inspect_bytes({good().begin(), good().begin() + static_cast<std::ptrdiff_t>(cut)});
    REQUIRE_FALSE(inspected);
    CAPTURE(inspected.error().reason);
    CHECK_EQ(inspected.error().code, cut == 0 ? "empty_file" : cut < 4 ? "not_elf" : "out_of_bounds");
  }
  expect_each({
      {"half", [](Bytes& b) { b.resize(b.size() / 2); }, "out_of_bounds", "it is cut off or damaged"},
      {"last byte", [](Bytes& b) { b.pop_back(); }, "out_of_bounds", "its section header table"},
  });
}

TEST_CASE("for another kind of machine or program") {
  expect_each({
      {"32-bit", [](Bytes& b) { b[EI_CLASS] = ELFCLASS32; }, "wrong_class",
       "it is a 32-bit object, and this host is a 64-bit program"},
      {"no class", [](Bytes& b) { b[EI_CLASS] = 9; }, "wrong_class", "its ELF class is 9"},
      {"big-endian", [](Bytes& b) { b[EI_DATA] = ELFDATA2MSB; }, "wrong_byte_order", "it is big-endian"},
      {"another machine", [](Bytes& b) { header(b).e_machine = EM_AARCH64; }, "wrong_machine",
       "it was built for AArch64 (ELF machine 183), and this machine is x86-64 (62)"},
      {"another system", [](Bytes& b) { b[EI_OSABI] = ELFOSABI_FREEBSD; }, "wrong_system", "ELF OS ABI 9"},
      {"an object file", [](Bytes& b) { header(b).e_type = ET_REL; }, "not_shared_object",
       "an object file that was not linked"},
      {"a program", [](Bytes& b) { header(b).e_type = ET_EXEC; }, "not_shared_object",
       "it is a program, not a shared object"},
      {"version", [](Bytes& b) { header(b).e_version = 2; }, "bad_elf", "its ELF version is 2"},
  });
}

TEST_CASE("offsets out of bounds") {
  expect_each({
      {"section headers", [](Bytes& b) { header(b).e_shoff = b.size() - 8; }, "out_of_bounds",
       "its section header table"},
      {"section headers, wrapping", [](Bytes& b) { header(b).e_shoff = ~std::uint64_t{0} - 63; }, "out_of_bounds",
       "its section header table"},
      {"a section",
       [](Bytes& b) { at<Elf64_Shdr>(b, header(b).e_shoff + sizeof(Elf64_Shdr)).sh_offset = ~std::uint64_t{0} - 4; },
       "out_of_bounds", "its section 1"},
      {"program headers", [](Bytes& b) { header(b).e_phoff = b.size(); }, "out_of_bounds", "its program header table"},
      {"program headers, wrapping", [](Bytes& b) { header(b).e_phoff = ~std::uint64_t{0} - 55; }, "out_of_bounds",
       "its program header table"},
      {"size of program headers", [](Bytes& b) { header(b).e_phentsize = 32; }, "bad_elf",
       "program headers of 32 bytes"},
      {"no program headers", [](Bytes& b) { header(b).e_phnum = 0; }, "bad_elf", "it has 0 program headers"},
      {"a segment", [](Bytes& b) { segment(b, PT_LOAD).p_filesz = ~std::uint64_t{0}; }, "out_of_bounds",
       "its segment 0"},
      {"memory below file", [](Bytes& b) { segment(b, PT_LOAD).p_memsz = 8; }, "bad_elf", "and 8 in memory"},
      {"huge memory", [](Bytes& b) { segment(b, PT_LOAD).p_memsz = std::uint64_t{1} << 60; }, "bad_elf",
       "larger than a provider may be"},
      {"alignment", [](Bytes& b) { segment(b, PT_LOAD).p_align = 24; }, "bad_elf", "not a power of two"},
      {"dynamic outside", [](Bytes& b) { segment(b, PT_DYNAMIC).p_vaddr = 1u << 30; }, "bad_elf",
       "not inside a segment"},
      {"names", [](Bytes& b) { dynamic(b, DT_STRTAB).d_un.d_ptr = 1u << 30; }, "out_of_bounds", "its table of names"},
      {"length of names", [](Bytes& b) { dynamic(b, DT_STRSZ).d_un.d_val = ~std::uint64_t{0}; }, "out_of_bounds",
       "its table of names"},
      {"needed library", [](Bytes& b) { dynamic(b, DT_NEEDED).d_un.d_val = 1u << 20; }, "out_of_bounds",
       "the name of a needed library"},
      {"size of symbols", [](Bytes& b) { dynamic(b, DT_SYMENT).d_un.d_val = 16; }, "bad_elf",
       "its symbols are 16 bytes long"},
      {"relocations", [](Bytes& b) { dynamic(b, DT_RELA).d_un.d_ptr = 1u << 30; }, "out_of_bounds", "its relocations"},
      {"constructors", [](Bytes& b) { dynamic(b, DT_INIT_ARRAY).d_un.d_ptr = 1u << 30; }, "out_of_bounds",
       "its list of constructors"},
  });
}

TEST_CASE("notes that are none") {
  expect_each({
      {"magic", [](Bytes& b) { note(b).magic = 0x12345678; }, "bad_magic",
       "its note begins with 0x12345678 instead of 0x4f544e54"},
      {"major 2", [](Bytes& b) { note(b).abi_major = 2; }, "abi_major",
       "it was built for ABI 2.0, and this host speaks ABI 1 to 1"},
      {"major 0", [](Bytes& b) { note(b).abi_major = 0; }, "abi_major", "it was built for ABI 0.0"},
      {"id",
       [](Bytes& b) {
         std::strcpy(note(b).id, "Al!");
         std::memset(note(b).id + 3, 0, 29);
       },
       "bad_id", "`Al!` is not a provider id"},
      {"id with a hyphen at its end", [](Bytes& b) { std::memcpy(note(b).id, "alph-", 5); }, "bad_id",
       "`alph-` is not a provider id"},
      {"endless id", [](Bytes& b) { std::memset(note(b).id, 'a', 32); }, "bad_note",
       "the note's id is not ended by a NUL in its 32 bytes"},
      {"bytes behind the id", [](Bytes& b) { note(b).id[31] = 'x'; }, "bad_note",
       "the note's id has bytes behind its end"},
      {"version",
       [](Bytes& b) {
         std::memcpy(note(b).version, "1.0", 4);
         note(b).version[4] = 0;
       },
       "bad_version", "`1.0` is not a semantic version"},
      {"entry", [](Bytes& b) { note(b).strings[0] = 'z'; }, "bad_note", "known are p= f= n= o= i= r="},
      {"a path that climbs", [](Bytes& b) { add_entry(b, "r=/etc/../root"); }, "bad_note",
       "the note's `r=/etc/../root` is not a valid path for a provider to read"},
      {"a path of no root", [](Bytes& b) { add_entry(b, "r=etc/gitconfig"); }, "bad_note",
       "the note's `r=etc/gitconfig` is not a valid path for a provider to read"},
      {"a path twice", [](Bytes& b) { add_entry(add_entry(b, "r=/etc/a"), "r=/etc/a"); }, "bad_note",
       "the note says `r=/etc/a` twice"},
      {"a path without the flag of own files", [](Bytes& b) { add_entry(b, "r=/etc/gitconfig"); }, "bad_note",
       "its note says that it reads `/etc/gitconfig`, and not that it opens files itself"},
      {"no equals", [](Bytes& b) { note(b).strings[1] = '~'; }, "bad_note", "which is not an `x=value` entry"},
      {"prefix", [](Bytes& b) { note(b).strings[2] = ':'; }, "bad_note", "is not a valid key prefix"},
      {"no prefix", [](Bytes& b) { std::memset(note(b).strings, 0, 512); }, "no_prefix", "claims no key prefix"},
      {"endless strings", [](Bytes& b) { std::memset(note(b).strings, 'p', 512); }, "bad_note",
       "not ended within their 512 bytes"},
      {"bytes behind the strings", [](Bytes& b) { note(b).strings[511] = 'x'; }, "bad_note", "bytes behind their end"},
      {"short", [](Bytes& b) { note(b).descriptor_size = 644; }, "bad_note",
       "its note is 644 bytes long, a Tento note is 656"},
      {"larger than its segment", [](Bytes& b) { note(b).descriptor_size = 0xfffffff0; }, "bad_elf",
       "does not fit into its segment"},
      {"another name", [](Bytes& b) { note(b).name[0] = 'X'; }, "no_note", "it has no Tento note"},
      {"another type", [](Bytes& b) { note(b).type = 1; }, "no_note", "it has no Tento note"},
  });
}

TEST_CASE("versions of libraries that this system does not have") {
  Bytes bytes = good();
  // The fixture asks for GLIBC_2.2.5 or a later one: raised to one that is not there yet.
  const std::string wanted = "GLIBC_2.2.5";
  const auto found = std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end());
  REQUIRE(found != bytes.end());
  std::copy_n("GLIBC_2.9.9", wanted.size(), found);
  Workspace work;
  work.put("bad.so", bytes);
  const LoadReport report = work.load();
  REQUIRE(report.infos[0].rejection);
  CAPTURE(report.infos[0].rejection->reason);
  CHECK_EQ(report.infos[0].rejection->code, "dependency_version");
  CHECK(contains(report.infos[0].rejection->reason, "it needs GLIBC_2.9.9 of libc.so.6, and /"));
  CHECK(contains(report.infos[0].rejection->reason, "here offers up to GLIBC_2."));
}

TEST_CASE("random damage never takes the reader down") {
  std::mt19937 random(20240229);  // NOLINT: the same damage each time
  std::uniform_int_distribution<std::size_t> place(0, good().size() - 1);
  std::uniform_int_distribution<int> value(0, 255);
  int rejected = 0;
  for (int round = 0; round < 4000; ++round) {
    Bytes bytes = good();
    // Half of the damage goes to the headers and tables at the front, where it hurts.
    for (int i = 0; i < 4; ++i)
      bytes[i % 2 == 0 ? place(random) : place(random) % std::min<std::size_t>(bytes.size(), 4096)] =
          static_cast<unsigned char>(value(random));
    if (!inspect_bytes(bytes)) ++rejected;
  }
  CHECK_GT(rejected, 1000);
}

}  // namespace
