// SPDX-License-Identifier: Apache-2.0
// How connections end: too slow, idle, gone, half-closed, full, drained, stopped.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "host/server/pipe.hpp"
#include "rig.hpp"

namespace {

using rig::Answer;
using rig::Client;
using rig::comes_true;
using rig::Event;
using rig::Limits;
using rig::Outcome;
using rig::Reply;
using rig::Request;
using rig::Rig;
using rig::text;
using std::chrono::milliseconds;
using std::chrono::seconds;
using tento::host::server::BoundedPipe;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";

Answer pulled(std::shared_ptr<rig::PullBody> body) {
  Answer answer = text({});
  answer.pull = std::move(body);
  return answer;
}

long resident_kib() {
  std::ifstream statm("/proc/self/statm");
  long size = 0, resident = 0;
  statm >> size >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

// A worker's answer that waits for the test. The worker may end after the test has.
struct Slow {
  struct Events {
    Event started, go, given_up, done;
  };
  const std::shared_ptr<Events> events = std::make_shared<Events>();
  Event &started = events->started, &go = events->go, &given_up = events->given_up, &done = events->done;
  [[nodiscard]] Outcome outcome(bool can_give_up = true) const {
    Outcome out;
    out.later = [events = events](const Reply& reply) {
      events->started.set();
      CHECK(events->go.wait());
      reply(text("done"));
      events->done.set();
    };
    if (can_give_up) out.give_up = [events = events] { events->given_up.set(); };
    return out;
  }
};

}  // namespace

TEST_CASE("a header that trickles ends the connection, not the server") {
  Rig rig;
  Client slow(rig.server->address());
  slow.send("GET / HTTP/1.1\r\n");
  Client other(rig.server->address());
  other.send(get);
  CHECK(other.read().status == 200);
  CHECK(comes_true([&] { return rig.server->connections() == 2; }));
  // One more byte now and then changes nothing: the time is for all of it.
  CHECK(rig.comes_true_in_time(milliseconds(100), [&] {
    slow.send("X");
    return rig.server->connections() < 2;
  }));
  CHECK(slow.ended());
  Client later(rig.server->address());
  later.send(get);
  CHECK(later.read().status == 200);
  CHECK(rig.handler.asked().size() == 2);
}

TEST_CASE("a body that does not come ends the connection") {
  Rig rig;
  Client client(rig.server->address());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
  CHECK(comes_true([&] { return rig.server->connections() == 1; }));
  CHECK(rig.comes_true_in_time(seconds(1), [&] { return rig.server->connections() == 0; }));
  CHECK(client.ended());
  CHECK(rig.handler.asked().empty());
}

TEST_CASE("a client that goes in the middle of a body is not answered") {
  Rig rig;
  Client client(rig.server->address());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
  client.end_sending();
  CHECK(client.ended());
  CHECK(rig.handler.asked().empty());
}

TEST_CASE("an idle connection ends after its time, before and after a request") {
  Rig rig;
  Client mute(rig.server->address());
  Client used(rig.server->address());
  used.send(get);
  CHECK(used.read().status == 200);
  CHECK(comes_true([&] { return rig.server->connections() == 2; }));
  CHECK(rig.comes_true_in_time(seconds(5), [&] { return rig.server->connections() == 0; }));
  CHECK(used.ended());
  CHECK(mute.ended());
}

TEST_CASE("a connection that was idle until its memory was given back goes on") {
  Limits limits;
  limits.idle_time = std::chrono::hours(24);
  Rig rig(limits);
  Client client(rig.server->address());
  const std::string much = "GET / HTTP/1.1\r\nHost: t\r\nX: " + std::string(9000, 'x') + "\r\n\r\n";
  client.send(much);
  CHECK(client.read().status == 200);
  rig.outlast_memory_of_idle_connections();
  client.send(much);
  CHECK(client.read().status == 200);
}

TEST_CASE("a client that ended its sending gets its answer") {
  Rig rig;
  Slow slow;
  Client client(rig.server->address());
  SUBCASE("at once") {
    client.send(get);
    client.end_sending();
    CHECK(client.read().body == "GET / ");
  }
  SUBCASE("all of them, where several were asked") {
    client.send(std::string(get) + std::string(get));
    client.end_sending();
    CHECK(client.read().body == "GET / ");
    CHECK(client.read().body == "GET / ");
  }
  SUBCASE("from a worker that cannot give up") {
    rig.handler.on = [&](const Request&) { return slow.outcome(false); };
    client.send(get);
    client.end_sending();
    CHECK(slow.started.wait());
    slow.go.set();
    CHECK(client.read().body == "done");
  }
  SUBCASE("from a worker that was told, and had it all the same") {
    rig.handler.on = [&](const Request&) { return slow.outcome(); };
    client.send(get);
    client.end_sending();
    CHECK(slow.given_up.wait());
    slow.go.set();
    CHECK(client.read().body == "done");
  }
  SUBCASE("that is written while it is read") {
    auto pipe = std::make_shared<BoundedPipe>();
    rig.handler.on = [&](const Request&) {
      return Outcome{.later = [&](const Reply& reply) {
        reply(pulled(pipe));
        pipe->write("one ");
        CHECK(slow.go.wait());
        pipe->write("two");
        pipe->finish(true);
      }};
    };
    client.send(get);
    client.end_sending();
    // The server has seen the end of the sending by the time that the other client is answered.
    Client other(rig.server->address());
    CHECK(comes_true([&] { return rig.handler.asked().size() == 1; }));
    std::this_thread::sleep_for(milliseconds(50));
    slow.go.set();
    const auto got = client.read();
    CHECK(got.whole);
    CHECK(got.body == "one two");
  }
  CHECK(client.ended());
}

TEST_CASE("a client that has gone is noticed while a worker is busy for it") {
  Rig rig;
  Slow slow;
  rig.handler.on = [&](const Request& request) {
    return request.path() == "/slow" ? slow.outcome() : Outcome{.now = text("quick")};
  };
  constexpr std::string_view ask = "GET /slow HTTP/1.1\r\nHost: t\r\n\r\n";
  SUBCASE("by its end") {
    Client client(rig.server->address());
    client.send(ask);
    CHECK(slow.started.wait());
    client.close();
    CHECK(slow.given_up.wait());
  }
  SUBCASE("by a reset") {
    Client client(rig.server->address());
    client.send(ask);
    CHECK(slow.started.wait());
    client.reset();
    CHECK(slow.given_up.wait());
  }
  CHECK(!slow.done.is_set());
  slow.go.set();
  CHECK(slow.done.wait());
  CHECK(comes_true([&] { return rig.server->connections() == 0; }));
  Client other(rig.server->address());
  other.send(get);
  CHECK(other.read().body == "quick");
}

TEST_CASE("a client that goes while its answer is written stops who writes it") {
  Rig rig;
  Event given_up, ended;
  auto pipe = std::make_shared<BoundedPipe>();
  rig.handler.on = [&](const Request&) {
    return Outcome{.later =
                       [&](const Reply& reply) {
                         reply(pulled(pipe));
                         pipe->write("begun ");
                         CHECK(given_up.wait());
                         pipe->finish(false);
                         ended.set();
                       },
                   .give_up = [&] { given_up.set(); }};
  };
  Client client(rig.server->address());
  client.send(get);
  std::thread([&] {
    CHECK(comes_true([&] { return rig.handler.asked().size() == 1; }));
    std::this_thread::sleep_for(milliseconds(50));
    client.end_sending();
    client.close();
  }).join();
  CHECK(ended.wait());
}

TEST_CASE("what a request left to give up does not reach the next one") {
  Rig rig;
  std::atomic<int> given_up{0};
  rig.handler.on = [&](const Request&) {
    return Outcome{.later = [](const Reply& reply) { reply(text("done")); }, .give_up = [&] { ++given_up; }};
  };
  {
    Client client(rig.server->address());
    for (int i = 0; i < 200; ++i) {
      client.send(get);
      CHECK(client.read().body == "done");
    }
  }
  CHECK(comes_true([&] { return rig.server->connections() == 0; }));
  CHECK(given_up <= 1);  // the last one may have been left just before it was forgotten
}

TEST_CASE("a client that never reads ends by its time, and costs a bounded amount") {
  Rig rig;
  std::atomic<std::size_t> written{0};
  Event ended;
  rig.handler.on = [&](const Request&) {
    return Outcome{.later = [&](const Reply& reply) {
      auto pipe = std::make_shared<BoundedPipe>();
      reply(pulled(pipe));
      const std::string piece(64 * 1024, 'x');
      while (pipe->write(piece)) written += piece.size();
      ended.set();
    }};
  };
  Client client(rig.server->address());
  const int small = 4096;
  ::setsockopt(client.descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  client.send(get);
  CHECK(rig.comes_true_in_time(seconds(1), [&] { return ended.is_set(); }));
  // What the kernel holds in its buffers, and a pipe's worth; a server that holds it itself has no end.
  CHECK(written < 16u * 1024 * 1024);
  CHECK(comes_true([&] { return rig.server->connections() == 0; }));
}

TEST_CASE("more requests than may wait are refused with 503, and the connection stays") {
  Limits limits;
  limits.workers = 2;
  limits.waiting = 1;
  Rig rig(limits);
  Slow slow;
  rig.handler.on = [&](const Request& request) {
    return request.path() == "/slow" ? slow.outcome() : Outcome{.now = text("quick")};
  };
  std::vector<Client> waiting;
  for (std::size_t i = 0; i < 3; ++i) {
    waiting.emplace_back(rig.server->address());
    waiting.back().send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(comes_true([&] { return rig.handler.asked().size() == i + 1; }));
  }
  Client fourth(rig.server->address());
  fourth.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  auto got = fourth.read();
  CHECK(got.status == 503);
  CHECK(got.headers["retry-after"] == "1");
  fourth.send(get);  // what needs no worker is answered still
  CHECK(fourth.read().body == "quick");
  slow.go.set();
  for (auto& each : waiting) CHECK(each.read().body == "done");
  CHECK(comes_true([&] {
    fourth.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
    return fourth.read().status == 200;
  }));
}

TEST_CASE("a request whose reply is kept holds no worker") {
  Limits limits;
  limits.workers = 1;
  limits.waiting = 0;
  Rig rig(limits);
  std::mutex lock;
  std::vector<Reply> kept;
  std::atomic<int> given_up{0};
  rig.handler.on = [&](const Request& request) {
    if (request.path() != "/kept") return Outcome{.later = [](const Reply& reply) { reply(text("done")); }};
    return Outcome{.later =
                       [&](const Reply& reply) {
                         const std::scoped_lock hold(lock);
                         kept.push_back(reply);
                       },
                   .give_up = [&] { ++given_up; }};
  };
  const auto are_kept = [&](std::size_t count) {
    return comes_true([&] {
      const std::scoped_lock hold(lock);
      return kept.size() == count;
    });
  };
  std::vector<Client> waiting;
  for (std::size_t i = 0; i < 5; ++i) {
    waiting.emplace_back(rig.server->address());
    waiting.back().send("GET /kept HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(are_kept(i + 1));
  }
  Client other(rig.server->address());
  CHECK(comes_true([&] {
    other.send(get);
    return other.read().body == "done";
  }));
  waiting.back().close();
  CHECK(comes_true([&] { return given_up == 1; }));
  for (std::size_t i = 0; i < 5; ++i) std::exchange(kept[i], nullptr)(text("kept"));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(waiting[i].read().body == "kept");
    waiting[i].send(get);  // and the connection goes on
    CHECK(waiting[i].read().status != 0);
  }
}

TEST_CASE("a request that waits is told when its time is over") {
  Rig rig;
  Event in_time;
  std::mutex lock;
  Reply kept;
  rig.handler.on = [&](const Request&) {
    return Outcome{.later =
                       [&](const Reply& reply) {
                         const std::scoped_lock hold(lock);
                         kept = reply;
                         in_time.set();
                       },
                   .tick =
                       [&, until = rig.clock.now() + seconds(1)](rig::Moment now) {
                         const std::scoped_lock hold(lock);
                         if (kept && now >= until) std::exchange(kept, nullptr)(text("expired"));
                       }};
  };
  Client client(rig.server->address());
  client.send(get);
  CHECK(in_time.wait());
  rig.clock.advance(seconds(1));
  CHECK(client.read().body == "expired");
}

TEST_CASE("where there are as many connections as may be, the oldest idle one makes room, and that is said once") {
  std::atomic<int> said{0};
  Limits limits;
  limits.connections = 2;
  auto options = rig::on_any_port(limits);
  options.threads = 1;
  options.log = [&said](auto, const std::string& text) { said += text.find("as many as may be") != std::string::npos; };
  Rig rig(std::move(options));
  Slow slow;
  rig.handler.on = [&](const Request& request) {
    return request.path() == "/slow" ? slow.outcome() : Outcome{.now = text("quick")};
  };
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(rig.server->address());
    clients.back().send(get);
    CHECK(clients.back().read().status == 200);
    rig.clock.advance(milliseconds(1));
  }
  CHECK(clients[0].ended());
  CHECK(clients[1].ended());
  CHECK(said == 1);
  // Who has a request is never the one.
  clients[2].send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  REQUIRE(slow.started.wait());
  Client other(rig.server->address());
  other.send(get);
  CHECK(other.read().status == 200);
  CHECK(clients[3].ended());
  slow.go.set();
  CHECK(clients[2].read().body == "done");
}

TEST_CASE("room is made on whatever thread there is an idle connection") {
  Limits limits;
  limits.connections = 2;
  auto options = rig::on_any_port(limits);
  options.threads = 2;
  Rig rig(std::move(options));
  Slow slow;
  rig.handler.on = [&](const Request& request) {
    return request.path() == "/slow" ? slow.outcome() : Outcome{.now = text("quick")};
  };
  // They go to the threads in turn.
  Client busy(rig.server->address());
  busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  REQUIRE(slow.started.wait());
  std::vector<Client> clients;
  // One after the other takes the place of the idle one, though the busy one's thread has none. What a thread has is
  // looked at now and then, so the first ones may find no room; without that look every other one would.
  int in_a_row = 0;
  for (int tries = 0; tries < 1000 && in_a_row < 4; ++tries) {
    clients.emplace_back(rig.server->address());
    clients.back().send(get);
    if (clients.back().read().status == 200) {
      ++in_a_row;
    } else {
      in_a_row = 0;
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
  CHECK(in_a_row == 4);
  CHECK(clients.front().ended());
  slow.go.set();
  CHECK(busy.read().body == "done");
}

TEST_CASE("a drain finishes what is under way and closes what is idle") {
  Rig rig;
  Slow slow;
  auto pipe = std::make_shared<BoundedPipe>();
  Event piping;
  auto endless = std::make_shared<rig::Pieces>();
  endless->pieces = {"event"};
  endless->after = rig::PullBody::State::wait;
  endless->never_ends = true;
  rig.handler.on = [&](const Request& request) {
    if (request.path() == "/slow") return slow.outcome();
    if (request.path() == "/endless") return Outcome{.now = pulled(endless)};
    if (request.path() != "/pipe") return Outcome{.now = text("quick")};
    return Outcome{.later = [&](const Reply& reply) {
      reply(pulled(pipe));
      pipe->write("one ");
      piping.set();
      CHECK(slow.go.wait());
      pipe->write("two");
      pipe->finish(true);
    }};
  };
  Client idle(rig.server->address());
  idle.send(get);
  CHECK(idle.read().status == 200);
  Client reading(rig.server->address());
  reading.send("POST /late HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbo");
  Client slow_one(rig.server->address());
  slow_one.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\nGET /behind HTTP/1.1\r\nHost: t\r\n\r\n");
  Client piped(rig.server->address());
  piped.send("GET /pipe HTTP/1.1\r\nHost: t\r\n\r\n");
  Client streaming(rig.server->address());
  streaming.send("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(slow.started.wait());
  CHECK(piping.wait());
  CHECK(comes_true([&] { return rig.handler.asked().size() == 4; }));

  const auto address = rig.server->address();
  bool in_time = false;
  std::thread drain([&] { in_time = rig.server->drain(seconds(120)); });
  CHECK(idle.ended());
  CHECK(comes_true([&] { return !Client(address).connected(); }));
  auto got = streaming.read();
  CHECK(got.whole);  // an end like any other, not a cut
  CHECK(got.body == "event");
  CHECK(endless->stopped);
  reading.send("dy");
  got = reading.read();
  CHECK(got.body == "quick");
  CHECK(got.headers["connection"] == "close");
  slow.go.set();
  CHECK(slow_one.read().body == "done");
  got = piped.read();
  CHECK(got.whole);
  CHECK(got.body == "one two");
  for (Client* each : {&reading, &slow_one, &piped, &streaming}) CHECK(each->ended());
  // These clients do not close their own side, for which a server waits a moment.
  CHECK(rig.comes_true_in_time(seconds(1), [&] { return rig.server->connections() == 0; }));
  drain.join();
  CHECK(in_time);
}

TEST_CASE("a drain has an end") {
  Rig rig;
  Slow slow;
  rig.handler.on = [&](const Request&) { return slow.outcome(); };
  Client client(rig.server->address());
  client.send(get);
  CHECK(slow.started.wait());
  CHECK(!rig.server->drain(milliseconds(50)));
  std::thread stop([&] { CHECK(rig.server->stop(seconds(120))); });
  CHECK(slow.given_up.wait());
  CHECK(client.ended());
  slow.go.set();
  stop.join();
}

TEST_CASE("a stop does not wait for a body that nobody takes") {
  Rig rig;
  Slow slow;
  Event refused;
  rig.handler.on = [&](const Request&) {
    Outcome out;
    out.later = [&](const Reply& reply) {
      slow.started.set();
      CHECK(slow.go.wait());
      auto pipe = std::make_shared<BoundedPipe>();
      reply(pulled(pipe));
      while (pipe->write(std::string(64 * 1024, 'x'))) {
      }
      refused.set();
    };
    out.give_up = [&] { slow.go.set(); };
    return out;
  };
  Client client(rig.server->address());
  client.send(get);
  CHECK(slow.started.wait());
  CHECK(rig.server->stop(seconds(120)));
  CHECK(refused.is_set());
}

TEST_CASE("four thousand idle connections cost little and hinder nobody") {
  constexpr std::size_t count = 4000;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 2 * count + 200);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2 * count + 200) {
    MESSAGE("not enough descriptors are allowed here: " << limit.rlim_cur);
    return;
  }
  Rig rig;
  {
    Client warm(rig.server->address());
    warm.send(get);
    CHECK(warm.read().status == 200);
  }
  const long before = resident_kib();
  std::vector<Client> idle;
  idle.reserve(count);
  for (std::size_t i = 0; i < count; ++i) idle.emplace_back(rig.server->address());
  // Half of them have asked something once.
  for (std::size_t i = 0; i < count; i += 2) {
    idle[i].send(get);
    REQUIRE(idle[i].read().status == 200);
  }
  CHECK(comes_true([&] { return rig.server->connections() == count; }));
  Client one(rig.server->address());
  one.send(get);
  CHECK(one.read().status == 200);
  MESSAGE("bytes for an idle connection, with its client's: " << (resident_kib() - before) * 1024 / long(count));
  CHECK(rig.comes_true_in_time(seconds(5), [&] { return rig.server->connections() == 0; }));
  std::size_t ended = 0;
  for (auto& each : idle) ended += each.ended() ? 1 : 0;
  CHECK(ended == count);
}
