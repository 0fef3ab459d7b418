// SPDX-License-Identifier: Apache-2.0
// A deadline, a stop and a timeout in every step. Nothing here looks at how long anything took: what is tested is that
// each wait ends, and how.
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tento/http/client.hpp>

#include "raw_server.hpp"
#include "sdk/http/src/resolve.hpp"

using namespace tento;
using namespace tento::http;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using tento::test::answer;
using tento::test::Peer;
using tento::test::RawServer;

namespace {

// A port whose queue is full: connecting to it neither works nor fails.
class FullPort {
 public:
  FullPort() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address_), size) == 0);
    REQUIRE(::listen(listener_, 0) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address_), &size) == 0);
    for (int& fd : waiting_) {
      fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      static_cast<void>(::connect(fd, reinterpret_cast<sockaddr*>(&address_), size));
    }
  }
  FullPort(const FullPort&) = delete;
  FullPort& operator=(const FullPort&) = delete;
  ~FullPort() {
    for (const int fd : waiting_) ::close(fd);
    ::close(listener_);
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)) + "/"; }

 private:
  int listener_ = -1;
  sockaddr_in address_{};
  int waiting_[4] = {-1, -1, -1, -1};
};

struct Stall {
  std::string url;
  std::string body = {};          // of the request
  std::string_view doing;         // as the error tells it
  ClientOptions short_step = {};  // with the step's timeout short
};

// With a deadline so long after the client is made, or none.
Result<std::string> exchange(const Stall& stall, ClientOptions options, SendOptions how = {},
                             std::optional<std::chrono::milliseconds> within = {}) {
  options.proxy.from_environment = false;
  const auto client = Client::create(std::move(options));
  if (within) how.deadline = steady_clock::now() + *within;
  Request request;
  request.method = stall.body.empty() ? "GET" : "POST";
  request.url = stall.url;
  request.body = stall.body;
  TENTO_TRY_ASSIGN(Response response, (*client)->send(request, how));
  return read_all(response);
}

// The same stall ended in three ways.
void check_ends(const Stall& stall) {
  // A slow machine meets a deadline before it comes to the step that stalls: then it gets more time.
  std::string doing;
  for (auto within = 500ms; doing.find(stall.doing) == std::string::npos && within < 200s; within *= 4) {
    const auto late = exchange(stall, {}, {}, within);
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().tag == "deadline");
    CHECK(late.error().error_class == ErrorClass::transient);
    doing = late.error().message;
  }
  CHECK_MESSAGE(doing.find(stall.doing) != std::string::npos, doing);

  int asked = 0;
  SendOptions by_stop;
  by_stop.stopped = [&asked] { return ++asked > 8; };
  const auto stopped = exchange(stall, {}, by_stop);
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().stopped);
  CHECK(asked == 9);  // and never again

  const auto timed_out = exchange(stall, stall.short_step);
  REQUIRE_FALSE(timed_out.has_value());
  CHECK(timed_out.error().tag == "timeout");
  CHECK(timed_out.error().error_class == ErrorClass::transient);
}

}  // namespace

TEST_CASE("connecting") {
  const FullPort port;
  check_ends({.url = port.url(), .doing = "connecting to", .short_step = {.connect_timeout = 50ms}});
}

TEST_CASE("shaking hands") {
  RawServer server([](Peer& peer, int) { peer.wait_gone(); });
  check_ends({.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/",
              .doing = "shaking hands with",
              .short_step = {.tls_timeout = 50ms}});
}

TEST_CASE("sending") {
  RawServer server([](Peer& peer, int) { peer.wait_hangup(); });
  check_ends({.url = server.url(),
              .body = std::string(20'000'000, 'x'),
              .doing = "sending to",
              .short_step = {.write_timeout = 50ms}});
}

TEST_CASE("waiting for the answer, of which nothing or half a head comes") {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    RawServer server([bytes](Peer& peer, int) {
      peer.request();
      peer.send(bytes);
      peer.wait_gone();
    });
    check_ends({.url = server.url(), .doing = "waiting for the answer of", .short_step = {.head_timeout = 50ms}});
  }
}

TEST_CASE("a head that drips is as late as one that does not come") {
  RawServer server([](Peer& peer, int) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("X: y\r\n")) std::this_thread::sleep_for(5ms);
  });
  CHECK(exchange({.url = server.url(), .doing = ""}, {.head_timeout = 100ms}).error().tag == "timeout");
}

TEST_CASE("reading a body that stalls, plain, in chunks and packed") {
  const std::string packed = test::gzip(std::string(100, 'x'));
  for (const std::string& bytes :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), std::string("HTTP/1.1 200 OK\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed.substr(0, 12)}) {
    RawServer server([&bytes](Peer& peer, int) {
      peer.request();
      peer.send(bytes);
      peer.wait_gone();
    });
    check_ends({.url = server.url(), .doing = "reading the answer of", .short_step = {.read_timeout = 50ms}});
  }
}

TEST_CASE("a body without end meets the deadline and the stop, too") {
  // Compressed nothing: bytes come for ever and give none.
  const std::string nothing = test::gzip("");
  for (const bool packed : {false, true}) {
    CAPTURE(packed);
    RawServer server([&](Peer& peer, int) {
      peer.request();
      peer.send(packed ? "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n");
      std::string piece;
      while (piece.size() < 60'000) piece += packed ? nothing : "hello";
      while (peer.send(piece)) {
      }
    });
    const ClientOptions endless{.max_body = UINT64_MAX};
    const auto client = Client::create(endless);
    Request request;
    request.url = server.url();
    SendOptions by_deadline;
    by_deadline.deadline = steady_clock::now() + 500ms;
    const auto drop_all = [](Result<Response> response) {
      if (!response) return response.error();
      std::vector<char> buffer(1u << 16);
      for (;;) {
        const auto chunk = response->body->read(buffer);
        if (!chunk) return chunk.error();
        REQUIRE_FALSE(chunk->end);
      }
    };
    CHECK(drop_all((*client)->send(request, by_deadline)).tag == "deadline");
    int asked = 0;
    SendOptions by_stop;
    by_stop.stopped = [&asked] { return ++asked > 20; };
    CHECK(drop_all((*client)->send(request, by_stop)).stopped);
  }
}

TEST_CASE("before anything is done") {
  RawServer server([](Peer& peer, int) { peer.wait_gone(); });
  SendOptions past;
  past.deadline = steady_clock::now() - 1s;
  CHECK(exchange({.url = server.url(), .doing = ""}, {}, past).error().tag == "deadline");
  SendOptions stop;
  stop.stopped = [] { return true; };
  CHECK(exchange({.url = server.url(), .doing = ""}, {}, stop).error().stopped);
  CHECK(server.connections() == 0);
}

TEST_CASE("resolving") {
  const inner::Resolver resolver;
  inner::Deadline late(steady_clock::now() - 1s, {});
  late.set_origin("http://example.invalid");
  const auto deadline = resolver.resolve("example.invalid", 80, late, 10s);
  CHECK(deadline.error().tag == "deadline");
  CHECK(deadline.error().message.find("resolving the name of http://example.invalid") != std::string::npos);
  const inner::Deadline stop(steady_clock::time_point::max(), [] { return true; });
  CHECK(resolver.resolve("example.invalid", 80, stop, 10s).error().stopped);
  const inner::Deadline patient(steady_clock::time_point::max(), {});
  CHECK(resolver.resolve("example.invalid", 80, patient, 0ms).error().tag == "timeout");
  // Addresses are not looked up at all, so no time is needed.
  CHECK(resolver.resolve("127.0.0.1", 80, late, 0ms)->size() == 1);
  CHECK(resolver.resolve("::1", 80, late, 0ms)->at(0).text() == "::1");
  CHECK_FALSE(resolver.resolve("localhost", 80, patient, 10s)->empty());
}
