// SPDX-License-Identifier: Apache-2.0
/// @file fake_services.hpp
/// The small deps in memory: log, clock, progress, api-context, and messages.
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "../clock.hpp"
#include "fake_call.hpp"

namespace tento::testing {

/// One line of the log.
struct LogLine {
  tento_log_level level = TENTO_LOG_INFO;  ///< how loud
  std::string text;                        ///< at most 8 KiB
  bool in_call = false;                    ///< whether a call was given with it
};

/// `tento.log/1` that keeps its lines.
class FakeLog {
 public:
  /// Every line so far.
  [[nodiscard]] std::vector<LogLine> lines() const;
  /// Whether a line of at least `level` holds `part`.
  [[nodiscard]] bool has(std::string_view part, tento_log_level level = TENTO_LOG_TRACE) const;
  /// All lines as one text, for looking for secrets.
  [[nodiscard]] std::string text() const;
  /// For the lookup.
  [[nodiscard]] tento_iface iface() noexcept { return {&vtable, this}; }

 private:
  static void write(void* self, const tento_call* call, tento_log_level level, tento_str text) noexcept;
  static const tento_log vtable;
  mutable std::mutex mutex_;
  std::vector<LogLine> lines_;
};

/// `tento.clock/1` over a clock that a test moves. Zones are offsets that a test states: `UTC` is known, a zone nobody
/// stated is unknown.
class FakeClock {
 public:
  /// Over `clock`, which must outlive this.
  explicit FakeClock(const Clock& clock) : clock_(clock) {}
  /// Makes a zone known, `minutes` east of UTC, all year.
  void set_zone(std::string name, int minutes);
  /// The day that an instant falls on in a zone; an error for a zone nobody stated.
  [[nodiscard]] Result<PartialDate> local_day(std::string_view zone, Instant at) const;
  /// For the lookup.
  [[nodiscard]] tento_iface iface() noexcept { return {&vtable, this}; }

 private:
  static const tento_clock vtable;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, int, std::less<>> zones_{{"UTC", 0}, {"Etc/UTC", 0}};
};

/// One report of progress.
struct ProgressReport {
  std::uint64_t done = 0;                                                          ///< records done
  std::uint64_t total = 0;                                                         ///< of so many; 0 = unknown
  std::string text;                                                                ///< short text
  friend bool operator==(const ProgressReport&, const ProgressReport&) = default;  ///< memberwise
};

/// `tento.progress/1` that keeps its reports.
class FakeProgress {
 public:
  /// For the calls of `calls`, which must outlive this.
  explicit FakeProgress(FakeCalls& calls) : calls_(calls) {}
  /// Every report so far.
  [[nodiscard]] std::vector<ProgressReport> reports() const;
  /// For the lookup.
  [[nodiscard]] tento_iface iface() noexcept { return {&vtable, this}; }

 private:
  static const tento_progress vtable;
  FakeCalls& calls_;
  mutable std::mutex mutex_;
  std::vector<ProgressReport> reports_;
};

/// `tento.api-context/1`: gives the clients that a test put there.
class FakeApiContext {
 public:
  /// For the calls of `calls`, which must outlive this.
  explicit FakeApiContext(FakeCalls& calls) : calls_(calls) {}
  /// Gives `client` for an integration; null takes it away. It stays the test's.
  void set(std::string integration_id, tento_client* client);
  /// For the lookup.
  [[nodiscard]] tento_iface iface() noexcept { return {&vtable, this}; }

 private:
  static const tento_api_context vtable;
  FakeCalls& calls_;
  mutable std::mutex mutex_;
  std::map<std::string, tento_client*, std::less<>> clients_;
};

/// An interface of the shape `tento.message/1`, under any id, answered by a function of the test.
class FakeMessage {
 public:
  /// Answers one message.
  using Handler = std::function<Result<std::string>(std::string_view method, std::string_view request)>;
  /// One message that arrived.
  struct Received {
    std::string method;   ///< which
    std::string request;  ///< its bytes
  };
  /// Stands for `interface`, which names it in failures that a test injects.
  FakeMessage(FakeCalls& calls, std::string interface, Handler handler)
      : calls_(calls), interface_(std::move(interface)), handler_(std::move(handler)) {}
  /// Every message so far.
  [[nodiscard]] std::vector<Received> received() const;
  /// For the lookup.
  [[nodiscard]] tento_iface iface() noexcept { return {&vtable, this}; }

 private:
  static const tento_message vtable;
  FakeCalls& calls_;
  std::string interface_;
  Handler handler_;
  mutable std::mutex mutex_;
  std::vector<Received> received_;
};

}  // namespace tento::testing
