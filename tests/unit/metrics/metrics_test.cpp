// SPDX-License-Identifier: Apache-2.0
// What is told to the figures is in their text, with few labels.
#include "host/metrics/metrics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <thread>
#include <vector>

using namespace tento;
using namespace tento::host;

namespace {

// The value of a line, or "" where there is none.
std::string value_of(const std::string& text, const std::string& line) {
  std::istringstream in(text);
  for (std::string each; std::getline(in, each);)
    if (each.starts_with(line + " ")) return each.substr(line.size() + 1);
  return {};
}

std::size_t lines_with(const std::string& text, const std::string& start) {
  std::istringstream in(text);
  std::size_t n = 0;
  for (std::string each; std::getline(in, each);) n += each.starts_with(start) ? 1 : 0;
  return n;
}

RunRecord run(RunStatus status, std::int64_t seconds) {
  RunRecord out;
  out.provider = "demo";
  out.lookup_key = ":~demo:secret-id:row";
  out.status = status;
  out.started_us = 1'000'000;
  out.ended_us = 1'000'000 + seconds * 1'000'000;
  out.counts = {.added = 3, .updated = 0, .deleted = 2, .unchanged = 9};
  return out;
}

}  // namespace

TEST_CASE("runs, cells and calls are counted by provider") {
  Metrics metrics("1.2.3");
  metrics.run_ended(run(RunStatus::ok, 2));
  metrics.run_ended(run(RunStatus::failed, 400));
  auto partial = run(RunStatus::partial, 0);
  partial.counts = {};
  partial.skipped = 3;
  metrics.run_ended(partial);
  metrics.cells_written("demo", {.added = 1, .updated = 5, .deleted = 0, .unchanged = 0});
  metrics.call_ended("demo", "ok");
  metrics.call_ended("demo", "abandoned");
  const auto text = metrics.text({});
  CHECK(value_of(text, "tento_sync_runs_total{provider=\"demo\",status=\"ok\"}") == "1");
  CHECK(value_of(text, "tento_sync_runs_total{provider=\"demo\",status=\"failed\"}") == "1");
  CHECK(value_of(text, "tento_sync_runs_total{provider=\"demo\",status=\"partial\"}") == "1");
  CHECK(value_of(text, "tento_sync_records_skipped_total{provider=\"demo\"}") == "3");
  CHECK(value_of(text, "tento_sync_duration_seconds_sum{provider=\"demo\"}") == "402");
  CHECK(value_of(text, "tento_sync_duration_seconds_bucket{provider=\"demo\",le=\"5\"}") == "2");
  CHECK(value_of(text, "tento_sync_duration_seconds_bucket{provider=\"demo\",le=\"+Inf\"}") == "3");
  CHECK(value_of(text, "tento_cells_written_total{change=\"added\",provider=\"demo\"}") == "7");
  CHECK(value_of(text, "tento_cells_written_total{change=\"updated\",provider=\"demo\"}") == "5");
  CHECK(value_of(text, "tento_cells_written_total{change=\"deleted\",provider=\"demo\"}") == "4");
  CHECK(value_of(text, "tento_plugin_calls_total{outcome=\"abandoned\",provider=\"demo\"}") == "1");
  CHECK(value_of(text, "tento_build_info{version=\"1.2.3\"}") == "1");
  CHECK(text.find("secret-id") == std::string::npos);
}

TEST_CASE("requests on both sides, and no label for each number a peer can think of") {
  Metrics metrics("1");
  for (const unsigned code : {0u, 200u, 200u, 429u, 600u, 99u, 4'000'000u}) metrics.request_sent("demo", code);
  for (const unsigned code : {200u, 200u, 404u, 0u, 7u, 1000u}) metrics.request_served("row get", code, 0.002);
  const auto text = metrics.text({});
  CHECK(value_of(text, "tento_http_client_requests_total{code=\"200\",provider=\"demo\"}") == "2");
  CHECK(value_of(text, "tento_http_client_requests_total{code=\"none\",provider=\"demo\"}") == "1");
  CHECK(value_of(text, "tento_http_client_requests_total{code=\"other\",provider=\"demo\"}") == "3");
  CHECK(lines_with(text, "tento_http_client_requests_total{") == 4);
  CHECK(value_of(text, "tento_http_requests_total{code=\"200\",operation=\"row get\"}") == "2");
  CHECK(lines_with(text, "tento_http_requests_total{") == 3);
  CHECK(value_of(text, "tento_http_request_seconds_count{operation=\"row get\"}") == "6");
  CHECK(value_of(text, "tento_http_request_seconds_bucket{operation=\"row get\",le=\"0.001\"}") == "0");
  CHECK(value_of(text, "tento_http_request_seconds_bucket{operation=\"row get\",le=\"0.0025\"}") == "6");
}

TEST_CASE("a state that ended reads as 0") {
  Metrics metrics("1");
  auto text = metrics.text({.queued = {{"viewport", 2}}, .accounts = {{{"demo", "active"}, 3}}});
  CHECK(value_of(text, "tento_queue_depth{class=\"viewport\"}") == "2");
  CHECK(value_of(text, "tento_queue_depth{class=\"backfill\"}") == "0");
  CHECK(value_of(text, "tento_accounts{provider=\"demo\",state=\"active\"}") == "3");
  text = metrics.text({.queued = {}, .accounts = {{{"demo", "needs_reauth"}, 1}}});
  CHECK(value_of(text, "tento_queue_depth{class=\"viewport\"}") == "0");
  CHECK(value_of(text, "tento_accounts{provider=\"demo\",state=\"active\"}") == "0");
  CHECK(value_of(text, "tento_accounts{provider=\"demo\",state=\"needs_reauth\"}") == "1");
}

TEST_CASE("what the system says of the process") {
  const auto text = Metrics("1").text({});
  for (const auto* name : {"process_cpu_seconds_total", "process_start_time_seconds", "process_virtual_memory_bytes",
                           "process_resident_memory_bytes", "process_open_fds", "process_max_fds"}) {
    CAPTURE(name);
    const auto value = value_of(text, name);
    REQUIRE_FALSE(value.empty());
    CHECK(std::stod(value) >= 0);
  }
  CHECK(std::stod(value_of(text, "process_open_fds")) >= 3);
  CHECK(std::stod(value_of(text, "process_resident_memory_bytes")) > 1'000'000);
  CHECK(std::stod(value_of(text, "process_start_time_seconds")) > 1'600'000'000);
}

TEST_CASE("many threads count at once") {
  Metrics metrics("1");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1000; ++i) {
        metrics.request_served("row get", 200 + static_cast<unsigned>(i % 5), 0.1);
        metrics.store_wrote(0.001);
        if (i % 100 == 0) static_cast<void>(metrics.text({}));
      }
    });
  for (auto& thread : threads) thread.join();
  const auto text = metrics.text({});
  CHECK(value_of(text, "tento_http_request_seconds_count{operation=\"row get\"}") == "4000");
  CHECK(value_of(text, "tento_http_requests_total{code=\"203\",operation=\"row get\"}") == "800");
  CHECK(value_of(text, "tento_store_write_seconds_count") == "4000");
}
