// SPDX-License-Identifier: Apache-2.0
// tento.log/1, tento.clock/1 and tento.progress/1.
#include <string>

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/capability/ambient.hpp"
#include "host/capability/standard_deps.hpp"

namespace tento::host {
namespace {

constexpr std::size_t longest_log_line_bytes = 8192;

std::pair<LogLevel, std::string_view> level_of(tento_log_level level) {
  switch (level) {
    case TENTO_LOG_TRACE:
      return {LogLevel::trace, ""};
    case TENTO_LOG_DEBUG:
      return {LogLevel::debug, ""};
    case TENTO_LOG_WARN:
      return {LogLevel::warn, ""};
    case TENTO_LOG_ERROR:
      return {LogLevel::error, ""};
    case TENTO_LOG_HOST_MISBEHAVING:
      return {LogLevel::error, "says that the host misbehaves: "};
    case TENTO_LOG_PLUGIN_MISBEHAVING:
      return {LogLevel::error, "says that it misbehaved: "};
    default:
      return {LogLevel::info, ""};
  }
}

void write_line(const Log& log, std::string_view who, tento_log_level level, tento_str text, std::string_view call) {
  const auto [loud, before] = level_of(level);
  std::string line(who);
  line += ": ";
  line += before;
  line += plain(view({text.data, text.data == nullptr ? 0 : text.size}), longest_log_line_bytes);
  line += call;
  log(loud, line);
}

void write(void* self, const tento_call* call, tento_log_level level, tento_str text) noexcept {
  try {
    auto& port = *static_cast<ProviderPort*>(self);
    // A call's id is read from calls that live, never from a pointer that came along.
    const CallRef alive = call == nullptr ? CallRef() : port.find(call);
    write_line(port.env().log, port.id(), level, text, alive ? " (call " + std::to_string(call->id) + ")" : "");
  } catch (...) {
    // A line that cannot be written is lost.
  }
}

tento_status day_in_zone(tento_str zone, std::int64_t unix_us, tento_semantic_time* out) noexcept {
  try {
    const auto found = Zone::find(view(zone));
    if (!found || out == nullptr) return TENTO_FAILED;
    // A day more on both sides than the years 0 to 9999 have, so that no zone's offset is cut off.
    constexpr std::int64_t earliest_us = -62'167'305'600'000'000, latest_us = 253'402'387'200'000'000;
    if (unix_us < earliest_us || unix_us > latest_us) return TENTO_FAILED;
    const Date day = found->local_day(unix_us);
    const int year = static_cast<int>(day.year());
    if (year < 0 || year > 9999) return TENTO_FAILED;
    *out = SemanticTime(PartialDate::ymd(day)).to_abi();
    return TENTO_OK;
  } catch (...) {
    return TENTO_FAILED;
  }
}

std::int64_t now_unix_us(void* self) noexcept {
  try {
    return static_cast<ProviderPort*>(self)->env().now_unix_us();
  } catch (...) {
    return 0;
  }
}

tento_status local_day(void*, tento_str zone, std::int64_t unix_us, tento_semantic_time* out) noexcept {
  return day_in_zone(zone, unix_us, out);
}

tento_status report(void* self, const tento_call* call, std::uint64_t done, std::uint64_t total,
                    tento_str text) noexcept {
  return anywhere_in_call(self, call, nullptr, [&](ProviderPort&, CallContext& context) -> Result<void> {
    const std::lock_guard lock(context.gate);
    if (context.closed) return stopped();
    if (!context.progress) return {};
    context.progress(done, total, plain(view(text), 200));
    return {};
  });
}

constexpr tento_log log_table{sizeof(tento_log), 0, &write};
constexpr tento_clock clock_table{sizeof(tento_clock), 0, &now_unix_us, &local_day};
constexpr tento_progress progress_table{sizeof(tento_progress), 0, &report};

// ---- for life: `self` is what one provider got

struct ForLife {
  std::string provider;
  Log log;
  std::function<std::int64_t()> now_unix_us;
  tento_lookup lookup{};
};

void write_for_life(void* self, const tento_call*, tento_log_level level, tento_str text) noexcept {
  try {
    const auto& mine = *static_cast<ForLife*>(self);
    write_line(mine.log, mine.provider, level, text, "");
  } catch (...) {
    // As above.
  }
}

std::int64_t now_for_life(void* self) noexcept {
  try {
    return static_cast<ForLife*>(self)->now_unix_us();
  } catch (...) {
    return 0;
  }
}

constexpr tento_log lifetime_log_table{sizeof(tento_log), 0, &write_for_life};
constexpr tento_clock lifetime_clock_table{sizeof(tento_clock), 0, &now_for_life, &local_day};

tento_status lookup_for_life(const tento_lookup* lookup, tento_str id, std::uint32_t min_size,
                             tento_iface* out) noexcept {
  if (lookup == nullptr || out == nullptr) return TENTO_FAILED;
  if (view(id) == TENTO_IFACE_ID_tento_log && min_size <= sizeof lifetime_log_table) {
    *out = {&lifetime_log_table, lookup->self};
    return TENTO_OK;
  }
  if (view(id) == TENTO_IFACE_ID_tento_clock && min_size <= sizeof lifetime_clock_table) {
    *out = {&lifetime_clock_table, lookup->self};
    return TENTO_OK;
  }
  return TENTO_FAILED;
}

}  // namespace

const tento_log& log_vtable() {
  return log_table;
}
const tento_clock& clock_vtable() {
  return clock_table;
}
const tento_progress& progress_vtable() {
  return progress_table;
}

LifetimeDeps::LifetimeDeps(Log log, std::function<std::int64_t()> now_unix_us)
    : log_(std::move(log)), now_unix_us_(std::move(now_unix_us)) {
  if (!log_) log_ = [](LogLevel, const std::string&) {};
  if (!now_unix_us_) now_unix_us_ = &unix_now_us;
}

std::shared_ptr<const tento_lookup> LifetimeDeps::lookup_for(std::string provider) const {
  const auto mine = std::make_shared<ForLife>(ForLife{std::move(provider), log_, now_unix_us_, {}});
  mine->lookup = {sizeof mine->lookup, 0, mine.get(), &lookup_for_life};
  return {mine, &mine->lookup};
}

}  // namespace tento::host
