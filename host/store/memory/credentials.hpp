// SPDX-License-Identifier: Apache-2.0
// What accounts and credentials in memory share. For use inside a transaction.
#pragma once

#include <cstdint>
#include <vector>

#include "host/store/memory/data.hpp"

namespace tento::host::memory {

[[nodiscard]] AccountKey key_of(const AccountRecord& account);
// Adds or replaces an account; the generation grows when its credential is replaced, too.
[[nodiscard]] Result<Account*> put_account(Data& data, const AccountRecord& given, bool new_credential,
                                           std::int64_t now_us);
// What is known of refreshes goes: it is about the credential before.
void put_credential(Data& data, Account& account, SealedBytes sealed);

}  // namespace tento::host::memory
