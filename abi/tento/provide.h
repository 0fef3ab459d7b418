/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file provide.h
 * The entry `tento_deps`: interfaces that a plugin provides to others. Reserved: declared in 1.0 so that its shape is
 * fixed, not loaded by a 1.0 host.
 */
#ifndef TENTO_PROVIDE_H
#define TENTO_PROVIDE_H

#include "deps.h"

TENTO_BEGIN_DECLS

/** What `tento_deps` answers. ABI-APPENDABLE. */
typedef struct tento_deps_api {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /**
   * Gives the interface `id`, which the note lists with `i=`; its vtable is a tento_message. It lives until `destroy`.
   * FAILED = not provided. [boot]
   */
  tento_status (*provide)(tento_provider *self, tento_str id, tento_iface *out, tento_error *err) TENTO_NOEXCEPT;
} tento_deps_api;

/** Symbol of the deps entry. */
#define TENTO_SYMBOL_DEPS "tento_deps"

/** The interfaces of an instance. Null = none. [boot] */
TENTO_EXPORT const tento_deps_api *tento_deps(tento_provider *self) TENTO_NOEXCEPT;

TENTO_END_DECLS

#endif /* TENTO_PROVIDE_H */
