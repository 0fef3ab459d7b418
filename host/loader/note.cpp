// SPDX-License-Identifier: Apache-2.0
// Decoding the note: fixed arrays, each NUL-ended and zero behind, and a list of entries by letter.
#include "host/loader/note.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstring>

#include "host/loader/grammar.hpp"

namespace tento::host {
namespace {

constexpr const char* rebuild = "rebuild the provider with the current SDK, whose TENTO_NOTE macro writes this record";

tl::unexpected<Rejection> reject_note(std::string code, std::string reason, std::string remedy = rebuild) {
  return tl::unexpected<Rejection>({std::move(code), std::move(reason), std::move(remedy)});
}

// A NUL-ended text in a fixed array; everything behind the NUL has to be 0.
Accepted<std::string_view> fixed_text(std::string_view field, std::string_view array) {
  const std::size_t end = array.find('\0');
  if (end == std::string_view::npos)
    return reject_note("bad_note",
                       fmt::format("the note's {} is not ended by a NUL in its {} bytes", field, array.size()));
  if (array.find_first_not_of('\0', end) != std::string_view::npos)
    return reject_note("bad_note", fmt::format("the note's {} has bytes behind its end", field));
  return array.substr(0, end);
}

Accepted<void> take_entry(std::string_view entry, NoteData& note) {
  if (entry.size() < 3 || entry[1] != '=')
    return reject_note("bad_note", fmt::format("the note's strings hold `{}`, which is not an `x=value` entry",
                                               grammar::printable(entry)));
  std::string value(entry.substr(2));
  switch (entry[0]) {
    case 'p':
      note.prefixes.push_back(std::move(value));
      return {};
    case 'f':
      note.features.push_back(std::move(value));
      return {};
    case 'n':
      note.needs.push_back(std::move(value));
      return {};
    case 'o':
      note.optional_needs.push_back(std::move(value));
      return {};
    case 'i':
      note.provides.push_back(std::move(value));
      return {};
    case 'r':
      note.reads.push_back(std::move(value));
      return {};
    default:
      return reject_note("bad_note", fmt::format("the note's strings hold `{}`; known are p= f= n= o= i= r=",
                                                 grammar::printable(entry)));
  }
}

Accepted<void> take_strings(std::string_view strings, NoteData& note) {
  std::size_t at = 0;
  while (true) {
    const std::size_t end = strings.find('\0', at);
    if (end == std::string_view::npos)
      return reject_note("bad_note",
                         fmt::format("the note's strings are not ended within their {} bytes", strings.size()));
    const std::string_view entry = strings.substr(at, end - at);
    at = end + 1;
    if (entry.empty()) break;
    if (auto taken = take_entry(entry, note); !taken) return taken;
    if (at == strings.size()) return reject_note("bad_note", "the note's strings are not ended by an empty entry");
  }
  if (strings.find_first_not_of('\0', at) != std::string_view::npos)
    return reject_note("bad_note", "the note's strings have bytes behind their end");
  return {};
}

template <class Is>
Accepted<void> check_list(const std::vector<std::string>& list, char letter, std::string_view what, Is is) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!is(list[i]))
      return reject_note(
          "bad_note", fmt::format("the note's `{}={}` is not a valid {}", letter, grammar::printable(list[i]), what));
    if (std::find(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(i), list[i]) !=
        list.begin() + static_cast<std::ptrdiff_t>(i))
      return reject_note("bad_note", fmt::format("the note says `{}={}` twice", letter, list[i]));
  }
  return {};
}

Accepted<void> check_major(std::uint32_t major, std::uint32_t minor) {
  if (major >= abi_min && major <= abi_max) return {};
  const std::string reason =
      fmt::format("it was built for ABI {}.{}, and this host speaks ABI {} to {}", major, minor, abi_min, abi_max);
  if (major > abi_max)
    return reject_note("abi_major", reason, "upgrade the host, or install a build of the provider for this one");
  return reject_note("abi_major", reason, "install a newer build of the provider");
}

}  // namespace

Accepted<void> check_note(const NoteData& note) {
  if (auto ok = check_major(note.abi_major, note.abi_minor); !ok) return ok;
  if (const std::uint32_t unknown = note.flags & ~(TENTO_NOTE_OWN_IO | TENTO_NOTE_OWN_NET); unknown != 0)
    return reject_note("note_flags", fmt::format("its note carries flags this host does not know: {:#x}", unknown),
                       "upgrade the host: the provider was built for a newer one");
  if (!grammar::is_provider_id(note.id))
    return reject_note(
        "bad_id",
        fmt::format("its note's id `{}` is not a provider id ([a-z][a-z0-9-]{{0,30}}, no hyphen at the end)",
                    grammar::printable(note.id)),
        "give the provider a valid id in TENTO_NOTE and rebuild it");
  if (!grammar::parse_version(note.version))
    return reject_note("bad_version",
                       fmt::format("its note's version `{}` is not a semantic version (SemVer 2.0.0, like 1.2.3)",
                                   grammar::printable(note.version)),
                       "give the provider a semantic version in TENTO_NOTE and rebuild it");
  if (note.title.empty() || !grammar::is_utf8(note.title))
    return reject_note("bad_note",
                       fmt::format("its note's title `{}` is empty or not UTF-8", grammar::printable(note.title)));
  if (note.prefixes.empty())
    return reject_note("no_prefix", "its note claims no key prefix (`p=~name`), so no key could reach it",
                       "add the prefix of its patterns to the strings of TENTO_NOTE and rebuild it");
  if (auto ok = check_list(note.prefixes, 'p', "key prefix (`~` and a name)", grammar::is_prefix); !ok) return ok;
  if (auto ok = check_list(note.features, 'f', "feature name", grammar::is_name); !ok) return ok;
  if (auto ok = check_list(note.needs, 'n', "interface id (`name/1`)", grammar::is_interface_id); !ok) return ok;
  if (auto ok = check_list(note.optional_needs, 'o', "interface id (`name/1`)", grammar::is_interface_id); !ok)
    return ok;
  if (auto ok = check_list(note.provides, 'i', "interface id (`name/1`)", grammar::is_interface_id); !ok) return ok;
  if (auto ok = check_list(note.reads, 'r', "path for a provider to read (`/etc/x` or `~/x`, no `.` and no `..` in it)",
                           grammar::is_read_path);
      !ok)
    return ok;
  if (!note.reads.empty() && (note.flags & TENTO_NOTE_OWN_IO) == 0)
    return reject_note(
        "bad_note",
        fmt::format("its note says that it reads `{}`, and not that it opens files itself", note.reads.front()),
        "set TENTO_NOTE_OWN_IO in TENTO_NOTE, or say tento::reads(...) to the SDK, and rebuild the provider");
  return {};
}

Accepted<NoteData> decode_note_descriptor(std::span<const std::byte> descriptor) {
  tento_note raw{};
  if (descriptor.size() != TENTO_NOTE_DESCRIPTOR_SIZE)
    return reject_note("bad_note", fmt::format("its note is {} bytes long, a Tento note is {}", descriptor.size(),
                                               TENTO_NOTE_DESCRIPTOR_SIZE));
  raw.name_size = sizeof TENTO_NOTE_NAME;
  raw.descriptor_size = TENTO_NOTE_DESCRIPTOR_SIZE;
  raw.type = TENTO_NOTE_TYPE;
  std::memcpy(raw.name, TENTO_NOTE_NAME, sizeof TENTO_NOTE_NAME);
  std::memcpy(reinterpret_cast<std::byte*>(&raw) + offsetof(tento_note, magic), descriptor.data(), descriptor.size());
  return decode_note(raw);
}

Accepted<NoteData> decode_note(const tento_note& note) {
  if (note.name_size != sizeof TENTO_NOTE_NAME || note.descriptor_size != TENTO_NOTE_DESCRIPTOR_SIZE ||
      note.type != TENTO_NOTE_TYPE || std::memcmp(note.name, TENTO_NOTE_NAME, sizeof TENTO_NOTE_NAME) != 0)
    return reject_note("bad_note", "the head of its note is not that of a Tento note");
  if (note.magic != TENTO_NOTE_MAGIC)
    return reject_note("bad_magic",
                       fmt::format("its note begins with {:#010x} instead of {:#010x}", note.magic, TENTO_NOTE_MAGIC));
  // The major decides the layout of what follows.
  if (auto ok = check_major(note.abi_major, note.abi_minor); !ok) return tl::unexpected(ok.error());
  NoteData data;
  data.abi_major = note.abi_major;
  data.abi_minor = note.abi_minor;
  data.flags = note.flags;
  const auto id = fixed_text("id", {note.id, sizeof note.id});
  if (!id) return tl::unexpected(id.error());
  const auto version = fixed_text("version", {note.version, sizeof note.version});
  if (!version) return tl::unexpected(version.error());
  const auto title = fixed_text("title", {note.title, sizeof note.title});
  if (!title) return tl::unexpected(title.error());
  data.id = *id;
  data.version = *version;
  data.title = *title;
  if (auto ok = take_strings({note.strings, sizeof note.strings}, data); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_note(data); !ok) return tl::unexpected(ok.error());
  return data;
}

}  // namespace tento::host
