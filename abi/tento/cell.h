/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file cell.h
 * One dated entry of a row, batches of them, and the sink that takes batches.
 *
 * Identity is `(row, id)` when the id is not empty, else `(row, date)`. A known id with another date moves the cell:
 * one change, no ghost. The same identity twice in one transaction: the last wins. In a row of cardinality `multi` an
 * empty id is an error.
 */
#ifndef TENTO_CELL_H
#define TENTO_CELL_H

#include "time.h"

TENTO_BEGIN_DECLS

/** The entry named by id (or date) is gone: data is empty, the store keeps a tombstone. */
#define TENTO_CELL_TOMBSTONE 1u

/**
 * One cell. In a batch it is reached by the batch's stride, so it may grow at its end; fields beyond the stride are
 * absent (empty). ABI-APPENDABLE (by stride).
 */
typedef struct tento_cell {
  tento_str id;                 /**< the provider's id of the entry; at most TENTO_MAX_CELL_ID bytes; may be empty */
  tento_semantic_time date;     /**< when it is, or when it starts; never NONE, except in a tombstone that has an id */
  tento_semantic_time end_date; /**< when it ends; NONE = no end of its own */
  tento_str data;               /**< one JSON value, UTF-8 (RFC 8259): what readers get */
  uint32_t flags;               /**< TENTO_CELL_*; unknown bits are an error */
  uint32_t reserved;            /**< 0 */
  tento_str version;            /**< the service's version of it (an ETag), any bytes; absent = none */
  tento_str raw;                /**< the service's own bytes, kept apart and served on request; absent = none */
} tento_cell;

/** Every `data` of the batch has TENTO_PADDING readable bytes after it, so the host need not copy before it parses. */
#define TENTO_BATCH_PADDED 1u

/**
 * Cells that travel together: at most TENTO_MAX_BATCH_CELLS and TENTO_MAX_BATCH_BYTES, or one cell of at most
 * TENTO_MAX_CELL_BYTES. One bad cell fails the whole batch, naming its index and id. ABI-APPENDABLE.
 */
typedef struct tento_cell_batch {
  uint32_t struct_size;    /**< bytes of this struct that exist */
  uint32_t flags;          /**< TENTO_BATCH_*; unknown bits are ignored */
  uint64_t count;          /**< number of cells */
  uint64_t stride;         /**< bytes from one cell to the next: a multiple of 8, at least 88 */
  const tento_cell *cells; /**< the first cell; may be null when count is 0 */
} tento_cell_batch;

/** Smallest stride a batch may have: the cell up to its `version`. */
#define TENTO_CELL_MIN_STRIDE 88u

/** Described at its definition below. */
typedef struct tento_cell_sink tento_cell_sink;
/** Receives batches of cells. ABI-APPENDABLE. */
struct tento_cell_sink {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  void *self;           /**< the giver's own; do not touch */
  /**
   * Takes a batch, borrowed for the length of `put`; blocks while the receiver is busy (that is the backpressure).
   * TENTO_OK = accepted. TENTO_STOPPED = enough: return TENTO_OK or TENTO_STOPPED soon. TENTO_FAILED = `err` is filled:
   * give it back from the slot. [call-thread]
   */
  tento_status (*put)(const tento_cell_sink *sink, const tento_cell_batch *batch, tento_error *err) TENTO_NOEXCEPT;
};

TENTO_END_DECLS

#endif /* TENTO_CELL_H */
