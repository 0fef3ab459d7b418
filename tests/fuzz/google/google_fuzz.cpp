// SPDX-License-Identifier: Apache-2.0
// Answers of the service and recurrence lines from any bytes: every error is plain and bounded, every event has what a
// cell needs, every instance lies in its range, and nothing takes for ever.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "google/event_list.hpp"
#include "google/recurrence.hpp"

using tento::Result;
using namespace google;

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

void check(const tento::Error& error) {
  require(!error.message.empty() && error.message.size() < 1000);
  require(!error.stopped);
}

tento::Date day(int year) {
  return {std::chrono::year(year), std::chrono::January, std::chrono::day(1)};
}

void try_rule(const EventTime& start, const EventTime& end, std::vector<std::string> lines) {
  ExpandLimits limits;
  limits.from = day(2020);
  limits.to = day(2030);
  limits.most_instances = 200;
  limits.most_steps = 2000;
  const auto got = expand({start, end, std::move(lines)}, limits);
  if (!got) return check(got.error());
  require(got->instances.size() <= limits.most_instances);
  for (const Instance& one : got->instances) require(one.start.all_day == start.all_day && !one.start.key().empty());
}

void try_event(const Event& event) {
  require(!event.id.empty() && !cell_id(event).empty());
  if (event.cancelled) return;
  require(event.start && event.end);
  require(!event_data(event.details, *event.start, *event.end, event.series, event.original).empty());
  const auto end = inclusive_end(*event.start, *event.end);
  require(end.is_instant() == event.start->semantic().is_instant());
  if (!event.recurrence.empty()) try_rule(*event.start, *event.end, event.recurrence);
}

void try_list(const std::string& body) {
  OneBody http(200, body);
  const Client client;
  EventList list(client, http, {.calendar = "c"});
  const auto read = list.fetch(
      [](Event& event) -> Result<void> {
        try_event(event);
        return {};
      },
      [](const OddRecord& odd) { require(!odd.what.empty() && !odd.why.empty() && odd.why.size() < 300); });
  if (!read) check(read.error());
}

void try_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size() && lines.size() < 8;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  EventTime start;
  start.at = tento::Instant(std::chrono::seconds(1'777'446'000));
  require(start.plan_in("Europe/Berlin", Zone()).has_value());
  EventTime end = start;
  end.at += std::chrono::hours(1);
  try_rule(start, end, lines);
  start.all_day = end.all_day = true;
  start.day = day(2026);
  end.day = tento::Date(std::chrono::sys_days(start.day) + std::chrono::days(1));
  try_rule(start, end, lines);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  try_list(body);
  try_lines(body);
  if (const auto made = request_body(body, ""); !made) check(made.error());
  OneBody refused(403, body);
  std::string next;
  const OnOdd odd = [](const OddRecord& record) { require(!record.what.empty() && !record.why.empty()); };
  const auto calendars = Client().calendars(refused, {}, next, odd);
  require(!calendars.has_value());
  check(calendars.error());
  OneBody taken(200, body);
  if (const auto read = Client().calendars(taken, {}, next, odd); !read) check(read.error());
  if (const auto read = Client().free_busy(taken, "c", {}, tento::Instant(std::chrono::hours(1)), odd); !read) {
    check(read.error());
  }
  return 0;
}
