/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file sync_plugin.h
 * The entry `tento_sync_plugin` ("sync-plugin"): topology and executor of a provider's syncs.
 *
 * Every slot is optional. One that is there wins over what the row says; a null one falls back to the row.
 */
#ifndef TENTO_SYNC_PLUGIN_H
#define TENTO_SYNC_PLUGIN_H

#include "connector.h"

TENTO_BEGIN_DECLS

/** What `tento_sync_plugin` answers. ABI-APPENDABLE. */
typedef struct tento_sync_api {
  uint32_t struct_size;    /**< bytes of this struct that exist */
  uint32_t max_concurrent; /**< jobs of this provider at once; 0 = the host's default */
  /** The shape of a row, in place of its sync_shape; null = not sync-backed. Null slot = the row's. [any] */
  const tento_sync_shape *(*shape)(tento_provider *self, const tento_row *row)TENTO_NOEXCEPT;
  /**
   * Pushes the key under which a stage is locked (a calendar, an account ...); two jobs with equal keys never run
   * together. Nothing pushed = the row. Pure: no deps; the host may cache it. [call]
   */
  tento_status (*lock_key)(tento_provider *self, const tento_row_ctx *ctx, tento_str stage, const tento_text_sink *sink,
                           tento_error *err) TENTO_NOEXCEPT;
  /** Pushes the alias key, in place of the row's. Pure: no deps; the host may cache it. [call] */
  tento_status (*alias_key)(tento_provider *self, const tento_row_ctx *ctx, const tento_text_sink *sink,
                            tento_error *err) TENTO_NOEXCEPT;
  /**
   * The window of a stage; `today` is the day in the account's zone. `out` arrives holding the host's own window.
   * Pure: no deps; the host may cache it for the day. [call]
   */
  tento_status (*stage_range)(tento_provider *self, const tento_row_ctx *ctx, tento_str stage,
                              const tento_semantic_time *today, tento_span *out, tento_error *err) TENTO_NOEXCEPT;
  /** Runs one stage of one row, in place of tento_row.sync. [call] */
  tento_status (*execute)(tento_provider *self, tento_client *client, const tento_sync_ctx *ctx,
                          tento_sync_result *result, tento_error *err) TENTO_NOEXCEPT;
} tento_sync_api;

/** Symbol of the sync-plugin entry. */
#define TENTO_SYMBOL_SYNC_PLUGIN "tento_sync_plugin"

/** The sync-plugin of an instance. A file that exports it exports tento_connector too. Null = none. [boot] */
TENTO_EXPORT const tento_sync_api *tento_sync_plugin(tento_provider *self) TENTO_NOEXCEPT;

TENTO_END_DECLS

#endif /* TENTO_SYNC_PLUGIN_H */
