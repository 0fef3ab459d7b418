// SPDX-License-Identifier: Apache-2.0
// Plain blocking sockets.
#include "tests/bench/server/client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

#include "tests/bench/store_fixture.hpp"

namespace tento::bench {
namespace {

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      give_up("the client cannot connect");
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(socket_); }

  // The whole answer.
  std::string_view exchange(std::string_view request) {
    while (!request.empty()) {
      const auto sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent <= 0) give_up("the client cannot send");
      request.remove_prefix(static_cast<std::size_t>(sent));
    }
    have_ = 0;
    std::size_t whole = 0;
    while (whole == 0 || have_ < whole) {
      if (have_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
      const auto got = ::recv(socket_, buffer_.data() + have_, buffer_.size() - have_, 0);
      if (got <= 0) give_up("the server ended in the middle of an answer");
      have_ += static_cast<std::size_t>(got);
      if (whole == 0) whole = length();
    }
    return {buffer_.data(), have_};
  }

 private:
  // Of head and body; 0 = the head is not whole yet.
  std::size_t length() const {
    const std::string_view text(buffer_.data(), have_);
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (text.substr(9, 3) == "304") return end + 4;
    if (text.substr(9, 3) != "200") give_up("an answer is " + std::string(text.substr(0, 900)));
    const auto at = text.find("Content-Length: ");
    if (at == std::string_view::npos || at > end) give_up("an answer has no length");
    return end + 4 + static_cast<std::size_t>(std::strtoul(text.data() + at + 16, nullptr, 10));
  }

  int socket_;
  std::string buffer_ = std::string(65536, '\0');
  std::size_t have_ = 0;
};

std::string request_text(const std::string& target, const std::string& headers) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

}  // namespace

bool is_client(int argc, char** argv) {
  return (argc == 4 || argc == 5) && std::string_view(argv[1]) == "--client";
}

int run_client(int argc, char** argv) {
  Connection connection(static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10)));
  std::ifstream file(argv[3], std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  using std::chrono::steady_clock;
  std::vector<double> times;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find("\r\n\r\n") + 4;
    const auto begun = steady_clock::now();
    connection.exchange(rest.substr(0, end));
    times.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - begun).count());
    rest.remove_prefix(end);
  }
  if (argc == 5) {
    std::sort(times.begin(), times.end());
    std::ofstream(argv[4]) << times[times.size() / 2] << ' ' << times[times.size() * 99 / 100];
  }
  return 0;
}

namespace {

void run_one(std::uint16_t port, const std::string& file, const std::string& times) {
  std::string self = "/proc/self/exe", flag = "--client", number = std::to_string(port), name = file, out = times;
  char* const arguments[] = {self.data(), flag.data(), number.data(), name.data(), out.empty() ? nullptr : out.data(),
                             nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, self.c_str(), nullptr, nullptr, arguments, environ) != 0)
    give_up("no client can be started");
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) give_up("the client failed");
}

}  // namespace

void send_all(std::uint16_t port, const std::string& file) {
  run_one(port, file, {});
}

Waits time_all(std::uint16_t port, const std::string& file) {
  run_one(port, file, file + ".times");
  Waits out;
  std::ifstream(file + ".times") >> out.p50_us >> out.p99_us;
  return out;
}

void write_requests(const std::string& file, const std::vector<std::string>& targets, const std::string& headers) {
  std::ofstream out(file, std::ios::binary);
  for (const auto& target : targets) out << request_text(target, headers);
}

std::string fetch(std::uint16_t port, const std::string& target, const std::string& headers) {
  Connection connection(port);
  return std::string(connection.exchange(request_text(target, headers)));
}

}  // namespace tento::bench
