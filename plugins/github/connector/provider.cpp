// SPDX-License-Identifier: Apache-2.0
// The provider: its id and its routes.
#include <tento/sdk/plugin.hpp>

#include "activity_daily.hpp"
#include "commits.hpp"
#include "events.hpp"
#include "issues.hpp"
#include "notifications.hpp"
#include "repos.hpp"

TENTO_CONNECTOR(
    "github", TENTO_GITHUB_VERSION, "GitHub",
    tento::attrs(tento::integration<github::rows::GitHub>)(tento::resource(":~github:{authId}")(
        tento::resource(":events")(tento::get<github::rows::Events>,
                                   tento::resource(":logs")(tento::get<tento::Logs<github::rows::Events>>)),
        tento::resource(":repos")(tento::get<github::rows::Repos>,
                                  tento::resource(":logs")(tento::get<tento::Logs<github::rows::Repos>>)),
        tento::resource(":repo:{owner}:{repo}")(
            tento::resource(":issues")(tento::get<github::rows::Issues>, tento::post<github::rows::Issues>,
                                       tento::patch<github::rows::Issues>,
                                       tento::resource(":logs")(tento::get<tento::Logs<github::rows::Issues>>)),
            tento::resource(":commits")(tento::get<github::rows::Commits>,
                                        tento::resource(":logs")(tento::get<tento::Logs<github::rows::Commits>>))),
        tento::resource(":activity:daily")(tento::get<github::rows::ActivityDaily>),
        tento::resource(":notifications")(
            tento::get<github::rows::Notifications>,
            tento::resource(":logs")(tento::get<tento::Logs<github::rows::Notifications>>)))));
