// SPDX-License-Identifier: Apache-2.0
// Recording, scrubbing and replaying HTTP.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <tento/sdk/host_transport.hpp>
#include <tento/sdk/testing/fake_host.hpp>

using namespace tento;
using namespace tento::testing;

namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tento-transports-" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
};

std::string read(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

http::Request request(std::string method, std::string url, http::Headers headers = {}, std::string body = {}) {
  http::Request r;
  r.method = std::move(method);
  r.url = std::move(url);
  r.headers = std::move(headers);
  r.body = std::move(body);
  return r;
}

std::string body_of(Result<http::Response> response) {
  if (!response) return "error: " + response.error().message;
  const auto body = http::read_all(*response);
  return std::to_string(response->status) + " " + body.value_or("unreadable");
}

}  // namespace

TEST_CASE("record and replay: bytes, headers, order and failures come back") {
  const Folder folder;
  const auto file = folder.path / "service.jsonl";
  const std::string binary("\x00\xff\x80 a\n", 6);
  CannedTransport service;
  service.on("GET", "https://api.example.com/a",
             answer(200, "first", {{"Content-Type", "text/plain"}, {"X", "1"}, {"X", "2"}}));
  service.on("GET", "https://api.example.com/a", answer(200, "second"));
  service.on("POST", "https://api.example.com/b", answer(201, binary));
  service.fail("GET", "https://api.example.com/down",
               fail(ErrorCode::io, ErrorClass::transient, "connection refused").value());
  service.on("GET", "https://api.example.com/empty", answer(204, ""));
  {
    auto recorder = RecordingTransport::create(service, file);
    REQUIRE(recorder.has_value());
    CHECK(body_of((*recorder)->send(request("GET", "https://api.example.com/a"))) == "200 first");
    CHECK(body_of((*recorder)->send(request("GET", "https://api.example.com/a"))) == "200 second");
    CHECK(body_of((*recorder)->send(request("POST", "https://api.example.com/b", {}, "\xff"))) == "201 " + binary);
    CHECK(body_of((*recorder)->send(request("GET", "https://api.example.com/down"))) == "error: connection refused");
    CHECK(body_of((*recorder)->send(request("GET", "https://api.example.com/empty"))) == "204 ");
  }
  const auto exchanges = read_fixture(file);
  REQUIRE(exchanges.has_value());
  CHECK(exchanges->size() == 5);
  CHECK(exchanges->at(0).response->headers == http::Headers{{"Content-Type", "text/plain"}, {"X", "1"}, {"X", "2"}});
  CHECK(exchanges->at(2).request.body == "\xff");

  SUBCASE("by request, in any order; the last answer of one stays") {
    const auto replay = ReplayingTransport::open(file);
    REQUIRE(replay.has_value());
    CHECK((*replay)->unused().size() == 5);
    CHECK(body_of((*replay)->send(request("POST", "https://api.example.com/b"))) == "201 " + binary);
    CHECK(body_of((*replay)->send(request("GET", "https://api.example.com/a"))) == "200 first");
    CHECK(body_of((*replay)->send(request("GET", "https://api.example.com/a"))) == "200 second");
    CHECK(body_of((*replay)->send(request("GET", "https://api.example.com/a"))) == "200 second");
    const auto down = (*replay)->send(request("GET", "https://api.example.com/down"));
    CHECK(down.error().message == "connection refused");
    CHECK(down.error().error_class == ErrorClass::transient);
    CHECK((*replay)->unused() == std::vector<std::string>{"GET https://api.example.com/empty"});
    const auto miss = (*replay)->send(request("GET", "https://api.example.com/ab"));
    CHECK(miss.error().message ==
          "the fixture " + file.string() +
              " has no answer for GET https://api.example.com/ab: it was not recorded; it holds 5 exchanges, the "
              "nearest:\n  GET https://api.example.com/a\n  GET https://api.example.com/a\n  POST "
              "https://api.example.com/b");
    CHECK((*replay)->send(request("PUT", "https://api.example.com/a")).error().tag == "not_recorded");
  }
  SUBCASE("strictly, in the recorded order with the recorded bodies") {
    const auto replay = ReplayingTransport::open(file, ReplayMode::strict);
    REQUIRE(replay.has_value());
    CHECK(body_of((*replay)->send(request("POST", "https://api.example.com/b", {}, "\xff")))
              .find("strictly, the next is GET https://api.example.com/a") != std::string::npos);
    CHECK(body_of((*replay)->send(request("GET", "https://api.example.com/a"))) == "200 first");
    CHECK(body_of((*replay)->send(request("GET", "https://api.example.com/a"))) == "200 second");
    CHECK(body_of((*replay)->send(request("POST", "https://api.example.com/b"))).find("its body was another") !=
          std::string::npos);
    CHECK(body_of((*replay)->send(request("POST", "https://api.example.com/b", {}, "\xff"))) == "201 " + binary);
  }
}

TEST_CASE("scrubbing: no secret is written, and replay finds the request all the same") {
  const Folder folder;
  const auto file = folder.path / "secrets.jsonl";
  const std::string url =
      "https://bob:hunter2@api.example.com/x?page=2&access_token=tok-1&Client%5FSecret=s3cr%C3%A9t#f";
  CannedTransport service;
  service.on("POST", url,
             answer(200, R"({"access_token":"tok-2","list":[{"refresh_token":"tok-3","n":1}],"note":"mine is pa:ss"})",
                    {{"Set-Cookie", "sid=tok-4"},
                     {"Content-Length", "5"},
                     {"Link", "<https://api.example.com/x?page=3&access_token=tok-1>"}}));
  service.on("GET", "https://api.example.com/plain", answer(200, "the word is pa:ss, or pa%3Ass"));
  Scrubber scrubber;
  scrubber.add_secret("pa:ss");
  scrubber.add_name("X-Own-Key");
  auto recorder = RecordingTransport::create(service, file, scrubber);
  REQUIRE(recorder.has_value());
  const http::Headers headers = {{"AUTHORIZATION", "Bearer tok-5"}, {"x-own-key", "tok-6"}, {"Accept", "*/*"}};
  const auto real =
      (*recorder)->send(request("POST", url, headers, "grant_type=refresh&refresh_token=tok-7&client_id=me"));
  REQUIRE(real.has_value());
  CHECK(body_of((*recorder)->send(request("GET", "https://api.example.com/plain"))) ==
        "200 the word is pa:ss, or pa%3Ass");

  const std::string text = read(file);
  for (const char* secret :
       {"tok-1", "tok-2", "tok-3", "tok-4", "tok-5", "tok-6", "tok-7", "hunter2", "s3cr", "pa:ss", "pa%3Ass"}) {
    CAPTURE(secret);
    CHECK(text.find(secret) == std::string::npos);
  }
  for (const char* kept : {"page=2", "grant_type=refresh", "client_id=me", "*/*", "page=3"}) {
    CAPTURE(kept);
    CHECK(text.find(kept) != std::string::npos);
  }
  CHECK(text.find("https://SCRUBBED@api.example.com/x?page=2&access_token=SCRUBBED&Client%5FSecret=SCRUBBED#f") !=
        std::string::npos);

  const auto replay = ReplayingTransport::open(file, ReplayMode::strict, scrubber);
  REQUIRE(replay.has_value());
  const auto again =
      (*replay)->send(request("POST", url, headers, "grant_type=refresh&refresh_token=another&client_id=me"));
  CHECK(body_of((*replay)->send(request("GET", "https://api.example.com/plain"))) ==
        "200 the word is SCRUBBED, or SCRUBBED");
  REQUIRE(again.has_value());
  CHECK_FALSE(http::find_header(again->headers, "content-length").has_value());
}

TEST_CASE("scrubbing: bodies without secrets keep their very bytes") {
  const Scrubber scrubber;
  for (const char* body :
       {"{ \"b\" : 1.0, \"a\":2 }", "not json = at all", "a=1&b", "", "[1,2,", "{\"access_token\":5}"})
    CHECK(scrubber.body(body) == body);
  CHECK(scrubber.body("code=5&state=x") == "code=SCRUBBED&state=x");
  CHECK(scrubber.url("https://h/p") == "https://h/p");
  CHECK(scrubber.url("https://h/p@q?x=1") == "https://h/p@q?x=1");
  CHECK(scrubber.url("no url ? token=1") == "no url ? token=1");
  CHECK(scrubber.url("?token=1&&x") == "?token=SCRUBBED&&x");
}

TEST_CASE("fixtures: a broken one is named with its line") {
  const Folder folder;
  const auto message = [](const std::filesystem::path& file) { return ReplayingTransport::open(file).error().message; };
  CHECK(message(folder.path / "none").find("cannot be read: record it first") != std::string::npos);
  CHECK(message(folder.write("v2", "{\"tento_fixture\":2}\n")).find("is broken in line 1: this version is unknown") !=
        std::string::npos);
  CHECK(message(folder.write("text", "hello\n")).find("is broken in line 1") != std::string::npos);
  CHECK(message(folder.write("cut", "{\"tento_fixture\":1}\n{\"request\":{\"method\":\"GET\""))
            .find("is broken in line 2") != std::string::npos);
  CHECK(message(folder.write("hex",
                             "{\"tento_fixture\":1}\n{\"request\":{\"method\":\"GET\",\"url\":\"u\",\"headers\":[],"
                             "\"body_hex\":\"0\"}}\n"))
            .find("odd number of digits") != std::string::npos);
  CHECK(message(folder.write("empty", "")).find("is empty") != std::string::npos);
  CHECK(ReplayingTransport::open(folder.write("none recorded", "{\"tento_fixture\":1}\n")).has_value());
  CannedTransport service;
  CHECK(RecordingTransport::create(service, folder.path / "no" / "such" / "folder")
            .error()
            .message.find("cannot be written") != std::string::npos);
}

TEST_CASE("host transport: a request and an answer cross tento.http/1 whole") {
  FakeHost host;
  host.http.canned().on("PUT", "https://api.example.com/x",
                        answer(200, std::string(100'000, 'x'), {{"ETag", "\"1\""}}));
  host.http.canned().set_chunk(7000);
  const auto call = host.call({});
  auto transport = http::HostTransport::of(call->get());
  REQUIRE(transport.has_value());
  http::Request ask = request("PUT", "https://api.example.com/x", {{"If-Match", "\"0\""}}, "body");
  ask.limit_name = "writes";
  ask.limit_cost = 3;
  ask.max_body = 1 << 20;
  ask.max_wait = std::chrono::milliseconds{1500};
  ask.follow_redirects = false;
  ask.with_auth = false;
  auto response = transport->send(ask);
  REQUIRE(response.has_value());
  CHECK(response->status == 200);
  CHECK(http::find_header(response->headers, "etag") == "\"1\"");
  CHECK(response->final_url == "https://api.example.com/x");
  CHECK(response->content_length == 100'000);
  CHECK(http::read_all(*response)->size() == 100'000);
  const http::Request sent = host.http.requests().at(0).request;
  CHECK(sent.headers == ask.headers);
  CHECK(sent.body == "body");
  CHECK(sent.limit_name == "writes");
  CHECK(sent.limit_cost == 3);
  CHECK(sent.max_body == 1 << 20);
  CHECK(sent.max_wait == ask.max_wait);
  CHECK_FALSE(sent.follow_redirects);
  CHECK_FALSE(sent.with_auth);

  // A body that nobody reads is closed with its response.
  {
    auto unread = transport->send(ask);
    REQUIRE(unread.has_value());
    CHECK(host.http.open_bodies() == 1);
  }
  CHECK(host.http.open_bodies() == 0);

  // One that is left open is closed when its call ends.
  const auto other = host.call({});
  const auto kept = http::HostTransport::of(other->get())->send(ask);
  REQUIRE(kept.has_value());
  CHECK(host.http.open_bodies() == 1);
  host.finish(*other);
  CHECK(host.http.open_bodies() == 0);

  CHECK(transport->send(request("GET", "ftp://x")).error().message == "the url is not an absolute http or https url");
  CHECK(transport->send(request("GET", "https://x/", {{"Authorization", "mine"}}))
            .error()
            .message.find("is the host's to set") != std::string::npos);
  CHECK(transport->send(request("GET", "https://x/", {{"A", "b\r\nC: d"}})).error().code ==
        ErrorCode::invalid_argument);
  auto late = transport->send(ask);
  call->cancel();
  CHECK(http::read_all(*late).error().stopped);
  CHECK(transport->send(ask).error().stopped);

  host.withhold("tento.http/1");
  CHECK(http::HostTransport::of(host.call({})->get()).error().tag == "no_http");
}
