// SPDX-License-Identifier: Apache-2.0
// The sync-plugin: the one that the SDK derives, with topology from the rows' sync shapes and their sync as executor.
#include <tento/sdk/plugin.hpp>

TENTO_SYNC_PLUGIN();
