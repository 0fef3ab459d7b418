// SPDX-License-Identifier: Apache-2.0
// What listeners are told of an account.
#pragma once

#include <memory>
#include <utility>

#include "host/store/cell_store.hpp"

namespace tento::host::sqlite {

[[nodiscard]] inline CommitNews account_news(const Uuid& owner, AccountNews news) {
  return {NewsKind::account, 0, {}, owner, {}, std::make_shared<const AccountNews>(std::move(news))};
}

}  // namespace tento::host::sqlite
