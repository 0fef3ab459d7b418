// SPDX-License-Identifier: Apache-2.0
// The sync-plugin: the windows of the stages, and how many jobs may run at once. What runs them is the rows' own sync.
#include <tento/sdk/plugin.hpp>

#include "connector/air.hpp"
#include "connector/daily.hpp"
#include "connector/hourly.hpp"
#include "connector/stage.hpp"

namespace weather::rows {
namespace {

// The service tells 16 days of the weather and 7 of the air, by the calendar of UTC. A day less on each side is what
// every calendar has, and hours of the days beside the window are asked for with it.
template <class R, int Ahead>
struct WindowsOf {
  using Row = R;
  static tento::Result<tento::Span> stage_range(const tento::RowKeyCtx<Row>&, std::string_view stage, tento::Date today,
                                                const tento::Span& hosts_own) {
    return Windows{Ahead}.of(stage, today, hosts_own);
  }
};

}  // namespace
}  // namespace weather::rows

// The service answers one question of an address after the other, and refuses what waits beyond the fifth.
TENTO_SYNC_PLUGIN(weather::rows::WindowsOf<weather::rows::Daily, 14>,
                  weather::rows::WindowsOf<weather::rows::Hourly, 12>, weather::rows::WindowsOf<weather::rows::Air, 3>,
                  tento::MaxConcurrent<2>);
