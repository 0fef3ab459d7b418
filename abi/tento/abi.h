/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file abi.h
 * The whole ABI. Each header can also be included alone.
 */
#ifndef TENTO_ABI_H
#define TENTO_ABI_H

#include "auth.h"
#include "base.h"
#include "cell.h"
#include "connector.h"
#include "deps.h"
#include "note.h"
#include "provide.h"
#include "row.h"
#include "sync_plugin.h"
#include "time.h"

#endif /* TENTO_ABI_H */
