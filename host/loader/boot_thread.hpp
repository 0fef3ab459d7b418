// SPDX-License-Identifier: Apache-2.0
// Runs the code of providers one after the other on a thread of its own, so that one that hangs holds nobody up.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/loader/provider.hpp"

namespace tento::host {

using BootResult = Accepted<std::shared_ptr<Provider>>;
// Told what is about to run.
using BootStep = std::function<void(const char*)>;
struct BootJob {
  std::string name;  // for messages: the provider and its file
  // Owns all it uses: it may still run when everybody else is gone.
  std::function<BootResult(const BootStep&)> run;
};

// The rejection of a file that is not opened, since `hanging` hangs in its opening: the dynamic linker lets nobody else
// in until it comes back.
[[nodiscard]] Rejection open_blocked(const std::string& hanging);
inline constexpr std::string_view open_blocked_code = "open_blocked";
inline constexpr std::string_view create_timeout_code = "create_timeout";
inline constexpr std::string_view open_timeout_code = "open_timeout";

// One result a job, in order. A job that takes longer than `deadline` is rejected; its thread is left where it hangs,
// what it gives later is dropped, and the others go on on another thread. Where it hangs in its opening the others are
// rejected as well.
[[nodiscard]] std::vector<BootResult> run_boot_jobs(std::vector<BootJob> jobs, std::chrono::milliseconds deadline);

}  // namespace tento::host
