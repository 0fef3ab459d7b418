// SPDX-License-Identifier: Apache-2.0
// Providers that misuse tento.http/1, and calls that end while something is under way.
#include <cstring>
#include <thread>

#include "tests/unit/support/fake_sender.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct Read {
  tento_status status = TENTO_OK;
  std::uint64_t got = 0;
  std::uint32_t end = 0;
  Error error;
};
Read read(const tento_call* call, std::uint64_t body, std::uint64_t capacity = 64) {
  const auto http = http_of(call);
  char buffer[64];
  Read out;
  tento_error err;
  out.status = http->read(http.self, call, body, buffer, capacity, &out.got, &out.end, &err);
  if (out.status == TENTO_FAILED) out.error = Error::from_abi(err);
  return out;
}
tento_http_response open(const tento_call* call) {
  const auto http = http_of(call);
  const Ask ask(item_url);
  tento_http_response answer{};
  answer.struct_size = sizeof answer;
  tento_error err;
  CHECK(http->send(http.self, call, &ask.abi, &answer, &err) == TENTO_OK);
  return answer;
}

}  // namespace

TEST_CASE("bodies are closed when the call ends, when they are read, and when they are closed") {
  HttpHost h;
  REQUIRE(h.in_call([&](const tento_call* call) {
    const auto http = http_of(call);
    const auto a = open(call), b = open(call), c = open(call);
    CHECK(h.sender->open_bodies == 3);
    CHECK(read(call, a.body).end == 1);
    CHECK(h.sender->open_bodies == 2);
    // What was read to its end stays at its end, and its head stays.
    const Read after = read(call, a.body);
    CHECK(after.status == TENTO_OK);
    CHECK(after.got == 0);
    CHECK(after.end == 1);
    CHECK(view(a.final_url) == item_url);
    CHECK(http->close(http.self, call, b.body) == TENTO_OK);
    CHECK(http->close(http.self, call, b.body) == TENTO_OK);
    CHECK(h.sender->open_bodies == 1);
    CHECK(read(call, b.body).error.tag == "unknown_body");
    CHECK(c.body != 0);
  }));
  CHECK(h.sender->open_bodies == 0);
}

TEST_CASE("a made-up handle, and one of another call, reach nothing") {
  HttpHost h;
  h.host.connect("you");
  std::uint64_t of_first = 0;
  REQUIRE(h.in_call([&](const tento_call* call) {
    of_first = open(call).body;
    for (const std::uint64_t made_up : {std::uint64_t{0}, of_first + 1, UINT64_MAX}) {
      const Read got = read(call, made_up);
      CHECK(got.status == TENTO_FAILED);
      CHECK(got.error.code == ErrorCode::not_found);
      CHECK(got.error.message == "this call has no open body " + std::to_string(made_up));
      const auto http = http_of(call);
      CHECK(http->close(http.self, call, made_up) == TENTO_OK);
    }
    // Another call meanwhile, with a body of its own beside.
    auto body = [&](const tento_call* other) { CHECK(read(other, of_first).error.tag == "unknown_body"); };
    h.host.slots.list_cells = [&](tento_client*, const tento_read_ctx* ctx, auto...) {
      body(ctx->at->call);
      return slot_ok;
    };
    std::thread([&] {
      CHECK(h.host.dispatcher->list_cells(h.host.target(":~demo:you:computed"), {}, 0, {},
                                          [](const CellView&) { return true; }));
    }).join();
    CHECK(h.sender->open_bodies == 1);
    CHECK(read(call, of_first).end == 1);
  }));
}

TEST_CASE("broken places for an answer are refused and not written to") {
  HttpHost h;
  REQUIRE(h.in_call([&](const tento_call* call) {
    const auto http = http_of(call);
    const Ask ask(item_url);
    tento_error err;
    const auto refused = [&](tento_http_response* out) {
      CHECK(http->send(http.self, call, &ask.abi, out, &err) == TENTO_FAILED);
      CHECK(Error::from_abi(err).message == "the place for the answer is null or shorter than in ABI 1.0");
    };
    refused(nullptr);
    tento_http_response answer;
    std::memset(&answer, 0xee, sizeof answer);
    tento_http_response poisoned = answer;
    answer.struct_size = poisoned.struct_size = 8;
    refused(&answer);
    CHECK(std::memcmp(&answer, &poisoned, sizeof answer) == 0);
    answer.struct_size = poisoned.struct_size = 0;
    refused(&answer);
    CHECK(std::memcmp(&answer, &poisoned, sizeof answer) == 0);
    CHECK(h.sender->wire.empty());

    // A longer one of a later ABI is filled as far as it is known.
    struct Later {
      tento_http_response answer{};
      unsigned char more[16];
    } later;
    std::memset(later.more, 0xee, sizeof later.more);
    later.answer.struct_size = sizeof later;
    CHECK(http->send(http.self, call, &ask.abi, &later.answer, &err) == TENTO_OK);
    CHECK(later.answer.struct_size == sizeof later);
    for (const unsigned char byte : later.more) CHECK(byte == 0xee);

    char buffer[4];
    std::uint64_t got = 77;
    std::uint32_t end = 77;
    const std::uint64_t body = later.answer.body;
    CHECK(http->read(http.self, call, body, nullptr, 4, &got, &end, &err) == TENTO_FAILED);
    CHECK(http->read(http.self, call, body, buffer, 0, &got, &end, &err) == TENTO_FAILED);
    CHECK(Error::from_abi(err).message == "the buffer for the body is null or empty");
    CHECK(http->read(http.self, call, body, buffer, 4, nullptr, &end, &err) == TENTO_FAILED);
    CHECK(http->read(http.self, call, body, buffer, 4, &got, nullptr, &err) == TENTO_FAILED);
    CHECK(Error::from_abi(err).message == "a place for what was read is null");
    CHECK(http->read(http.self, call, body, nullptr, 0, nullptr, nullptr, nullptr) == TENTO_FAILED);
    CHECK(got == 77);
    CHECK(end == 77);
    CHECK(http->send(http.self, call, nullptr, &later.answer, &err) == TENTO_FAILED);
    CHECK(http->send(http.self, call, nullptr, &later.answer, nullptr) == TENTO_FAILED);
  }));
}

TEST_CASE("the header that the host injects is not the provider's to set") {
  HttpHost h;
  const Got got = h.once(Ask(item_url).with("authorization", "Bearer mine"));
  CHECK(got.error.message ==
        "the request's header 0, `authorization`, is where the host puts the account's credential: leave it out");
  CHECK(h.sender->wire.empty());
}

TEST_CASE("a call that has ended, and one that never was, gets STOPPED") {
  HttpHost h;
  const tento_call* kept = nullptr;
  Dep<tento_http> http;
  std::uint64_t body = 0;
  REQUIRE(h.in_call([&](const tento_call* call) {
    kept = call;
    http = http_of(call);
    body = open(call).body;
  }));
  const Ask ask(item_url);
  tento_http_response answer{};
  answer.struct_size = sizeof answer;
  char buffer[4];
  std::uint64_t got = 0;
  std::uint32_t end = 0;
  tento_call nobody{};
  for (const tento_call* call :
       {kept, static_cast<const tento_call*>(&nobody), static_cast<const tento_call*>(nullptr)}) {
    CHECK(http->send(http.self, call, &ask.abi, &answer, nullptr) == TENTO_STOPPED);
    CHECK(http->read(http.self, call, body, buffer, 4, &got, &end, nullptr) == TENTO_STOPPED);
    CHECK(http->close(http.self, call, body) == TENTO_STOPPED);
  }
  CHECK(h.sender->wire.size() == 1);
}

TEST_CASE("a cancel wakes a request and a read that are under way") {
  for (const bool while_reading : {false, true}) {
    CAPTURE(while_reading);
    HttpHost h;
    CallOptions options;
    options.control = std::make_shared<CallControl>();
    const auto cancel = [&](const http::SendOptions& send) {
      CHECK_FALSE(send.stopped());
      options.control->cancel();
      CHECK(send.stopped());
    };
    (while_reading ? h.sender->reading : h.sender->during) = cancel;
    tento_status status = TENTO_OK;
    const auto done = h.in_call([&](const tento_call* call) { status = get(call, Ask(item_url)).status; }, options);
    CHECK(status == TENTO_STOPPED);
    CHECK(h.sender->open_bodies == 0);
  }
}

TEST_CASE("the call's deadline is the request's, and what fails because of it is a stop") {
  HttpHost h;
  std::atomic<std::int64_t> deadline_ms{0};
  h.sender->during = [&](const http::SendOptions& send) {
    CHECK(send.deadline <= std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms));
    while (!send.stopped()) std::this_thread::yield();
  };
  Answer late;
  late.error = fail(ErrorCode::io, ErrorClass::transient, "too late", "deadline").value();
  h.sender->answers = {late};
  std::atomic<int> status{-1};
  std::atomic<bool> there{false}, back{false};
  // A slow machine meets the deadline before the provider is called at all: then there is another call with more time.
  for (deadline_ms = 40; !there; deadline_ms = deadline_ms * 4) {
    CallOptions options;
    options.deadline_ms = deadline_ms;
    static_cast<void>(h.in_call(
        [&](const tento_call* call) {
          there = true;
          status = static_cast<int>(get(call, Ask(item_url)).status);
          back = true;
        },
        options));
  }
  CHECK(eventually([&] { return back.load(); }));
  CHECK(status == TENTO_STOPPED);
}

TEST_CASE("an answer that comes after the call's end is dropped with its body") {
  HttpHost h;
  std::atomic<bool> asked{false}, go{false};
  h.sender->during = [&](const http::SendOptions&) {
    asked = true;
    while (!go) std::this_thread::yield();
  };
  // A helper thread that the provider does not join, against its obligation.
  std::thread helper;
  tento_status late = TENTO_OK;
  REQUIRE(h.in_call([&](const tento_call* call) {
    const auto http = http_of(call);
    helper = std::thread([&late, http, call] {
      const Ask ask(item_url);
      tento_http_response answer{};
      answer.struct_size = sizeof answer;
      late = http->send(http.self, call, &ask.abi, &answer, nullptr);
    });
    while (!asked) std::this_thread::yield();
  }));
  go = true;
  helper.join();
  CHECK(late == TENTO_STOPPED);
  CHECK(h.sender->open_bodies == 0);
}

TEST_CASE("many threads of a call may ask and read at once") {
  HttpHost h;
  REQUIRE(h.in_call([&](const tento_call* call) {
    const auto shared = open(call);
    std::vector<std::thread> threads;
    std::atomic<std::uint64_t> bytes{0};
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (;;) {
          const Read got = read(call, shared.body, 1);
          if (got.status != TENTO_OK) break;
          bytes += got.got;
          if (got.end != 0) break;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(bytes == 5);
  }));
}

TEST_CASE("an integration that does not declare the interface does not get it") {
  HostOfOne host("UTC", [](FakeIntegration& main) {
    std::erase_if(main.needs, [](const tento_need& need) { return view(need.id) == TENTO_IFACE_ID_tento_http; });
  });
  host.slots.sync = [](tento_client*, const tento_sync_ctx* ctx, auto...) {
    CHECK(http_of(ctx->at->call).vtable == nullptr);
    return slot_ok;
  };
  CHECK(host.dispatcher->sync(host.target(), "viewport", {}, {}));
}
