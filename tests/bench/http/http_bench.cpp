// SPDX-License-Identifier: Apache-2.0
// A keep-alive GET by the client against one by bare Beast, from one server thread in this process. What is compared is
// CPU time of the asking thread.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <tento/http/client.hpp>
#include <thread>
#include <vector>

#include "bare_client.hpp"
#include "tests/bench/harness.hpp"

namespace {

using namespace tento;

// Answers each request of each connection with so many bytes as its path says, out of memory. One thread a connection.
class Server {
 public:
  Server() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0)
      std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] {
      for (int fd = ::accept(listener_, nullptr, nullptr); fd >= 0; fd = ::accept(listener_, nullptr, nullptr))
        threads_.emplace_back(serve, fd);
    });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  static void serve(int fd) {
    std::vector<char> buffer(8192);
    std::string answer, path;
    for (ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0); got > 0;
         got = ::recv(fd, buffer.data(), buffer.size(), 0)) {
      const std::string_view request(buffer.data(), static_cast<std::size_t>(got));
      const std::string_view asked = request.substr(5, request.find(' ', 5) - 5);
      if (asked != path) {
        path = asked;
        const std::size_t size = std::stoul(path);
        answer =
            "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 24 Nov 2026 17:00:00 GMT\r\nContent-Type: "
            "application/json\r\nETag: \"0123456789abcdef\"\r\nX-Limit: 5000\r\nX-Left: 4999\r\nContent-Length: " +
            path + "\r\n\r\n" + std::string(size, 'x');
      }
      if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    ::close(fd);
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> threads_;
};

std::uint64_t ask(http::Client& client, const http::Request& request, int times, std::size_t size) {
  for (int i = 0; i < times; ++i) {
    auto response = client.send(request);
    const auto body = response ? http::read_all(*response) : Result<std::string>(fail(response.error()));
    if (!body || body->size() != size) std::abort();
  }
  return static_cast<std::uint64_t>(times);
}

std::uint64_t ask(bench::BareClient& client, const std::string& target, int times, std::size_t size) {
  for (int i = 0; i < times; ++i) {
    if (client.get(target) != size) std::abort();
  }
  return static_cast<std::uint64_t>(times);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("http", argc, argv);
  const Server server;
  http::ClientOptions options;
  options.proxy.from_environment = false;
  const auto client = http::Client::create(options);
  if (!client) return 1;
  {
    bench::BareClient bare(server.port());
    for (const auto& of_size : {std::pair{900, 2000}, {92'000, 500}, {600'000, 100}}) {
      const int size = of_size.first, times = of_size.second;
      http::Request request;
      const std::string target = "/" + std::to_string(size);
      request.url = "http://127.0.0.1:" + std::to_string(server.port()) + target;
      const auto bytes = static_cast<std::size_t>(size);
      report.pair(
          "keep-alive GET of " + std::to_string(size) + " bytes, against bare Beast, us", 1e6, bench::at_most(1.3),
          [&] { return ask(**client, request, times, bytes); }, [&] { return ask(bare, target, times, bytes); });
    }
  }
  report.number("connections of all those requests", static_cast<double>((*client)->stats().connections),
                bench::at_most(1));
  (*client)->close_idle();
  return report.finish();
}
