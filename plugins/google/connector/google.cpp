// SPDX-License-Identifier: Apache-2.0
// The account: its client, whose it is, which calendars it has.
#include "google.hpp"

#include <tento/sdk/clock.hpp>
#include <tento/sdk/paging.hpp>

#include "events.hpp"
#include "freebusy.hpp"

namespace google::rows {

using tento::Result;

namespace {

// Whether a host refuses what it was given for what is in it, and would take the next.
bool is_about_content(const tento::Error& error) {
  return !error.stopped && (error.code == tento::ErrorCode::invalid_argument ||
                            error.code == tento::ErrorCode::invalid_data || error.code == tento::ErrorCode::too_large);
}

}  // namespace

Client for_call(const Client& client, const tento::CallCtx& call, const GoogleCalendar::Deps& deps) {
  ClientOptions options = client.options();
  // The account may have been connected again with other scopes since the client was made.
  const auto account = call.account();
  options.granted.reset();
  if (account && !account->scopes().empty()) options.granted = GoogleScopes::parse(account->scopes());
  options.now = [&deps] { return deps.now().value_or(tento::SystemClock().now()); };
  options.on_odd_wait = [&deps](std::string_view text) { deps.log(tento::LogLevel::warn, text); };
  return Client(std::move(options));
}

OnOdd into(tento::SkippedRecords& skipped) {
  return [&skipped](const OddRecord& odd) { skipped.skip(odd.what, odd.why, odd.id); };
}

Result<void> each_calendar(const Client& client, tento::http::Transport& http, const tento::CallCtx& call,
                           const GoogleCalendar::Deps& deps, const std::function<Result<void>(const Calendar&)>& each) {
  tento::SkippedRecords skipped;
  for (tento::http::CursorWalk walk; walk.more();) {
    TENTO_TRY(call.proceed());
    std::string next;
    TENTO_TRY_ASSIGN(const std::vector<Calendar> page, client.calendars(http, walk.cursor(), next, into(skipped)));
    for (const Calendar& one : page) {
      auto taken = each(one);
      if (taken) continue;
      if (!is_about_content(taken.error())) return taken;
      skipped.skip("calendar " + one.id, taken.error().message, one.id);
    }
    TENTO_TRY(walk.advance(next));
  }
  if (skipped.count() > 0) deps.log(tento::LogLevel::warn, skipped.sentence("the list of calendars"));
  return {};
}

Result<Client> GoogleCalendar::client(const tento::ClientCtx<GoogleCalendar>& ctx) {
  TENTO_TRY_ASSIGN(const auto account, ctx.require_auth<GoogleAuth>(ctx.params.auth_id));
  return Client::new_from_handle(account.scopes(), ANY_CALENDAR);
}

Result<tento::CheckedAccount> GoogleCalendar::check_account(const tento::IntegrationCtx<GoogleCalendar>& ctx,
                                                            const Client& client) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  tento::CheckedAccount out;
  TENTO_TRY(
      each_calendar(for_call(client, ctx, ctx.deps), http, ctx, ctx.deps, [&out](const Calendar& one) -> Result<void> {
        if (one.primary) out.label = one.id;
        return {};
      }));
  return out;
}

Result<void> GoogleCalendar::discover(const tento::IntegrationCtx<GoogleCalendar>& ctx, const Client& client,
                                      tento::RowSink& sink) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  return each_calendar(for_call(client, ctx, ctx.deps), http, ctx, ctx.deps, [&](const Calendar& one) -> Result<void> {
    const GoogleCalendarParams own{one.id};
    const std::string name = one.title.empty() ? one.id : one.title;
    if (one.readable()) TENTO_TRY(sink.add<Events>(ctx.params, own, name));
    return sink.add<FreeBusy>(ctx.params, own, name + " (busy times)");
  });
}

std::string account_key(const GoogleParams& params) {
  return ":~google:" + tento::percent_encode_param(params.auth_id);
}

std::string calendar_key(const GoogleParams& params, const GoogleCalendarParams& own) {
  return account_key(params) + ":calendar:" + tento::percent_encode_param(own.cal_id);
}

}  // namespace google::rows
