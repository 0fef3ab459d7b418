// SPDX-License-Identifier: Apache-2.0
/// @file weather.hpp
/// The integration: no account, the service's addresses, its limits, and the parameter of its keys.
#pragma once

#include <string>
#include <string_view>
#include <tento/sdk.hpp>

#include "weather/client.hpp"

namespace weather::rows {

/// There is nothing to log in to, and so no account: this says where requests go, so that an operator can put something
/// else in the place of each.
struct OpenMeteo {
  static constexpr std::string_view KIND = "weather";  ///< no credential is ever of this kind
  /// What it is called where accounts are listed.
  static constexpr auto AUTH = tento::auth_none().title("Weather").docs("https://open-meteo.com/en/docs");
  /// Everywhere that requests go.
  static constexpr auto ORIGINS =
      tento::origins("https://api.open-meteo.com", "https://archive-api.open-meteo.com",
                     "https://air-quality-api.open-meteo.com", "https://geocoding-api.open-meteo.com");
};

/// `:~weather:{locationId}`.
struct WeatherParams {
  std::string location_id;  ///< a GeoNames id, or `lat,lon`
  /// By name; `lid` is the older one.
  static constexpr auto fields =
      tento::params(tento::param("locationId", &WeatherParams::location_id, tento::alias("lid")));
};

/// The weather, for whoever asks.
struct Weather {
  static constexpr std::string_view ID = "Weather";      ///< name of the integration
  static constexpr std::string_view TITLE = "Weather";   ///< what people see
  static constexpr std::string_view ACCOUNT_PARAM = "";  ///< rows are of places, not of accounts
  using Auth = OpenMeteo;                                ///< where requests go
  using Client = weather::Client;                        ///< shared by all calls of a user
  using Params = WeatherParams;                          ///< of all keys
  /// What it needs of a host.
  using Deps =
      tento::Deps<tento::Backend, tento::SyncState, tento::Http, tento::HostClock, tento::Log, tento::Progress>;
  /// What the service gives away to one address. A question counts once for each limit; for the first with what it
  /// costs, since that is the one that a backfill runs into.
  static constexpr auto LIMITS = tento::limits(tento::limit("minute").requests(600).per_seconds(60),
                                               tento::limit("hour").requests(5000).per_hours(1),
                                               tento::limit("day").requests(10'000).per_hours(24));

  /// Made once for a user.
  static tento::Result<Client> client(const tento::ClientCtx<Weather>& ctx);
};

/// The place's part of every key.
[[nodiscard]] std::string place_key(const WeatherParams& params);
/// What rows of one place share, however it is written in their keys; `kind` tells the provider's rows apart.
[[nodiscard]] tento::Result<std::string> place_alias(std::string_view kind, const WeatherParams& params);

}  // namespace weather::rows
