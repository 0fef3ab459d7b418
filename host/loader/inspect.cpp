// SPDX-License-Identifier: Apache-2.0
// What a provider's file may export, import and need.
#include "host/loader/inspect.hpp"

#include <cxxabi.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "host/base/text.hpp"
#include "host/loader/grammar.hpp"
#include "host/loader/note.hpp"

namespace tento::host {
namespace {

constexpr std::array<std::string_view, 4> entry_names = {TENTO_SYMBOL_PLUGIN, TENTO_SYMBOL_CONNECTOR,
                                                         TENTO_SYMBOL_SYNC_PLUGIN, "tento_deps"};
constexpr const char* use_script =
    "build it with the SDK's flags: hidden visibility, its version script, no RPATH, and -Wl,-z,defs";

tl::unexpected<Rejection> reject_build(std::string code, std::string reason, std::string remedy = use_script) {
  return tl::unexpected<Rejection>({std::move(code), std::move(reason), std::move(remedy)});
}

// Where the host itself is instrumented, its runtime stands in the program and gives plugins these symbols.
bool given_by_sanitizer([[maybe_unused]] std::string_view name) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr bool instrumented = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
  constexpr bool instrumented = true;
#else
  constexpr bool instrumented = false;
#endif
#else
  constexpr bool instrumented = false;
#endif
  if constexpr (instrumented)
    for (const std::string_view prefix :
         {"__asan_", "__ubsan_", "__tsan_", "__lsan_", "__msan_", "__sanitizer_", "__sancov_", "__odr_asan"})
      if (name.starts_with(prefix)) return true;
  return false;
}

// The dynamic linker takes an object that is there for a library of the same name: no provider may pass for one.
Accepted<void> check_soname(const ElfFile& elf, SystemLibraries& system) {
  if (elf.soname().empty() || !system.has(elf.soname())) return {};
  return reject_build("taken_soname",
                      fmt::format("its SONAME `{}` is that of a library of this system: who needs that one would get "
                                  "this file in its place",
                                  grammar::printable(elf.soname())),
                      "link it without -soname, or with the name of its own file");
}

// A symbol as its author wrote it, where it is one of C++; cut, since templates have no end. The file is a stranger's:
// a name may refer back to its own parts, and each reference can double what comes out, so only a short one with few of
// them is taken apart.
std::string as_written(std::string_view name) {
  constexpr std::size_t longest = 256, most_references = 12, told = 160;
  const auto refers = [](char c) { return c == 'S' || c == 'T'; };
  std::string text(name);
  if (name.starts_with("_Z") && name.size() <= longest &&
      static_cast<std::size_t>(std::count_if(name.begin(), name.end(), refers)) <= most_references) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> plain(
        abi::__cxa_demangle(text.c_str(), nullptr, nullptr, &status), &std::free);
    if (status == 0 && plain) text = plain.get();
  }
  return grammar::printable(text, told);
}

// Whether it is something of the SDK: a function of tento's, or the vtable or type of a class of it.
bool is_of_the_sdk(std::string_view name) {
  for (const std::string_view start : {"_ZN5tento", "_ZNK5tento", "_ZTVN5tento", "_ZTIN5tento", "_ZTSN5tento"})
    if (name.starts_with(start)) return true;
  return false;
}

// A few names, and how many more there are.
std::string list_names(const std::vector<std::string_view>& names) {
  constexpr std::size_t told = 5;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < told; ++i)
    text += (i == 0 ? "`" : ", `") + as_written(names[i]) + "`";
  if (names.size() > told) text += fmt::format(" and {} more", names.size() - told);
  return text;
}

Accepted<void> check_tags(const ElfFile& elf) {
  if (const auto tag = elf.path_tag())
    return reject_build(
        "runpath", fmt::format("it carries a {}, by which it would choose what else is loaded", *tag),
        "link it without -rpath (and strip it with `patchelf --remove-rpath`), and link bundled code statically");
  if (elf.has_interpreter())
    return reject_build("not_shared_object", "it names an interpreter, as programs do that are started by themselves",
                        "link the provider with -shared, and without -dynamic-linker");
  if ((elf.flags_1() & (DF_1_PIE | DF_1_NOOPEN)) != 0)
    return reject_build("not_shared_object", "it is a program or may not be opened at run time",
                        "link the provider with -shared");
  if ((elf.flags() & DF_STATIC_TLS) != 0)
    return reject_build("static_tls",
                        "it uses thread-local memory of the static model, of which a running process has little",
                        "build it with -fPIC and without -ftls-model=initial-exec");
  if (elf.has_text_relocations())
    return reject_build("text_relocations", "its code has to be rewritten to be loaded (text relocations)",
                        "build all of it with -fPIC");
  if (elf.has_executable_stack())
    return reject_build("executable_stack", "it asks for an executable stack",
                        "build it with -Wl,-z,noexecstack and no nested functions");
  return {};
}

// Only the four entries may be seen from outside; anything else could mix with another plugin or the host.
Accepted<void> check_exports(const std::vector<ElfSymbol>& symbols) {
  std::vector<std::string_view> foreign;
  for (const ElfSymbol& symbol : symbols) {
    if (!symbol.defined || symbol.bind == STB_LOCAL) continue;
    if (symbol.bind == STB_GNU_UNIQUE)
      return reject_build(
          "gnu_unique",
          fmt::format("its symbol `{}` is GNU-unique: the whole process would share one, whichever plugin came first",
                      grammar::printable(symbol.name)),
          "link it with the SDK's version script (pkg-config --libs tento-sdk), or build it with -fno-gnu-unique");
    if (std::find(entry_names.begin(), entry_names.end(), symbol.name) == entry_names.end() &&
        !given_by_sanitizer(symbol.name))
      foreign.push_back(symbol.name);
  }
  if (foreign.empty()) return {};
  return reject_build("foreign_exports",
                      fmt::format("it exports {}; allowed are tento_plugin, tento_connector, tento_sync_plugin and "
                                  "tento_deps only",
                                  list_names(foreign)));
}

// Compares by the numbers in them, so that `GLIBCXX_3.4.9` is below `GLIBCXX_3.4.30`.
bool numbers_less(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto next = [&](std::string_view& text) -> std::string_view {
    text.remove_prefix(static_cast<std::size_t>(std::find_if(text.begin(), text.end(), digit) - text.begin()));
    const std::string_view number =
        text.substr(0, static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), digit) - text.begin()));
    text.remove_prefix(number.size());
    return number;
  };
  while (true) {
    const std::string_view x = next(a);
    const std::string_view y = next(b);
    if (x.empty() || y.empty()) return x.empty() && !y.empty();
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
}

Accepted<void> check_versions(const ElfFile& elf, const std::vector<const SystemLibrary*>& libraries) {
  for (const ElfVersionNeed& need : elf.version_needs()) {
    if (need.weak) continue;
    const auto library = std::find_if(libraries.begin(), libraries.end(),
                                      [&](const SystemLibrary* one) { return one->name == need.library; });
    if (library == libraries.end())
      return reject_build(
          "dependency_version",
          fmt::format("it asks for version {} of {}, which it does not list among the libraries it needs",
                      grammar::printable(need.version), grammar::printable(need.library)));
    const std::vector<std::string_view>& offered = (*library)->elf.versions();
    if (std::find(offered.begin(), offered.end(), need.version) != offered.end()) continue;
    // The highest of the same family, so that the gap can be seen.
    const std::string_view family = need.version.substr(0, need.version.find_last_of('_') + 1);
    std::string_view highest;
    for (const std::string_view one : offered)
      if (one.starts_with(family) && (highest.empty() || numbers_less(highest, one))) highest = one;
    return reject_build(
        "dependency_version",
        fmt::format("it needs {} of {}, and {} here offers {}", grammar::printable(need.version), need.library,
                    (*library)->path.string(),
                    highest.empty() ? std::string("nothing of that kind") : fmt::format("up to {}", highest)),
        "it was built on a newer system: install a build for this one, or upgrade this system");
  }
  return {};
}

const ElfSymbol* find_entry(const std::vector<ElfSymbol>& symbols, std::string_view name) {
  const auto found = std::find_if(symbols.begin(), symbols.end(), [&](const ElfSymbol& symbol) {
    return symbol.name == name && symbol.defined && symbol.type == STT_FUNC &&
           (symbol.bind == STB_GLOBAL || symbol.bind == STB_WEAK) &&
           (symbol.visibility == STV_DEFAULT || symbol.visibility == STV_PROTECTED);
  });
  return found == symbols.end() ? nullptr : &*found;
}

Accepted<std::uint64_t> require_entry(const std::vector<ElfSymbol>& symbols,
                                      const std::vector<const SystemLibrary*>& libraries, std::string_view name) {
  if (const ElfSymbol* const entry = find_entry(symbols, name)) return entry->value;
  for (const SystemLibrary* library : libraries)
    if (library->elf.exports(HashedName(name)))
      return reject_build(
          "entry_in_dependency",
          fmt::format("its entry {} is not in this file but in the library {} it needs", name, library->path.string()),
          "define the entries in the provider's own file (TENTO_NOTE and the entry macros stand in one of its "
          "sources)");
  return reject_build("missing_entry", fmt::format("it does not export the function {}", name),
                      "define the entry in the provider and keep it visible (TENTO_EXPORT), then rebuild it");
}

// Every symbol it wants has to come from the libraries it names; what only the host could give is no contract.
Accepted<void> check_imports(const std::vector<ElfSymbol>& symbols,
                             const std::vector<const SystemLibrary*>& libraries) {
  std::vector<std::string_view> missing;
  for (const ElfSymbol& symbol : symbols) {
    if (symbol.defined || symbol.bind != STB_GLOBAL || symbol.name.empty() || given_by_sanitizer(symbol.name)) continue;
    const HashedName name(symbol.name);
    const auto gives = [&](const SystemLibrary* library) { return library->elf.exports(name); };
    if (std::none_of(libraries.begin(), libraries.end(), gives)) missing.push_back(symbol.name);
  }
  if (missing.empty()) return {};
  const bool sdk = std::any_of(missing.begin(), missing.end(), is_of_the_sdk);
  return reject_build(
      "undefined_symbol",
      fmt::format("it wants {}, which {} none of the libraries it names; a provider gets nothing from the host but "
                  "what tento_lookup finds",
                  list_names(missing), missing.size() == 1 ? "is in" : "are in"),
      sdk ? "link the SDK's library into the provider: put -ltento-sdk, or all of `pkg-config --libs tento-sdk`, "
            "behind "
            "the sources on its command line"
          : "link the missing library or code into the provider, and link with -Wl,-z,defs to see this at build time");
}

}  // namespace

Accepted<NoteData> find_note(const ElfFile& elf) {
  const ElfNote* found = nullptr;
  std::size_t count = 0;
  for (const ElfNote& note : elf.notes()) {
    if (note.name != TENTO_NOTE_NAME || note.type != TENTO_NOTE_TYPE) continue;
    // Segments may overlap; the same bytes seen twice are one note.
    if (found != nullptr && note.descriptor.data() == found->descriptor.data()) continue;
    found = &note;
    ++count;
  }
  if (count == 0)
    return reject_build(
        "no_note", "it has no Tento note, so it is not a provider (or a tool stripped the note)",
        "remove it from the folder, or put TENTO_NOTE into one of the provider's sources and rebuild it");
  if (count > 1)
    return reject_build("two_notes", fmt::format("it has {} Tento notes, expected exactly one", count),
                        "use TENTO_NOTE in one source of the provider only");
  return decode_note_descriptor(found->descriptor);
}

Accepted<Inspected> inspect(const ElfFile& elf, NoteData note, SystemLibraries& system) {
  if (auto ok = check_tags(elf); !ok) return tl::unexpected(ok.error());
  if (auto ok = elf.check_linkable(); !ok) return tl::unexpected(ok.error());
  const auto symbols = elf.symbols();
  if (!symbols) return tl::unexpected(symbols.error());
  if (auto ok = check_exports(*symbols); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_soname(elf, system); !ok) return tl::unexpected(ok.error());
  const auto libraries = system.closure(elf.needed());
  if (!libraries) return tl::unexpected(libraries.error());
  if (auto ok = check_versions(elf, *libraries); !ok) return tl::unexpected(ok.error());
  const auto plugin = require_entry(*symbols, *libraries, TENTO_SYMBOL_PLUGIN);
  if (!plugin) return tl::unexpected(plugin.error());
  const auto connector = require_entry(*symbols, *libraries, TENTO_SYMBOL_CONNECTOR);
  if (!connector) return tl::unexpected(connector.error());
  if (auto ok = check_imports(*symbols, *libraries); !ok) return tl::unexpected(ok.error());
  Inspected result;
  result.note = std::move(note);
  result.plugin_entry = *plugin;
  result.connector_entry = *connector;
  if (const ElfSymbol* const sync = find_entry(*symbols, TENTO_SYMBOL_SYNC_PLUGIN))
    result.sync_plugin_entry = sync->value;
  if (const auto address = elf.head_address())
    result.expected.push_back({*address, {elf.head().begin(), elf.head().end()}});
  for (const ElfNote& one : elf.notes())
    result.expected.push_back({one.address, {one.descriptor.begin(), one.descriptor.end()}});
  result.expected.push_back({elf.names_address(), {elf.names().begin(), elf.names().end()}});
  result.dynamic = elf.dynamic();
  result.dynamic_address = elf.dynamic_address();
  for (const SystemLibrary* library : *libraries) result.libraries.push_back(library->file);
  return result;
}

}  // namespace tento::host
