/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file connector.h
 * The entries `tento_plugin` and `tento_connector`: an instance of the provider, its integrations, their rows.
 */
#ifndef TENTO_CONNECTOR_H
#define TENTO_CONNECTOR_H

#include "auth.h"
#include "deps.h"
#include "note.h"
#include "row.h"

TENTO_BEGIN_DECLS

/* ---- limits, discovery ------------------------------------------------------------------------------------------- */

/** Who shares a request budget. An unknown value is treated as app. */
typedef uint32_t tento_limit_scope;
/** The values of tento_limit_scope. */
enum tento_limit_scope_value {
  TENTO_LIMIT_APP = 0u,     /**< all accounts of this provider together */
  TENTO_LIMIT_ACCOUNT = 1u, /**< each account */
  TENTO_LIMIT_ENDPOINT = 2u /**< each account and url_prefix */
};

/** Only requests whose `limit_name` is this limit's name count; without it, every request that url_prefix matches. */
#define TENTO_LIMIT_NAMED_ONLY 1u

/** A request budget the service publishes. Crosses in arrays of pointers. ABI-APPENDABLE. */
typedef struct tento_limit {
  uint32_t struct_size;    /**< bytes of this struct that exist */
  tento_limit_scope scope; /**< who shares it */
  tento_str name;          /**< [a-z][a-z0-9_-]{0,31} */
  tento_str url_prefix;    /**< requests it counts; empty = all; with NAMED_ONLY: of those that name it */
  uint64_t capacity;       /**< requests per window, at least 1 */
  uint64_t window_ms;      /**< length of the window, milliseconds, at least 1 */
  uint32_t flags;          /**< TENTO_LIMIT_*; unknown bits are an error */
  uint32_t reserved;       /**< 0 */
} tento_limit;

/** Described at its definition below. */
typedef struct tento_integration tento_integration;

/** Where a call on an integration is. Borrowed for the call. ABI-APPENDABLE. */
typedef struct tento_integration_ctx {
  uint32_t struct_size;                 /**< bytes of this struct that exist */
  uint32_t reserved;                    /**< 0 */
  const tento_call *call;               /**< the capability */
  const tento_integration *integration; /**< the very descriptor the provider gave */
  const tento_param *params;            /**< those known: the account param where there is an account */
  uint64_t param_count;                 /**< entries of params */
} tento_integration_ctx;

/** One concrete row that an account has. ABI-APPENDABLE. */
typedef struct tento_row_instance {
  uint32_t struct_size;      /**< bytes of this struct that exist */
  uint32_t reserved;         /**< 0 */
  const tento_row *row;      /**< one of the integration's rows */
  const tento_param *params; /**< all of the pattern's, in its order, not percent-encoded */
  uint64_t param_count;      /**< entries of params */
  tento_str label;           /**< what people call it */
  tento_str attributes_json; /**< a JSON object, or empty */
} tento_row_instance;

/** Described at its definition below. */
typedef struct tento_row_sink tento_row_sink;
/** Receives rows. ABI-APPENDABLE. */
struct tento_row_sink {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  void *self;           /**< the giver's own; do not touch */
  /** Takes one row, borrowed for the length of `put`; statuses as in tento_cell_sink.put. [call-thread] */
  tento_status (*put)(const tento_row_sink *sink, const tento_row_instance *row, tento_error *err) TENTO_NOEXCEPT;
};

/* ---- integration ------------------------------------------------------------------------------------------------- */

/** One account type of a provider: its auth, its rows, its client. ABI-APPENDABLE. */
struct tento_integration {
  uint32_t struct_size;             /**< bytes of this struct that exist */
  uint32_t flags;                   /**< 0; unknown bits are ignored */
  tento_str id;                     /**< `MyProvider`, `MyProviderCalendar`: [A-Za-z][A-Za-z0-9]{0,63} */
  tento_label title;                /**< what people call it */
  tento_str account_param;          /**< the parameter that names the account (`authId`); empty = no account */
  const tento_auth *auth;           /**< null = nothing to connect */
  const tento_row *const *rows;     /**< its rows */
  uint64_t row_count;               /**< at least 1 */
  const tento_need *needs;          /**< the interfaces it uses; may be null when count is 0 */
  uint64_t need_count;              /**< entries of needs */
  const tento_limit *const *limits; /**< request budgets; may be null when count is 0 */
  uint64_t limit_count;             /**< entries of limits */

  /**
   * Makes the client of one account. The host keeps it and shares it among concurrent calls, so it is thread-safe once
   * made, and holds no credential, no call and no dep. [call]
   */
  tento_status (*client)(tento_provider *self, const tento_integration_ctx *ctx, tento_client **out,
                         tento_error *err) TENTO_NOEXCEPT;
  /**
   * Makes a client for writes without an account (system contexts). Null = such writes are refused. Optional. [call]
   */
  tento_status (*client_for_write)(tento_provider *self, const tento_integration_ctx *ctx, tento_client **out,
                                   tento_error *err) TENTO_NOEXCEPT;
  /** Ends a client. Called exactly once for each, when no call uses it. [call] */
  void (*release)(tento_provider *self, tento_client *client) TENTO_NOEXCEPT;
  /**
   * Tries a provisional account (staged credential and settings, nothing stored) and pushes its stable id and its
   * label. FAILED = it is not saved. Optional. [call]
   */
  tento_status (*check_account)(tento_provider *self, tento_client *client, const tento_integration_ctx *ctx,
                                const tento_text_sink *auth_id, const tento_text_sink *label,
                                tento_error *err) TENTO_NOEXCEPT;
  /** Pushes the concrete rows of the account (one for each calendar, repository ...). Optional. [call] */
  tento_status (*discover)(tento_provider *self, tento_client *client, const tento_integration_ctx *ctx,
                           const tento_row_sink *sink, tento_error *err) TENTO_NOEXCEPT;
};

/** What `tento_connector` answers. ABI-APPENDABLE. */
typedef struct tento_connector_api {
  uint32_t struct_size;                         /**< bytes of this struct that exist */
  uint32_t reserved;                            /**< 0 */
  const tento_integration *const *integrations; /**< the provider's integrations */
  uint64_t integration_count;                   /**< at least 1 */
} tento_connector_api;

/* ---- plugin ------------------------------------------------------------------------------------------------------ */

/** What `tento_plugin` answers: how instances are made and ended. ABI-APPENDABLE. */
typedef struct tento_plugin_api {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t abi_picked;  /**< the major version it will speak, inside the host's range */
  tento_str id;         /**< equals the note's id */
  tento_str version;    /**< equals the note's version */
  /**
   * Makes an instance. `host` is the lifetime lookup (tento.log/1, tento.clock/1) and outlives it. May be called more
   * than once; instances share nothing that can be seen. [boot]
   */
  tento_status (*create)(const tento_lookup *host, tento_provider **out, tento_error *err) TENTO_NOEXCEPT;
  /** Ends an instance; no call is in it, its threads are joined, its tables are gone afterwards. [boot] */
  void (*destroy)(tento_provider *self) TENTO_NOEXCEPT;
  /** An extension of the plugin by id, or null. None is defined in 1.0. Not asked of an isolated one. Optional. [any]
   */
  const void *(*get_extension)(tento_provider *self, tento_str id)TENTO_NOEXCEPT;
} tento_plugin_api;

/* ---- entries ----------------------------------------------------------------------------------------------------- */

/** Symbol of the first entry. */
#define TENTO_SYMBOL_PLUGIN "tento_plugin"
/** Symbol of the connector entry. */
#define TENTO_SYMBOL_CONNECTOR "tento_connector"

/**
 * Negotiates: the host speaks the majors abi_min to abi_max; the provider answers its table, or null when it speaks
 * none of them. Called once, first. [boot]
 */
TENTO_EXPORT const tento_plugin_api *tento_plugin(uint32_t abi_min, uint32_t abi_max) TENTO_NOEXCEPT;

/** The connector of an instance: its integrations and rows. Null = it has none, which is an error. [boot] */
TENTO_EXPORT const tento_connector_api *tento_connector(tento_provider *self) TENTO_NOEXCEPT;

TENTO_END_DECLS

#endif /* TENTO_CONNECTOR_H */
