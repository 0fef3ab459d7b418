// SPDX-License-Identifier: Apache-2.0
// Listening sockets, their connections, and the threads these run on.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/base/log.hpp"
#include "host/loader/provider.hpp"
#include "host/server/byte_budget.hpp"
#include "host/server/exchange.hpp"

namespace tento::host::server {

struct Limits {
  std::size_t header_bytes = 16 * 1024;  // request line and fields together
  std::size_t body_bytes = 16 * 1024 * 1024;
  ByteBudget::Bounds bodies = ByteBudget::bodies;  // that are held at once
  std::chrono::seconds header_time{10};            // from the first byte to the last of the header
  std::chrono::seconds body_time{30};              // without any progress
  std::chrono::seconds write_time{30};             // without any progress
  std::chrono::seconds idle_time{75};              // between requests
  std::size_t connections = 8192;
  std::size_t workers = 32;   // requests that wait for something, at once
  std::size_t waiting = 256;  // and that many more in line
};

struct ServerOptions {
  std::string listen;                 // `127.0.0.1:7700`, `[::1]:7700`; port 0 = any; empty = no TCP
  std::filesystem::path socket_file;  // empty = none
  std::filesystem::path certificate;  // PEM chain; empty = no TLS
  std::filesystem::path private_key;
  std::size_t threads = 2;
  Limits limits = {};
  std::function<Moment()> now = std::chrono::steady_clock::now;  // what the time limits of connections go by
  Log log;
};

class Server {
 public:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  // Stops. What a worker that is stuck still uses is left to the end of the process.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and begins to answer. Errors: address in use, no permission, a certificate that does not load; each with what
  // to do.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler& handler);
  // Where it listens, with the real port: `127.0.0.1:7700`; empty without TCP.
  [[nodiscard]] const std::string& address() const;
  // Reads the certificate and key again; new connections get them. On an error the old ones stay.
  Result<void> reload_certificate();
  // Takes nothing new, lets answers that are under way finish, closes what is idle. False: the deadline came first, and
  // the rest was cut.
  bool drain(std::chrono::milliseconds deadline);
  // Closes everything at once, and waits for the workers, which are told that nobody wants their answers. False: one
  // was still at work after that time. Then it and the handler are to be left alone for good, and the process to be
  // left by _exit.
  [[nodiscard]] bool stop(std::chrono::milliseconds timeout = std::chrono::seconds(5));
  [[nodiscard]] std::size_t connections() const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::host::server
