/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentinels: compiles only while the C layout of the ABI is what layout_1_0.inc says.
 *
 * Maintainer: a line that fails here means that a plugin in the field would read another byte than the host wrote. Undo
 * the change and add beside it (abi/README.md, "How the ABI grows"); regenerate the list for appended things only.
 */
#include <stddef.h>

#include <tento/abi.h>

#define TENTO_BROKEN(what) #what " has moved or changed: undo it and add beside it, see abi/README.md"
#define TENTO_PIN_STRUCT(type, size, align) \
  _Static_assert(sizeof(type) == (size) && _Alignof(type) == (align), TENTO_BROKEN(type));
#define TENTO_PIN_FIELD(type, field, offset, size, ...) \
  _Static_assert(offsetof(type, field) == (offset) && sizeof(((type*)0)->field) == (size), TENTO_BROKEN(type.field));
#define TENTO_PIN_SLOT TENTO_PIN_FIELD
#define TENTO_PIN_TYPE(alias, type) _Static_assert(_Generic((alias)0, type : 1, default : 0), TENTO_BROKEN(alias));
#define TENTO_PIN_VALUE(name, value) _Static_assert((unsigned long)(name) == (value), TENTO_BROKEN(name));

#include "layout_1_0.inc"

int tento_layout_c(void);
int tento_layout_c(void) {
  return 0;
}
