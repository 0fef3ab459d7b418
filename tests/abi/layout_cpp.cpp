// SPDX-License-Identifier: Apache-2.0
// Sentinels, the C++ half: as layout.c, and the exact type of every field and slot, `noexcept` included.
//
// Maintainer: a slot that fails here has another signature than plugins in the field were compiled with. Undo the
// change and append a slot beside it (abi/README.md, "How the ABI grows").
#include <cstddef>
#include <type_traits>

#include <tento/abi.h>

#define TENTO_BROKEN(what) #what " has moved or changed: undo it and add beside it, see abi/README.md"
#define TENTO_PIN_STRUCT(type, size, align)                                              \
  static_assert(sizeof(type) == (size) && alignof(type) == (align), TENTO_BROKEN(type)); \
  static_assert(std::is_standard_layout_v<type> && std::is_trivially_copyable_v<type>,   \
                #type " is no longer plain data: remove whatever C++ gave it");
#define TENTO_PIN_FIELD(type, field, offset, size, ...)                               \
  static_assert(offsetof(type, field) == (offset) && sizeof(type::field) == (size) && \
                    std::is_same_v<decltype(type::field), __VA_ARGS__>,               \
                TENTO_BROKEN(type::field));
#define TENTO_PIN_SLOT(type, field, offset, size, ...)                                \
  static_assert(offsetof(type, field) == (offset) && sizeof(type::field) == (size) && \
                    std::is_same_v<decltype(type::field), __VA_ARGS__ noexcept>,      \
                TENTO_BROKEN(type::field));
#define TENTO_PIN_TYPE(alias, type) static_assert(std::is_same_v<alias, type>, TENTO_BROKEN(alias));
#define TENTO_PIN_VALUE(name, value) static_assert(static_cast<unsigned long>(name) == (value), TENTO_BROKEN(name));

#include "layout_1_0.inc"

int tento_layout_cpp();
int tento_layout_cpp() {
  return 0;
}
