// SPDX-License-Identifier: Apache-2.0
/// @file client.hpp
/// A client of Open-Meteo over any transport: the weather that was and will be, air quality, and where a GeoNames id
/// is.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tento/sdk/transport.hpp>

#include "location.hpp"
#include "series.hpp"

namespace weather {

/// What a client does not decide itself. Addresses are without a slash at the end.
struct ClientOptions {
  std::string forecast_url = "https://api.open-meteo.com";             ///< Source::forecast
  std::string archive_url = "https://archive-api.open-meteo.com";      ///< Source::archive
  std::string air_url = "https://air-quality-api.open-meteo.com";      ///< Source::air
  std::string geocoding_url = "https://geocoding-api.open-meteo.com";  ///< places by id
  std::function<tento::Instant()> now = {};                            ///< the time; the machine's where it is empty
  std::function<void(std::string_view)> on_odd_wait = {};              ///< told of waits that make no sense
};

/// A place by its GeoNames id.
struct Place {
  std::int32_t id = 0;  ///< of GeoNames
  std::string name;     ///< what it is called; may be empty
  Coordinates at;       ///< where it is
};

/// Days of a place to ask for, by its own calendar.
struct Query {
  Coordinates at;     ///< the place
  tento::Date first;  ///< first day
  tento::Date last;   ///< last day
};

/// The first and the last day that a source can be asked for.
struct Reach {
  tento::Date first;  ///< earlier ones are refused by the service
  tento::Date last;   ///< the same of later ones
};
/// What a source has to do with at `now`, by the calendar of UTC. The archive's last days are asked for in vain: it
/// comes some days late.
[[nodiscard]] Reach reach_of(Source source, tento::Instant now);
/// How many of the service's units a question costs it: one for ten variables over two weeks.
[[nodiscard]] std::uint64_t cost_of(Source source, const Query& query);

/// Holds no transport and no credential: the service wants none. Usable from many threads.
///
/// Errors: rate_limited with the wait, for all three of the service's limits; not_found (`weather_no_such_place`);
/// invalid_data (`weather_bad_answer`) for an answer that makes no sense, saying where; others as
/// tento::http::status_error.
class Client {
 public:
  /// Most bytes of an answer.
  static constexpr std::uint64_t most_bytes = 8u << 20;

  /// With these options.
  explicit Client(ClientOptions options = {}) : options_(std::move(options)) {}
  /// The same client with the time and the listener of one call, which must outlive it.
  [[nodiscard]] Client with(std::function<tento::Instant()> now,
                            std::function<void(std::string_view)> on_odd_wait) const;

  /// Where a GeoNames id is.
  tento::Result<Place> place(tento::http::Transport& http, std::int32_t id) const;
  /// The hours of some days. They begin and end at the place's midnight by the offset from UTC that holds there now,
  /// whatever holds on those days: ask for a day more on both sides, and take Series::days.
  tento::Result<Series> hours(tento::http::Transport& http, Source source, const Query& query, const OnOdd& odd) const;
  /// What hours() asks for.
  [[nodiscard]] std::string url_of(Source source, const Query& query) const;

 private:
  tento::Result<std::string> whole(tento::http::Transport& http, tento::http::Request request,
                                   std::string_view what) const;
  [[nodiscard]] tento::Error error_of(tento::http::Response& response, std::string_view what) const;
  [[nodiscard]] tento::Instant now() const;
  ClientOptions options_;
};

/// What people call a question: `the forecast for -31.95,115.86`.
[[nodiscard]] std::string question_text(Source source, const Coordinates& at);

}  // namespace weather
