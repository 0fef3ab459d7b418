// SPDX-License-Identifier: Apache-2.0
// The provider: its id and its routes. Who may use them the operator says, for a service that gives so much to an
// address is easily used up by others. Its sync-plugin is in sync_plugin/.
#include <tento/sdk/plugin.hpp>

#include "air.hpp"
#include "daily.hpp"
#include "hourly.hpp"

TENTO_CONNECTOR(
    "weather", TENTO_WEATHER_VERSION, "Weather", tento::reads("/usr/share/zoneinfo"),
    tento::attrs(tento::integration<weather::rows::Weather>,
                 tento::guard("weather_operator"))(tento::resource(":~weather:{locationId}")(
        tento::get<weather::rows::Daily>, tento::resource(":logs")(tento::get<tento::Logs<weather::rows::Daily>>),
        tento::resource(":hourly")(tento::get<weather::rows::Hourly>,
                                   tento::resource(":logs")(tento::get<tento::Logs<weather::rows::Hourly>>)),
        tento::resource(":air")(tento::get<weather::rows::Air>,
                                tento::resource(":logs")(tento::get<tento::Logs<weather::rows::Air>>)))));
