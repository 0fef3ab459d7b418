// SPDX-License-Identifier: Apache-2.0
// The provider: its id and its routes.
#include <tento/sdk/plugin.hpp>

#include "cycles.hpp"
#include "recovery.hpp"
#include "sleep.hpp"
#include "workouts.hpp"

TENTO_CONNECTOR(
    "whoop", TENTO_WHOOP_VERSION, "WHOOP",
    tento::attrs(tento::integration<whoop::rows::Whoop>)(tento::resource(":~whoop:{authId}")(
        tento::resource(":sleep")(tento::get<whoop::rows::SleepRow>,
                                  tento::resource(":logs")(tento::get<tento::Logs<whoop::rows::SleepRow>>)),
        tento::resource(":recovery")(tento::get<whoop::rows::RecoveryRow>,
                                     tento::resource(":logs")(tento::get<tento::Logs<whoop::rows::RecoveryRow>>)),
        tento::resource(":cycles")(tento::get<whoop::rows::CyclesRow>,
                                   tento::resource(":logs")(tento::get<tento::Logs<whoop::rows::CyclesRow>>)),
        tento::resource(":workouts")(tento::get<whoop::rows::WorkoutsRow>,
                                     tento::resource(":logs")(tento::get<tento::Logs<whoop::rows::WorkoutsRow>>)))));
