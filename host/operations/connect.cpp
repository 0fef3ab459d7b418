// SPDX-License-Identifier: Apache-2.0
// account connect: what is to be connected, checked against what the integration says; then at once, or by the
// service's own pages.
#include <algorithm>
#include <system_error>

#include "host/accounts/accounts.hpp"
#include "host/base/did_you_mean.hpp"
#include "host/base/error.hpp"
#include "host/base/text.hpp"
#include "host/operations/accounts.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/rows.hpp"
#include "host/operations/settings.hpp"
#include "host/operations/wording.hpp"
#include "host/operations/zones.hpp"
#include "host/services/account_service.hpp"

namespace tento::host {
namespace {

Error not_found(std::string message, std::string remedy) {
  auto e = fail(ErrorCode::not_found, ErrorClass::config, std::move(message)).value();
  e.remedy = std::move(remedy);
  return e;
}

Error no_such_provider(const BootReport& report, const std::string& id) {
  std::vector<std::string> ids;
  for (const auto& info : report.providers) {
    if (info.id() == id && info.rejection)
      return not_found("provider " + id + " is not loaded: " + info.rejection->reason, info.rejection->remedy);
    ids.push_back(info.id());
  }
  return not_found("no provider \"" + id + "\"" + did_you_mean(id, ids), "{op:provider list} shows what is loaded");
}

// A route of the integration that is meant; its accounts are the ones to connect.
Result<const Route*> choose(const BootReport& report, const std::string& provider, const std::string& integration) {
  std::vector<const Route*> candidates;
  std::vector<std::string> names;
  bool any = false;
  for (const auto* route : report.table->routes()) {
    if (route->provider->note().id != provider) continue;
    any = true;
    const std::string name(view(route->integration->id));
    if (route->integration->account_param.size == 0 || std::find(names.begin(), names.end(), name) != names.end())
      continue;
    names.push_back(name);
    if (integration.empty() || integration == name) candidates.push_back(route);
  }
  if (!any) return fail(no_such_provider(report, provider));
  if (candidates.size() == 1) return candidates.front();
  const std::string all = join(names);
  if (names.empty())
    return fail(not_found("provider " + provider + " needs no account",
                          "read its rows at once: {op:row list provider=" + mark_value(provider) + "}"));
  if (candidates.empty())
    return fail(usage_error(
        "{param:integration}: \"" + integration + "\" is not one of " + all + did_you_mean(integration, names),
        "use one of " + all));
  return fail(usage_error("provider " + provider + " has several account types: " + all,
                          "choose one with {param:integration}"));
}

tento_auth_how how_of(const tento_auth* auth) {
  return auth == nullptr ? tento_auth_how{TENTO_AUTH_NONE} : auth->how;
}

// Whether a person may paste a secret, and whether the account is nothing without one.
struct SecretRule {
  bool taken = false;
  bool wanted = false;
};
SecretRule secret_rule(const tento_auth* auth) {
  const auto how = how_of(auth);
  bool setting = false;
  if (auth != nullptr)
    for (const auto* s : settings(*auth)) setting = setting || s->type == TENTO_SETTING_SECRET;
  if (how == TENTO_AUTH_OAUTH2) return {(auth->flags & TENTO_AUTH_TAKES_TOKEN) != 0, false};
  const bool wanted = how == TENTO_AUTH_TOKEN || how == TENTO_AUTH_BASIC;
  return {wanted || setting, wanted};
}

// The secret where one is wanted, from the caller, never from an argument.
Result<std::optional<Secret>> take_secret(const Args& args, const tento_auth* auth, const AccountRecord* before) {
  const auto rule = secret_rule(auth);
  const bool there = before != nullptr && before->state == TENTO_ACCOUNT_ACTIVE;
  if (!args.has("secret")) {
    if (rule.wanted && !there)
      return fail(usage_error("this account needs a secret", how_of(auth) == TENTO_AUTH_BASIC
                                                                 ? "give user:password with {param:secret}"
                                                                 : "give the token with {param:secret}"));
    return std::optional<Secret>();
  }
  if (!rule.taken)
    return fail(usage_error("{param:secret}: this account takes no secret",
                            how_of(auth) == TENTO_AUTH_OAUTH2 ? "leave it out, and follow the link" : "leave it out"));
  Secret secret(args.text("secret"));
  if (secret.text().empty()) return fail(usage_error("the secret is empty", "give it with {param:secret}"));
  return std::optional<Secret>(std::move(secret));
}

// What the arguments say, over what was said before.
Result<ConnectRequest> read_request(HostContext& ctx, const BootReport& report, const Args& args) {
  ConnectRequest out;
  TENTO_TRY_ASSIGN(out.user, ctx.owner());
  const auto provider = args.text("provider");
  TENTO_TRY_ASSIGN(out.route, choose(report, provider, args.text("integration")));
  const auto& integration = *out.route->integration;
  AccountRecord& account = out.account;
  account.auth_id = args.text("id");
  if (args.has("id")) TENTO_TRY(AccountService::check_id(account.auth_id));
  std::optional<AccountRecord> before;
  if (args.has("id")) {
    TENTO_TRY_ASSIGN(before, ctx.directory.account({out.user.id, provider, account.auth_id}));
  }
  if (before && before->integration == view(integration.id)) account = *before;
  out.reconnect = before.has_value();
  account.owner = out.user.id;
  account.provider = provider;
  account.integration = std::string(view(integration.id));
  account.kind = integration.auth != nullptr && integration.auth->kind.size != 0
                     ? std::string(view(integration.auth->kind))
                     : provider;
  if (args.has("label")) account.label = args.text("label");
  if (args.has("zone")) {
    account.time_zone = args.text("zone");
    TENTO_TRY(zone_argument(account.time_zone));
  }
  const auto table =
      integration.auth == nullptr ? std::span<const tento_setting* const>() : settings(*integration.auth);
  // Connecting again keeps the settings, unless there are new ones.
  if (!before || !args.list("set").empty()) {
    std::error_code ec;
    PathRule paths{std::filesystem::current_path(ec)};
    if (!check_runs_host(ctx)) paths.roots = ctx.parts.config().path_roots;
    TENTO_TRY_ASSIGN(account.settings_json, settings_to_json(table, args.list("set"), paths));
  }
  out.check = !args.flag("no-check");
  TENTO_TRY_ASSIGN(out.secret, take_secret(args, integration.auth, before ? &*before : nullptr));
  return out;
}

bool by_flow(const ConnectRequest& request) {
  return how_of(request.route->integration->auth) == TENTO_AUTH_OAUTH2 && !request.secret;
}

AuthorizationRequest flow_request(const ConnectRequest& request, const Args& args) {
  AuthorizationRequest out;
  out.owner = request.user.id;
  out.provider = request.account.provider;
  out.integration = request.account.integration;
  out.auth_id = request.account.auth_id;
  out.reconnect = request.reconnect;
  out.label = request.account.label;
  out.time_zone = request.account.time_zone;
  out.settings_json = request.account.settings_json;
  out.check = request.check;
  out.groups = args.list("scopes");
  out.return_to = args.text("return");
  return out;
}

void invite(const HostContext& ctx, const PendingAuthorization& flow) {
  if (!ctx.caller.progress) return;
  Progress progress;
  progress.stage = "connect";
  progress.line =
      flow.user_code.empty()
          ? "open this link in a browser to connect, within ten minutes:\n\n  " + flow.link + "\n"
          : "open " + plain(flow.verification_uri, 2048) + " and type this code:\n\n  " + plain(flow.user_code) + "\n";
  ctx.caller.progress(progress);
}

Output under_way(const ConnectRequest& request, const PendingAuthorization& flow) {
  AccountView view;
  view.account = request.account;
  view.state = "connecting";
  view.link = flow.link;
  view.user_code = flow.user_code;
  view.next = flow.user_code.empty() ? "open the link in a browser"
                                     : "open " + flow.verification_uri + " and type " + flow.user_code;
  auto out = one_account(view);
  out.accepted = true;
  return out;
}

Output connected(const RouteTable& table, const ConnectedAccount& result) {
  const AccountRecord& account = result.account;
  AccountView view;
  view.account = account;
  view.keys = account_keys(table, account);
  for (const auto& row : result.discovery.rows)
    if (std::find(view.keys.begin(), view.keys.end(), row.lookup_key) == view.keys.end())
      view.keys.push_back(row.lookup_key);
  auto out = one_account(view);
  if (const auto& error = result.discovery.error)
    out.notes.push_back("its rows could not be listed: " + error->message);
  out.notes.push_back(
      account.provider + ":" + account.auth_id +
      (result.reconnected ? " is connected again; its rows and its data are as they were" : " is connected"));
  return out;
}

// Sends somebody to the service, and waits for them as long as the caller does.
Result<Output> connect_by_flow(HostContext& ctx, const ConnectRequest& request, const Args& args) {
  auto& service = ctx.host.account_service;
  PendingAuthorization flow;
  if (args.flag("device")) {
    TENTO_TRY_ASSIGN(flow, service.begin_device(flow_request(request, args), ctx.caller.actor));
  } else {
    if (!ctx.caller.callback_base)
      return fail(ErrorCode::unsupported, ErrorClass::config,
                  "a browser cannot be sent back to this host, because it has no address for that");
    TENTO_TRY_ASSIGN(const auto base, ctx.caller.callback_base());
    TENTO_TRY_ASSIGN(flow, service.begin_code(flow_request(request, args), base));
  }
  invite(ctx, flow);
  auto longest = std::chrono::microseconds(Flows::life_us);
  if (ctx.caller.preferred_wait_ms)
    longest = std::min<std::chrono::microseconds>(longest, std::chrono::milliseconds(*ctx.caller.preferred_wait_ms));
  return pending_output<std::optional<ConnectResult>>(
      service.wait(flow.id, std::chrono::steady_clock::now() + longest),
      [&caller = ctx.caller, &dispatcher = ctx.host.dispatcher,
       pending = under_way(request, flow)](const std::optional<ConnectResult>& result) -> Result<Output> {
        if (!result) {
          if (caller.preferred_wait_ms) return pending;
          return error(ErrorCode::auth_required, ErrorClass::auth, "nobody finished the connection within ten minutes")
              .tag("oauth_not_finished")
              .remedy("run the command again");
        }
        if (result->error) return fail(*result->error);
        return connected(*dispatcher.table(), *result->connected);
      });
}

}  // namespace

Result<Output> account_connect(HostContext& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto report, ctx.parts.boot());
  TENTO_TRY_ASSIGN(auto request, read_request(ctx, report, args));
  if (by_flow(request)) {
    // Settings of an account that is there change without anybody being sent anywhere.
    const bool settings_alone = request.reconnect && request.account.state == TENTO_ACCOUNT_ACTIVE &&
                                (!args.list("set").empty() || args.has("label") || args.has("zone"));
    if (!settings_alone) return connect_by_flow(ctx, request, args);
  } else if (args.flag("device")) {
    return fail(
        usage_error("{param:device}: this account is not connected by a code that is typed elsewhere", "leave it out"));
  }
  TENTO_TRY_ASSIGN(const auto result, ctx.host.account_service.connect(std::move(request), ctx.caller.actor));
  return connected(*report.table, result);
}

}  // namespace tento::host
