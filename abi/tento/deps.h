/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file deps.h
 * What a provider can ask of its host: the standard interfaces, and how a provider declares that it needs one.
 *
 * An interface is a vtable under an id `<name>/<revision>`. The revision changes with the meaning only; new slots are
 * appended and found by size. All slots take the call that is the authority (except those tagged [any]) and return
 * TENTO_STOPPED once that call was cancelled, expired or ended. An embedder may register further ids of its own.
 */
#ifndef TENTO_DEPS_H
#define TENTO_DEPS_H

#include "auth.h"
#include "cell.h"
#include "row.h"

TENTO_BEGIN_DECLS

/* ---- needs ------------------------------------------------------------------------------------------------------- */

/** The provider works without it. */
#define TENTO_NEED_OPTIONAL 1u

/** One interface an integration uses, and how much of it. Write it with TENTO_NEED. ABI-FROZEN, 24 bytes. */
typedef struct tento_need {
  tento_str id;      /**< interface id */
  uint32_t min_size; /**< bytes of the vtable it uses */
  uint32_t flags;    /**< TENTO_NEED_OPTIONAL */
} tento_need;

/** A tento_need for the standard interface `type`, used up to and with `last_slot`. Nobody computes sizes by hand. */
#define TENTO_NEED(type, last_slot) TENTO_NEED_FLAGS(type, last_slot, 0u)
/** The same with flags. */
#define TENTO_NEED_FLAGS(type, last_slot, need_flags)                                                         \
  {                                                                                                           \
    TENTO_STR(TENTO_IFACE_ID_##type), (uint32_t)(offsetof(type, last_slot) + sizeof(((type *)0)->last_slot)), \
        (need_flags)                                                                                          \
  }

/* ---- tento.backend/1 --------------------------------------------------------------------------------------------- */

/** Id of the interface whose vtable is tento_backend. */
#define TENTO_IFACE_ID_tento_backend "tento.backend/1"

/** The thin path: store cells, read them back, read the log. ABI-APPENDABLE. */
typedef struct tento_backend {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /**
   * Stores a batch in a transaction of its own; TENTO_OK = durable. Only the row the call was made for is accepted. A
   * `sync` that used only this and returned TENTO_OK has its window marked; after a refused batch it failed. [in-call]
   */
  tento_status (*persist_cells)(void *self, const tento_call *call, const tento_uuid *row_id,
                                const tento_cell_batch *batch, tento_error *err) TENTO_NOEXCEPT;
  /**
   * Pushes the stored cells of a row that overlap `span`, ascending by (start, longer first, id), tombstones left out.
   * The key must belong to the same provider, owner and account. `span` null = everything. [in-call]
   */
  tento_status (*read_cells)(void *self, const tento_call *call, tento_str lookup_key, const tento_span *span,
                             const tento_cell_sink *sink, tento_error *err) TENTO_NOEXCEPT;
  /** Pushes the latest runs of a row of the same provider, owner and account as cells, newest first. [in-call] */
  tento_status (*recent_log_cells)(void *self, const tento_call *call, tento_str lookup_key, uint64_t limit,
                                   const tento_cell_sink *sink, tento_error *err) TENTO_NOEXCEPT;
} tento_backend;

/* ---- tento.sync-state/1 ------------------------------------------------------------------------------------------ */

/** Id of the interface whose vtable is tento_sync_state. */
#define TENTO_IFACE_ID_tento_sync_state "tento.sync-state/1"

/** What is known of a span of a row. An unknown value makes the commit fail. */
typedef uint32_t tento_coverage_state;
/** The values of tento_coverage_state. */
enum tento_coverage_state_value {
  TENTO_COVERAGE_HAVE = 1u,  /**< asked, and cells came */
  TENTO_COVERAGE_EMPTY = 2u, /**< asked, and there is nothing */
  TENTO_COVERAGE_STALE = 3u, /**< held, but known to be out of date */
  TENTO_COVERAGE_FAILED = 4u /**< asked, and it failed; error_class says why */
};

/** One statement about a span. A span nobody stated is "never asked". ABI-FROZEN, 64 bytes. */
typedef struct tento_coverage {
  tento_span span;               /**< which dates */
  tento_coverage_state state;    /**< what is known */
  tento_error_class error_class; /**< why, for FAILED; else 0 */
  int64_t retry_after_ms;        /**< for FAILED: milliseconds until a retry makes sense; -1 = not said */
} tento_coverage;

/** A named checkpoint of a row; the name is the provider's choice, so stages may share one. ABI-FROZEN, 32 bytes. */
typedef struct tento_cursor {
  tento_str name;  /**< at most TENTO_MAX_CURSOR_NAME bytes, [a-z0-9_.-]+ */
  tento_str value; /**< any bytes, at most TENTO_MAX_CURSOR_VALUE; empty = remove it */
} tento_cursor;

/** At commit, what the window holds and was not put is deleted. */
#define TENTO_TXN_REPLACE 1u

/**
 * Sync as a transaction: cells, deletions, coverage and cursors land together or not at all.
 * One that is open when the slot returns is aborted. Once one was begun,
 * TENTO_OK without a commit is a failed run, and only commits of one that succeeds write coverage. ABI-APPENDABLE.
 */
typedef struct tento_sync_state {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /** Pushes the value of a cursor of the row; nothing pushed = there is none. [in-call] */
  tento_status (*load)(void *self, const tento_call *call, const tento_uuid *row_id, tento_str name,
                       const tento_text_sink *sink, tento_error *err) TENTO_NOEXCEPT;
  /**
   * Begins a transaction on the call's row and gives its handle. `window` (null = everything) is what
   * TENTO_TXN_REPLACE replaces. A call has at most one open transaction. What is wrong with the arguments may be told
   * here, by a later `put`, or by `commit`. [in-call]
   */
  tento_status (*begin)(void *self, const tento_call *call, const tento_uuid *row_id, uint32_t flags,
                        const tento_span *window, uint64_t *txn, tento_error *err) TENTO_NOEXCEPT;
  /**
   * Adds a batch, any number of times. TENTO_OK = taken, not yet judged and not durable; nothing is visible before
   * commit. A refusal may be told by a later `put` or by `commit`; the transaction then cannot be committed any more.
   * [in-call]
   */
  tento_status (*put)(void *self, const tento_call *call, uint64_t txn, const tento_cell_batch *batch,
                      tento_error *err) TENTO_NOEXCEPT;
  /** Makes everything durable, with coverage and cursors (each may be null when its count is 0). [in-call] */
  tento_status (*commit)(void *self, const tento_call *call, uint64_t txn, const tento_coverage *coverage,
                         uint64_t coverage_count, const tento_cursor *cursors, uint64_t cursor_count,
                         tento_error *err) TENTO_NOEXCEPT;
  /** Drops the transaction; TENTO_OK also when it had ended. [in-call] */
  tento_status (*abort)(void *self, const tento_call *call, uint64_t txn) TENTO_NOEXCEPT;
} tento_sync_state;

/* ---- tento.user-auth/1 ------------------------------------------------------------------------------------------- */

/** Id of the interface whose vtable is tento_user_auth. */
#define TENTO_IFACE_ID_tento_user_auth "tento.user-auth/1"

/** A usable credential. The caller sets struct_size; the texts are zeroed when the call ends. ABI-APPENDABLE. */
typedef struct tento_credential {
  uint32_t struct_size;    /**< bytes of this struct that exist */
  uint32_t reserved;       /**< 0 */
  tento_str user;          /**< user name, for basic; else empty */
  tento_str secret;        /**< token or password; never log it, never keep it */
  int64_t expires_unix_us; /**< microseconds since 1970; INT64_MAX = never or unknown */
  uint64_t generation;     /**< for report_rejected */
} tento_credential;

/** Accounts of the call's owner, of kinds the provider declared. ABI-APPENDABLE. */
typedef struct tento_user_auth {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /**
   * Looks an account up, without its secret. TENTO_OK with `*out` null = there is none. A kind the provider did not
   * declare fails with the text `unknown auth kind {kind}`. [in-call]
   */
  tento_status (*sourced_credentials)(void *self, const tento_call *call, tento_str kind, tento_str auth_id,
                                      const tento_account **out, tento_error *err) TENTO_NOEXCEPT;
  /**
   * Gives a credential that lives at least `min_ttl_s` seconds more, refreshing it if needed. Only for providers whose
   * note asks for `raw-credentials` and whose operator agreed; others use tento.http/1, which injects it. [in-call]
   */
  tento_status (*acquire_handle)(void *self, const tento_call *call, tento_str kind, tento_str auth_id,
                                 int64_t min_ttl_s, tento_credential *out, tento_error *err) TENTO_NOEXCEPT;
  /** Says that the service refused the credential of that generation, so that the next acquire refreshes. [in-call] */
  tento_status (*report_rejected)(void *self, const tento_call *call, tento_str kind, tento_str auth_id,
                                  uint64_t generation, tento_error *err) TENTO_NOEXCEPT;
} tento_user_auth;

/* ---- tento.api-context/1 ----------------------------------------------------------------------------------------- */

/** Id of the interface whose vtable is tento_api_context. */
#define TENTO_IFACE_ID_tento_api_context "tento.api-context/1"

/** Resolves a client for an executor. ABI-APPENDABLE. */
typedef struct tento_api_context {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /** Gives the client of an integration of this provider for the call's account, borrowed for the call. [in-call] */
  tento_status (*client_for)(void *self, const tento_call *call, tento_str integration_id, const tento_param *params,
                             uint64_t param_count, tento_client **out, tento_error *err) TENTO_NOEXCEPT;
} tento_api_context;

/* ---- tento.http/1 ------------------------------------------------------------------------------------------------ */

/** Id of the interface whose vtable is tento_http. */
#define TENTO_IFACE_ID_tento_http "tento.http/1"

/** One header line; names compare without case (RFC 9110). ABI-FROZEN, 32 bytes. */
typedef struct tento_header {
  tento_str name;  /**< a token */
  tento_str value; /**< without CR, LF or NUL */
} tento_header;

/** Send without the account's credential. */
#define TENTO_HTTP_NO_AUTH 1u
/** Do not follow redirects. */
#define TENTO_HTTP_NO_REDIRECT 2u

/** A request. ABI-APPENDABLE. */
typedef struct tento_http_request {
  uint32_t struct_size;        /**< bytes of this struct that exist */
  uint32_t flags;              /**< TENTO_HTTP_*; unknown bits are an error */
  tento_str method;            /**< `GET` ... */
  tento_str url;               /**< absolute, http or https */
  const tento_header *headers; /**< may not hold the header the host injects */
  uint64_t header_count;       /**< entries of headers */
  tento_str body;              /**< whole; empty = none */
  uint64_t max_body;           /**< most bytes of answer accepted, after decoding; 0 = the host's default */
  int64_t max_wait_ms;         /**< longest wait for the limiter; 0 = 30000; beyond it: FAILED, rate_limit */
  tento_str limit_name;        /**< which tento_limit it counts against, beside those matched by URL; may be empty */
  uint64_t limit_cost;         /**< how many units of it; 0 = 1 */
} tento_http_request;

/** An answer's head. The caller sets struct_size; views live until `close` or the end of the call. ABI-APPENDABLE. */
typedef struct tento_http_response {
  uint32_t struct_size;        /**< bytes of this struct that exist */
  uint32_t status;             /**< HTTP status; every status is TENTO_OK */
  const tento_header *headers; /**< in the order received */
  uint64_t header_count;       /**< entries of headers */
  uint64_t body;               /**< handle for `read` and `close`; 0 = no body */
  int64_t content_length;      /**< bytes the server announced; -1 = not said (or the body is decoded) */
  tento_str final_url;         /**< where the answer came from, after redirects */
} tento_http_response;

/**
 * HTTP by pull, with the account's credential injected by the host for the listed origins only. FAILED is for
 * transport, deadline and limits. ABI-APPENDABLE.
 */
typedef struct tento_http {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /** Sends and blocks until the head is there. Allocate the buffer for the body after it. [in-call] */
  tento_status (*send)(void *self, const tento_call *call, const tento_http_request *request,
                       tento_http_response *response, tento_error *err) TENTO_NOEXCEPT;
  /** Fills `buffer` with up to `capacity` bytes of the body; `*end` is not 0 with the last ones. [in-call] */
  tento_status (*read)(void *self, const tento_call *call, uint64_t body, char *buffer, uint64_t capacity,
                       uint64_t *got, uint32_t *end, tento_error *err) TENTO_NOEXCEPT;
  /** Ends a body early; optional, the host closes what is open when the call ends. [in-call] */
  tento_status (*close)(void *self, const tento_call *call, uint64_t body) TENTO_NOEXCEPT;
  /**
   * Gives the whole body at once, read-only, followed by TENTO_PADDING readable bytes; waits for its end. Valid until
   * `close` of that body or the end of the call. After a `read` of the same body it fails with invalid argument, and
   * `read` after it gives the bytes from the first on. [in-call]
   */
  tento_status (*view)(void *self, const tento_call *call, uint64_t body, tento_str *out,
                       tento_error *err) TENTO_NOEXCEPT;
} tento_http;

/* ---- tento.log/1 ------------------------------------------------------------------------------------------------- */

/** Id of the interface whose vtable is tento_log. */
#define TENTO_IFACE_ID_tento_log "tento.log/1"

/** How loud. An unknown value is treated as info. */
typedef uint32_t tento_log_level;
/** The values of tento_log_level. */
enum tento_log_level_value {
  TENTO_LOG_TRACE = 0u,             /**< every step, for somebody who debugs the provider */
  TENTO_LOG_DEBUG = 1u,             /**< what helps to find a defect */
  TENTO_LOG_INFO = 2u,              /**< what an operator likes to know */
  TENTO_LOG_WARN = 3u,              /**< it went on, but not as it should */
  TENTO_LOG_ERROR = 4u,             /**< something was not done */
  TENTO_LOG_HOST_MISBEHAVING = 5u,  /**< the host broke a rule of this ABI */
  TENTO_LOG_PLUGIN_MISBEHAVING = 6u /**< the provider noticed that it broke it */
};

/** The host's log. ABI-APPENDABLE. */
typedef struct tento_log {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /** Writes one line, with the provider's id and the call's (`call` may be null). Texts are cut at 8 KiB. [any] */
  void (*write)(void *self, const tento_call *call, tento_log_level level, tento_str text) TENTO_NOEXCEPT;
} tento_log;

/* ---- tento.clock/1 ----------------------------------------------------------------------------------------------- */

/** Id of the interface whose vtable is tento_clock. */
#define TENTO_IFACE_ID_tento_clock "tento.clock/1"

/** Time, so that tests and replays can move it. ABI-APPENDABLE. */
typedef struct tento_clock {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /** Microseconds since 1970-01-01T00:00:00Z. [any] */
  int64_t (*now_unix_us)(void *self) TENTO_NOEXCEPT;
  /**
   * The calendar day that `unix_us` falls on in an IANA zone. FAILED = unknown zone or beyond the years 0-9999. [any]
   */
  tento_status (*local_day)(void *self, tento_str zone, int64_t unix_us, tento_semantic_time *out) TENTO_NOEXCEPT;
} tento_clock;

/* ---- tento.progress/1 -------------------------------------------------------------------------------------------- */

/** Id of the interface whose vtable is tento_progress. */
#define TENTO_IFACE_ID_tento_progress "tento.progress/1"

/** Progress of the run behind a sync. ABI-APPENDABLE. */
typedef struct tento_progress {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /** `done` of `total` records (0 = unknown) and a short text; as often as you like, the host throttles. [in-call] */
  tento_status (*report)(void *self, const tento_call *call, uint64_t done, uint64_t total,
                         tento_str text) TENTO_NOEXCEPT;
} tento_progress;

/* ---- tento.message/1 --------------------------------------------------------------------------------------------- */

/** Id of the interface whose vtable is tento_message. */
#define TENTO_IFACE_ID_tento_message "tento.message/1"

/**
 * The shape of every interface that a plugin provides, under the interface's own id: bytes in, bytes out, so it can
 * cross a process border. ABI-APPENDABLE.
 */
typedef struct tento_message {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /** Does `method` with `request` and pushes the answer. Deadline and cancel are the caller's. [in-call] */
  tento_status (*invoke)(void *self, const tento_call *call, tento_str method, tento_str request,
                         const tento_text_sink *answer, tento_error *err) TENTO_NOEXCEPT;
} tento_message;

TENTO_END_DECLS

#endif /* TENTO_DEPS_H */
