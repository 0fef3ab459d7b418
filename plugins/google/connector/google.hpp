// SPDX-License-Identifier: Apache-2.0
/// @file google.hpp
/// The integration: how an account is connected, what it needs of a host, and the parameters of its keys.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk.hpp>

#include "google/client.hpp"

namespace google::rows {

namespace detail {

inline constexpr auto identity_scopes = tento::texts("openid", "email");
inline constexpr auto read_calendar_scopes = tento::texts(READ_CALENDAR.least.text());
inline constexpr auto read_events_scopes = tento::texts(READ_EVENTS.least.text());
inline constexpr auto watch_calendar_scopes = tento::texts(WATCH_CALENDAR.least.text());
inline constexpr auto read_free_busy_scopes = tento::texts(READ_FREEBUSY.least.text());
inline constexpr auto edit_events_scopes = tento::texts(EDIT_EVENT_SCOPES.least.text());

}  // namespace detail

/// How an account is connected: OAuth 2.0 by authorization code. The service has a device flow, but refuses every scope
/// of calendars in it, so that there is none here.
struct GoogleAuth {
  static constexpr std::string_view KIND = "google";  ///< credentials of this kind are ours
  /// Card, endpoints, and what a dead account is called.
  static constexpr auto AUTH =
      tento::auth_oauth2()
          .title("Google Calendar")
          .text(
              "Calendars, their events, and when people are busy. You are asked by Google in a browser what to allow; "
              "the device flow (`--device`) is not for calendars: Google refuses it. On a machine without a browser, "
              "open the printed link elsewhere.")
          .colour("#4285f4")
          .docs("https://developers.google.com/workspace/calendar/api/auth")
          .endpoints("https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token")
          .revoke("https://oauth2.googleapis.com/revoke")
          .userinfo("https://openidconnect.googleapis.com/v1/userinfo", "/sub", "/email")
          .extra_params(R"({"access_type":"offline","prompt":"consent"})")
          .expired_tag("google_auth_expired");
  /// What people grant. Some of the service's own pages let them leave out single ones, so each call looks again.
  static constexpr auto SCOPES = tento::scope_groups(
      tento::ScopeGroup("account", detail::identity_scopes, "Which account it is", true),
      tento::ScopeGroup(READ_CALENDAR.name, detail::read_calendar_scopes, "The list of your calendars", true),
      tento::ScopeGroup(READ_EVENTS.name, detail::read_events_scopes, "Your events", true),
      tento::ScopeGroup(WATCH_CALENDAR.name, detail::watch_calendar_scopes, "Being told of changed events", false),
      tento::ScopeGroup(READ_FREEBUSY.name, detail::read_free_busy_scopes, "When you are busy", false),
      tento::ScopeGroup(EDIT_EVENT_SCOPES.name, detail::edit_events_scopes, "Creating, changing and deleting events",
                        false));
  /// Who may receive the token.
  static constexpr auto ORIGINS = tento::origins("https://www.googleapis.com", "https://openidconnect.googleapis.com");
};

/// `:~google:{authId}`.
struct GoogleParams {
  std::string auth_id;  ///< the account
  /// By name.
  static constexpr auto fields = tento::params(tento::param("authId", &GoogleParams::auth_id));
};

/// `:calendar:{calId}`.
struct GoogleCalendarParams {
  std::string cal_id;  ///< the calendar's id
  /// By name.
  static constexpr auto fields = tento::params(tento::param("calId", &GoogleCalendarParams::cal_id));
};

/// One account.
struct GoogleCalendar {
  static constexpr std::string_view ID = "GoogleCalendar";      ///< name of the integration
  static constexpr std::string_view TITLE = "Google Calendar";  ///< what people see
  using Auth = GoogleAuth;                                      ///< how it is connected
  /// What it needs of a host.
  using Deps = tento::Deps<tento::Backend, tento::SyncState, tento::UserAuth, tento::Http, tento::HostClock, tento::Log,
                           tento::Progress>;
  using Client = google::Client;  ///< shared by all calls of an account
  using Params = GoogleParams;    ///< of all keys
  /// The service's budgets: requests a minute of one person, and of all people of the operator's project.
  static constexpr auto LIMITS = tento::limits(tento::limit("user").per_account().requests(600).per_seconds(60),
                                               tento::limit("project").requests(10'000).per_seconds(60));

  /// Made once for an account. `google_scope_missing` where the account allows nothing of calendars.
  static tento::Result<Client> client(const tento::ClientCtx<GoogleCalendar>& ctx);
  /// Looks whether the list of calendars can be read; the label is the id of the account's own calendar, its address.
  static tento::Result<tento::CheckedAccount> check_account(const tento::IntegrationCtx<GoogleCalendar>& ctx,
                                                            const Client& client);
  /// Events and busy times of every calendar in the account's list.
  static tento::Result<void> discover(const tento::IntegrationCtx<GoogleCalendar>& ctx, const Client& client,
                                      tento::RowSink& sink);
};

/// The account's part of every key.
[[nodiscard]] std::string account_key(const GoogleParams& params);
/// The key of a calendar.
[[nodiscard]] std::string calendar_key(const GoogleParams& params, const GoogleCalendarParams& own);
/// `client` with what the call's account allows, and with the clock and the log of the call, which must outlive it.
[[nodiscard]] Client for_call(const Client& client, const tento::CallCtx& call, const GoogleCalendar::Deps& deps);
/// Every calendar of the account, over all pages, given to `each`; an error of it ends the list. Entries that are not
/// understood are kept out, and so are those that `each` refuses for what is in them; both are logged.
tento::Result<void> each_calendar(const Client& client, tento::http::Transport& http, const tento::CallCtx& call,
                                  const GoogleCalendar::Deps& deps,
                                  const std::function<tento::Result<void>(const Calendar&)>& each);
/// Notes a record that the library kept out.
[[nodiscard]] OnOdd into(tento::SkippedRecords& skipped);

}  // namespace google::rows
