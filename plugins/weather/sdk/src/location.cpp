// SPDX-License-Identifier: Apache-2.0
// Places as people write them. Degrees are read digit by digit: no locale, no exponent, no rounding of a binary number.
#include "weather/location.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace weather {
namespace {

using tento::Result;

constexpr int hundredths = 100;
constexpr int pole = 90 * hundredths;
constexpr int date_line = 180 * hundredths;

std::string shown_location(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string out = "\"";
  for (const char c : text.substr(0, most)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > most ? "...\"" : "\"");
}

tl::unexpected<tento::Error> bad_location(std::string_view text, std::string_view why) {
  auto error = tento::fail(tento::ErrorCode::invalid_argument, tento::ErrorClass::config,
                           shown_location(text) + " is no place: " + std::string(why) +
                               ". Name a GeoNames id (2063523), or latitude,longitude in degrees (-31.95,115.86)",
                           "weather_bad_location")
                   .value();
  error.remedy = "name another place";
  return tento::fail(std::move(error));
}

std::string_view without_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// `-31.954` as hundredths, rounded half away from zero; nothing for what is no decimal number of at most three digits
// before its point, or lies beyond `most` hundredths on either side.
struct Degrees {
  std::optional<int> value;
  bool is_number = false;
};
Degrees degrees_of(std::string_view text, int most) {
  constexpr std::size_t most_decimals = 30;
  Degrees out;
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string decimals;
  if (point != std::string_view::npos) {
    decimals = text.substr(point + 1);
    if (!is_digits(decimals) || decimals.size() > most_decimals) return out;
  }
  if (!is_digits(whole) || whole.size() > 6) return out;
  out.is_number = true;
  int units = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), units);
  if (units > most / hundredths) return out;
  decimals.resize(std::max<std::size_t>(decimals.size(), 3), '0');
  const bool beyond = units == most / hundredths && decimals.find_first_not_of('0') != std::string::npos;
  if (beyond) return out;
  int cents = units * hundredths + (decimals[0] - '0') * 10 + (decimals[1] - '0');
  if (decimals[2] >= '5') ++cents;
  out.value = negative ? -cents : cents;
  return out;
}

Coordinates on_grid(int latitude, int longitude) {
  if (longitude == date_line) longitude = -date_line;
  if (latitude == pole || latitude == -pole) longitude = 0;
  return {latitude, longitude};
}

std::string degrees_text(int cents) {
  const int size = std::abs(cents);
  std::string out = cents < 0 ? "-" : "";
  out += std::to_string(size / hundredths) + ".";
  const int rest = size % hundredths;
  return out + (rest < 10 ? "0" : "") + std::to_string(rest);
}

}  // namespace

Result<Coordinates> Coordinates::of(double latitude, double longitude) {
  // Written so that what is not a number is refused as well.
  const bool on_globe = latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180;
  if (!on_globe) {
    return bad_location(std::to_string(latitude) + "," + std::to_string(longitude), "it is not on the globe");
  }
  const auto rounded = [](double degrees) { return static_cast<int>(std::lround(degrees * hundredths)); };
  return on_grid(rounded(latitude), rounded(longitude));
}

std::string Coordinates::latitude_text() const {
  return degrees_text(latitude);
}
std::string Coordinates::longitude_text() const {
  return degrees_text(longitude);
}
std::string Coordinates::text() const {
  return latitude_text() + "," + longitude_text();
}

Result<Location> Location::parse(std::string_view text) {
  Location out;
  const std::string_view trimmed = without_blanks(text);
  const std::size_t comma = trimmed.find(',');
  if (comma == std::string_view::npos) {
    if (!is_digits(trimmed)) return bad_location(text, "neither a whole number nor two numbers with a comma between");
    const auto [end, problem] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), out.id_);
    if (problem != std::errc() || out.id_ <= 0) return bad_location(text, "GeoNames has no such id");
    return out;
  }
  const std::string_view first = without_blanks(trimmed.substr(0, comma));
  const std::string_view second = without_blanks(trimmed.substr(comma + 1));
  const Degrees latitude = degrees_of(first, pole);
  const Degrees longitude = degrees_of(second, date_line);
  if (!latitude.is_number) return bad_location(text, shown_location(first) + " is not a latitude in decimal degrees");
  if (!longitude.is_number)
    return bad_location(text, shown_location(second) + " is not a longitude in decimal degrees");
  if (!latitude.value) return bad_location(text, "a latitude is -90 to 90");
  if (!longitude.value) return bad_location(text, "a longitude is -180 to 180");
  out.at_ = on_grid(*latitude.value, *longitude.value);
  return out;
}

}  // namespace weather
