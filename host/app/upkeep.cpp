// SPDX-License-Identifier: Apache-2.0
// Retention of the audit log and of changes, and one file of the store while nobody writes.
#include "host/app/upkeep.hpp"

#include <chrono>
#include <string>

#include "host/base/clock.hpp"
#include "host/base/text.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::chrono::hours forget_every{24};
constexpr std::chrono::seconds settle_every{30};
constexpr std::chrono::minutes write_refusals_every{1};
// What is held against its hashes after a stop that was not clean: a few milliseconds in each second, however much it
// is.
constexpr std::chrono::seconds check_content_every{1};
constexpr std::size_t cells_checked_at_once = 5000;
constexpr std::chrono::hours check_content_again{1};

}  // namespace

void Upkeep::start(Timetable& timetable) {
  forget_what_is_old();
  entries_.push_back(timetable.every(forget_every, [this] { forget_what_is_old(); }));
  entries_.push_back(timetable.every(settle_every, [this] { settle_when_quiet(); }));
  entries_.push_back(timetable.every(check_content_every, [this] { check_content(); }));
  entries_.push_back(timetable.every(write_refusals_every, [this] { write_refusals(false); }));
}

void Upkeep::stop() {
  entries_.clear();
  write_refusals(true);
}

void Upkeep::write_refusals(bool all) {
  if (const auto written = admin_.flush_refusals(all); !written && log_)
    log_(LogLevel::error, "refused requests could not be noted in the audit log: " + written.error().message);
}

// Changes go after as long as when a store is opened.
void Upkeep::forget_what_is_old() {
  const auto now_us = unix_now_us();
  const auto say = [this](LogLevel level, const std::string& text) {
    if (log_) log_(level, text);
  };
  if (const std::int64_t days = audit_days_; days > 0) {
    const auto dropped = store_.audit().drop(now_us - days * day_us);
    if (!dropped) return say(LogLevel::error, "old entries could not be dropped: " + dropped.error().message);
    if (*dropped > 0) say(LogLevel::info, "dropped " + std::to_string(*dropped) + " old entries of the audit log");
  }
  if (const std::int64_t days = changes_days_; days > 0) {
    const auto dropped = store_.maintenance().drop_changes(now_us - days * day_us);
    if (!dropped) say(LogLevel::error, "old changes could not be forgotten: " + dropped.error().message);
  }
}

// Where all holds, what is read is not checked any more; what does not is looked at again, since a sync may have mended
// it.
void Upkeep::check_content() {
  if (std::chrono::steady_clock::now() < content_is_checked_until_) return;
  const auto checked = store_.maintenance().check_content(cells_checked_at_once);
  if (!checked || checked->through) content_is_checked_until_ = std::chrono::steady_clock::now() + check_content_again;
  if (!log_) return;
  if (!checked) return log_(LogLevel::error, "the store's content could not be checked: " + checked.error().message);
  if (checked->damaged > 0)
    log_(LogLevel::error, std::to_string(checked->damaged) + " cells of " + plain(checked->damaged_row) +
                              " or rows after it are not as they were written: the store's file was damaged. Sync the "
                              "row again, or restore a backup");
}

// A store that nobody wrote to for a while is brought into its one file.
void Upkeep::settle_when_quiet() {
  static_cast<void>(store_.maintenance().settle_if_idle());  // what is left is taken in the next time
}

}  // namespace tento::host
