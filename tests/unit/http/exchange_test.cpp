// SPDX-License-Identifier: Apache-2.0
// Exchanges over real sockets: what goes on the wire, what is kept alive, what is sent again.
#include <doctest/doctest.h>

#include <set>
#include <tento/http/client.hpp>

#include "direct_client.hpp"
#include "raw_server.hpp"

using namespace tento;
using namespace tento::http;
using tento::test::answer;
using tento::test::answering;
using tento::test::direct_client;
using tento::test::header_of;
using tento::test::Peer;
using tento::test::RawServer;

namespace {

std::string text_of(Result<Response> response) {
  REQUIRE_MESSAGE(response.has_value(), (response ? "" : response.error().message));
  const auto body = read_all(*response);
  REQUIRE_MESSAGE(body.has_value(), (body ? "" : body.error().message));
  return *body;
}

Request get(std::string url) {
  Request request;
  request.url = std::move(url);
  return request;
}

}  // namespace

TEST_CASE("what a GET puts on the wire") {
  RawServer server = answering([](const std::string& request) { return answer("200 OK", {}, request); });
  const auto http = direct_client({.user_agent = "me/1"});
  Request request = get(server.url("/a%20b?c=d#e"));
  request.headers = {{"X-Own", "yes"}};
  CHECK(text_of(http->send(request)) ==
        "GET /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nUser-Agent: me/1\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nX-Own: yes\r\n\r\n");
  request.headers = {{"user-agent", "other"}, {"ACCEPT", "application/json"}, {"accept-encoding", "br"}};
  const std::string own = text_of(http->send(request));
  CHECK(header_of(own, "User-Agent") == "other");
  CHECK(header_of(own, "Accept") == "application/json");
  CHECK(header_of(own, "Accept-Encoding") == "br");
  CHECK(own.find("gzip") == std::string::npos);
}

TEST_CASE("bodies are sent whole, small and large, and empty ones are said to be") {
  RawServer server = answering([](const std::string& request) {
    return answer("200 OK", {},
                  header_of(request, "Content-Length") + " " + request.substr(request.find("\r\n\r\n") + 4));
  });
  const auto http = direct_client();
  Request request = get(server.url());
  request.method = "POST";
  CHECK(text_of(http->send(request)) == "0 ");
  request.body = "hello";
  CHECK(text_of(http->send(request)) == "5 hello");
  request.body = std::string(3'000'000, 'x');
  CHECK(text_of(http->send(request)) == "3000000 " + request.body);
  request.method = "DELETE";
  request.body.clear();
  CHECK(text_of(http->send(request)) == " ");
}

TEST_CASE("one connection serves request after request") {
  RawServer server = answering([](const std::string&) { return answer("200 OK", {"X: 1"}, "hello"); });
  const auto http = direct_client();
  for (int i = 0; i < 100; ++i) CHECK(text_of(http->send(get(server.url()))) == "hello");
  CHECK(server.connections() == 1);
  const ClientStats stats = http->stats();
  CHECK(stats.requests == 100);
  CHECK(stats.connections == 1);
  CHECK(stats.reused == 99);
  CHECK(stats.retries == 0);
  CHECK(stats.bytes_read == 500);
  CHECK(stats.handshakes == 0);
}

TEST_CASE("answers without a body leave the connection for the next") {
  RawServer server = answering([](const std::string& request) -> std::string {
    if (request.starts_with("HEAD")) return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    if (request.find("/304") != std::string::npos) return "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n";
    if (request.find("/204") != std::string::npos) return "HTTP/1.1 204 No Content\r\n\r\n";
    return "HTTP/1.1 100 Continue\r\n\r\n" + answer("200 OK");
  });
  const auto http = direct_client();
  Request head = get(server.url());
  head.method = "HEAD";
  const auto answered = http->send(head);
  REQUIRE(answered.has_value());
  CHECK(answered->body == nullptr);
  CHECK(answered->content_length == 1000);
  for (const auto& [path, status] : {std::pair{"/304", 304u}, {"/204", 204u}, {"/", 200u}}) {
    const auto response = http->send(get(server.url(path)));
    REQUIRE(response.has_value());
    CHECK(response->status == status);
    CHECK(response->body == nullptr);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a connection that may not be used again is not") {
  const std::string close = answer("200 OK", {"Connection: close"}, "x");
  const std::string old = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx";
  const std::string twice = answer("200 OK", {}, "x") + answer("200 OK", {}, "y");
  for (const std::string& bytes : {close, old, twice}) {
    CAPTURE(bytes);
    RawServer server = answering([&](const std::string&) { return bytes; });
    const auto http = direct_client();
    CHECK(text_of(http->send(get(server.url()))) == "x");
    CHECK(text_of(http->send(get(server.url()))) == "x");
    CHECK(server.connections() == 2);
    CHECK(http->stats().retries == 0);
  }
}

TEST_CASE("a body until the end of the connection") {
  RawServer server([](Peer& peer, int) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  });
  const auto http = direct_client();
  const auto response = http->send(get(server.url()));
  CHECK(response->content_length == std::nullopt);
  CHECK(text_of(http->send(get(server.url()))) == "all of it");
}

TEST_CASE("a body that is dropped takes its connection along") {
  RawServer server = answering([](const std::string&) { return answer("200 OK", {}, std::string(1'000'000, 'x')); });
  const auto http = direct_client();
  CHECK(http->send(get(server.url()))->status == 200);
  CHECK(text_of(http->send(get(server.url()))).size() == 1'000'000);
  CHECK(server.connections() == 2);
}

TEST_CASE("an idle connection that the server closed is not used") {
  RawServer server([](Peer& peer, int) {
    peer.request();
    peer.send(answer("200 OK", {}, "x"));
  });
  const auto http = direct_client();
  for (int i = 0; i < 3; ++i) CHECK(text_of(http->send(get(server.url()))) == "x");
  CHECK(server.connections() == 3);
}

TEST_CASE("what dies on a request over a used connection is asked again, once, where that is safe") {
  // Each connection answers one request and then dies on the next.
  for (const bool by_reset : {false, true}) {
    CAPTURE(by_reset);
    RawServer server([by_reset](Peer& peer, int) {
      peer.request();
      peer.send(answer("200 OK", {}, "x"));
      peer.request();
      if (by_reset) peer.reset();
    });
    const auto http = direct_client();
    CHECK(text_of(http->send(get(server.url()))) == "x");
    CHECK(text_of(http->send(get(server.url()))) == "x");
    CHECK(server.connections() == 2);
    CHECK(http->stats().retries == 1);
    CHECK(http->stats().requests == 3);

    Request post = get(server.url());
    post.method = "POST";
    post.body = "once";
    const auto lost = http->send(post);
    REQUIRE_FALSE(lost.has_value());
    CHECK(lost.error().tag == "connection_lost");
    CHECK(lost.error().error_class == ErrorClass::transient);
    CHECK(server.connections() == 2);
    CHECK(http->stats().retries == 1);
  }
}

TEST_CASE("a fresh connection that dies is not tried again") {
  RawServer server([](Peer& peer, int) { peer.request(); });
  const auto http = direct_client();
  CHECK(http->send(get(server.url())).error().tag == "connection_lost");
  CHECK(server.connections() == 1);
}

TEST_CASE("a used connection that dies within its answer is not tried again") {
  RawServer server([](Peer& peer, int) {
    peer.request();
    peer.send(answer("200 OK", {}, "x"));
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\nConte");
  });
  const auto http = direct_client();
  CHECK(text_of(http->send(get(server.url()))) == "x");
  CHECK(http->send(get(server.url())).error().tag == "connection_lost");
  CHECK(server.connections() == 1);
}

TEST_CASE("so many idle connections are kept, and the last one used is the first to be used again") {
  RawServer server = answering([](const std::string&) { return answer("200 OK", {}, "x"); });
  const auto http = direct_client({.max_idle_per_origin = 2});
  std::vector<Result<Response>> open;
  for (int i = 0; i < 5; ++i) open.push_back(http->send(get(server.url())));
  CHECK(http->stats().connections == 5);
  for (auto& response : open) CHECK(read_all(*response).value() == "x");
  open.clear();
  for (int i = 0; i < 2; ++i) open.push_back(http->send(get(server.url())));
  CHECK(http->stats().connections == 5);
  open.push_back(http->send(get(server.url())));
  CHECK(http->stats().connections == 6);
}

TEST_CASE("idle connections end by their age or when asked to") {
  RawServer server = answering([](const std::string&) { return answer("200 OK", {}, "x"); });
  const auto none = direct_client({.idle_timeout = std::chrono::milliseconds(0)});
  for (int i = 0; i < 3; ++i) CHECK(text_of(none->send(get(server.url()))) == "x");
  CHECK(none->stats().connections == 3);
  const auto http = direct_client();
  CHECK(text_of(http->send(get(server.url()))) == "x");
  http->close_idle();
  CHECK(text_of(http->send(get(server.url()))) == "x");
  CHECK(http->stats().connections == 2);
}

TEST_CASE("gzip is decoded unless the request has codings of its own") {
  const std::string text(100'000, 'z');
  RawServer server = answering([&](const std::string&) {
    return answer("200 OK", {"Content-Encoding: gzip", "ETag: \"x\""}, test::gzip(text));
  });
  const auto http = direct_client();
  auto decoded = http->send(get(server.url()));
  REQUIRE(decoded.has_value());
  CHECK(decoded->content_length == std::nullopt);
  CHECK(decoded->headers == Headers{{"ETag", "\"x\""}});
  CHECK(read_all(*decoded).value() == text);
  CHECK(http->stats().bytes_read == test::gzip(text).size());

  Request as_sent = get(server.url());
  as_sent.headers = {{"Accept-Encoding", "gzip"}};
  auto raw = http->send(as_sent);
  CHECK(find_header(raw->headers, "content-encoding") == "gzip");
  CHECK(raw->content_length == test::gzip(text).size());
  CHECK(read_all(*raw).value() == test::gzip(text));
  CHECK(server.connections() == 1);
}

TEST_CASE("an empty answer that says gzip is empty") {
  RawServer server = answering([](const std::string& request) {
    return request.starts_with("GET /none") ? answer("200 OK", {"Content-Encoding: gzip"})
                                            : "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: "
                                              "chunked\r\n\r\n0\r\n\r\n";
  });
  const auto http = direct_client();
  CHECK(text_of(http->send(get(server.url("/none")))).empty());
  CHECK(text_of(http->send(get(server.url("/chunked")))).empty());
}

TEST_CASE("reading in small pieces, and on after the end") {
  RawServer server = answering([](const std::string&) { return answer("200 OK", {}, "hello"); });
  const auto http = direct_client();
  auto response = http->send(get(server.url()));
  std::string got;
  char buffer[2];
  for (bool end = false; !end;) {
    const auto chunk = response->body->read(buffer);
    REQUIRE(chunk.has_value());
    got.append(buffer, chunk->size);
    end = chunk->end;
  }
  CHECK(got == "hello");
  const auto after = response->body->read(buffer);
  CHECK(after->size == 0);
  CHECK(after->end);
}

TEST_CASE("a server that answers before it has read everything is heard") {
  RawServer server([](Peer& peer, int) {
    peer.send(answer("413 Content Too Large", {"Connection: close"}, "no"));
    peer.wait_gone();
  });
  Request request = get(server.url());
  request.method = "POST";
  request.body = std::string(1'000'000, 'x');
  CHECK(direct_client()->send(request)->status == 413);
}

TEST_CASE("many threads share one client") {
  RawServer server =
      answering([](const std::string& request) { return answer("200 OK", {}, header_of(request, "X-Number")); });
  const auto http = direct_client();
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        Request request = get(server.url());
        const std::string number = std::to_string(t * 1000 + i);
        request.headers = {{"X-Number", number}};
        auto response = http->send(request);
        if (response && read_all(*response) == number) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 200);
  CHECK(http->stats().connections <= 4);
}

TEST_CASE("a hook adds to a hop what shows nowhere else") {
  RawServer server = answering([](const std::string& request) { return answer("200 OK", {}, request); });
  const auto http = direct_client();
  SendOptions options;
  std::string origin, url;
  options.on_hop = [&](Hop& hop) -> Result<void> {
    origin = hop.origin;
    url = hop.url;
    hop.secret_headers = {{"Authorization", "Bearer hush"}};
    hop.secret_query = "key=hush%26";
    return {};
  };
  auto response = http->send(get(server.url("/p?a=1")), options);
  CHECK(response->final_url == server.url("/p?a=1"));
  const std::string request = read_all(*response).value();
  CHECK(request.starts_with("GET /p?a=1&key=hush%26 HTTP/1.1\r\n"));
  CHECK(header_of(request, "Authorization") == "Bearer hush");
  CHECK(origin == server.origin());
  CHECK(url == server.url("/p?a=1"));
  CHECK(text_of(http->send(get(server.url("/p")), options)).starts_with("GET /p?key=hush%26 "));

  options.on_hop = [](Hop&) -> Result<void> { return fail(ErrorCode::forbidden, ErrorClass::auth, "no", "mine"); };
  CHECK(http->send(get(server.url()), options).error().tag == "mine");
  options.on_hop = [](Hop& hop) -> Result<void> {
    hop.secret_query = "a=hush b";
    return {};
  };
  const auto refused = http->send(get(server.url()), options);
  CHECK(refused.error().tag == "bad_request");
  CHECK(refused.error().message.find("hush") == std::string::npos);
}

TEST_CASE("what cannot be sent is refused, and its values are not repeated") {
  const auto http = direct_client();
  const auto refused = [&](Request request) {
    const auto response = http->send(request);
    REQUIRE_FALSE(response.has_value());
    CHECK(response.error().tag == "bad_request");
    CHECK(response.error().code == ErrorCode::invalid_argument);
    CHECK(response.error().message.find("hush") == std::string::npos);
    return response.error().message;
  };
  using std::string_literals::operator""s;
  for (const Header& header : {Header{"X", "hush\r\nY: z"}, {"X", "hush\n"}, {"X", "hush\0"s}, {"X", "\x7fhush"}}) {
    Request request = get("http://127.0.0.1:1/");
    request.headers = {header};
    CHECK(refused(request).find("the header X") == 0);
  }
  for (const char* name : {"", "a b", "a:b", "X\r\nY", "\xc3\xa9"}) {
    Request request = get("http://127.0.0.1:1/");
    request.headers = {{name, "hush"}};
    refused(request);
  }
  for (const char* name : {"Host", "content-length", "Transfer-Encoding", "CONNECTION", "Upgrade", "TE"}) {
    Request request = get("http://127.0.0.1:1/");
    request.headers = {{name, "hush"}};
    CHECK(refused(request).find(name) != std::string::npos);
  }
  for (const char* method : {"", "GET /x", "CONNECT", "G\r\nX"}) {
    Request request = get("http://127.0.0.1:1/");
    request.method = method;
    refused(request);
  }
  CHECK(http->send(get("http://127.0.0.1 /")).error().tag == "bad_url");
  CHECK(http->stats().requests == 0);
}

TEST_CASE("nobody there") {
  std::uint16_t port = 0;
  {
    RawServer server = answering([](const std::string&) { return std::string(); });
    port = server.port();
  }
  const auto response = direct_client()->send(get("http://127.0.0.1:" + std::to_string(port) + "/path?secret=hush"));
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().tag == "connect_failed");
  CHECK(response.error().error_class == ErrorClass::transient);
  CHECK(response.error().message.find("http://127.0.0.1:" + std::to_string(port)) != std::string::npos);
  CHECK(response.error().message.find("hush") == std::string::npos);
  const auto unknown = direct_client()->send(get("http://no-such-name.invalid/"));
  CHECK(unknown.error().tag == "resolve_failed");
  CHECK(unknown.error().error_class == ErrorClass::transient);
}

TEST_CASE("trust that cannot be read is told when the client is made") {
  const auto made = Client::create({.ca_file = "/no/such/file.pem"});
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().tag == "certificate_invalid");
  CHECK(made.error().error_class == ErrorClass::config);
  CHECK(made.error().message.find("/no/such/file.pem") != std::string::npos);
}
