// SPDX-License-Identifier: Apache-2.0
/// @file label.hpp
/// Texts that people read, with their translations, and the fields of a row's data: constants, no code at run time.
#pragma once

#include <tento/row.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "result.hpp"

namespace tento {

/// One translation: a language tag (BCP 47) and the text in that language.
using Translation = tento_translation;

/// Makes one translation of a label.
[[nodiscard]] constexpr Translation translation(std::string_view language, std::string_view text) noexcept {
  return {str(language), str(text)};
}

/// A table of translations; keep it in a `static constexpr` (or `inline constexpr`) and hand it to a Label.
template <class... T>
[[nodiscard]] constexpr std::array<Translation, sizeof...(T)> translations(const T&... entries) noexcept {
  return {entries...};
}

/// A text that people read. `"Commits"` is one; with a table of translations: `Label("Commits", commits_translations)`.
class Label {
 public:
  /// An empty label.
  constexpr Label() noexcept = default;
  /// A label without translations. `text` must live as long as the program (a literal).
  constexpr Label(std::string_view text) noexcept : abi_{str(text), nullptr, 0} {}  // NOLINT(*-explicit-constructor)
  /// A label without translations, from a literal.
  constexpr Label(const char* text) noexcept : Label(std::string_view(text)) {}  // NOLINT(*-explicit-constructor)
  /// A label with translations; the table must have static storage.
  template <std::size_t N>
  constexpr Label(std::string_view text, const std::array<Translation, N>& table) noexcept
      : abi_{str(text), table.data(), N} {}
  /// The default text.
  [[nodiscard]] constexpr std::string_view text() const noexcept {
    return {abi_.text.data, static_cast<std::size_t>(abi_.text.size)};
  }
  /// As it crosses the ABI; borrows the texts.
  [[nodiscard]] constexpr tento_label abi() const noexcept { return abi_; }

 private:
  tento_label abi_{{nullptr, 0}, nullptr, 0};
};

/// What type a field of a row's data has.
enum class FieldType : tento_field_type {
  string = TENTO_FIELD_STRING,    ///< a text
  integer = TENTO_FIELD_INTEGER,  ///< a whole number
  number = TENTO_FIELD_NUMBER,    ///< any number
  boolean = TENTO_FIELD_BOOLEAN,  ///< true or false
  time = TENTO_FIELD_TIME,        ///< a semantic time as text
  url = TENTO_FIELD_URL,          ///< an absolute URL
  object = TENTO_FIELD_OBJECT,    ///< an object
  array = TENTO_FIELD_ARRAY,      ///< an array
};

/// What a field is for, so that pages and exports need no code per provider.
enum class FieldRole : tento_field_role {
  none = TENTO_ROLE_NONE,          ///< nothing special
  title = TENTO_ROLE_TITLE,        ///< the line that names the entry
  value = TENTO_ROLE_VALUE,        ///< the number to plot
  category = TENTO_ROLE_CATEGORY,  ///< what entries are grouped by
  start = TENTO_ROLE_START,        ///< when it starts
  end = TENTO_ROLE_END,            ///< when it ends
  url = TENTO_ROLE_URL,            ///< where to see it
};

/// One field of a row's data, built by `field(...)` and listed in the row's `FIELDS`.
class Field {
 public:
  /// A string field at `pointer`, a JSON Pointer (RFC 6901).
  constexpr explicit Field(std::string_view pointer) noexcept {
    abi_.struct_size = sizeof(tento_field);
    abi_.pointer = str(pointer);
  }
  /// Sets the type of the value.
  [[nodiscard]] constexpr Field type(FieldType type) const noexcept {
    Field out = *this;
    out.abi_.type = static_cast<tento_field_type>(type);
    return out;
  }
  /// Sets what the field is for.
  [[nodiscard]] constexpr Field role(FieldRole role) const noexcept {
    Field out = *this;
    out.abi_.role = static_cast<tento_field_role>(role);
    return out;
  }
  /// Sets what people call it.
  [[nodiscard]] constexpr Field label(Label label) const noexcept {
    Field out = *this;
    out.abi_.label = label.abi();
    return out;
  }
  /// Sets its unit, in UCUM (`s`, `m`, `/min`).
  [[nodiscard]] constexpr Field unit(std::string_view unit) const noexcept {
    Field out = *this;
    out.abi_.unit = str(unit);
    return out;
  }
  /// As it crosses the ABI.
  [[nodiscard]] constexpr const tento_field& abi() const noexcept { return abi_; }

 private:
  tento_field abi_{};
};

/// Begins a field: `field("/hash").label("Hash").role(FieldRole::title)`.
[[nodiscard]] constexpr Field field(std::string_view pointer) noexcept {
  return Field(pointer);
}

/// The fields of a row: `static constexpr auto FIELDS = tento::fields(tento::field("/hash"), ...)`.
template <class... F>
[[nodiscard]] constexpr std::array<Field, sizeof...(F)> fields(const F&... entries) noexcept {
  return {entries...};
}

}  // namespace tento
