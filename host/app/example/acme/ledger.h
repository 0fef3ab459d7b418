/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ledger.h
 * A rich interface of an embedder's own, `acme.ledger/1`: Acme publishes this header to the authors of its providers.
 */
#ifndef ACME_LEDGER_H
#define ACME_LEDGER_H

#include <tento/base.h>

TENTO_BEGIN_DECLS

/** Id of the interface. */
#define ACME_LEDGER_ID "acme.ledger/1"
/** For TENTO_NEED(acme_ledger, balance). */
#define TENTO_IFACE_ID_acme_ledger ACME_LEDGER_ID

/** Balances of accounts in Acme's books. ABI-APPENDABLE. */
typedef struct acme_ledger {
  uint32_t struct_size; /**< bytes of this struct that exist */
  uint32_t reserved;    /**< 0 */
  /** The balance of an account in cents; TENTO_E_NOT_FOUND when the books have no such account. [in-call] */
  tento_status (*balance)(void* self, const tento_call* call, tento_str account, int64_t* cents,
                          tento_error* err) TENTO_NOEXCEPT;
} acme_ledger;

TENTO_END_DECLS

#endif /* ACME_LEDGER_H */
