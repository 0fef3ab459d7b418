/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file row.h
 * One reserved pattern of an integration: what it is called, what may be done with it, how it syncs, and its slots.
 *
 * A row describes itself, so that the page, CSV and iCalendar need no code per provider. Every table reachable from a
 * row is immutable from the return of the entry that gave it until `destroy`.
 */
#ifndef TENTO_ROW_H
#define TENTO_ROW_H

#include "cell.h"

TENTO_BEGIN_DECLS

/* ---- verbs, guards, parameters ----------------------------------------------------------------------------------- */

#define TENTO_VERB_GET    1u /**< read cells */
#define TENTO_VERB_POST   2u /**< create a cell upstream */
#define TENTO_VERB_PATCH  4u /**< change a cell upstream */
#define TENTO_VERB_DELETE 8u /**< delete a cell upstream */

/** A predicate, known to the host by name, that must hold before the row is dispatched. ABI-FROZEN. */
typedef struct tento_guard {
  tento_str name;    /**< `operator`, or one the embedder registered; an unknown name is a load error */
  uint32_t verbs;    /**< the TENTO_VERB_* it guards; several guards are AND-ed */
  uint32_t reserved; /**< 0 */
} tento_guard;

/** One path parameter, percent-decoded once; never empty, never with a NUL. ABI-FROZEN, 32 bytes. */
typedef struct tento_param {
  tento_str name;  /**< as in the pattern, without braces */
  tento_str value; /**< at most TENTO_MAX_PARAM bytes */
} tento_param;

/* ---- fields of a cell's data ------------------------------------------------------------------------------------- */

/** Type of a field. An unknown value is shown as text. */
typedef uint32_t tento_field_type;
/** The values of tento_field_type. */
enum tento_field_type_value {
  TENTO_FIELD_STRING = 0u,  /**< a text */
  TENTO_FIELD_INTEGER = 1u, /**< a whole number */
  TENTO_FIELD_NUMBER = 2u,  /**< any number */
  TENTO_FIELD_BOOLEAN = 3u, /**< true or false */
  TENTO_FIELD_TIME = 4u,    /**< a semantic time as text */
  TENTO_FIELD_URL = 5u,     /**< an absolute URL as text */
  TENTO_FIELD_OBJECT = 6u,  /**< an object */
  TENTO_FIELD_ARRAY = 7u    /**< an array */
};

/** What a field is for. An unknown value is treated as none. */
typedef uint32_t tento_field_role;
/** The values of tento_field_role. */
enum tento_field_role_value {
  TENTO_ROLE_NONE = 0u,     /**< nothing in particular */
  TENTO_ROLE_TITLE = 1u,    /**< what the entry is called */
  TENTO_ROLE_VALUE = 2u,    /**< the number to draw */
  TENTO_ROLE_CATEGORY = 3u, /**< what to group by */
  TENTO_ROLE_START = 4u,    /**< when it starts */
  TENTO_ROLE_END = 5u,      /**< when it ends */
  TENTO_ROLE_URL = 6u       /**< where to read on */
};

/** One field of a row's `data`. Crosses in arrays of pointers. ABI-APPENDABLE. */
typedef struct tento_field {
  uint32_t struct_size;  /**< bytes of this struct that exist */
  tento_field_type type; /**< its JSON type */
  tento_field_role role; /**< what it is for */
  uint32_t reserved;     /**< 0 */
  tento_str pointer;     /**< where it is in `data`, a JSON Pointer (RFC 6901) */
  tento_label label;     /**< what people call it */
  tento_str unit;        /**< a UCUM unit (`s`, `m`, `/min`) or empty */
} tento_field;

/* ---- sync -------------------------------------------------------------------------------------------------------- */

/** How urgent a stage is: its share of the workers. An unknown value is treated as backfill. */
typedef uint32_t tento_stage_class;
/** The values of tento_stage_class. */
enum tento_stage_class_value {
  TENTO_STAGE_VIEWPORT = 0u, /**< somebody is looking at it */
  TENTO_STAGE_LIVE = 1u,     /**< keeps fresh what is there */
  TENTO_STAGE_BACKFILL = 2u  /**< history */
};

/** A named part of a sync. Crosses in arrays of pointers. ABI-APPENDABLE. */
typedef struct tento_stage {
  uint32_t struct_size;          /**< bytes of this struct that exist */
  tento_stage_class stage_class; /**< how urgent */
  tento_str name;                /**< [a-z][a-z0-9_-]{0,31} */
  const tento_str *after;        /**< stages of the same row that must have ended well first */
  uint64_t after_count;          /**< entries of after */
  tento_str lock;                /**< `row`, `account`, or empty = row; tento_sync_api.lock_key wins over it */
} tento_stage;

/** How a row syncs. Null on a row = the row is computed or write-only. ABI-APPENDABLE. */
typedef struct tento_sync_shape {
  uint32_t struct_size;             /**< bytes of this struct that exist */
  uint32_t flags;                   /**< 0; unknown bits are ignored */
  const tento_stage *const *stages; /**< in the order in which they run when nobody says otherwise */
  uint64_t stage_count;             /**< at least 1 */
  uint32_t max_concurrent;          /**< jobs of this row's integration at once; 0 = the host's default */
  uint32_t reserved;                /**< 0 */
  int64_t stale_after_s;            /**< seconds after which what is held counts as stale; 0 = never */
  int64_t interval_s;               /**< seconds between unasked syncs of the first stage; 0 = only when asked */
} tento_sync_shape;

/** Described at its definition below. */
typedef struct tento_row tento_row;

/** Where a call is: the row and its parameters. Borrowed for the call. ABI-APPENDABLE. */
typedef struct tento_row_ctx {
  uint32_t struct_size;      /**< bytes of this struct that exist */
  uint32_t reserved;         /**< 0 */
  const tento_call *call;    /**< the capability */
  const tento_row *row;      /**< the very descriptor the provider gave */
  const tento_uuid *row_id;  /**< the row, for the deps that write */
  tento_str lookup_key;      /**< canonical key */
  const tento_param *params; /**< in pattern order */
  uint64_t param_count;      /**< entries of params */
} tento_row_ctx;

/** Arguments of a sync. ABI-APPENDABLE. */
typedef struct tento_sync_ctx {
  uint32_t struct_size;    /**< bytes of this struct that exist */
  uint32_t reserved;       /**< 0 */
  const tento_row_ctx *at; /**< which row */
  tento_str stage;         /**< one of the row's stages */
  tento_span window;       /**< what to fetch, as the host computed it; NONE on a side = as far as there is */
} tento_sync_ctx;

/**
 * What a sync reports. The caller sets struct_size and zeroes; valid only after TENTO_OK. A record that the provider
 * does not understand is kept out and counted in `skipped`, and the rest of its list goes on; an answer that makes no
 * sense as a whole fails. ABI-APPENDABLE.
 */
typedef struct tento_sync_result {
  uint32_t struct_size;   /**< bytes of this struct that exist */
  uint32_t more;          /**< not 0 = it yielded: run the stage again to go on */
  uint64_t seen;          /**< records seen; advisory, the host counts what landed itself */
  uint64_t skipped;       /**< records kept out because they could not be understood; not 0 = the run is `partial` */
  char skipped_note[512]; /**< which ones and why, for people: UTF-8, NUL-ended, no secret; empty = nothing to say */
} tento_sync_result;

/** Arguments of a read. ABI-APPENDABLE. */
typedef struct tento_read_ctx {
  uint32_t struct_size;    /**< bytes of this struct that exist */
  uint32_t reserved;       /**< 0 */
  const tento_row_ctx *at; /**< which row */
  tento_span window;       /**< which dates; NONE on a side = unbounded */
  uint64_t limit_hint;     /**< the reader wants no more than this; 0 = all */
} tento_read_ctx;

/** Arguments of a write. ABI-APPENDABLE. */
typedef struct tento_write_ctx {
  uint32_t struct_size;          /**< bytes of this struct that exist */
  uint32_t verb;                 /**< the one TENTO_VERB_* being done */
  const tento_row_ctx *at;       /**< which row */
  tento_str cell_id;             /**< which cell; empty for post, and in rows whose cells have no id */
  tento_semantic_time cell_date; /**< which cell, in rows whose cells have no id; else NONE */
  tento_str body;                /**< JSON of the writer; empty for delete */
  tento_str idempotency_key;     /**< the same for every try of one write; may be empty */
  /**
   * The `version` that the writer named, as it was stored with the cell: the write is carried out only if the service
   * still has it, else it fails with TENTO_E_CONFLICT. Empty = no condition, whatever version is stored.
   */
  tento_str expected;
} tento_write_ctx;

/* ---- the row ----------------------------------------------------------------------------------------------------- */

/** The row holds at most one cell a date, and ids are optional. Without it ids are required (cardinality `multi`). */
#define TENTO_ROW_SINGLE 1u
/** The row lists the runs of its parent (`<pattern>:logs`); the host serves it and calls no slot of it. */
#define TENTO_ROW_LOGS 2u

/**
 * One reserved pattern. `pattern` is a list of `:`-led segments, literal or `{param}`, beginning with a prefix of the
 * note (`:~myprovider:{authId}:activities`). Slots that the verbs and the shape do not ask for may be null.
 * ABI-APPENDABLE.
 */
struct tento_row {
  uint32_t struct_size;               /**< bytes of this struct that exist */
  uint32_t verbs;                     /**< TENTO_VERB_* */
  uint32_t flags;                     /**< TENTO_ROW_* */
  uint32_t data_version;              /**< grows when `data` of stored cells changes shape */
  tento_str pattern;                  /**< at most TENTO_MAX_KEY bytes */
  tento_label label;                  /**< `myprovider-activities` */
  tento_str type;                     /**< `data` unless the row is not to be listed among rows with cells */
  tento_str encoding;                 /**< tag of the shape of `data` (`event.v1`), or empty: the record itself */
  const tento_field *const *fields;   /**< what is in `data`; may be null when count is 0 */
  uint64_t field_count;               /**< entries of fields */
  const tento_guard *guards;          /**< may be null when count is 0 */
  uint64_t guard_count;               /**< entries of guards */
  const tento_sync_shape *sync_shape; /**< null = not sync-backed */

  /** Pushes a JSON object to stamp on the row's record when it is made. Pure: no deps. Optional. [call] */
  tento_status (*attributes)(tento_provider *self, const tento_row_ctx *ctx, const tento_text_sink *sink,
                             tento_error *err) TENTO_NOEXCEPT;
  /**
   * Pushes a key; rows with equal keys may share one sync. Pure: no deps; the host may cache it. Optional. [call]
   */
  tento_status (*alias_key)(tento_provider *self, const tento_row_ctx *ctx, const tento_text_sink *sink,
                            tento_error *err) TENTO_NOEXCEPT;
  /**
   * Fetches one stage and persists it through `tento.backend/1` or `tento.sync-state/1`. Required when sync_shape is
   * set and the sync-plugin has no executor. [call]
   */
  tento_status (*sync)(tento_provider *self, tento_client *client, const tento_sync_ctx *ctx, tento_sync_result *result,
                       tento_error *err) TENTO_NOEXCEPT;
  /**
   * Pushes computed cells, ascending by (date, id), of the window. Required when GET is set, sync_shape is null and
   * the row is not LOGS. [call]
   */
  tento_status (*list_cells)(tento_provider *self, tento_client *client, const tento_read_ctx *ctx,
                             const tento_cell_sink *sink, tento_error *err) TENTO_NOEXCEPT;
  /**
   * Creates upstream. What it puts into the sink is what the host stores; TENTO_OK with nothing put = accepted, and the
   * host syncs the row's first stage. Required with its verb. [call]
   */
  tento_status (*post)(tento_provider *self, tento_client *client, const tento_write_ctx *ctx,
                       const tento_cell_sink *sink, tento_error *err) TENTO_NOEXCEPT;
  /** Changes upstream; otherwise as post. Required with its verb. [call] */
  tento_status (*patch)(tento_provider *self, tento_client *client, const tento_write_ctx *ctx,
                        const tento_cell_sink *sink, tento_error *err) TENTO_NOEXCEPT;
  /** Deletes upstream and puts a tombstone; otherwise as post. Required with its verb. [call] */
  tento_status (*remove)(tento_provider *self, tento_client *client, const tento_write_ctx *ctx,
                         const tento_cell_sink *sink, tento_error *err) TENTO_NOEXCEPT;
};

TENTO_END_DECLS

#endif /* TENTO_ROW_H */
