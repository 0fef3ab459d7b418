/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file base.h
 * What every other header of the ABI stands on: strings, ids, statuses, errors, lookups, calls, limits.
 *
 * The policy (what may change and what never does), the thread tags and the numbered obligations of providers and of
 * the host are in abi/README.md. Platform: LP64, little-endian, System V calling convention.
 *
 * One rule of ownership holds everywhere: **what crosses is borrowed for the call**. Results are pushed into a sink or
 * written into an out-struct that the caller owns; nobody frees another side's memory.
 *
 * One rule of growth: a struct marked ABI-FROZEN never changes; a struct marked ABI-APPENDABLE begins with its
 * `struct_size`, crosses by pointer only, and readers touch no byte at or beyond `struct_size`.
 */
#ifndef TENTO_BASE_H
#define TENTO_BASE_H

#ifdef __has_include
#if __has_include(<sync_plugin.h>) && __has_include(<provide.h>) && __has_include(<connector.h>)
#error "the folder tento/ itself is on the include path, where its time.h hides <time.h>: pass the folder above it"
#endif
#endif

#include <stddef.h>
#include <stdint.h>

/** Major version of the ABI these headers describe: the layout rules and the meaning of everything released. */
#define TENTO_ABI_MAJOR 1u
/** Minor version: grows when an appendable struct, a slot or an interface is added. */
#define TENTO_ABI_MINOR 0u

/* `noexcept` is part of a function's type only from C++17 on; older C++ and C compile the headers without the check. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define TENTO_NOEXCEPT noexcept /**< ends the type of every slot and entry: no exception crosses */
#else
#define TENTO_NOEXCEPT
#endif

#ifdef __cplusplus
#define TENTO_EXTERN_C    extern "C"   /**< C linkage for one declaration */
#define TENTO_BEGIN_DECLS extern "C" { /**< opens a block of C linkage */
#define TENTO_END_DECLS   }            /**< closes it */
#else
#define TENTO_EXTERN_C extern
#define TENTO_BEGIN_DECLS
#define TENTO_END_DECLS
#endif

/** Marks the entry points; everything else of a provider has hidden visibility. */
#define TENTO_EXPORT __attribute__((visibility("default")))

TENTO_BEGIN_DECLS

/* ---- limits ------------------------------------------------------------------------------------------------------ */
/* Every host accepts at least this much; the numbers may rise in a later minor version and never fall. */

/** Longest cell id, bytes. */
#define TENTO_MAX_CELL_ID 512u
/** Longest lookup key, bytes. */
#define TENTO_MAX_KEY 4096u
/** Longest value of one path parameter, bytes, after decoding. */
#define TENTO_MAX_PARAM 1024u
/** Most cells in one batch. */
#define TENTO_MAX_BATCH_CELLS 4096u
/** Most bytes in one batch of two or more cells (ids, data, version and raw together). */
#define TENTO_MAX_BATCH_BYTES 1048576u
/** Most bytes of one cell (id, data, version and raw together), which then travels alone in its batch. */
#define TENTO_MAX_CELL_BYTES 4194304u
/** Longest name of a cursor, bytes. */
#define TENTO_MAX_CURSOR_NAME 64u
/** Largest value of a cursor, bytes. */
#define TENTO_MAX_CURSOR_VALUE 65536u
/** Longest descriptor string (labels, help, URLs), bytes. */
#define TENTO_MAX_DESCRIPTOR 4096u
/** Largest icon, bytes. */
#define TENTO_MAX_ICON 32768u
/** Readable bytes after every `data` of a batch that carries TENTO_BATCH_PADDED. */
#define TENTO_PADDING 64u

/* ---- plain values ------------------------------------------------------------------------------------------------ */

/**
 * A view of UTF-8 text or of bytes; not NUL-terminated. `data` is never null when `size` is not 0; an absent text has
 * size 0. ABI-FROZEN, 16 bytes.
 */
typedef struct tento_str {
  const char *data; /**< first byte; may be null only when size is 0 */
  uint64_t size;    /**< length in bytes */
} tento_str;

/** A tento_str initializer from a string literal. */
#define TENTO_STR(literal) \
  { (literal), sizeof(literal) - 1u }

/** Sixteen bytes in network order (RFC 9562), never a text. Crosses by pointer or inside a struct. ABI-FROZEN. */
typedef struct tento_uuid {
  uint8_t bytes[16]; /**< most significant byte first */
} tento_uuid;

/**
 * The namespace of row ids: `row_id = UUIDv5(namespace, owner_id[16] || canonical lookup key)`. Canonical: literals as
 * in the pattern; parameter values with only `%`, `:`, bytes 0x00-0x1F and 0x7F written as %XX in upper-case hex; no
 * Unicode normalisation. Test vectors are in abi/README.md. Text form: 7d3b8f0e-5c1a-4f6e-9a52-0b64c7e1d935.
 */
#define TENTO_ROW_NAMESPACE                                                                            \
  {                                                                                                    \
    { 0x7d, 0x3b, 0x8f, 0x0e, 0x5c, 0x1a, 0x4f, 0x6e, 0x9a, 0x52, 0x0b, 0x64, 0xc7, 0xe1, 0xd9, 0x35 } \
  }

/** A text in one default language and, optionally, in others. ABI-FROZEN. */
typedef struct tento_translation {
  tento_str language; /**< language tag, BCP 47 (`de`, `pt-BR`) */
  tento_str text;     /**< the text in that language */
} tento_translation;

/** A label that people read: its default text and a table of translations. ABI-FROZEN, 32 bytes. */
typedef struct tento_label {
  tento_str text;                        /**< default text, English by convention */
  const tento_translation *translations; /**< may be null when count is 0 */
  uint64_t translation_count;            /**< entries of translations */
} tento_label;

/* ---- outcomes ---------------------------------------------------------------------------------------------------- */

/** What a slot answers. A value outside the list is treated as TENTO_FAILED with class internal. */
typedef uint32_t tento_status;
/** The values of tento_status. */
enum tento_status_value {
  TENTO_OK = 0u,     /**< done; out-structs are valid */
  TENTO_FAILED = 1u, /**< not done; the tento_error is filled, out-structs are undefined */
  TENTO_STOPPED = 2u /**< cancelled, past its deadline, or told "enough" by a sink; not an error, nothing is defined */
};

/** Who has to act on an error. An unknown value is treated as internal. */
typedef uint32_t tento_error_class;
/** The values of tento_error_class. */
enum tento_error_class_value {
  TENTO_CLASS_INTERNAL = 0u,   /**< a defect of the provider or of the host */
  TENTO_CLASS_CONFIG = 1u,     /**< settings or set-up are wrong; a person has to change them */
  TENTO_CLASS_AUTH = 2u,       /**< the account has to be connected again */
  TENTO_CLASS_RATE_LIMIT = 3u, /**< too many requests; retry after retry_after_ms */
  TENTO_CLASS_TRANSIENT = 4u,  /**< network, 5xx, busy: retrying helps */
  TENTO_CLASS_PROVIDER = 5u    /**< the upstream service refused or answered nonsense; retrying does not help */
};

/** What went wrong, for programs. An unknown value is treated as TENTO_E_UNSPECIFIED. */
typedef uint32_t tento_error_code;
/** The values of tento_error_code. */
enum tento_error_code_value {
  TENTO_E_UNSPECIFIED = 0u,      /**< see the message */
  TENTO_E_INVALID_ARGUMENT = 1u, /**< an argument breaks this header's rules */
  TENTO_E_FORBIDDEN = 2u,        /**< the call has no authority for this row, account or kind */
  TENTO_E_NOT_FOUND = 3u,        /**< the thing named does not exist */
  TENTO_E_UNSUPPORTED = 4u,      /**< this side does not offer that */
  TENTO_E_CONFLICT = 5u,         /**< the thing changed meanwhile */
  TENTO_E_TOO_LARGE = 6u,        /**< a limit of this header was passed */
  TENTO_E_INVALID_DATA = 7u,     /**< not UTF-8, not JSON, not a date, or not what was declared */
  TENTO_E_AUTH_REQUIRED = 8u,    /**< no account, or its credential is dead */
  TENTO_E_RATE_LIMITED = 9u,     /**< a limit of the service or of the host was reached */
  TENTO_E_UPSTREAM = 10u,        /**< the service answered an error */
  TENTO_E_IO = 11u,              /**< disk, socket or file failed */
  TENTO_E_EXCEPTION = 12u        /**< an exception reached a trampoline */
};

/**
 * What went wrong and what to do about it. The caller's memory, **uninitialised**: the callee writes every field and
 * NUL-ends the texts if and only if it returns TENTO_FAILED. Texts are UTF-8, cut at a character border, and never
 * hold a secret. ABI-FROZEN, 640 bytes.
 */
typedef struct tento_error {
  tento_error_code code;         /**< for programs */
  tento_error_class error_class; /**< who has to act */
  int64_t retry_after_ms;        /**< milliseconds to wait before a retry; -1 = not said; the host clamps it */
  int32_t http_status;           /**< status the service answered; 0 = none */
  uint32_t reserved;             /**< write 0 */
  char tag[64];                  /**< the provider's own name for it, [a-z0-9_]{1,63}, or empty */
  char message[512];             /**< what, where and why, in plain words */
  char remedy[32];               /**< what to do, one word ("reconnect"), or empty */
  uint64_t ext;                  /**< write 0; may become a typed growth slot */
} tento_error;

/* ---- opaque handles ---------------------------------------------------------------------------------------------- */

/** One instance of a provider, made by tento_plugin_api.create, owned by the provider until `destroy`. */
typedef struct tento_provider tento_provider;
/** One account's client of an integration, made by tento_integration.client, owned by the provider until `release`. */
typedef struct tento_client tento_client;

/* ---- interfaces -------------------------------------------------------------------------------------------------- */

/**
 * An interface that a lookup found: the vtable its id names, and the pointer its slots take as `self`. ABI-FROZEN,
 * 16 bytes.
 */
typedef struct tento_iface {
  const void *vtable; /**< begins with its struct_size; the type is fixed by the interface id */
  void *self;         /**< first argument of every slot of the vtable */
} tento_iface;

/** Described at its definition below. */
typedef struct tento_lookup tento_lookup;
/**
 * Finds interfaces by id. Two exist: the one given to `create` lives as long as the provider and finds `tento.log/1`
 * and `tento.clock/1` only; the one of a call finds everything the integration declared, for that call. ABI-APPENDABLE.
 */
struct tento_lookup {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  void *self;           /**< the giver's own; do not touch */
  /**
   * Finds an interface. `id` is `<name>/<revision>`; `min_size` is the number of bytes of its vtable that the asker
   * uses (TENTO_NEED computes it). Returns TENTO_OK with `*out` filled, or TENTO_FAILED when the interface is unknown,
   * not declared by the asker, or shorter than `min_size`. What it gives is borrowed for as long as the lookup lives.
   * Never blocks. The lifetime lookup may be asked at any time. [in-call]
   */
  tento_status (*get)(const tento_lookup *lookup, tento_str id, uint32_t min_size, tento_iface *out) TENTO_NOEXCEPT;
};

/** Described at its definition below. */
typedef struct tento_text_sink tento_text_sink;
/**
 * Receives one text. `put` is called at most once, on the thread that made the call; the receiver copies inside.
 * Not called means: none. ABI-APPENDABLE.
 */
struct tento_text_sink {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  void *self;           /**< the giver's own; do not touch */
  /** Takes `text`, borrowed for the length of `put`. TENTO_FAILED = a second put or a text over its limit.
   * [call-thread] */
  tento_status (*put)(const tento_text_sink *sink, tento_str text) TENTO_NOEXCEPT;
};

/* ---- calls ------------------------------------------------------------------------------------------------------- */

/** The user whose rows they are. ABI-APPENDABLE. */
typedef struct tento_owner {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  tento_uuid id;        /**< random, stable for ever */
  tento_str name;       /**< what people call them (`user@host` or a plain name) */
  tento_str time_zone;  /**< IANA zone name */
} tento_owner;

/** What kind of caller is behind a call. An unknown value is treated as a user without rights. */
typedef uint32_t tento_actor_kind;
/** The values of tento_actor_kind. */
enum tento_actor_kind_value {
  TENTO_ACTOR_SYSTEM = 0u, /**< the host itself: schedules, refreshes, retries */
  TENTO_ACTOR_USER = 1u,   /**< a person, by command line or page */
  TENTO_ACTOR_TOKEN = 2u   /**< a program with a token */
};

/** Who asked. ABI-APPENDABLE. */
typedef struct tento_actor {
  uint32_t struct_size;  /**< bytes of this struct that exist */
  tento_actor_kind kind; /**< which kind of caller */
  tento_uuid id;         /**< the user or token; zeros for the system */
  tento_str name;        /**< for logs */
} tento_actor;

/** State of an account's credential. An unknown value is treated as needs-reauth. */
typedef uint32_t tento_account_state;
/** The values of tento_account_state. */
enum tento_account_state_value {
  TENTO_ACCOUNT_ACTIVE = 0u,       /**< usable */
  TENTO_ACCOUNT_PROVISIONAL = 1u,  /**< staged for check_account, not stored yet */
  TENTO_ACCOUNT_NEEDS_REAUTH = 2u, /**< the credential is dead; data is kept */
  TENTO_ACCOUNT_DISABLED = 3u      /**< switched off by a person */
};

/** One connected login of an owner, without any secret. ABI-APPENDABLE. */
typedef struct tento_account {
  uint32_t struct_size;      /**< bytes of this struct that exist */
  tento_account_state state; /**< state of its credential */
  tento_str kind;            /**< credential kind, as the integration's tento_auth names it */
  tento_str auth_id;         /**< the `{authId}`: stable id of the account, not percent-encoded */
  tento_str label;           /**< what people see */
  tento_str scopes;          /**< granted scopes, separated by single spaces */
  tento_str time_zone;       /**< IANA zone name; the owner's when the account has none of its own */
  tento_str settings_json;   /**< a JSON object of the declared settings; `secret` fields are never in it */
  int64_t expires_unix_us;   /**< when the credential ends, microseconds since 1970; INT64_MAX = never or unknown */
  uint64_t generation;       /**< grows with each change of the credential */
} tento_account;

/** What tento_call.check answers. An unknown value is treated as cancelled. */
typedef uint32_t tento_check;
/** The values of tento_check. */
enum tento_check_value {
  TENTO_CHECK_GO = 0u,        /**< go on */
  TENTO_CHECK_CANCELLED = 1u, /**< somebody cancelled: return TENTO_STOPPED soon */
  TENTO_CHECK_EXPIRED = 2u,   /**< the deadline passed: return TENTO_STOPPED soon; nothing more will land */
  TENTO_CHECK_YIELD = 3u      /**< others wait: commit, set `more`, return TENTO_OK */
};

/** Described at its definition below. */
typedef struct tento_call tento_call;
/**
 * A capability: one call the host made, with the owner, the account and (in a row context) the one row it is for. Every
 * slot that touches data takes it; the host refuses anything beyond it with TENTO_E_FORBIDDEN, and answers
 * TENTO_STOPPED to a call that has ended. Valid until the slot that received it returns. A provider calls `check` or a
 * dep at least once a second. ABI-APPENDABLE.
 */
struct tento_call {
  uint32_t struct_size;         /**< bytes of this struct that exist */
  uint32_t reserved;            /**< 0 */
  uint64_t id;                  /**< unique in this host process */
  int64_t deadline_ns;          /**< CLOCK_MONOTONIC nanoseconds; INT64_MAX = none */
  const tento_lookup *deps;     /**< what the integration declared, for this call */
  const tento_owner *owner;     /**< never null */
  const tento_actor *actor;     /**< never null */
  const tento_account *account; /**< null for an integration without account, and for system writes */
  /** Asks whether to go on; costs about a nanosecond. [in-call] */
  tento_check (*check)(const tento_call *call) TENTO_NOEXCEPT;
};

TENTO_END_DECLS

#endif /* TENTO_BASE_H */
