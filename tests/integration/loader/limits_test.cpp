// SPDX-License-Identifier: Apache-2.0
// Files that were made to cost their reader: names that share their ends, tables that overlap, chains that loop, two
// files in one. Each is refused for a bounded price, counted in work and not in time.
#include <doctest/doctest.h>

#include <functional>

#include "host/loader/elf_limits.hpp"
#include "host/loader/inspect.hpp"
#include "hostile_elf.hpp"

namespace {

using namespace tento::host;
using namespace tento::host::test;

struct Judged {
  std::string code, reason;
  std::uint64_t work = 0;
  std::size_t notes = 0;
};

Judged judge(const Bytes& bytes) {
  static SystemLibraries libraries;
  const auto elf = ElfFile::read(std::as_bytes(std::span(bytes)));
  if (!elf) return {elf.error().code, elf.error().reason};
  Judged judged{"", "", 0, elf->notes().size()};
  auto note = find_note(*elf);
  const auto inspected =
      note ? inspect(*elf, std::move(*note), libraries) : Accepted<Inspected>(tl::unexpected(note.error()));
  judged.work = elf->work();
  if (!inspected) {
    judged.code = inspected.error().code;
    judged.reason = inspected.error().reason;
  }
  return judged;
}

Judged judge(const std::function<void(HostileElf&)>& bend) {
  HostileElf elf;
  bend(elf);
  return judge(elf.bytes());
}

void expect(const char* code, const std::string& says, const std::function<void(HostileElf&)>& bend) {
  const Judged judged = judge(bend);
  CAPTURE(says);
  CAPTURE(judged.reason);
  CHECK_EQ(judged.code, code);
  CHECK(contains(judged.reason, says));
  CHECK_LE(judged.work, elf_limits::work + elf_limits::name);
}

std::uint64_t names_begin(const HostileElf& elf) {
  return sizeof(Elf64_Ehdr) + (4 + elf.segments.size()) * sizeof(Elf64_Phdr);
}

TEST_CASE("a file written byte by byte is in order") {
  const Judged judged = judge([](HostileElf&) {});
  CAPTURE(judged.reason);
  CHECK_EQ(judged.code, "");
}

TEST_CASE("symbols whose names share one end cost no more than their number") {
  expect("over_limit", "more than 33554432 steps", [](HostileElf& elf) {
    const std::uint32_t shared = elf.add_name(std::string(4000, 'a'));
    for (std::uint32_t i = 0; i < 40'000; ++i) elf.add_symbol_at(shared + i % 100, STT_NOTYPE);
  });
  // 1.6 MB: 40 000 names, each a byte shorter than the one before, of 640 000 bytes.
  expect("bad_elf", "longer than 4096 bytes", [](HostileElf& elf) {
    const std::uint32_t shared = elf.add_name(std::string(640'000, 'a'));
    for (std::uint32_t i = 0; i < 40'000; ++i) elf.add_symbol_at(shared + i, STT_NOTYPE);
  });
}

TEST_CASE("notes that overlap are held once for all their segments") {
  const auto overlapping = [](HostileElf& elf) {
    elf.more.assign(1'600'000, 0);  // 133 333 notes without name and bytes
    for (int i = 0; i < 50; ++i) elf.segments.push_back(HostileElf::segment(PT_NOTE, 0, 0, 4));
  };
  expect("over_limit", "65 notes", overlapping);
  expect("over_limit", "bytes of notes", [](HostileElf& elf) {
    const Elf64_Nhdr large{0, 65'536, 7};
    elf.more.assign(sizeof large + 65'536, 0);
    std::memcpy(elf.more.data(), &large, sizeof large);
    elf.segments.push_back(HostileElf::segment(PT_NOTE, 0, 0, 4));
  });
}

TEST_CASE("more of anything than a provider needs") {
  expect("over_limit", "65537 symbols", [](HostileElf& elf) {
    while (elf.symbols.size() <= elf_limits::symbols) elf.add_symbol_at(0, STT_NOTYPE);
  });
  expect("over_limit", "129 needed libraries", [](HostileElf& elf) {
    const auto name = elf.add_name("libc.so.6");
    for (std::uint64_t i = 0; i <= elf_limits::needed; ++i) elf.add_tag(DT_NEEDED, name);
  });
  expect("over_limit", "1025 entries in its dynamic table", [](HostileElf& elf) {
    for (std::uint64_t i = 0; i <= elf_limits::tags; ++i) elf.add_tag(DT_NEEDED, 1);
  });
  expect("over_limit", "68 segments",
         [](HostileElf& elf) { elf.segments.assign(elf_limits::segments, HostileElf::segment(PT_NULL, 0, 0, 0)); });
  expect("over_limit", "4097 sections", [](HostileElf& elf) { elf.sections.resize(elf_limits::sections + 1); });
  expect("over_limit", "bytes of names", [](HostileElf& elf) { elf.names.append(elf_limits::names_bytes, '\0'); });
  expect("over_limit", "relocations", [](HostileElf& elf) {
    elf.more.assign((elf_limits::relocations + 1) * sizeof(Elf64_Rela), 0);
    elf.add_tag(DT_RELA, 64);
    elf.add_tag(DT_RELASZ, (elf_limits::relocations + 1) * sizeof(Elf64_Rela));
  });
  expect("bad_elf", "larger than a provider may be",
         [](HostileElf& elf) { elf.more_memory = elf_limits::mapped_bytes; });
  expect("over_limit", "bytes of thread-local memory", [](HostileElf& elf) {
    elf.segments.push_back(HostileElf::segment(PT_TLS, 0, 0, 8));
    elf.segments[0].p_memsz = elf_limits::thread_local_bytes + 1;
  });
  expect("bad_elf", "two segments of thread-local memory",
         [](HostileElf& elf) { elf.segments.assign(2, HostileElf::segment(PT_TLS, 0, 0, 8)); });
}

TEST_CASE("hash tables that the dynamic linker would follow for ever, or die of") {
  expect("bad_elf", "a chain of its hash table has no end",
         [](HostileElf& elf) { elf.bend_hash = [](auto& words) { words[2 + 1 + 2] = 1; }; });
  expect("bad_elf", "a chain of its hash table has no end",
         [](HostileElf& elf) { elf.bend_hash = [](auto& words) { words[2] = 77; }; });
  expect("bad_elf", "a filter of 3 words", [](HostileElf& elf) {
    const std::uint32_t head[] = {1, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    elf.add_tag(DT_GNU_HASH, names_begin(elf) + elf.names.size());
    elf.names.append(reinterpret_cast<const char*>(head), sizeof head);
  });
  expect("out_of_bounds", "its table of versions of symbols",
         [](HostileElf& elf) { elf.add_tag(DT_VERSYM, std::uint64_t{1} << 20); });
}

TEST_CASE("two files in one: what counts would depend on the reader") {
  for (const std::int64_t tag :
       {DT_STRTAB, DT_STRSZ, DT_SYMTAB, DT_SYMENT, DT_HASH, DT_SONAME, DT_INIT, DT_FINI, DT_INIT_ARRAY, DT_FLAGS,
        DT_FLAGS_1, DT_RELA, DT_VERNEED, DT_VERSYM, DT_PLTGOT, DT_DEBUG}) {
    CAPTURE(tag);
    expect("bad_elf", " twice", [tag](HostileElf& elf) {
      elf.add_tag(tag, 1);
      elf.add_tag(tag, 2);
    });
  }
  for (const std::int64_t tag :
       {std::int64_t{DT_RPATH}, std::int64_t{DT_RUNPATH}, std::int64_t{DT_AUDIT}, std::int64_t{DT_AUXILIARY},
        std::int64_t{DT_FILTER},
        // The dynamic linker takes 31 bits of these two.
        std::int64_t{DT_FILTER} | std::int64_t{1} << 31, std::int64_t{DT_AUXILIARY} | std::int64_t{5} << 32}) {
    CAPTURE(tag);
    expect("runpath", "by which it would choose what else is loaded", [tag](HostileElf& elf) { elf.add_tag(tag, 1); });
  }
  expect("bad_elf", "goes on behind its end", [](HostileElf& elf) { elf.behind_end = {{DT_NEEDED, {1}}}; });
  CHECK_EQ(judge([](HostileElf& elf) { elf.behind_end.resize(5); }).code, "");
  expect("bad_elf", "two dynamic segments",
         [](HostileElf& elf) { elf.segments = {HostileElf::segment(PT_DYNAMIC, 64, 64, 8)}; });
  expect("bad_elf", "are two tables", [](HostileElf& elf) {
    elf.sections.resize(2);
    elf.sections[1].sh_type = SHT_DYNAMIC;
    elf.sections[1].sh_addr = elf.sections[1].sh_offset = 64;
  });
  expect("not_shared_object", "it names an interpreter",
         [](HostileElf& elf) { elf.segments = {HostileElf::segment(PT_INTERP, 0, 1, 1)}; });
  expect("bad_elf", "share a page", [](HostileElf& elf) {
    // Begins behind the first one's bytes, in the same page: the page that is mapped for it replaces the first one's.
    Elf64_Phdr second = HostileElf::segment(PT_LOAD, 0, 64, 16);
    second.p_vaddr = (HostileElf(elf).bytes().size() + sizeof second + 15) / 16 * 16;
    elf.segments = {second};
  });
}

TEST_CASE("a name that would grow without end when it is taken apart is told as it stands") {
  // Each part is a template of the one before, twice: 2^25 letters of it.
  std::string name = "_Z1f1aIiiE";
  std::string before = "S0_";
  for (int level = 1; level < 25; ++level) {
    name += "S_I" + before + before + "E";
    before = std::string("S") + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[level] + "_";
  }
  const Judged judged = judge([&](HostileElf& elf) { elf.add_symbol(name, STT_NOTYPE); });
  CHECK_EQ(judged.code, "undefined_symbol");
  CHECK(contains(judged.reason, "`_Z1f1aIiiES_I"));
  CHECK(contains(judge([](HostileElf& elf) { elf.add_symbol("_ZN5other4wantEi", STT_NOTYPE); }).reason,
                 "`other::want(int)`"));
}

}  // namespace
