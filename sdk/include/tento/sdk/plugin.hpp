// SPDX-License-Identifier: Apache-2.0
/// @file plugin.hpp
/// The entries and the note of a provider: `TENTO_PROVIDER` (everything), or `TENTO_CONNECTOR` and, in another file,
/// `TENTO_SYNC_PLUGIN`. The id is said here, once.
#pragma once

#include <tento/connector.h>
#include <tento/note.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "sync_plugin.hpp"
#include "tables.hpp"

namespace tento {

/// The id of the provider that this is a part of, as TENTO_PROVIDER or TENTO_CONNECTOR declares it;
/// empty in a program without a provider. Any file, any thread. As a constant, in the file of the
/// declaration: `tento_provider_definition::PROVIDER_ID`.
[[nodiscard]] std::string_view provider_id() noexcept;

/// Names that a compiler prints when the arguments of TENTO_PROVIDER are wrong.
namespace provider_error {
void an_id_is_lower_case_letters_digits_and_hyphens_and_at_most_31_of_them();
void a_version_is_one_to_31_characters();
void a_version_is_by_semantic_versioning_as_1_0_0_without_a_v();
void a_title_is_one_to_63_bytes();
void a_pattern_does_not_begin_with_colon_tilde_and_the_providers_id();
void the_prefixes_and_needs_do_not_fit_into_the_note();
}  // namespace provider_error

namespace detail {

/// Whether `text` is a version by SemVer 2.0.0, which is what hosts load.
constexpr bool is_semver(std::string_view text) {
  std::size_t at = 0;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; };
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && (at == text.size() || text[at++] != '.')) return false;
    const std::size_t from = at;
    while (at < text.size() && digit(text[at])) ++at;
    if (at == from || (text[from] == '0' && at - from > 1)) return false;
  }
  // Identifiers with dots between them; numbers before the build have no leading zero.
  const auto identifiers = [&](bool build) {
    for (;; ++at) {
      const std::size_t from = at;
      bool number = true;
      for (; at < text.size() && (digit(text[at]) || letter(text[at])); ++at) number = number && digit(text[at]);
      if (at == from || (!build && number && text[from] == '0' && at - from > 1)) return false;
      if (at == text.size() || text[at] != '.') return true;
    }
  };
  if (at < text.size() && text[at] == '-' && (++at, !identifiers(false))) return false;
  if (at < text.size() && text[at] == '+' && (++at, !identifiers(true))) return false;
  return at == text.size();
}
static_assert(is_semver("1.0.0") && is_semver("0.12.3-rc.1+build.007") && is_semver("1.0.0--") && !is_semver("v1") &&
              !is_semver("1.0") && !is_semver("1.0.0.0") && !is_semver("01.0.0") && !is_semver("1.0.0-01") &&
              !is_semver("1.0.0-") && !is_semver("1.0.0+") && !is_semver("1.0.0 "));

constexpr void check_identity(std::string_view id, std::string_view version, std::string_view title) {
  bool good = !id.empty() && id.size() <= 31 && id.front() >= 'a' && id.front() <= 'z' && id.back() != '-';
  for (char c : id) good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
  if (!good) provider_error::an_id_is_lower_case_letters_digits_and_hyphens_and_at_most_31_of_them();
  if (version.empty() || version.size() > 31) provider_error::a_version_is_one_to_31_characters();
  if (!is_semver(version)) provider_error::a_version_is_by_semantic_versioning_as_1_0_0_without_a_v();
  if (title.empty() || title.size() > 63) provider_error::a_title_is_one_to_63_bytes();
}

/// Whether `prefix` (`~myProvider`) is the one of `id` (`my-provider`): the same word, or the same in camelCase.
constexpr bool is_prefix_of(std::string_view prefix, std::string_view id) {
  prefix.remove_prefix(1);
  if (prefix == id) return true;
  std::size_t at = 0;
  for (std::size_t i = 0; i < id.size(); ++i) {
    char c = id[i];
    if (c == '-') continue;
    if (i > 0 && id[i - 1] == '-' && c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    if (at == prefix.size() || prefix[at++] != c) return false;
  }
  return at == prefix.size();
}

/// The strings of a note while they are being put together.
struct NoteStrings {
  char chars[512] = {};
  std::size_t size = 0;
  constexpr bool has(std::string_view entry) const {
    for (std::size_t at = 0; at < size;) {
      std::size_t end = at;
      while (chars[end] != '\0') ++end;
      if (std::string_view(chars + at, end - at) == entry) return true;
      at = end + 1;
    }
    return false;
  }
  constexpr void add(std::string_view kind, std::string_view text) {
    char entry[512] = {};
    std::size_t length = 0;
    for (char c : kind) entry[length++] = c;
    for (char c : text) entry[length++] = c;
    if (has({entry, length})) return;
    if (size + length + 2 > sizeof chars) provider_error::the_prefixes_and_needs_do_not_fit_into_the_note();
    for (std::size_t i = 0; i < length; ++i) chars[size++] = entry[i];
    chars[size++] = '\0';
  }
};

template <class I>
constexpr void note_needs(NoteStrings& out, bool optional) {
  for (const tento_need& need : I::Deps::needs) {
    const bool this_one = (need.flags & TENTO_NEED_OPTIONAL) != 0;
    const std::string_view id(need.id.data, static_cast<std::size_t>(need.id.size));
    // Needed by one integration and optional for another: the provider as a whole needs it.
    if (this_one != optional) continue;
    NoteStrings probe;
    probe.add("n=", id);
    if (optional && out.has({probe.chars, probe.size - 1})) continue;
    out.add(optional ? "o=" : "n=", id);
  }
}

template <class... I>
constexpr void note_needs_of(TypeList<I...>, NoteStrings& out) {
  (note_needs<I>(out, false), ...);
  (note_needs<I>(out, true), ...);
}

template <class Provider>
constexpr tento_note make_note() {
  check_identity(Provider::ID, Provider::VERSION, Provider::TITLE);
  tento_note out{6,
                 TENTO_NOTE_DESCRIPTOR_SIZE,
                 TENTO_NOTE_TYPE,
                 TENTO_NOTE_NAME,
                 TENTO_NOTE_MAGIC,
                 TENTO_ABI_MAJOR,
                 TENTO_ABI_MINOR,
                 0,
                 {},
                 {},
                 {},
                 {}};
  const auto copy = [](char* to, std::string_view from) {
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i];
  };
  copy(out.id, Provider::ID);
  copy(out.version, Provider::VERSION);
  copy(out.title, Provider::TITLE);
  NoteStrings strings;
  const auto& routes = Provider::schema.routes;
  out.flags = routes.note_flags;
  for (std::size_t i = 0; i < routes.size; ++i) {
    std::string_view rest = routes.items[i].pattern.view();
    const std::string_view prefix = next_segment(rest);
    if (!is_prefix_of(prefix, Provider::ID))
      provider_error::a_pattern_does_not_begin_with_colon_tilde_and_the_providers_id();
    strings.add("p=", prefix);
  }
  for (std::size_t i = 0; i < routes.note_string_count; ++i)
    strings.add(routes.note_strings[i].note_kind, routes.note_strings[i].note_string);
  note_needs_of(typename ConnectorStorage<Provider>::Integrations{}, strings);
  copy(out.strings, {strings.chars, strings.size});
  return out;
}

/// Fills each parameter with a sample that follows from its name, so that two structs agree about a name they share.
template <ParamsStruct P>
void fill_sample(P& out) {
  const auto fill = [](auto& self, std::string_view name, auto& member) -> void {
    using T = std::remove_cvref_t<decltype(member)>;
    if constexpr (is_optional<T>) {
      self(self, name, member.emplace());
    } else if constexpr (std::same_as<T, std::string>) {
      member = name;
    } else {
      member = static_cast<T>(name.size() % 100 + 1);
    }
  };
  for_each_param<P>([&](const auto& field) { fill(fill, field.name, out.*(field.member)); });
}

/// An error when the key that a row makes of parameters is not the one of its route; `wanted` is the route's.
[[nodiscard]] Result<void> compare_keys(std::string_view row, std::string_view pattern, std::string_view wanted,
                                        std::string_view made);

template <class R>
[[nodiscard]] Result<void> check_key(std::string_view pattern) {
  typename R::Integration::Params params{};
  typename R::Params own{};
  fill_sample(params);
  fill_sample(own);
  std::string_view label = "logs";
  if constexpr (!is_logs<R>) label = Label(R::ROW_LABEL).text();
  return compare_keys(label, pattern, lookup_key(pattern, params, own), R::lookup_key(params, own));
}

/// Whether each row's lookup_key makes the keys of its route: both are written by hand.
template <class Provider, class... R>
[[nodiscard]] Result<void> check_keys(TypeList<R...>) {
  Result<void> answer;
  ((answer = check_key<R>(RowStorage<Provider, R>::pattern.view()), answer.has_value()) && ...);
  return answer;
}

/// Makes and ends instances. Rows keep no state: an instance is the values that `keeps` asks for.
template <class Provider, class Values>
struct InstanceSlots;
template <class Provider, class... T>
struct InstanceSlots<Provider, TypeList<T...>> {
  using Instance = std::tuple<T...>;
  static tento_status create(const tento_lookup*, tento_provider** out, tento_error* err) noexcept {
    return guarded("create", err, [&]() -> Result<void> {
      TENTO_TRY(check_keys<Provider>(typename ConnectorStorage<Provider>::Rows{}));
      *out = reinterpret_cast<tento_provider*>(std::make_unique<Instance>().release());
      return {};
    });
  }
  static void destroy(tento_provider* self) noexcept {
    const std::unique_ptr<Instance> gone(reinterpret_cast<Instance*>(self));
  }
};

/// What `tento_plugin` answers for `Provider`.
template <class Provider>
struct PluginStorage {
  using Slots = InstanceSlots<Provider, typename decltype(Provider::schema)::Kept>;
  static constexpr tento_plugin_api table{
      sizeof(tento_plugin_api), TENTO_ABI_MAJOR, str(Provider::ID), str(Provider::VERSION), &Slots::create,
      &Slots::destroy,          nullptr};
};

}  // namespace detail

}  // namespace tento

/// Declares the provider: its note, and the entries tento_plugin and tento_connector. Once per shared object, at file
/// scope. The blocks and root items that follow the title are those of schema.hpp. What was declared is there for the
/// rest of the file: `tento_provider_definition::PROVIDER_ID` and `SCHEMA`, for match_key and entries.
#define TENTO_CONNECTOR(provider_id, provider_version, provider_title, ...)                                \
  namespace tento_provider_definition {                                                                    \
  struct Definition {                                                                                      \
    static constexpr std::string_view ID = provider_id;                                                    \
    static constexpr std::string_view VERSION = provider_version;                                          \
    static constexpr std::string_view TITLE = provider_title;                                              \
    static constexpr auto schema = ::tento::schema(__VA_ARGS__);                                           \
  };                                                                                                       \
  [[maybe_unused]] inline constexpr const auto& PROVIDER_ID = Definition::ID;                              \
  [[maybe_unused]] inline constexpr const auto& SCHEMA = Definition::schema;                               \
  }                                                                                                        \
  extern "C" {                                                                                             \
  __attribute__((visibility("hidden"))) extern const tento_note tento_note_record;                         \
  __attribute__((used, section(".note.tento"), aligned(4))) constinit const tento_note tento_note_record = \
      ::tento::detail::make_note<tento_provider_definition::Definition>();                                 \
  TENTO_EXPORT const tento_plugin_api* tento_plugin(uint32_t abi_min, uint32_t abi_max) noexcept {         \
    if (abi_min > TENTO_ABI_MAJOR || abi_max < TENTO_ABI_MAJOR) return nullptr;                            \
    return &::tento::detail::PluginStorage<tento_provider_definition::Definition>::table;                  \
  }                                                                                                        \
  TENTO_EXPORT const tento_connector_api* tento_connector(tento_provider*) noexcept {                      \
    return &::tento::detail::ConnectorStorage<tento_provider_definition::Definition>::table;               \
  }                                                                                                        \
  }                                                                                                        \
  static_assert(true, "a semicolon follows")

/// Declares the entry tento_sync_plugin. Without arguments it is the derived one: topology from `sync_shape`, execution
/// by `Row::sync`. Arguments are types that override parts of it; see sync_plugin.hpp.
#define TENTO_SYNC_PLUGIN(...)                                                                \
  extern "C" TENTO_EXPORT const tento_sync_api* tento_sync_plugin(tento_provider*) noexcept { \
    return &::tento::detail::SyncStorage<::tento::detail::TypeList<__VA_ARGS__>>::table;      \
  }                                                                                           \
  static_assert(true, "a semicolon follows")

/// The whole provider in one line: TENTO_CONNECTOR and the derived sync-plugin.
#define TENTO_PROVIDER(provider_id, provider_version, provider_title, ...)     \
  TENTO_CONNECTOR(provider_id, provider_version, provider_title, __VA_ARGS__); \
  TENTO_SYNC_PLUGIN()
