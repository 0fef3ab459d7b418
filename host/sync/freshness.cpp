// SPDX-License-Identifier: Apache-2.0
// Judging coverage by gaps, age and failures.
#include "host/sync/freshness.hpp"

#include <algorithm>

namespace tento::host {

namespace {

constexpr std::int64_t us_per_s = 1'000'000;

bool answered(const CoverageRecord& record) {
  return record.state == TENTO_COVERAGE_HAVE || record.state == TENTO_COVERAGE_EMPTY;
}

class Judge {
 public:
  Judge(std::int64_t stale_after_s, std::int64_t now_us) : stale_after_s_(stale_after_s), now_us_(now_us) {}

  void gap(const CoverageRecord* before) {
    // What happened after the last look could not be had then: it is as old as that look.
    const bool since_last_look =
        before != nullptr && answered(*before) && stale_after_s_ > 0 && before->span.to_us >= before->asked_us;
    if (since_last_look && !too_old(*before, stale_after_s_, now_us_)) return;
    worsen(since_last_look ? Freshness::stale : Freshness::missing);
  }
  void record(const CoverageRecord& record) {
    if (record.state == TENTO_COVERAGE_FAILED) {
      if (out_.reason.empty() || out_.state != Freshness::failed) out_.reason = record.reason;
      // Counted from a moment that is still to come, it would keep everybody waiting for as long as the clock was
      // ahead.
      if (record.asked_us <= now_us_) out_.retry_at_us = std::max(out_.retry_at_us, record.retry_at_us);
      return worsen(Freshness::failed);
    }
    if (out_.reason.empty()) out_.reason = record.reason;
    if (!answered(record) || too_old(record, stale_after_s_, now_us_)) worsen(Freshness::stale);
  }
  [[nodiscard]] FreshnessOf verdict() && { return std::move(out_); }

 private:
  void worsen(Freshness state) { out_.state = std::max(out_.state, state); }

  std::int64_t stale_after_s_;
  std::int64_t now_us_;
  FreshnessOf out_;
};

}  // namespace

std::string_view to_string(Freshness freshness) {
  switch (freshness) {
    case Freshness::fresh:
      return "fresh";
    case Freshness::stale:
      return "stale";
    case Freshness::missing:
      return "missing";
    case Freshness::failed:
      return "failed";
  }
  return "unknown";
}

bool too_old(const CoverageRecord& record, std::int64_t stale_after_s, std::int64_t now_us) {
  if (!answered(record)) return false;
  if (record.asked_us > now_us) return true;
  if (stale_after_s <= 0) return false;
  return (now_us - record.asked_us) / us_per_s >= stale_after_s;
}

FreshnessOf freshness_of(std::span<const CoverageRecord> coverage, const Moments& asked, std::int64_t stale_after_s,
                         std::int64_t now_us) {
  Judge judge(stale_after_s, now_us);
  Moments range = asked;
  if (range.from_us == INT64_MIN && !coverage.empty()) range.from_us = coverage.front().span.from_us;
  if (range.to_us == INT64_MAX && !coverage.empty()) range.to_us = std::max(now_us, coverage.back().span.to_us);
  std::int64_t reached = range.from_us;
  const CoverageRecord* before = nullptr;
  for (const auto& record : coverage) {
    if (record.span.to_us <= reached) {
      before = &record;
      continue;
    }
    if (record.span.from_us >= range.to_us) break;
    if (record.span.from_us > reached) judge.gap(before);
    judge.record(record);
    reached = record.span.to_us;
    before = &record;
  }
  if (reached < range.to_us) judge.gap(before);
  return std::move(judge).verdict();
}

}  // namespace tento::host
