// SPDX-License-Identifier: Apache-2.0
// A client in a process of its own, so that the CPU of this one is the server's: sends requests over one connection,
// one after the other, and reads each answer whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tento::bench {

// What a client process does with its arguments (`--client PORT FILE [TIMES]`).
[[nodiscard]] int run_client(int argc, char** argv);
[[nodiscard]] bool is_client(int argc, char** argv);

// Starts a client that sends the whole requests of a file to a port, and waits for its end. Gives up when an answer is
// neither 200 nor 304.
void send_all(std::uint16_t port, const std::string& file);
// The same, and how long they took.
struct Waits {
  double p50_us = 0, p99_us = 0;
};
[[nodiscard]] Waits time_all(std::uint16_t port, const std::string& file);
// Writes that file: targets, each with some further header lines.
void write_requests(const std::string& file, const std::vector<std::string>& targets, const std::string& headers);
// One request, its whole answer.
[[nodiscard]] std::string fetch(std::uint16_t port, const std::string& target, const std::string& headers);

}  // namespace tento::bench
