// SPDX-License-Identifier: Apache-2.0
/// @file sdk.hpp
/// Everything a provider is written with. Helpers for HTTP are in headers of their own, and fakes for tests in
/// <tento/sdk/testing/>.
#pragma once

#include "sdk/account.hpp"
#include "sdk/auth.hpp"
#include "sdk/batch.hpp"
#include "sdk/calendar.hpp"
#include "sdk/cell.hpp"
#include "sdk/context.hpp"
#include "sdk/deps.hpp"
#include "sdk/event_v1.hpp"
#include "sdk/key.hpp"
#include "sdk/label.hpp"
#include "sdk/looked_at.hpp"
#include "sdk/match.hpp"
#include "sdk/params.hpp"
#include "sdk/plugin.hpp"
#include "sdk/result.hpp"
#include "sdk/row.hpp"
#include "sdk/schema.hpp"
#include "sdk/settings.hpp"
#include "sdk/skipped.hpp"
#include "sdk/sync_plugin.hpp"
#include "sdk/sync_shape.hpp"
#include "sdk/sync_state.hpp"
#include "sdk/time.hpp"
#include "sdk/uuid.hpp"
