/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file time.h
 * When something is: a calendar bucket (`y-` `ym-` `yw-` `ymd-`) or an instant, and a span of them.
 *
 * Include as <tento/time.h>; a build that puts .../tento itself on its include path would shadow <time.h>.
 */
#ifndef TENTO_TIME_H
#define TENTO_TIME_H

#include "base.h"

TENTO_BEGIN_DECLS

/** What a tento_semantic_time is. An unknown value makes the cell or span invalid. */
typedef uint8_t tento_time_kind;
/** The values of tento_time_kind. */
enum tento_time_kind_value {
  TENTO_TIME_NONE = 0u,   /**< absent; in a span: unbounded on that side */
  TENTO_TIME_YEAR = 1u,   /**< a calendar year: year */
  TENTO_TIME_MONTH = 2u,  /**< a calendar month: year, month */
  TENTO_TIME_WEEK = 3u,   /**< an ISO 8601 week: year (the ISO one), week */
  TENTO_TIME_DAY = 4u,    /**< a calendar day: year, month, day (proleptic Gregorian) */
  TENTO_TIME_INSTANT = 5u /**< a moment: unix_us, and offset_minutes where the record has one */
};

/** offset_minutes of a record that does not say its offset. */
#define TENTO_OFFSET_UNKNOWN INT16_MIN

/**
 * A calendar bucket or an instant. Fields that the kind does not use are 0, except offset_minutes, which is
 * TENTO_OFFSET_UNKNOWN where it is unknown (and for buckets). ABI-FROZEN, 24 bytes.
 */
typedef struct tento_semantic_time {
  tento_time_kind kind;   /**< which of the fields below count */
  uint8_t month;          /**< 1 to 12 */
  uint8_t day;            /**< 1 to 31, valid in its month */
  uint8_t week;           /**< 1 to 53, valid in its ISO year */
  int32_t year;           /**< 0 to 9999 */
  int16_t offset_minutes; /**< the record's own UTC offset, -1439 to 1439, or TENTO_OFFSET_UNKNOWN */
  uint16_t reserved0;     /**< 0 */
  uint32_t reserved1;     /**< 0 */
  int64_t unix_us;        /**< microseconds since 1970-01-01T00:00:00Z; finer parts are truncated (towards the past) */
} tento_semantic_time;

/** A half-open range: from the start of `from` up to, and without, the start of `to`. NONE = unbounded. ABI-FROZEN. */
typedef struct tento_span {
  tento_semantic_time from; /**< first moment inside */
  tento_semantic_time to;   /**< first moment outside */
} tento_span;

TENTO_END_DECLS

#endif /* TENTO_TIME_H */
