// SPDX-License-Identifier: Apache-2.0
/// @file location.hpp
/// Which place is meant: a GeoNames id, or a latitude and longitude.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>

namespace weather {

/// A place on the globe, on a grid of hundredths of a degree: about a kilometre, finer than the service's models.
struct Coordinates {
  int latitude = 0;   ///< hundredths of a degree north, -9000 to 9000
  int longitude = 0;  ///< hundredths of a degree east, -18000 to 17999
  /// Rounds degrees to the grid. An error (`weather_bad_location`) for what is not on the globe. 180 degrees east is
  /// 180 west; all longitudes of a pole are one place.
  static tento::Result<Coordinates> of(double latitude, double longitude);
  /// `-31.95,115.86`: what of() and Location make the same of again.
  [[nodiscard]] std::string text() const;
  /// The latitude as decimal degrees: `-31.95`.
  [[nodiscard]] std::string latitude_text() const;
  /// The longitude as decimal degrees: `115.86`.
  [[nodiscard]] std::string longitude_text() const;
  friend bool operator==(const Coordinates&, const Coordinates&) = default;  ///< the same place of the grid
};

/// What stands in a key as `{locationId}`: a GeoNames id (`2063523`) or `lat,lon` in degrees (`-31.95,115.86`). Places
/// that are equal are equal, however they are written: blanks around the numbers, a plus, zeros in front and decimals
/// beyond the grid tell nothing apart. An id and the coordinates of its place are two locations.
class Location {
 public:
  /// Reads it. An error (invalid_argument, config, `weather_bad_location`) says what is wrong with it.
  static tento::Result<Location> parse(std::string_view text);
  /// Whether it is a GeoNames id.
  [[nodiscard]] bool is_id() const noexcept { return id_ > 0; }
  /// The GeoNames id; 0 = it is coordinates.
  [[nodiscard]] std::int32_t id() const noexcept { return id_; }
  /// The coordinates; of no meaning for an id.
  [[nodiscard]] const Coordinates& coordinates() const noexcept { return at_; }
  /// `2063523` or `-31.95,115.86`: the same text for every way to write the place.
  [[nodiscard]] std::string text() const { return is_id() ? std::to_string(id_) : at_.text(); }
  friend bool operator==(const Location&, const Location&) = default;  ///< the same place

 private:
  std::int32_t id_ = 0;
  Coordinates at_;
};

}  // namespace weather
