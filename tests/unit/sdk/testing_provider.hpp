// SPDX-License-Identifier: Apache-2.0
// A small provider written straight against the ABI, so that the fakes are tried by real slots and by nothing of the
// SDK's author API: a synced row (transactions or the thin path, by setting), a computed row, a writeable row.
#pragma once

#include <tento/sdk/testing/fake_provider.hpp>

namespace testing_provider {

// The provider's entries.
tento::testing::Entries entries();

// Instances and clients that live, to see that each is ended once.
int live_instances();
int live_clients();

}  // namespace testing_provider
