// SPDX-License-Identifier: Apache-2.0
// The client, and keys of places.
#include "weather.hpp"

namespace weather::rows {

using tento::Result;

Result<Client> Weather::client(const tento::ClientCtx<Weather>&) {
  return Client();
}

std::string place_key(const WeatherParams& params) {
  return tento::lookup_key(":~weather:{locationId}", params);
}

Result<std::string> place_alias(std::string_view kind, const WeatherParams& params) {
  TENTO_TRY_ASSIGN(const Location location, Location::parse(params.location_id));
  return std::string(kind) + "/" + location.text();
}

}  // namespace weather::rows
