// SPDX-License-Identifier: Apache-2.0
// What a flow brought becomes an account.
#include "host/accounts/accounts.hpp"
#include "host/accounts/oauth_tokens.hpp"
#include "host/base/error.hpp"
#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"
#include "host/operations/accounts.hpp"
#include "host/operations/connect.hpp"
#include "host/store/access_store.hpp"

namespace tento::host {
namespace {

const Route* route_of(const RouteTable& table, std::string_view provider, std::string_view integration) {
  for (const auto* route : table.routes())
    if (route->provider->note().id == provider && view(route->integration->id) == integration) return route;
  return nullptr;
}

Result<AccountRecord> save(Engine& engine, Host& host, FlowEnd& end, const ActorInfo& actor) {
  const auto report = host.report();
  Connecting wish;
  wish.route = route_of(*report.table, end.wish.provider, end.wish.integration);
  if (wish.route == nullptr)
    return fail(ErrorCode::not_found, ErrorClass::config, "provider " + end.wish.provider + " is not loaded any more");
  TENTO_TRY_ASSIGN(const auto owner, host.store().access().user_by_id(end.wish.owner));
  if (!owner) return fail(ErrorCode::not_found, ErrorClass::config, "the user is not there any more");
  wish.owner = *owner;
  wish.reconnect = end.wish.reconnect;
  wish.check = end.wish.check;
  const auto& integration = *wish.route->integration;
  AccountRecord& account = wish.account;
  account.owner = owner->id;
  account.provider = end.wish.provider;
  account.integration = end.wish.integration;
  account.kind = integration.auth->kind.size != 0 ? std::string(view(integration.auth->kind)) : end.wish.provider;
  account.auth_id = end.wish.auth_id.empty() ? end.identity.id : end.wish.auth_id;
  account.label = end.wish.label.empty() ? end.identity.label : end.wish.label;
  account.time_zone = end.wish.time_zone;
  account.settings_json = end.wish.settings_json;
  account.scopes = end.scopes;
  account.refreshed_us = end.granted_us;
  account.lifetime_us = end.lifetime_us;
  account.expires_us = end.lifetime_us == 0 ? INT64_MAX : end.granted_us + end.lifetime_us;
  account.identity = end.identity.id;
  // Whoever is connected again must be who they were: the data that is there is theirs.
  if (!account.auth_id.empty() && !account.identity.empty()) {
    TENTO_TRY_ASSIGN(const auto before, host.store().account(owner->id, account.provider, account.auth_id));
    if (before && !before->identity.empty() && before->identity != account.identity) {
      return error(ErrorCode::conflict, ErrorClass::auth,
                   "you are signed in as " + quote(end.identity.label.empty() ? end.identity.id : end.identity.label) +
                       ", which is not the account " + quote(account.auth_id))
          .tag("oauth_other_account")
          .remedy("sign in as the other one, or choose another id");
    }
  }
  wish.whole = packed(end.tokens);
  wish.secret = std::move(end.tokens.access);
  Caller caller;
  caller.actor = actor;
  caller.principal.owner = *owner;
  Context ctx{engine, caller};
  const std::string before = account.auth_id;
  TENTO_TRY_ASSIGN(const auto output, save_account(ctx, host, std::move(wish)));
  // What it was called in the end stands in the record.
  const auto& record = output.records.front();
  const auto* id = std::get_if<std::string>(&record.at(account_id_column));
  TENTO_TRY_ASSIGN(const auto saved, host.store().account(owner->id, end.wish.provider, id == nullptr ? before : *id));
  if (!saved) return fail(ErrorCode::not_found, ErrorClass::config, "the account was disconnected meanwhile");
  return *saved;
}

void note(Host& host, const FlowResult& result, const ActorInfo& actor) {
  AuditRecord record;
  record.owner = result.wish.owner;
  record.actor_kind = actor.kind;
  record.actor = actor.name;
  record.operation = "account connect";
  record.target = result.wish.provider + (result.account ? ":" + result.account->auth_id : "");
  record.outcome = !result.error ? "ok" : result.error->tag.empty() ? "failed" : result.error->tag;
  // What was connected stays connected, also where the log has no room.
  static_cast<void>(host.store().access().audit(record));
}

}  // namespace

FlowResult finish_flow(Engine& engine, Host& host, tl::expected<FlowEnd, FlowFailure> came, const ActorInfo& actor) {
  FlowResult out;
  const std::string id = came ? came->id : came.error().id;
  out.wish = came ? came->wish : came.error().wish;
  if (came) {
    auto saved = save(engine, host, *came, actor);
    if (saved)
      out.account = std::move(*saved);
    else
      out.error = std::move(saved).error();
  } else {
    out.error = std::move(came).error().error;
  }
  if (!out.wish.provider.empty()) note(host, out, actor);
  FlowOutcome outcome;
  if (out.account) outcome.account = AccountKey{out.account->owner, out.account->provider, out.account->auth_id};
  outcome.error = out.error;
  if (!id.empty()) host.accounts().ended(id, std::move(outcome));
  return out;
}

void watch_device(Engine& engine, Host& host, const std::string& flow, const ActorInfo& actor) {
  host.accounts().watch_device(flow, [&engine, &host, actor](tl::expected<FlowEnd, FlowFailure> came) {
    static_cast<void>(finish_flow(engine, host, std::move(came), actor));
  });
}

Result<void> resume_devices(Engine& engine, Host& host) {
  TENTO_TRY_ASSIGN(const auto open, host.accounts().flows().open_devices());
  ActorInfo actor;
  actor.name = "device flow";
  for (const auto& flow : open) watch_device(engine, host, flow, actor);
  return {};
}

}  // namespace tento::host
