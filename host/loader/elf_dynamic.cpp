// SPDX-License-Identifier: Apache-2.0
// The dynamic table of an ELF file, its symbols and its versions (System V ABI, "Dynamic Linking"; LSB, "Symbol
// Versioning"; GNU hash tables).
#include <algorithm>

#include "host/loader/elf_bytes.hpp"
#include "host/loader/elf_errors.hpp"
#include "host/loader/elf_file.hpp"

namespace tento::host {
namespace {

constexpr std::uint64_t max_symbols = 1u << 22;
constexpr std::uint64_t max_versions = 4096;

// Tags by which a file names folders or further objects of its own choosing.
std::optional<std::string_view> path_tag_name(std::int64_t tag) {
  switch (tag) {
    case DT_RPATH:
      return "RPATH";
    case DT_RUNPATH:
      return "RUNPATH";
    case DT_AUXILIARY:
      return "AUXILIARY";
    case DT_FILTER:
      return "FILTER";
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
  const void* const end = std::memchr(begin, '\0', static_cast<std::size_t>(strings_->size - offset));
  if (end == nullptr) return std::nullopt;
  return std::string_view(begin, static_cast<std::size_t>(static_cast<const char*>(end) - begin));
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
  for (std::uint64_t at = 0;; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry{};
    if (at + sizeof entry > segment.p_filesz || !get(segment.p_offset + at, entry))
      return elf_damaged("its dynamic table has no end");
    if (entry.d_tag == DT_NULL) break;
    dynamic_.push_back(entry);
  }
  if (auto ok = take_tables(); !ok) return ok;
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
  }
  flags_ = tag(DT_FLAGS).value_or(0);
  flags_1_ = tag(DT_FLAGS_1).value_or(0);
  if ((flags_ & DF_TEXTREL) != 0) text_relocations_ = true;
  if (const auto address = tag(DT_VERNEED))
    if (auto ok = read_version_needs(*address, tag(DT_VERNEEDNUM).value_or(0)); !ok) return ok;
  if (const auto address = tag(DT_VERDEF))
    if (auto ok = read_versions(*address, tag(DT_VERDEFNUM).value_or(0)); !ok) return ok;
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
        if (end - last > max_symbols || !get(chains + (end - head.first_symbol) * 4, link))
          return elf_damaged("a chain of its GNU hash table has no end");
        if ((link & 1u) != 0) break;
      }
      ++end;
    }
    count = std::max(count, end);
  }
  if (count > max_symbols || count * sizeof(Elf64_Sym) > symbols_->size)
    return elf_out_of_bounds("its table of symbols", symbols_->offset, count * sizeof(Elf64_Sym), bytes_.size());
  return count;
}

std::optional<ElfSymbol> ElfFile::symbol(std::uint64_t index) const {
  Elf64_Sym raw{};
  if (index > max_symbols || (index + 1) * sizeof raw > symbols_->size ||
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
    if (!next) return elf_damaged(fmt::format("the name of its symbol {} is out of bounds", i));
    all.push_back(*next);
  }
  return all;
}

bool ElfFile::exports(std::string_view name) const {
  const auto matches = [&](std::uint64_t index) {
    const auto found = symbol(index);
    return found && found->defined && found->name == name && found->bind != STB_LOCAL &&
           (found->visibility == STV_DEFAULT || found->visibility == STV_PROTECTED);
  };
  if (gnu_hash_) {
    GnuHashHead head;
    if (!get(gnu_hash_->offset, head) || head.buckets == 0) return false;
    const std::uint32_t hash = gnu_hash(name);
    const std::uint64_t buckets = gnu_hash_->offset + sizeof head + std::uint64_t{head.bloom_words} * 8;
    const std::uint64_t chains = buckets + std::uint64_t{head.buckets} * 4;
    std::uint32_t index = 0;
    if (!get(buckets + std::uint64_t{hash % head.buckets} * 4, index) || index < head.first_symbol || index == 0)
      return false;
    for (std::uint64_t at = index;; ++at) {
      std::uint32_t link = 0;
      if (!get(chains + (at - head.first_symbol) * 4, link)) return false;
      if ((link | 1u) == (hash | 1u) && matches(at)) return true;
      if ((link & 1u) != 0) return false;
    }
  }
  std::uint32_t buckets = 0, chains = 0, index = 0;
  if (!hash_ || !get(hash_->offset, buckets) || !get(hash_->offset + 4, chains) || buckets == 0) return false;
  if (!get(hash_->offset + 8 + std::uint64_t{sysv_hash(name) % buckets} * 4, index)) return false;
  for (std::uint64_t steps = 0; index != 0 && steps < chains; ++steps) {
    if (matches(index)) return true;
    if (!get(hash_->offset + 8 + (std::uint64_t{buckets} + index) * 4, index)) return false;
  }
  return false;
}

Accepted<void> ElfFile::read_version_needs(std::uint64_t address, std::uint64_t count) {
  const auto table = at_address(address);
  if (!table || count > max_versions)
    return elf_out_of_bounds("its table of needed versions", address, count, bytes_.size());
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
      if (version_needs_.size() > max_versions || !get(aux_at, aux)) return elf_damaged("a needed version is cut off");
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
  if (!table || count > max_versions) return elf_out_of_bounds("its table of versions", address, count, bytes_.size());
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
