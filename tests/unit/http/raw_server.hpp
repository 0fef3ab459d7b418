// SPDX-License-Identifier: Apache-2.0
// A server that says what a test tells it to, byte by byte, right or wrong. One thread for each connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tento::test {

/// The server's side of one connection.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  /// The next request, its head and body; empty when the client has gone.
  std::string request();
  /// Sends all of it; in vain when the client has gone.
  bool send(std::string_view bytes);
  /// Ends the connection by a reset instead of an orderly close.
  void reset();
  /// Blocks until the client has closed, reading over whatever it sends.
  void wait_gone();
  /// Blocks until the client has closed without reading anything.
  void wait_hangup();

 private:
  int fd_;
  std::string rest_;
};

/// Listens on a port of its own on 127.0.0.1.
class RawServer {
 public:
  /// `serve` is called for each connection, which is closed when it returns; the second argument counts them from 0.
  explicit RawServer(std::function<void(Peer&, int)> serve);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string url(std::string_view path = "/") const { return origin() + std::string(path); }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void run();

  std::function<void(Peer&, int)> serve_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  bool stopping_ = false;
  std::list<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// Serves each connection's requests by `answer`, which is given a request and says what goes out; an empty answer ends
/// the connection.
RawServer answering(std::function<std::string(const std::string& request)> answer);

/// A status line, for answers that a test spells out.
inline constexpr const char* ok_line = "HTTP/1.1 200 OK\r\n";

/// An answer with these lines in its head (each without its end) and this body, with its length.
std::string answer(std::string_view status, std::vector<std::string> lines = {}, std::string_view body = {});

/// The value of a header line of a request; empty when there is none.
std::string header_of(const std::string& request, std::string_view name);

/// `bytes` compressed as gzip.
std::string gzip(std::string_view bytes);

}  // namespace tento::test
