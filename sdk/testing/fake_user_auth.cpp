// SPDX-License-Identifier: Apache-2.0
// Accounts in memory, with the texts that a host answers with.
#include <tento/sdk/testing/fake_user_auth.hpp>

namespace tento::testing {

void FakeUserAuth::declare_kind(std::string kind) {
  const std::lock_guard lock(mutex_);
  kinds_.insert(std::move(kind));
}

void FakeUserAuth::put(FakeAccount account) {
  const std::lock_guard lock(mutex_);
  kinds_.insert(account.kind);
  Name name{account.kind, account.auth_id};
  accounts_.insert_or_assign(std::move(name), std::move(account));
}

void FakeUserAuth::remove(std::string_view kind, std::string_view auth_id) {
  const std::lock_guard lock(mutex_);
  accounts_.erase(Name(kind, auth_id));
}

std::optional<FakeAccount> FakeUserAuth::find(std::string_view kind, std::string_view auth_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(Name(kind, auth_id));
  return found == accounts_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<FakeAccount> FakeUserAuth::find(std::string_view auth_id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, account] : accounts_) {
    if (name.second == auth_id) return account;
  }
  return std::nullopt;
}

void FakeUserAuth::allow_raw_credentials(bool allow) {
  const std::lock_guard lock(mutex_);
  raw_ = allow;
}

std::vector<FakeUserAuth::Rejection> FakeUserAuth::rejections() const {
  const std::lock_guard lock(mutex_);
  return rejections_;
}

struct FakeUserAuth::Slots {
  static FakeUserAuth& of(void* self) { return *static_cast<FakeUserAuth*>(self); }
  static tento_status refuse(tento_error* err, ErrorCode code, ErrorClass error_class, std::string message,
                             std::string tag = {}) {
    Error e = fail(code, error_class, std::move(message), std::move(tag)).value();
    if (error_class == ErrorClass::auth) e.remedy = "reconnect";
    return to_status(e, err);
  }
  static tento_status unknown_kind(tento_error* err, std::string_view kind) {
    return refuse(err, ErrorCode::invalid_argument, ErrorClass::internal, "unknown auth kind " + std::string(kind),
                  "unknown_auth_kind");
  }
  static tento_status no_account(tento_error* err, std::string_view kind, std::string_view auth_id) {
    return refuse(err, ErrorCode::auth_required, ErrorClass::auth,
                  "no " + std::string(kind) + " auth for " + std::string(auth_id), "no_auth");
  }

  static tento_status sourced_credentials(void* self, const tento_call* c, tento_str kind, tento_str auth_id,
                                          const tento_account** out, tento_error* err) noexcept {
    FakeUserAuth& auth = of(self);
    const auto [call, status] = auth.calls_.enter(c, TENTO_IFACE_ID_tento_user_auth, err);
    if (call == nullptr) return status;
    const std::lock_guard lock(auth.mutex_);
    if (!auth.kinds_.contains(view(kind))) return unknown_kind(err, view(kind));
    *out = nullptr;
    const auto found = auth.accounts_.find(Name(view(kind), view(auth_id)));
    if (found == auth.accounts_.end()) return TENTO_OK;
    Handed& handed = auth.handed_.emplace_back(Handed{found->second, {}});
    const FakeAccount& a = handed.account;
    handed.abi.struct_size = sizeof(tento_account);
    handed.abi.state = a.state;
    handed.abi.kind = str(a.kind);
    handed.abi.auth_id = str(a.auth_id);
    handed.abi.label = str(a.label);
    handed.abi.scopes = str(a.scopes);
    handed.abi.time_zone = a.time_zone.empty() ? c->owner->time_zone : str(a.time_zone);
    handed.abi.settings_json = str(a.settings_json);
    handed.abi.expires_unix_us = a.expires_unix_us;
    handed.abi.generation = a.generation;
    *out = &handed.abi;
    return TENTO_OK;
  }

  static tento_status acquire_handle(void* self, const tento_call* c, tento_str kind, tento_str auth_id,
                                     std::int64_t min_ttl_s, tento_credential* out, tento_error* err) noexcept {
    FakeUserAuth& auth = of(self);
    const auto [call, status] = auth.calls_.enter(c, TENTO_IFACE_ID_tento_user_auth, err);
    if (call == nullptr) return status;
    const std::lock_guard lock(auth.mutex_);
    if (!auth.raw_) {
      return refuse(
          err, ErrorCode::forbidden, ErrorClass::config,
          "raw credentials are not allowed: use tento.http/1, or ask for the feature raw-credentials in the note",
          "raw_credentials");
    }
    if (!auth.kinds_.contains(view(kind))) return unknown_kind(err, view(kind));
    const auto found = auth.accounts_.find(Name(view(kind), view(auth_id)));
    if (found == auth.accounts_.end()) return no_account(err, view(kind), view(auth_id));
    FakeAccount& a = found->second;
    if (a.state == TENTO_ACCOUNT_NEEDS_REAUTH || a.state == TENTO_ACCOUNT_DISABLED) {
      return refuse(err, ErrorCode::auth_required, ErrorClass::auth,
                    "the " + a.kind + " account " + a.auth_id + " has to be connected again", a.kind + "_auth_expired");
    }
    const std::int64_t now = auth.clock_.now().time_since_epoch().count();
    if (a.expires_unix_us != INT64_MAX && a.expires_unix_us < now + min_ttl_s * 1'000'000) {
      ++a.generation;
      a.secret = "refreshed-" + std::to_string(a.generation);
      a.expires_unix_us = now + std::max<std::int64_t>(3600, min_ttl_s) * 1'000'000;
    }
    const FakeAccount& handed = auth.handed_.emplace_back(Handed{a, {}}).account;
    out->user = str(handed.user);
    out->secret = str(handed.secret);
    out->expires_unix_us = handed.expires_unix_us;
    out->generation = handed.generation;
    return TENTO_OK;
  }

  static tento_status report_rejected(void* self, const tento_call* c, tento_str kind, tento_str auth_id,
                                      std::uint64_t generation, tento_error* err) noexcept {
    FakeUserAuth& auth = of(self);
    const auto [call, status] = auth.calls_.enter(c, TENTO_IFACE_ID_tento_user_auth, err);
    if (call == nullptr) return status;
    const std::lock_guard lock(auth.mutex_);
    if (!auth.kinds_.contains(view(kind))) return unknown_kind(err, view(kind));
    const auto found = auth.accounts_.find(Name(view(kind), view(auth_id)));
    if (found == auth.accounts_.end()) return no_account(err, view(kind), view(auth_id));
    auth.rejections_.push_back({std::string(view(kind)), std::string(view(auth_id)), generation});
    if (found->second.generation == generation)
      found->second.expires_unix_us = INT64_MIN + 1;  // the next acquire refreshes
    return TENTO_OK;
  }
};

const tento_user_auth FakeUserAuth::vtable = {sizeof(tento_user_auth), 0, &Slots::sourced_credentials,
                                              &Slots::acquire_handle, &Slots::report_rejected};

}  // namespace tento::testing
