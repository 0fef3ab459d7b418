// SPDX-License-Identifier: Apache-2.0
// What listeners are told of an account.
#pragma once

#include <memory>
#include <utility>

#include "host/store/change_store.hpp"

namespace tento::host::sqlite {

[[nodiscard]] inline CommitEvent account_event(const Uuid& owner, AccountEvent news) {
  return {CommitEventKind::account, 0, {}, owner, {}, std::make_shared<const AccountEvent>(std::move(news))};
}

}  // namespace tento::host::sqlite
