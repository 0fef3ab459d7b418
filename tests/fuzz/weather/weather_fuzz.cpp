// SPDX-License-Identifier: Apache-2.0
// Answers of the service and places from any bytes: every error is plain and bounded, hours are in order and within
// what was asked, days have at most 25 of them, and what becomes of them is JSON.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "connector/cells.hpp"
#include "connector/history.hpp"
#include "weather/client.hpp"

using tento::Result;
using namespace weather;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Gives one body, a few bytes at a time, with any status.
class OneBody final : public tento::http::Transport {
 public:
  OneBody(std::uint32_t status, std::string body) : status_(status), body_(std::move(body)) {}
  Result<tento::http::Response> send(const tento::http::Request& request) override {
    tento::http::Response out;
    out.status = status_;
    out.final_url = request.url;
    out.body = std::make_unique<tento::http::MemoryBody>(body_, 61);
    return out;
  }

 private:
  std::uint32_t status_;
  std::string body_;
};

void check_error(const tento::Error& error) {
  require(!error.message.empty() && error.message.size() < 1000);
  require(!error.stopped);
}

void check_json(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  require(parser.parse(text).get(object) == simdjson::SUCCESS);
}

tento::Date day(unsigned number) {
  return {std::chrono::year(2026), std::chrono::April, std::chrono::day(number)};
}

void try_hours(Source source, const std::string& body) {
  OneBody http(200, body);
  const Query query{{5252, 1341}, day(28), day(30)};
  const auto series = Client().hours(http, source, query, [](const OddRecord& odd) {
    require(!odd.what.empty() && !odd.why.empty() && odd.what.size() + odd.why.size() < 600);
  });
  if (!series) return check_error(series.error());
  for (std::size_t i = 1; i < series->times.size(); ++i) require(series->times[i - 1] < series->times[i]);
  for (const Day& one : series->days(day(26), day(30))) {
    require(one.first + one.count <= series->times.size() && one.valued <= one.count);
    if (one.complete) require(one.count == 0 || (one.count >= 22 && one.count <= 26));
    check_json(rows::raw_of(*series, one.first, one.count));
    if (source != Source::air) check_json(rows::day_data(*series, one));
    for (std::size_t i = 0; i < one.count; ++i) {
      check_json(rows::hour_data(*series, one.first + i));
      check_json(rows::raw_of(*series, one.first + i, 1));
    }
  }
}

void try_place(const std::string& text) {
  const auto location = Location::parse(text);
  if (!location) return check_error(location.error());
  const auto again = Location::parse(location->text());
  require(again.has_value() && *again == *location);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  try_place(body.substr(0, 200));
  for (const Source source : {Source::forecast, Source::archive, Source::air}) try_hours(source, body);
  OneBody told(200, body);
  if (const auto place = Client().place(told, 7); !place) check_error(place.error());
  for (const std::uint32_t status : {400u, 429u, 503u}) {
    OneBody refused(status, body);
    const auto place = Client().place(refused, 7);
    require(!place.has_value());
    check_error(place.error());
  }
  const rows::History history = rows::History::parse(body);
  require(rows::History::parse(history.text()).held() == history.held());
  return 0;
}
