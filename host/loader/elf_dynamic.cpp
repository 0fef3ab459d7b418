// SPDX-License-Identifier: Apache-2.0
// The dynamic table of an ELF file, its symbols and its versions (System V ABI, "Dynamic Linking"; LSB, "Symbol
// Versioning"; GNU hash tables).
#include <algorithm>
#include <cstring>
#include <set>

#include "host/loader/elf_bytes.hpp"
#include "host/loader/elf_errors.hpp"
#include "host/loader/elf_file.hpp"
#include "host/loader/elf_limits.hpp"

namespace tento::host {
namespace {

// Tags by which a file names folders or further objects of its own choosing. Of those for auxiliary objects the dynamic
// linker looks at 31 bits only.
std::optional<std::string_view> path_tag_name(std::int64_t tag) {
  for (const std::int64_t folded : {std::int64_t{DT_AUXILIARY}, std::int64_t{DT_FILTER}})
    if ((tag & 0x7fffffff) == folded) return folded == DT_FILTER ? "FILTER" : "AUXILIARY";
  switch (tag) {
    case DT_RPATH:
      return "RPATH";
    case DT_RUNPATH:
      return "RUNPATH";
    case DT_AUDIT:
      return "AUDIT";
    case DT_DEPAUDIT:
      return "DEPAUDIT";
    case DT_CONFIG:
      return "CONFIG";
    default:
      return std::nullopt;
  }
}

std::uint32_t gnu_hash(std::string_view name) {
  std::uint32_t hash = 5381;
  for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

std::uint32_t sysv_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char c : name) {
    hash = (hash << 4) + static_cast<unsigned char>(c);
    hash ^= (hash >> 24) & 0xf0u;
    hash &= 0x0fffffffu;
  }
  return hash;
}

struct GnuHashHead {
  std::uint32_t buckets = 0;
  std::uint32_t first_symbol = 0;
  std::uint32_t bloom_words = 0;
  std::uint32_t bloom_shift = 0;
};

}  // namespace

std::optional<std::string_view> ElfFile::string(std::uint64_t offset) const {
  if (!strings_ || offset >= strings_->size) return std::nullopt;
  const char* const begin = reinterpret_cast<const char*>(bytes_.data()) + strings_->offset + offset;
  // Names may share their ends, so that each can be as long as the whole table: no longer one is looked at.
  const auto most = static_cast<std::size_t>(std::min(strings_->size - offset, elf_limits::name + 1));
  const void* const end = std::memchr(begin, '\0', most);
  if (end == nullptr) return std::nullopt;
  const std::string_view name(begin, static_cast<std::size_t>(static_cast<const char*>(end) - begin));
  (void)spend(name.size());  // who goes on through a table asks before the next
  return name;
}

HashedName::HashedName(std::string_view name) : text(name), gnu(gnu_hash(name)), sysv(sysv_hash(name)) {}

std::span<const std::byte> ElfFile::names() const {
  return bytes_.subspan(static_cast<std::size_t>(strings_->offset), static_cast<std::size_t>(strings_->size));
}

std::optional<std::uint64_t> ElfFile::tag(std::int64_t wanted) const {
  for (const Elf64_Dyn& entry : dynamic_)
    if (entry.d_tag == wanted) return entry.d_un.d_val;
  return std::nullopt;
}

Accepted<void> ElfFile::read_dynamic(const Elf64_Phdr& segment) {
  // The dynamic linker reads it where it is mapped, so that is what counts here too.
  const auto mapped = at_address(segment.p_vaddr);
  if (!mapped || mapped->offset != segment.p_offset || mapped->size < segment.p_filesz)
    return elf_damaged("its dynamic segment is not inside a segment that is loaded");
  if (auto ok = check_dynamic_section(segment); !ok) return ok;
  dynamic_address_ = segment.p_vaddr;
  if (auto ok = take_tags(segment); !ok) return ok;
  if (auto ok = take_tables(); !ok) return ok;
  if (auto ok = take_libraries(); !ok) return ok;
  flags_ = tag(DT_FLAGS).value_or(0);
  flags_1_ = tag(DT_FLAGS_1).value_or(0);
  if ((flags_ & DF_TEXTREL) != 0) text_relocations_ = true;
  if (const auto address = tag(DT_VERNEED))
    if (auto ok = read_version_needs(*address, tag(DT_VERNEEDNUM).value_or(0)); !ok) return ok;
  if (const auto address = tag(DT_VERDEF))
    if (auto ok = read_versions(*address, tag(DT_VERDEFNUM).value_or(0)); !ok) return ok;
  return {};
}

// The dynamic linker keeps the last entry of a tag, other readers the first: a tag given twice is two files in one.
Accepted<void> ElfFile::take_tags(const Elf64_Phdr& segment) {
  std::set<std::int64_t> seen;
  bool ended = false;
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment.p_filesz; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry{};
    if (at / sizeof entry == elf_limits::tags)
      return elf_over_limit("entries in its dynamic table or more", elf_limits::tags + 1, elf_limits::tags);
    (void)get(segment.p_offset + at, entry);
    // Linkers leave room behind the end, which is zero.
    if (ended && (entry.d_tag != DT_NULL || entry.d_un.d_val != 0))
      return elf_damaged("its dynamic table goes on behind its end");
    ended = ended || entry.d_tag == DT_NULL;
    if (ended) continue;
    if (entry.d_tag != DT_NEEDED && !path_tag_name(entry.d_tag) && !seen.insert(entry.d_tag).second)
      return elf_damaged(
          fmt::format("its dynamic table gives tag {:#x} twice, so that it would depend on the reader which one counts",
                      entry.d_tag));
    dynamic_.push_back(entry);
  }
  if (!ended) return elf_damaged("its dynamic table has no end");
  return {};
}

Accepted<void> ElfFile::take_libraries() {
  for (const Elf64_Dyn& entry : dynamic_) {
    if (const auto name = path_tag_name(entry.d_tag); name && !path_tag_) path_tag_ = name;
    if (entry.d_tag == DT_TEXTREL) text_relocations_ = true;
    if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_SONAME) continue;
    const auto name = string(entry.d_un.d_val);
    if (!name) return elf_out_of_bounds("the name of a needed library", entry.d_un.d_val, 1, strings_->size);
    if (entry.d_tag == DT_SONAME)
      soname_ = *name;
    else
      needed_.push_back(*name);
    if (needed_.size() > elf_limits::needed)
      return elf_over_limit("needed libraries or more", needed_.size(), elf_limits::needed);
  }
  return {};
}

Accepted<void> ElfFile::take_tables() {
  const auto find = [&](std::int64_t wanted, std::string_view name, std::optional<Table>& out) -> Accepted<void> {
    const auto address = tag(wanted);
    if (!address) return {};
    out = at_address(*address);
    if (!out) return elf_out_of_bounds(name, *address, 1, bytes_.size());
    return {};
  };
  if (auto ok = find(DT_STRTAB, "its table of names", strings_); !ok) return ok;
  if (auto ok = find(DT_SYMTAB, "its table of symbols", symbols_); !ok) return ok;
  if (auto ok = find(DT_HASH, "its hash table", hash_); !ok) return ok;
  if (auto ok = find(DT_GNU_HASH, "its GNU hash table", gnu_hash_); !ok) return ok;
  if (!strings_ || !symbols_ || (!hash_ && !gnu_hash_))
    return elf_damaged("its dynamic table lacks names, symbols or a hash table");
  const std::uint64_t names = tag(DT_STRSZ).value_or(0);
  if (names > strings_->size) return elf_out_of_bounds("its table of names", strings_->offset, names, bytes_.size());
  strings_->size = names;
  if (tag(DT_SYMENT).value_or(0) != sizeof(Elf64_Sym))
    return elf_damaged(
        fmt::format("its symbols are {} bytes long, expected {}", tag(DT_SYMENT).value_or(0), sizeof(Elf64_Sym)));
  return {};
}

// A damaged file must be noticed here, or the dynamic linker takes the process down with it.
Accepted<void> ElfFile::check_linkable() const {
  struct Range {
    std::int64_t address, size;
    std::string_view name;
  };
  static constexpr Range ranges[] = {
      {DT_RELR, DT_RELRSZ, "its relative relocations"},
      {DT_INIT_ARRAY, DT_INIT_ARRAYSZ, "its list of constructors"},
      {DT_FINI_ARRAY, DT_FINI_ARRAYSZ, "its list of destructors"},
  };
  for (const Range& range : ranges) {
    const auto address = tag(range.address);
    const std::uint64_t size = tag(range.size).value_or(0);
    if (address && !is_mapped(*address, size)) return elf_out_of_bounds(range.name, *address, size, bytes_.size());
  }
  for (const std::int64_t wanted : {std::int64_t{DT_INIT}, std::int64_t{DT_FINI}})
    if (const auto address = tag(wanted); address && !is_mapped(*address, 1))
      return elf_out_of_bounds("its first or last function", *address, 1, bytes_.size());
  if (strings_->size > elf_limits::names_bytes)
    return elf_over_limit("bytes of names", strings_->size, elf_limits::names_bytes);
  if (auto ok = check_hash_tables(); !ok) return ok;
  if (auto ok = check_relocations(DT_RELA, DT_RELASZ); !ok) return ok;
  return check_relocations(DT_JMPREL, DT_PLTRELSZ);
}

Accepted<void> ElfFile::check_relocations(std::int64_t table_tag, std::int64_t size_tag) const {
  const auto address = tag(table_tag);
  const std::uint64_t size = tag(size_tag).value_or(0);
  if (!address || size == 0) return {};
  const auto where = at_address(*address);
  if (!where || where->size < size) return elf_out_of_bounds("its relocations", *address, size, bytes_.size());
  const auto symbols = symbol_count();
  if (!symbols) return tl::unexpected(symbols.error());
  const std::uint64_t relocations = size / sizeof(Elf64_Rela);
  if (relocations > elf_limits::relocations) return elf_over_limit("relocations", relocations, elf_limits::relocations);
  if (!spend(relocations)) return elf_too_much_work(elf_limits::work);
  for (std::uint64_t at = 0; at + sizeof(Elf64_Rela) <= size; at += sizeof(Elf64_Rela)) {
    Elf64_Rela relocation{};
    (void)get(where->offset + at, relocation);
    const std::uint64_t named = ELF64_R_SYM(relocation.r_info);
    if (!is_mapped(relocation.r_offset, sizeof(std::uint64_t)) || (named != 0 && named >= *symbols))
      return elf_damaged(fmt::format("a relocation writes to {:#x} or names symbol {}, which is not there",
                                     relocation.r_offset, named));
  }
  return {};
}

// Looking up a name, the dynamic linker follows a chain until its end and believes the numbers that it finds.
Accepted<void> ElfFile::check_hash_tables() const {
  const auto count = symbol_count();
  if (!count) return tl::unexpected(count.error());
  if (const auto versions = tag(DT_VERSYM)) {
    const auto table = at_address(*versions);
    if (!table || table->size < *count * sizeof(Elf64_Half))
      return elf_out_of_bounds("its table of versions of symbols", *versions, *count * sizeof(Elf64_Half),
                               bytes_.size());
  }
  if (gnu_hash_) {
    GnuHashHead head;
    (void)get(gnu_hash_->offset, head);
    if (head.bloom_words == 0 || (head.bloom_words & (head.bloom_words - 1)) != 0)
      return elf_damaged(
          fmt::format("its GNU hash table has a filter of {} words, not of a power of two", head.bloom_words));
  }
  if (!hash_) return {};
  std::uint32_t buckets = 0, chains = 0;
  (void)get(hash_->offset, buckets);
  (void)get(hash_->offset + 4, chains);
  const std::uint64_t words = std::uint64_t{buckets} + chains;
  if (!in_file(hash_->offset + 8, words * 4)) return elf_damaged("its hash table is cut off");
  if (buckets > elf_limits::symbols) return elf_over_limit("buckets in its hash table", buckets, elf_limits::symbols);
  if (!spend(words)) return elf_too_much_work(elf_limits::work);
  std::uint64_t steps = 0;
  for (std::uint64_t bucket = 0; bucket < buckets; ++bucket) {
    std::uint32_t index = 0;
    (void)get(hash_->offset + 8 + bucket * 4, index);
    while (index != 0) {
      // Each symbol stands in one chain, so that all chains together are no longer than the table.
      if (index >= chains || ++steps > chains) return elf_damaged("a chain of its hash table has no end");
      (void)get(hash_->offset + 8 + (std::uint64_t{buckets} + index) * 4, index);
    }
  }
  return {};
}

// Of a provider's file; those of a system library are looked up one by one.
Accepted<std::uint64_t> ElfFile::symbol_count() const {
  std::uint64_t count = 0;
  if (hash_) {
    std::uint32_t chains = 0;
    if (!get(hash_->offset + 4, chains)) return elf_damaged("its hash table is cut off");
    count = chains;
  }
  if (gnu_hash_) {
    GnuHashHead head;
    if (!get(gnu_hash_->offset, head)) return elf_damaged("its GNU hash table is cut off");
    const std::uint64_t buckets = gnu_hash_->offset + sizeof head + std::uint64_t{head.bloom_words} * 8;
    const std::uint64_t chains = buckets + std::uint64_t{head.buckets} * 4;
    if (!in_file(gnu_hash_->offset, chains - gnu_hash_->offset)) return elf_damaged("its GNU hash table is cut off");
    if (head.buckets > elf_limits::symbols)
      return elf_over_limit("buckets in its GNU hash table", head.buckets, elf_limits::symbols);
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < head.buckets; ++i) {
      std::uint32_t bucket = 0;
      (void)get(buckets + i * 4, bucket);
      last = std::max<std::uint64_t>(last, bucket);
    }
    // Symbols below the first hashed one are the undefined ones; the last chain runs up to the word with its low bit
    // set.
    std::uint64_t end = head.first_symbol;
    if (last >= head.first_symbol && last != 0) {
      for (end = last;; ++end) {
        std::uint32_t link = 0;
        if (end - last > elf_limits::chain || !get(chains + (end - head.first_symbol) * 4, link))
          return elf_damaged("a chain of its GNU hash table has no end");
        if ((link & 1u) != 0) break;
      }
      ++end;
    }
    count = std::max(count, end);
  }
  if (count * sizeof(Elf64_Sym) > symbols_->size)
    return elf_out_of_bounds("its table of symbols", symbols_->offset, count * sizeof(Elf64_Sym), bytes_.size());
  if (count > elf_limits::symbols) return elf_over_limit("symbols", count, elf_limits::symbols);
  return count;
}

std::optional<ElfSymbol> ElfFile::symbol(std::uint64_t index) const {
  Elf64_Sym raw{};
  if (index > elf_limits::symbols || (index + 1) * sizeof raw > symbols_->size ||
      !get(symbols_->offset + index * sizeof raw, raw))
    return std::nullopt;
  const auto name = string(raw.st_name);
  if (!name) return std::nullopt;
  ElfSymbol symbol;
  symbol.name = *name;
  symbol.value = raw.st_value;
  symbol.bind = ELF64_ST_BIND(raw.st_info);
  symbol.type = ELF64_ST_TYPE(raw.st_info);
  symbol.visibility = ELF64_ST_VISIBILITY(raw.st_other);
  symbol.defined = raw.st_shndx != SHN_UNDEF;
  return symbol;
}

Accepted<std::vector<ElfSymbol>> ElfFile::symbols() const {
  const auto count = symbol_count();
  if (!count) return tl::unexpected(count.error());
  std::vector<ElfSymbol> all;
  all.reserve(static_cast<std::size_t>(*count));
  for (std::uint64_t i = 1; i < *count; ++i) {
    auto next = symbol(i);
    if (!next)
      return elf_damaged(
          fmt::format("the name of its symbol {} is out of bounds, or longer than {} bytes", i, elf_limits::name));
    if (!spend(1)) return elf_too_much_work(elf_limits::work);
    all.push_back(*next);
  }
  return all;
}

bool ElfFile::gives(std::uint64_t index, std::string_view name) const {
  Elf64_Sym raw{};
  if (index >= symbols_->size / sizeof raw || !get(symbols_->offset + index * sizeof raw, raw)) return false;
  const auto bind = ELF64_ST_BIND(raw.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(raw.st_other);
  if (raw.st_shndx == SHN_UNDEF || bind == STB_LOCAL || (visibility != STV_DEFAULT && visibility != STV_PROTECTED))
    return false;
  if (raw.st_name >= strings_->size || strings_->size - raw.st_name <= name.size()) return false;
  const char* const at = reinterpret_cast<const char*>(bytes_.data()) + strings_->offset + raw.st_name;
  return std::memcmp(at, name.data(), name.size()) == 0 && at[name.size()] == '\0';
}

// Nothing when the file has no such table.
std::optional<bool> ElfFile::exports_by_gnu_hash(const HashedName& name) const {
  GnuHashHead head;
  if (!gnu_hash_) return std::nullopt;
  if (!get(gnu_hash_->offset, head) || head.buckets == 0) return false;
  const std::uint64_t buckets = gnu_hash_->offset + sizeof head + std::uint64_t{head.bloom_words} * 8;
  const std::uint64_t chains = buckets + std::uint64_t{head.buckets} * 4;
  std::uint32_t index = 0;
  if (!get(buckets + std::uint64_t{name.gnu % head.buckets} * 4, index) || index < head.first_symbol || index == 0)
    return false;
  for (std::uint64_t at = index; at - index < elf_limits::chain; ++at) {
    std::uint32_t link = 0;
    if (!get(chains + (at - head.first_symbol) * 4, link)) return false;
    if ((link | 1u) == (name.gnu | 1u) && gives(at, name.text)) return true;
    if ((link & 1u) != 0) return false;
  }
  return false;
}

bool ElfFile::exports(const HashedName& name) const {
  if (const auto found = exports_by_gnu_hash(name)) return *found;
  std::uint32_t buckets = 0, index = 0;
  if (!hash_ || !get(hash_->offset, buckets) || buckets == 0) return false;
  if (!get(hash_->offset + 8 + std::uint64_t{name.sysv % buckets} * 4, index)) return false;
  for (std::uint64_t steps = 0; index != 0 && steps < elf_limits::chain; ++steps) {
    if (gives(index, name.text)) return true;
    if (!get(hash_->offset + 8 + (std::uint64_t{buckets} + index) * 4, index)) return false;
  }
  return false;
}

Accepted<void> ElfFile::read_version_needs(std::uint64_t address, std::uint64_t count) {
  const auto table = at_address(address);
  if (count > elf_limits::versions) return elf_over_limit("libraries with versions", count, elf_limits::versions);
  if (!table) return elf_out_of_bounds("its table of needed versions", address, count, bytes_.size());
  std::uint64_t at = table->offset;
  for (std::uint64_t i = 0; i < count; ++i) {
    Elf64_Verneed need{};
    if (!get(at, need)) return elf_damaged("its table of needed versions is cut off");
    const auto library = string(need.vn_file);
    if (!library || need.vn_version != VER_NEED_CURRENT)
      return elf_damaged("its table of needed versions is malformed");
    std::uint64_t aux_at = at + need.vn_aux;
    for (std::uint32_t k = 0; k < need.vn_cnt; ++k) {
      Elf64_Vernaux aux{};
      if (version_needs_.size() == elf_limits::versions)
        return elf_over_limit("needed versions or more", elf_limits::versions + 1, elf_limits::versions);
      if (!get(aux_at, aux)) return elf_damaged("a needed version is cut off");
      const auto version = string(aux.vna_name);
      if (!version) return elf_damaged("the name of a needed version is out of bounds");
      version_needs_.push_back({*library, *version, (aux.vna_flags & VER_FLG_WEAK) != 0});
      if (aux.vna_next == 0) break;
      aux_at += aux.vna_next;
    }
    if (need.vn_next == 0) break;
    at += need.vn_next;
  }
  return {};
}

Accepted<void> ElfFile::read_versions(std::uint64_t address, std::uint64_t count) {
  const auto table = at_address(address);
  if (count > elf_limits::versions) return elf_over_limit("versions", count, elf_limits::versions);
  if (!table) return elf_out_of_bounds("its table of versions", address, count, bytes_.size());
  std::uint64_t at = table->offset;
  for (std::uint64_t i = 0; i < count; ++i) {
    Elf64_Verdef definition{};
    Elf64_Verdaux name_at{};
    if (!get(at, definition) || !get(at + definition.vd_aux, name_at))
      return elf_damaged("its table of versions is cut off");
    const auto name = string(name_at.vda_name);
    if (!name) return elf_damaged("the name of a version is out of bounds");
    versions_.push_back(*name);
    if (definition.vd_next == 0) break;
    at += definition.vd_next;
  }
  return {};
}

}  // namespace tento::host
