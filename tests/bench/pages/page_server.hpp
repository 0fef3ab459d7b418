// SPDX-License-Identifier: Apache-2.0
// A service with pages of records and ETags, in a process of its own, so that its CPU time is nobody's but its own.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace tento::bench {

inline constexpr std::uint64_t records_per_page = 100;
inline constexpr std::uint64_t pages_of_issues = 100;

// What it did so far; lives in memory that both processes see.
struct Served {
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> with_credential{0};
  std::atomic<std::uint64_t> bodies{0};
};

// Answers `/items?run=R&pages=N&page=P`: records of 6 kB with ids of that run, an ETag, and X-Next with the next
// target. Answers `/repos/O/R/issues?...&page=P` as an API of issues does: records of 2 kB, newest first, and a Link
// header to the next of pages_of_issues; none with `since=`.
class PageServer {
 public:
  // Forks; to be made before any thread is.
  PageServer();
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] Served& served() const { return *served_; }

 private:
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  Served* served_ = nullptr;
};

}  // namespace tento::bench
