// SPDX-License-Identifier: Apache-2.0
// Requests that wait hold no worker, end with their clients, and cost nobody else anything when they fail.
#include <doctest/doctest.h>

#include <new>
#include <stdexcept>

#include "host/server/pipe.hpp"
#include "rig.hpp"

namespace {

using rig::Answer;
using rig::Client;
using rig::comes_true;
using rig::Event;
using rig::Limits;
using rig::Outcome;
using rig::PullBody;
using rig::Reply;
using rig::Request;
using rig::Rig;
using rig::text;
using std::chrono::milliseconds;
using std::chrono::seconds;
using tento::host::server::BoundedPipe;

constexpr std::string_view get_something = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
constexpr std::string_view get_quick = "GET /quick HTTP/1.1\r\nHost: t\r\n\r\n";

// A request that has given its worker back, and how it goes on.
struct WaitingRequest {
  std::mutex lock;
  std::vector<Reply> kept;
  std::atomic<int> given_up{0};

  Outcome outcome() {
    return {.later =
                [this](const Reply& reply) {
                  const std::scoped_lock hold(lock);
                  kept.push_back(reply);
                },
            .give_up = [this] { ++given_up; }};
  }
  std::size_t size() {
    const std::scoped_lock hold(lock);
    return kept.size();
  }
  void wake_all() {
    std::vector<Reply> all;
    {
      const std::scoped_lock hold(lock);
      all.swap(kept);
    }
    for (const auto& reply : all) reply.on_worker([reply] { reply(text("woken")); });
  }
};

Outcome on_worker(std::function<void(const Reply&)> later) {
  Outcome out;
  out.later = std::move(later);
  return out;
}

}  // namespace

TEST_CASE("more requests wait than there are workers and places in line, and others are answered; a wake goes on") {
  constexpr std::size_t count = 40;
  Limits limits;
  limits.workers = 2;
  limits.waiting = 2;
  Rig rig(limits);
  WaitingRequest waiting;
  rig.handler.on = [&](const Request& request) {
    if (request.path() != "/quick") return waiting.outcome();
    return on_worker([](const Reply& reply) { reply(text("quick")); });
  };
  std::vector<Client> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.emplace_back(rig.server->address());
    clients.back().send(get_something);
    REQUIRE(comes_true([&] { return waiting.size() == i + 1; }));
  }
  Client other(rig.server->address());
  other.send(get_quick);
  CHECK(other.read().body == "quick");
  waiting.wake_all();
  for (auto& client : clients) CHECK(client.read().body == "woken");
}

TEST_CASE(
    "one caller has three quarters of the workers and of the line, the others the rest, and everybody's turn comes") {
  Limits limits;
  limits.workers = 4;
  limits.waiting = 4;
  Rig rig(limits);
  Event go;
  std::atomic<int> at_work{0};
  rig.handler.on = [&](const Request& request) {
    const bool slow = request.path() == "/slow";
    auto out = on_worker([&, slow](const Reply& reply) {
      if (slow) {
        ++at_work;
        CHECK(go.wait());
      }
      reply(text("done"));
    });
    out.caller = slow ? "a" : "b";
    return out;
  };
  std::vector<Client> clients;
  for (std::size_t i = 0; i < 6; ++i) {
    clients.emplace_back(rig.server->address());
    clients.back().send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
    REQUIRE(comes_true([&] { return rig.handler.asked().size() == i + 1; }));
  }
  CHECK(comes_true([&] { return at_work == 3; }));
  Client seventh(rig.server->address());
  seventh.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  auto got = seventh.read();
  CHECK(got.status == 503);
  CHECK(got.headers["retry-after"] == "1");
  Client other(rig.server->address());
  other.send(get_quick);
  CHECK(other.read().body == "done");
  CHECK(at_work == 3);
  go.set();
  for (auto& client : clients) CHECK(client.read().body == "done");
}

TEST_CASE("a client that has sent more before it went is noticed all the same") {
  Rig rig;
  WaitingRequest waiting;
  rig.handler.on = [&](const Request&) { return waiting.outcome(); };
  Client client(rig.server->address());
  client.send(get_something);
  REQUIRE(comes_true([&] { return waiting.size() == 1; }));
  client.send("GET /never HTTP/1.1\r\n");
  client.close();
  CHECK(comes_true([&] { return waiting.given_up == 1; }));
  waiting.wake_all();
  CHECK(comes_true([&] { return rig.server->connections() == 0; }));
}

TEST_CASE("what a request throws on a worker, before or after it waited, costs that request alone") {
  Rig rig;
  WaitingRequest waiting;
  rig.handler.on = [&](const Request& request) -> Outcome {
    if (request.path() == "/memory") return on_worker([](const Reply&) { throw std::bad_alloc(); });
    if (request.path() == "/other") return on_worker([](const Reply&) { throw std::runtime_error("other"); });
    if (request.path() == "/here") throw std::bad_alloc();
    if (request.path() == "/waits") return waiting.outcome();
    return on_worker([](const Reply& reply) { reply(text("quick")); });
  };
  Client client(rig.server->address());
  for (const std::string path : {"/memory", "/other", "/here"}) {
    client.send("GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(client.read().status == 500);
  }
  client.send("GET /waits HTTP/1.1\r\nHost: t\r\n\r\n");
  REQUIRE(comes_true([&] { return waiting.size() == 1; }));
  {
    const Reply reply = std::exchange(waiting.kept.front(), nullptr);
    reply.on_worker([] { throw std::bad_alloc(); });
  }
  CHECK(client.read().status == 500);
  client.send(get_quick);  // the same connection, and every worker, go on
  CHECK(client.read().body == "quick");
}

TEST_CASE("an answer behind the first is dropped") {
  Rig rig;
  rig.handler.on = [&](const Request&) {
    return on_worker([](const Reply& reply) {
      reply(text("first"));
      reply(text("second"));
    });
  };
  Client client(rig.server->address());
  for (int i = 0; i < 3; ++i) {
    client.send(get_something);
    CHECK(client.read().body == "first");
  }
}

TEST_CASE("what may be left out of a pipe waits for nobody") {
  BoundedPipe pipe;
  const std::string piece(1000, 'x');
  for (int i = 0; i < 1000; ++i) pipe.offer(piece);
  pipe.finish(true);
  pipe.finish(false);
  std::string out;
  CHECK(pipe.pull(out) == rig::PullBody::State::more);
  CHECK(out.size() < 1000 * piece.size());
  CHECK(pipe.pull(out) == rig::PullBody::State::end);  // the first end counts
}

TEST_CASE("what wakes many streams at once leaves room for a request in between, and forgets none of them") {
  constexpr std::size_t count = 400;
  struct Stream final : PullBody {
    std::function<void()> wake;
    std::function<void()> on_pull;
    void start(std::function<void()> how) override { wake = std::move(how); }
    State pull(std::string&) override {
      on_pull();
      return State::wait;
    }
    void stop() override {}
    [[nodiscard]] bool endless() const override { return true; }
  };
  auto options = rig::on_any_port();
  options.threads = 1;
  Rig rig(std::move(options));
  std::vector<std::shared_ptr<Stream>> streams;
  std::atomic<std::size_t> pulled{0}, seen{0};
  std::atomic<bool> hold{false};
  Event held, go;
  rig.handler.on = [&](const Request& request) -> Outcome {
    if (request.path() == "/between") seen = pulled.load();
    if (request.path() != "/stream") return {.now = text("here")};
    auto stream = std::make_shared<Stream>();
    stream->on_pull = [&] {
      ++pulled;
      if (!hold.exchange(false)) return;
      held.set();
      CHECK(go.wait());
    };
    streams.push_back(stream);
    Answer answer;
    answer.pull = std::move(stream);
    return {.now = std::move(answer)};
  };
  std::vector<Client> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.emplace_back(rig.server->address());
    clients.back().send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
  }
  Client other(rig.server->address());
  other.send("GET /here HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(other.read().body == "here");
  REQUIRE(comes_true([&] { return pulled >= count; }));
  pulled = 0;
  hold = true;
  for (const auto& stream : streams) stream->wake();
  REQUIRE(held.wait());  // the thread is at the first of them
  for (const auto& stream : streams) stream->wake();
  other.send("GET /between HTTP/1.1\r\nHost: t\r\n\r\n");
  go.set();
  CHECK(other.read().body == "here");
  CHECK(seen < count / 2);
  CHECK(comes_true([&] { return pulled >= count; }));
}

TEST_CASE("a stop leaves a stuck worker behind after its time, and the server can go") {
  Event go, came_back;
  const auto stuck = std::make_shared<Event>();
  {
    Rig rig;
    rig.handler.on = [&](const Request&) {
      return on_worker([&](const Reply&) {
        stuck->set();
        CHECK(go.wait());
        came_back.set();
      });
    };
    Client client(rig.server->address());
    client.send(get_something);
    REQUIRE(stuck->wait());
    CHECK_FALSE(rig.server->stop(milliseconds(10)));
    CHECK(client.ended());
    go.set();
    CHECK(came_back.wait());
    // The handler stays for as long as the worker has to do with it: nobody has answered, which is the last thing it
    // asks.
    CHECK(comes_true([&] { return rig.handler.refusals().size() == 1; }));
  }
}
