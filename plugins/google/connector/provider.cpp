// SPDX-License-Identifier: Apache-2.0
// The provider: its id and its routes. Its sync-plugin is in sync_plugin/.
#include <tento/sdk/plugin.hpp>

#include "calendars.hpp"
#include "events.hpp"
#include "freebusy.hpp"

TENTO_CONNECTOR("google", TENTO_GOOGLE_VERSION, "Google Calendar", tento::reads("/usr/share/zoneinfo"),
                tento::attrs(tento::integration<google::rows::GoogleCalendar>)(tento::resource(":~google:{authId}")(
                    tento::resource(":calendars")(tento::get<google::rows::Calendars>),
                    tento::resource(":calendar:{calId}")(tento::resource(":events")(
                        tento::get<google::rows::Events>, tento::post<google::rows::Events>,
                        tento::patch<google::rows::Events>, tento::remove<google::rows::Events>,
                        tento::resource(":freebusy")(tento::get<google::rows::FreeBusy>),
                        tento::resource(":logs")(tento::get<tento::Logs<google::rows::Events>>))))));
