// SPDX-License-Identifier: Apache-2.0
// Counters and histograms of the host, kept by the Prometheus client library.
#include "host/metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

#include "host/metrics/process.hpp"
#include "host/model/run.hpp"

namespace tento::host {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;

const Buckets request_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};
const Buckets write_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};
const Buckets sync_buckets{0.1, 0.5, 1, 5, 15, 60, 300, 900, 1800, 3600};
const Buckets wait_buckets{0.1, 0.5, 1, 5, 15, 60, 300, 900};

// A status as a label: none without an answer, and one word for what is no status.
std::string code_label(unsigned status) {
  if (status == 0) return "none";
  return status < 100 || status > 599 ? "other" : std::to_string(status);
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;

  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Family<Counter>& runs = counters("tento_sync_runs_total", "runs that ended, by how they ended");
  Family<Histogram>& run_seconds = histograms("tento_sync_duration_seconds", "from a run's start to its end");
  Family<Counter>& cells = counters("tento_cells_written_total", "cells added, updated and deleted");
  Family<Counter>& skipped =
      counters("tento_sync_records_skipped_total", "records that providers did not understand and left out");
  Family<Gauge>& queue = gauges("tento_queue_depth", "sync jobs that wait or run, by class");
  Family<Counter>& sent = counters("tento_http_client_requests_total", "requests to providers' services, by status");
  Family<Histogram>& budget_seconds =
      histograms("tento_rate_limit_wait_seconds", "how long requests waited for a request budget");
  Family<Gauge>& accounts = gauges("tento_accounts", "connected accounts, by state");
  Family<Counter>& calls = counters("tento_plugin_calls_total", "calls of providers, by how they ended");
  Family<Histogram>& write_seconds = histograms("tento_store_write_seconds", "from the begin of a write to its commit");
  Family<Counter>& served = counters("tento_http_requests_total", "requests answered, by status");
  Family<Histogram>& served_seconds = histograms("tento_http_request_seconds", "from a request to its answer");
  Family<Gauge>& build = gauges("tento_build_info", "1; the version is in the label");

  Histogram& budget = budget_seconds.Add({}, wait_buckets);
  Histogram& writes = write_seconds.Add({}, write_buckets);

  // What each request needs, found without making labels anew.
  struct Served {
    Histogram* seconds = nullptr;
    std::map<unsigned, Counter*> codes;
  };
  std::mutex mutex;
  std::map<std::string, Served, std::less<>> by_operation;
  std::map<std::string, Gauge*, std::less<>> queue_gauges;
  std::map<std::pair<std::string, std::string>, Gauge*> account_gauges;

  void count_cells(const std::string& provider, const TxnCounts& counts) {
    const std::pair<const char*, std::uint64_t> changes[] = {
        {"added", counts.added}, {"updated", counts.updated}, {"deleted", counts.deleted}};
    for (const auto& [change, n] : changes)
      if (n > 0) cells.Add({{"provider", provider}, {"change", change}}).Increment(static_cast<double>(n));
  }
};

Metrics::Metrics(std::string_view version) : impl_(std::make_unique<Impl>()) {
  impl_->build.Add({{"version", std::string(version)}}).Set(1);
  for (const char* name : {"viewport", "live", "backfill"})
    impl_->queue_gauges[name] = &impl_->queue.Add({{"class", name}});
}
Metrics::~Metrics() = default;

void Metrics::run_ended(const RunRecord& run) {
  impl_->runs.Add({{"provider", run.provider}, {"status", std::string(to_string(run.status))}}).Increment();
  impl_->run_seconds.Add({{"provider", run.provider}}, sync_buckets)
      .Observe(static_cast<double>(run.ended_us - run.started_us) / 1e6);
  impl_->count_cells(run.provider, run.counts);
  if (run.skipped > 0) impl_->skipped.Add({{"provider", run.provider}}).Increment(static_cast<double>(run.skipped));
}

void Metrics::cells_written(std::string_view provider, const TxnCounts& counts) {
  impl_->count_cells(std::string(provider), counts);
}

void Metrics::call_ended(std::string_view provider, std::string_view outcome) {
  impl_->calls.Add({{"provider", std::string(provider)}, {"outcome", std::string(outcome)}}).Increment();
}

void Metrics::request_sent(std::string_view provider, unsigned status) {
  impl_->sent.Add({{"provider", std::string(provider)}, {"code", code_label(status)}}).Increment();
}

void Metrics::waited_for_budget(double seconds) {
  impl_->budget.Observe(seconds);
}

void Metrics::store_wrote(double seconds) {
  impl_->writes.Observe(seconds);
}

void Metrics::request_served(std::string_view operation, unsigned status, double seconds) {
  if (status < 100 || status > 599) status = 1;  // one label for all of them
  Histogram* histogram = nullptr;
  Counter* counter = nullptr;
  {
    const std::lock_guard lock(impl_->mutex);
    auto it = impl_->by_operation.find(operation);
    if (it == impl_->by_operation.end()) it = impl_->by_operation.try_emplace(std::string(operation)).first;
    auto& known = it->second;
    if (known.seconds == nullptr)
      known.seconds = &impl_->served_seconds.Add({{"operation", it->first}}, request_buckets);
    auto& code = known.codes[status];
    if (code == nullptr) code = &impl_->served.Add({{"operation", it->first}, {"code", code_label(status)}});
    histogram = known.seconds;
    counter = code;
  }
  histogram->Observe(seconds);
  counter->Increment();
}

std::string Metrics::text(const MetricsSample& sample) {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [name, gauge] : impl_->queue_gauges) {
    const auto it = sample.queued.find(name);
    gauge->Set(it == sample.queued.end() ? 0 : static_cast<double>(it->second));
  }
  // What was there once and is gone now is 0, not what it was.
  for (const auto& [key, gauge] : impl_->account_gauges) gauge->Set(0);
  for (const auto& [key, n] : sample.accounts) {
    auto& gauge = impl_->account_gauges[key];
    if (gauge == nullptr) gauge = &impl_->accounts.Add({{"provider", key.first}, {"state", key.second}});
    gauge->Set(static_cast<double>(n));
  }
  auto families = impl_->registry.Collect();
  for (auto& family : process_families()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tento::host
