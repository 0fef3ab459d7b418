// SPDX-License-Identifier: Apache-2.0
// Connections by a service's own pages: what it granted becomes an account, and whoever waits is told.
#include <algorithm>
#include <atomic>

#include "host/accounts/oauth_tokens.hpp"
#include "host/base/error.hpp"
#include "host/base/error_registry.hpp"
#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"
#include "host/services/account_service.hpp"
#include "host/services/audit_log.hpp"
#include "host/store/store.hpp"

namespace tento::host {
namespace {

constexpr std::size_t max_ended = 64;  // results that are kept for whoever asks later

const Route* route_of(const RouteTable& table, std::string_view provider, std::string_view integration) {
  for (const auto* route : table.routes())
    if (route->provider->note().id == provider && view(route->integration->id) == integration) return route;
  return nullptr;
}

}  // namespace

Result<PendingAuthorization> AccountService::begin_code(const AuthorizationRequest& request, std::string_view base) {
  return accounts_.flows().begin_code(request, base);
}

Result<PendingAuthorization> AccountService::begin_device(const AuthorizationRequest& request, const ActorInfo& actor) {
  TENTO_TRY_ASSIGN(auto flow, accounts_.flows().begin_device(request));
  watch(flow.id, actor);
  return flow;
}

void AccountService::watch(const std::string& flow, const ActorInfo& actor) {
  accounts_.watch_device(flow, [this, actor](tl::expected<AuthorizationGrant, AuthorizationFailure> response) {
    static_cast<void>(finish(std::move(response), actor));
  });
}

Result<void> AccountService::resume_devices() {
  TENTO_TRY_ASSIGN(const auto open, accounts_.flows().open_devices());
  ActorInfo actor;
  actor.name = "device flow";
  for (const auto& flow : open) watch(flow, actor);
  return {};
}

ConnectResult AccountService::finish(const AuthorizationResponse& response, const ActorInfo& actor) {
  return finish(accounts_.flows().complete_code(response), actor);
}

ConnectResult AccountService::finish(tl::expected<AuthorizationGrant, AuthorizationFailure> response,
                                     const ActorInfo& actor) {
  ConnectResult out;
  const std::string id = response ? response->id : response.error().id;
  out.request = response ? response->request : response.error().request;
  if (response) {
    auto connected = connect(*response, actor);
    if (connected)
      out.connected = std::move(*connected);
    else
      out.error = std::move(connected).error();
  } else {
    out.error = std::move(response).error().error;
  }
  if (!out.request.provider.empty()) {
    AuditRecord record;
    record.owner = out.request.owner;
    record.operation = "account connect";
    record.target = out.request.provider + (out.connected ? ":" + out.connected->account.auth_id : "");
    record.outcome = out.error ? std::string(tag_or_code(*out.error)) : "ok";
    // What was connected stays connected, also where the log has no room.
    static_cast<void>(write_audit(store_.audit(), actor, std::move(record)));
  }
  if (id.empty()) return out;
  {
    const std::scoped_lock lock(mutex_);
    ended_.emplace_back(id, out);
    if (ended_.size() > max_ended) ended_.pop_front();
  }
  ends_->tell(id);
  return out;
}

Result<ConnectedAccount> AccountService::connect(AuthorizationGrant& granted, const ActorInfo& actor) {
  const auto table = dispatcher_.table();
  ConnectRequest request;
  request.route = route_of(*table, granted.request.provider, granted.request.integration);
  if (request.route == nullptr)
    return fail(ErrorCode::not_found, ErrorClass::config,
                "provider " + granted.request.provider + " is not loaded any more");
  TENTO_TRY_ASSIGN(const auto user, store_.users().find(granted.request.owner));
  if (!user) return fail(ErrorCode::not_found, ErrorClass::config, "the user is not there any more");
  request.user = *user;
  request.reconnect = granted.request.reconnect;
  request.check = granted.request.check;
  const auto& integration = *request.route->integration;
  AccountRecord& account = request.account;
  account.owner = user->id;
  account.provider = granted.request.provider;
  account.integration = granted.request.integration;
  account.kind =
      integration.auth->kind.size != 0 ? std::string(view(integration.auth->kind)) : granted.request.provider;
  account.auth_id = granted.request.auth_id.empty() ? granted.identity.id : granted.request.auth_id;
  account.label = granted.request.label.empty() ? granted.identity.label : granted.request.label;
  account.time_zone = granted.request.time_zone;
  account.settings_json = granted.request.settings_json;
  account.scopes = granted.scopes;
  account.refreshed_us = granted.granted_us;
  account.lifetime_us = granted.lifetime_us;
  account.expires_us = granted.lifetime_us == 0 ? INT64_MAX : granted.granted_us + granted.lifetime_us;
  account.identity = granted.identity.id;
  // Whoever is connected again must be who they were: the data that is there is theirs.
  if (!account.auth_id.empty() && !account.identity.empty()) {
    TENTO_TRY_ASSIGN(const auto before, store_.accounts().find(user->id, account.provider, account.auth_id));
    if (before && !before->identity.empty() && before->identity != account.identity) {
      return error(ErrorCode::conflict, ErrorClass::auth,
                   "you are signed in as " +
                       quote(granted.identity.label.empty() ? granted.identity.id : granted.identity.label) +
                       ", which is not the account " + quote(account.auth_id))
          .tag("oauth_other_account")
          .remedy("sign in as the other one, or choose another id");
    }
  }
  request.credential = packed(granted.tokens);
  request.secret = std::move(granted.tokens.access);
  return connect(std::move(request), actor);
}

class AccountService::Wait final : public Pending<std::optional<ConnectResult>> {
 public:
  Wait(AccountService& service, std::string flow, Moment until)
      : service_(service), flow_(std::move(flow)), until_(until) {}

  void start(std::function<void()> wake) override {
    wake_ = std::move(wake);
    ends_ = Listeners<std::string>::add(service_.ends_, [flow = flow_, wake = wake_](const std::string& ended) {
      if (ended.empty() || ended == flow) wake();
    });
  }
  std::optional<Result<std::optional<ConnectResult>>> resume(Moment now) override {
    if (cancelled_) {
      return error(ErrorCode::unspecified, ErrorClass::transient, "interrupted; nothing is connected")
          .tag(std::string(interrupted_tag))
          .remedy("run the command again");
    }
    const std::scoped_lock lock(service_.mutex_);
    const auto& ended = service_.ended_;
    const auto found = std::find_if(ended.begin(), ended.end(), [&](const auto& each) { return each.first == flow_; });
    if (found != ended.end()) return std::optional(found->second);
    if (service_.stopping_ || now >= until_) return std::optional<ConnectResult>();
    return std::nullopt;
  }
  void cancel() override {
    cancelled_ = true;
    wake_();
  }
  [[nodiscard]] Moment deadline() const override { return until_; }

 private:
  AccountService& service_;
  const std::string flow_;
  const Moment until_;
  std::atomic<bool> cancelled_{false};
  std::function<void()> wake_;
  Subscription ends_;
};

std::shared_ptr<Pending<std::optional<ConnectResult>>> AccountService::wait(
    const std::string& flow, std::chrono::steady_clock::time_point until) {
  return std::make_shared<Wait>(*this, flow, until);
}

void AccountService::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  ends_->tell(std::string());
}

}  // namespace tento::host
