// SPDX-License-Identifier: Apache-2.0
// tento.user-auth/1 and tento.api-context/1: accounts of the call's owner at this provider.
#include <algorithm>

#include "host/base/text.hpp"
#include "host/capability/account_state.hpp"
#include "host/capability/standard_deps.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::string_view raw_credentials_permission = "raw-credentials";

// Kinds are those of the provider's integrations; one without a name has the provider's id.
bool declares_kind(const Provider& provider, std::string_view kind) {
  const auto all = integrations(provider.connector());
  return std::any_of(all.begin(), all.end(), [&](const tento_integration* integration) {
    if (integration->auth == nullptr) return false;
    const std::string_view declared = view(integration->auth->kind);
    return (declared.empty() ? std::string_view(provider.note().id) : declared) == kind;
  });
}

// The account of that kind and id, or nothing; an error for a kind that is not the provider's.
Result<std::shared_ptr<AccountRecord>> find_account(ProviderPort& port, const CallContext& context,
                                                    std::string_view kind, std::string_view auth_id) {
  if (!declares_kind(port.provider(), kind)) {
    return fail(forbidden(port, "unknown auth kind " + plain(kind, 100)));
  }
  const CallSubject& subject = context.subject;
  // A provisional account is staged, not stored.
  if (const AccountRecord* own = subject.account;
      own != nullptr && own->state == TENTO_ACCOUNT_PROVISIONAL && own->kind == kind && own->auth_id == auth_id) {
    return std::make_shared<AccountRecord>(*own);
  }
  const auto stored = port.env().store->accounts().find(subject.owner->id, port.id(), auth_id);
  if (!stored) return fail(stored.error());
  if (!*stored || (**stored).kind != kind) return nullptr;
  return std::make_shared<AccountRecord>(**stored);
}

tento_status sourced_credentials(void* self, const tento_call* call, tento_str kind, tento_str auth_id,
                                 const tento_account** out, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    if (out == nullptr)
      return fail(ErrorCode::invalid_argument, ErrorClass::internal, "the place for the account is null");
    TENTO_TRY_ASSIGN(const auto account, find_account(port, context, view(kind), view(auth_id)));
    if (!account) {
      *out = nullptr;
      return {};
    }
    const std::lock_guard lock(context.gate);
    if (context.closed) return stopped();
    auto& held = context.accounts.emplace_back();
    held.record = *account;
    fill_account(held.abi, held.record, *context.subject.owner);
    *out = &held.abi;
    return {};
  });
}

Result<void> check_may_hold_secret(const ProviderPort& port, const CallContext& context, std::string_view kind,
                                   std::string_view auth_id) {
  const auto& features = port.provider().note().features;
  if (std::find(features.begin(), features.end(), raw_credentials_permission) == features.end()) {
    return fail(forbidden(port, "may not hold a credential: its note does not ask for raw-credentials"));
  }
  if (!declares_kind(port.provider(), kind)) return fail(forbidden(port, "unknown auth kind " + plain(kind, 100)));
  const AccountRecord* own = context.subject.account;
  if (own == nullptr || own->kind != kind || own->auth_id != auth_id) {
    return fail(
        forbidden(port, "may not hold the credential of " + quote(auth_id) + ": this call is for another account"));
  }
  return {};
}

tento_status acquire_handle(void* self, const tento_call* call, tento_str kind, tento_str auth_id,
                            std::int64_t min_ttl_s, tento_credential* out, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    if (out == nullptr || out->struct_size < floor_size<tento_credential>) {
      return fail(ErrorCode::invalid_argument, ErrorClass::internal,
                  "the place for the credential is null or too short");
    }
    TENTO_TRY(check_may_hold_secret(port, context, view(kind), view(auth_id)));
    const CallSubject& subject = context.subject;
    TENTO_TRY_ASSIGN(const auto account, find_account(port, context, view(kind), view(auth_id)));
    const tento_auth* auth = subject.integration->auth;
    if (!account) return fail(dead_account(*subject.account, auth, "is not connected any more"));
    constexpr std::int64_t us_per_second = 1'000'000;
    const std::int64_t ttl = std::clamp<std::int64_t>(min_ttl_s, 0, std::int64_t{366} * 86400) * us_per_second;
    CredentialInUse in_use;
    if (account->state == TENTO_ACCOUNT_PROVISIONAL) {
      in_use.secret = Secret(std::string(subject.staged_secret));
    } else {
      TENTO_TRY_ASSIGN(in_use, acquire_credential(port, context, ttl));
    }
    const std::lock_guard lock(context.gate);
    if (context.closed) return stopped();
    const std::string& held = context.secrets.emplace_back(in_use.secret.text());
    // Basic credentials are kept as `user:password` (RFC 7617).
    std::string_view user, word = held;
    if (auth != nullptr && auth->how == TENTO_AUTH_BASIC) {
      const std::size_t colon = word.find(':');
      user = word.substr(0, colon);
      word = colon == std::string_view::npos ? std::string_view() : word.substr(colon + 1);
    }
    out->user = str(user);
    out->secret = str(word);
    out->expires_unix_us = in_use.expires_us;
    out->generation = in_use.generation;
    return {};
  });
}

tento_status report_rejected(void* self, const tento_call* call, tento_str kind, tento_str auth_id,
                             std::uint64_t generation, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    TENTO_TRY(check_may_hold_secret(port, context, view(kind), view(auth_id)));
    return reject_credential(port, context, generation);
  });
}

constexpr tento_user_auth user_auth_table{sizeof(tento_user_auth), 0, &sourced_credentials, &acquire_handle,
                                          &report_rejected};

tento_status client_for(void* self, const tento_call* call, tento_str integration, const tento_param*, std::uint64_t,
                        tento_client** out, tento_error* err) noexcept {
  return in_call(self, call, err, [&](ProviderPort& port, CallContext& context) -> Result<void> {
    if (out == nullptr)
      return fail(ErrorCode::invalid_argument, ErrorClass::internal, "the place for the client is null");
    TENTO_TRY_ASSIGN(*out, port.env().client_for(context, call, view(integration)));
    return {};
  });
}

constexpr tento_api_context api_context_table{sizeof(tento_api_context), 0, &client_for};

}  // namespace

const tento_user_auth& user_auth_vtable() {
  return user_auth_table;
}
const tento_api_context& api_context_vtable() {
  return api_context_table;
}

}  // namespace tento::host
