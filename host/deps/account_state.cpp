// SPDX-License-Identifier: Apache-2.0
// Accounts that need to be connected again.
#include "host/deps/account_state.hpp"

#include "host/loader/descriptors.hpp"
#include "host/schema/plain_text.hpp"

namespace tento::host {

Error dead_account(const CallContext& context) {
  const AccountRecord& account = *context.subject.account;
  const tento_auth* auth = context.subject.integration->auth;
  Error error;
  error.code = ErrorCode::auth_required;
  error.error_class = ErrorClass::auth;
  error.message = "the credential of the account " + quote(account.auth_id) + " is dead; connect it again";
  if (auth != nullptr) error.tag = view(auth->expired_tag);
  error.action = "reconnect";
  return error;
}

Result<void> reject_credential(ProviderPort& port, CallContext& context, std::uint64_t generation) {
  const CallSubject& subject = context.subject;
  if (subject.account == nullptr || subject.account->state == TENTO_ACCOUNT_PROVISIONAL) return {};
  CellStore& store = *port.env().store;
  TENTO_TRY_ASSIGN(auto stored, store.account(subject.owner->id, port.id(), subject.account->auth_id));
  // An older generation was replaced meanwhile: the word about it is late.
  if (!stored || stored->generation != generation || stored->state != TENTO_ACCOUNT_ACTIVE) return {};
  const std::lock_guard lock(context.gate);
  if (context.closed) return stopped();
  stored->state = TENTO_ACCOUNT_NEEDS_REAUTH;
  port.log(LogLevel::warn,
           "the service refused the credential of " + quote(stored->auth_id) + "; it needs to be connected again");
  return store.put_account(*stored, std::nullopt);
}

}  // namespace tento::host
