// SPDX-License-Identifier: Apache-2.0
// The provider: its id, said once, and its routes.
// [provider-includes]
#include <tento/sdk/plugin.hpp>

#include "connector/activities.hpp"
#include "connector/goals.hpp"
#include "connector/steps.hpp"
#include "connector/weekly.hpp"
#include "sync_plugin/sync.hpp"
// [/provider-includes]

// [provider]
TENTO_CONNECTOR(
    "myprovider", "1.0.0", "MyProvider",
    tento::attrs(tento::integration<myprovider::MyProvider>)(tento::resource(":~myprovider:{authId}")(
        tento::resource(":activities")(tento::get<myprovider::Activities>,
                                       tento::resource(":logs")(tento::get<tento::Logs<myprovider::Activities>>),
                                       tento::resource(":weekly")(tento::get<myprovider::Weekly>)),
        tento::resource(":steps")(tento::get<myprovider::Steps>),
        tento::resource(":goals")(tento::patch<myprovider::Goals>))));
// [/provider]

// [sync-entry]
TENTO_SYNC_PLUGIN(myprovider::ActivitiesSync, tento::MaxConcurrent<2>);
// [/sync-entry]
