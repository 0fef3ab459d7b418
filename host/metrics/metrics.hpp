// SPDX-License-Identifier: Apache-2.0
// What a running host counts and measures, for Prometheus. Every label has few values: no ids, no keys, no texts of
// others.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "host/model/cell.hpp"
#include "host/model/run.hpp"

namespace tento::host {

// What is looked up when somebody asks, since it is a state and no event.
struct MetricsSample {
  std::map<std::string, std::uint64_t> queued;                            // jobs by class: viewport, live, backfill
  std::map<std::pair<std::string, std::string>, std::uint64_t> accounts;  // by provider and state
};

// Any thread; cheap enough for each request.
class Metrics {
 public:
  explicit Metrics(std::string_view version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void run_ended(const RunRecord& run);
  // Cells that something else than a run changed.
  void cells_written(std::string_view provider, const TxnCounts& counts);
  // `outcome`: ok, failed, stopped or abandoned.
  void call_ended(std::string_view provider, std::string_view outcome);
  // A request to a provider's service; status 0 = no answer came.
  void request_sent(std::string_view provider, unsigned status);
  void waited_for_budget(double seconds);
  void store_wrote(double seconds);
  // A request to this host; `operation` is a name of the table of operations, or of a page.
  void request_served(std::string_view operation, unsigned status, double seconds);

  // All of it in the text format of Prometheus (version 0.0.4), with what the system says of the process.
  [[nodiscard]] std::string text(const MetricsSample& sample);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr std::string_view metrics_media_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace tento::host
