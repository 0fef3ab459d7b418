// SPDX-License-Identifier: Apache-2.0
// What a provider has for as long as it lives, before and beside any call: the log and the clock.
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <functional>
#include <string>

#include "host/loader/provider.hpp"

namespace tento::host {

// The system's clock.
[[nodiscard]] std::int64_t system_now_unix_us();

// The lifetime lookup that `create` gets (LoaderOptions.lifetime_lookup). Outlives every provider that was given it.
class LifetimeDeps {
 public:
  // An empty log says nothing, an empty clock is the system's.
  LifetimeDeps(std::function<void(LogLevel, const std::string&)> log, std::function<std::int64_t()> now_unix_us);
  LifetimeDeps(const LifetimeDeps&) = delete;
  LifetimeDeps& operator=(const LifetimeDeps&) = delete;

  [[nodiscard]] const tento_lookup* lookup() const { return &lookup_; }
  [[nodiscard]] const std::function<void(LogLevel, const std::string&)>& log() const { return log_; }
  [[nodiscard]] std::int64_t now_unix_us() const { return now_unix_us_(); }

 private:
  std::function<void(LogLevel, const std::string&)> log_;
  std::function<std::int64_t()> now_unix_us_;
  tento_lookup lookup_;
};

}  // namespace tento::host
