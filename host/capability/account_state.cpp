// SPDX-License-Identifier: Apache-2.0
// What an account authenticates with, for a call; and accounts that need to be connected again.
#include "host/capability/account_state.hpp"

#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

Result<Credentials*> credentials_of(const ProviderPort& port, const CallContext& context) {
  if (context.subject.account == nullptr || context.subject.integration->auth == nullptr)
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, "this call is for no account with a credential");
  if (const auto& kept = port.env().credentials) return kept.get();
  return fail(ErrorCode::unsupported, ErrorClass::config, "this host keeps no credentials of accounts");
}

CredentialRequest request_for(CallContext& context, std::int64_t min_ttl_us) {
  return {*context.subject.account, *context.subject.integration->auth, min_ttl_us,
          [&context] { return context.stopped(); }};
}

}  // namespace

Error dead_account(const AccountRecord& account, const tento_auth* auth, std::string_view why) {
  Error error;
  error.code = ErrorCode::auth_required;
  error.error_class = ErrorClass::auth;
  error.message = "the account " + quote(account.auth_id) + " ";
  if (!why.empty()) {
    error.message += why;
  } else {
    error.message += "needs to be connected again";
    if (!account.problem.empty()) error.message += ": " + plain(account.problem, 300);
  }
  if (auth != nullptr) error.tag = view(auth->expired_tag);
  error.remedy = "reconnect";
  return error;
}

Result<CredentialInUse> acquire_credential(ProviderPort& port, CallContext& context, std::int64_t min_ttl_us) {
  TENTO_TRY_ASSIGN(auto* credentials, credentials_of(port, context));
  return credentials->acquire(request_for(context, min_ttl_us));
}

Result<bool> renew_credential(ProviderPort& port, CallContext& context, std::uint64_t generation) {
  TENTO_TRY_ASSIGN(auto* credentials, credentials_of(port, context));
  return credentials->renew(request_for(context, 0), generation);
}

Result<void> reject_credential(ProviderPort& port, CallContext& context, std::uint64_t generation) {
  const CallSubject& subject = context.subject;
  if (subject.account == nullptr || subject.account->state == TENTO_ACCOUNT_PROVISIONAL) return {};
  TENTO_TRY_ASSIGN(auto* credentials, credentials_of(port, context));
  const std::lock_guard lock(context.gate);
  if (context.closed) return stopped();
  TENTO_TRY_ASSIGN(const bool told,
                   credentials->refused(*subject.account, generation, "its service refuses its credential"));
  if (told) {
    port.log(LogLevel::warn, "the service refused the credential of " + quote(subject.account->auth_id) +
                                 "; it needs to be connected again");
  }
  return {};
}

}  // namespace tento::host
