// SPDX-License-Identifier: Apache-2.0
// What listeners are told of an account in memory.
#pragma once

#include <memory>
#include <utility>

#include "host/store/change_store.hpp"

namespace tento::host::memory {

[[nodiscard]] inline CommitEvent event_of(const Uuid& owner, AccountEvent account) {
  return {CommitEventKind::account, 0, {}, owner, {}, std::make_shared<const AccountEvent>(std::move(account))};
}

}  // namespace tento::host::memory
