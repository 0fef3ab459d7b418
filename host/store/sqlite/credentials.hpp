// SPDX-License-Identifier: Apache-2.0
// What the statements about accounts, their credentials and refreshes share. For use inside a transaction.
#pragma once

#include <optional>
#include <string_view>

#include "host/store/account_store.hpp"
#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

[[nodiscard]] AccountKey key_of(const AccountRecord& account);
// To ?1, ?2 and ?3. The key outlives the step.
void bind_account_key(const Query& q, const AccountKey& account);
// Throws not_found `no_such_account`.
[[noreturn]] void no_account(const AccountKey& account);

// Nothing: there is no such account.
[[nodiscard]] std::optional<tento_account_state> state_of(Connection& db, const AccountKey& account);
// Adds or replaces an account; the generation grows when its credential is replaced, too.
void put_account_row(Connection& db, const AccountRecord& account, std::int64_t now_us, bool new_credential);
// Adds or replaces what an account authenticates with. What is known of refreshes goes: it is about the one before.
void put_secret(Connection& db, const AccountKey& account, std::string_view secret, std::string_view key_id);
// Something in the clear was written.
void mark_unwiped(Connection& db);

}  // namespace tento::host::sqlite
