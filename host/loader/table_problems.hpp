// SPDX-License-Identifier: Apache-2.0
// Collects what is wrong with a provider's tables, and the checks of texts that all of them share.
#pragma once

#include <tento/base.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "host/loader/descriptors.hpp"

namespace tento::host {

// A table with more entries than this is garbage, and is not walked.
inline constexpr std::uint64_t max_table_entries = 4096;

// Every problem of one provider. `at` says where: "integration `Mail`, row `:~mail:{authId}:inbox`".
class TableProblems {
 public:
  void add(std::string_view code, std::string_view at, std::string what);
  void take(TableProblems&& other);
  [[nodiscard]] bool empty() const { return items_.empty(); }
  // One rejection that tells all of them; the code is the first one's.
  [[nodiscard]] Rejection rejection() const;

  // A descriptor text: data where size is not 0, within `limit`, UTF-8 without NUL. False when it must not be read.
  bool text(tento_str value, std::string_view at, std::string_view field, std::uint64_t limit = TENTO_MAX_DESCRIPTOR);
  // The same, and not empty.
  bool required_text(tento_str value, std::string_view at, std::string_view field,
                     std::uint64_t limit = TENTO_MAX_DESCRIPTOR);
  // A text that has to follow a grammar; `expected` says which.
  template <class Is>
  bool grammar_text(tento_str value, std::string_view at, std::string_view field, Is is, std::string_view expected) {
    if (!required_text(value, at, field)) return false;
    if (is(std::string_view(value.data, value.size))) return true;
    bad_value(value, at, field, expected);
    return false;
  }
  // The same where an empty text is fine.
  template <class Is>
  bool optional_grammar_text(tento_str value, std::string_view at, std::string_view field, Is is,
                             std::string_view expected) {
    return value.size == 0 || grammar_text(value, at, field, is, expected);
  }
  void label(const tento_label& label, std::string_view at, std::string_view field);
  // A table's pointer and count; false when it must not be walked.
  bool table(const void* entries, std::uint64_t count, std::string_view at, std::string_view field);
  // An appendable struct: there, and at least as long as in 1.0.
  template <class T>
  bool appendable(const T* value, std::string_view at, std::string_view name) {
    if (value == nullptr) {
      add("null_table", at, fmt::format("{} is null", name));
      return false;
    }
    std::uint32_t size = 0;
    std::memcpy(&size, value, sizeof size);
    if (size >= floor_size<T>) return true;
    add("struct_too_short", at,
        fmt::format("{} has struct_size {}, and ABI 1.0 asks for at least {}", name, size, floor_size<T>));
    return false;
  }
  // A slot that has to be there.
  template <class Slot>
  void slot(Slot value, std::string_view at, std::string_view name, std::string_view why) {
    if (value == nullptr) add("missing_slot", at, fmt::format("slot `{}` is null, and {}", name, why));
  }

 private:
  void bad_value(tento_str value, std::string_view at, std::string_view field, std::string_view expected);

  struct Item {
    std::string code;
    std::string text;
  };
  std::vector<Item> items_;
};

// A checked text as a view.
[[nodiscard]] inline std::string_view text_of(tento_str value) {
  return value.size == 0 ? std::string_view{} : std::string_view(value.data, static_cast<std::size_t>(value.size));
}

}  // namespace tento::host
