// SPDX-License-Identifier: Apache-2.0
// TLS against nginx, and tunnels through tinyproxy: trust, names, versions, sessions. Connections, handshakes and
// resumptions are counted on both sides.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <tento/http/client.hpp>
#include <thread>

#include "access_log.hpp"

using namespace tento;
using namespace tento::http;
using tento::test::given;
using tento::test::Logged;
using tento::test::logged;

namespace {

std::unique_ptr<Client> trusting(ClientOptions options = {}) {
  if (options.ca_file.empty()) options.ca_file = given("TRUST");
  options.proxy.from_environment = false;
  auto made = Client::create(std::move(options));
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
  return std::move(*made);
}

std::string url(const char* port, const std::string& path = "/text.txt", const std::string& host = "127.0.0.1") {
  return "https://" + host + ":" + given(port) + path;
}

Result<std::string> get(Client& client, const std::string& where) {
  Request request;
  request.url = where;
  TENTO_TRY_ASSIGN(Response response, client.send(request));
  CHECK(response.status == 200);
  return read_all(response);
}

const std::string& text() {
  static const std::string body_text = [] {
    std::ifstream in(given("TEXT"));
    return std::string(std::istreambuf_iterator<char>(in), {});
  }();
  return body_text;
}

void check_text(const Result<std::string>& body) {
  REQUIRE_MESSAGE(body.has_value(), (body ? "" : body.error().message));
  CHECK((*body == text()));
}

Error refused(Client& client, const std::string& where) {
  const auto body = get(client, where);
  REQUIRE_FALSE(body.has_value());
  CHECK(client.stats().requests == 0);  // nothing was said to it
  return body.error();
}

void check_certificate(const char* port, std::string_view why, const std::string& host = "127.0.0.1") {
  const auto client = trusting();
  const Error error = refused(*client, url(port, "/text.txt?secret=hush", host));
  CHECK(error.tag == "certificate_invalid");
  CHECK(error.error_class == ErrorClass::config);
  CHECK_MESSAGE(error.message.find(why) != std::string::npos, error.message);
  CHECK(error.message.find("https://" + host + ":" + given(port)) != std::string::npos);
  CHECK(error.message.find("hush") == std::string::npos);
}

// Whether the server at this port closes the one connection to it, in time that is more than enough: then the kernel
// has it as one that waits for this side to close (state 8, CLOSE_WAIT).
bool closed_by(const std::string& port) {
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X", static_cast<unsigned>(std::stoul(port)));
  for (int tries = 0; tries < 12'000; ++tries) {
    std::ifstream table("/proc/net/tcp");
    for (std::string line; std::getline(table, line);) {
      std::istringstream words(line);
      std::string number, local, remote, state;
      words >> number >> local >> remote >> state;
      if (remote.ends_with(wanted) && state == "08") return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("a good chain, by address and by name (which the hello has to say)") {
  const auto client = trusting();
  check_text(get(*client, url("TLS_PORT")));
  check_text(get(*client, url("TLS_PORT", "/text.txt", "localhost")));
  CHECK(client->stats().handshakes == 2);
  CHECK(client->stats().resumed == 0);
}

TEST_CASE("trust in a hashed folder") {
  const auto client = trusting({.ca_file = given("STRANGER"), .ca_path = given("TRUST_PATH")});
  check_text(get(*client, url("TLS_PORT")));
  check_text(get(*client, url("UNKNOWN_PORT")));
}

TEST_CASE("certificates that are not accepted, and why") {
  check_certificate("UNKNOWN_PORT", "unable to get local issuer certificate");
  check_certificate("GAP_PORT", "unable to");
  check_certificate("WRONG_PORT", "mismatch");
  check_certificate("WRONG_PORT", "mismatch", "localhost");
  check_certificate("EXPIRED_PORT", "expired");
  check_certificate("EARLY_PORT", "not yet valid");
  // The system does not know this root.
  ClientOptions system;
  system.proxy.from_environment = false;
  const auto client = Client::create(system);
  CHECK(refused(**client, url("TLS_PORT")).tag == "certificate_invalid");
}

TEST_CASE("TLS 1.0 and 1.1 are refused") {
  const auto client = trusting();
  const Error error = refused(*client, url("OLD_PORT"));
  CHECK(error.tag == "tls_failed");
  CHECK(error.error_class == ErrorClass::provider);
  CHECK_MESSAGE(error.message.find("version") != std::string::npos, error.message);
}

TEST_CASE("https to a port that speaks http, and http to one that speaks https") {
  const auto client = trusting();
  CHECK(refused(*client, url("PLAIN_PORT")).tag == "tls_failed");
  Request request;
  request.url = "http://127.0.0.1:" + given("TLS_PORT") + "/";
  CHECK(client->send(request)->status == 400);
}

TEST_CASE("one handshake serves request after request") {
  const auto client = trusting();
  for (int i = 0; i < 20; ++i) check_text(get(*client, url("TLS_PORT", "/text.txt?kept")));
  CHECK(client->stats().connections == 1);
  CHECK(client->stats().handshakes == 1);
  CHECK(client->stats().reused == 19);
  const auto seen = logged(given("ACCESS_LOG"), "/text.txt?kept", 20);
  CHECK(seen.size() == 20);
  std::set<std::string> connections;
  for (const Logged& one : seen) connections.insert(one.connection);
  CHECK(connections.size() == 1);
  CHECK(seen.back().number == 20);
}

TEST_CASE("a new connection takes an earlier session up, in 1.3 and in 1.2") {
  for (const std::string protocol : {"TLSv1.3", "TLSv1.2"}) {
    const char* port = protocol == "TLSv1.3" ? "TLS_PORT" : "TLS12_PORT";
    CAPTURE(protocol);
    const auto client = trusting();
    const std::string uri = "/text.txt?again-" + protocol;
    for (int i = 0; i < 10; ++i) {
      check_text(get(*client, url(port, uri)));
      client->close_idle();
    }
    CHECK(client->stats().connections == 10);
    CHECK(client->stats().handshakes == 10);
    CHECK(client->stats().resumed == 9);
    const auto seen = logged(given("ACCESS_LOG"), uri, 10);
    CHECK(seen.size() == 10);
    CHECK(std::count_if(seen.begin(), seen.end(), [](const Logged& one) { return one.resumed; }) == 9);
    for (const Logged& one : seen) CHECK((one.protocol == protocol));
  }
}

TEST_CASE("sessions are not shared between names or clients") {
  const auto first = trusting();
  check_text(get(*first, url("TLS_PORT")));
  first->close_idle();
  check_text(get(*first, url("TLS_PORT", "/text.txt", "localhost")));
  CHECK(first->stats().resumed == 0);
  const auto second = trusting();
  check_text(get(*second, url("TLS_PORT")));
  CHECK(second->stats().resumed == 0);
}

TEST_CASE("a body dropped half-way does not spoil the session") {
  const auto client = trusting();
  Request request;
  request.url = url("TLS_PORT");
  char byte = 0;
  CHECK(client->send(request)->body->read({&byte, 1})->size == 1);
  check_text(get(*client, url("TLS_PORT")));
  CHECK(client->stats().connections == 2);
  CHECK(client->stats().resumed == 1);
}

TEST_CASE("an idle connection that the server closed is replaced") {
  const auto client = trusting();
  const std::string where = "http://127.0.0.1:" + given("IDLE_PORT") + "/text.txt?idle";
  for (std::size_t connections = 1; connections <= 3; ++connections) {
    check_text(get(*client, where));
    CHECK(client->stats().connections == connections);
    REQUIRE(closed_by(given("IDLE_PORT")));
  }
  CHECK(client->stats().retries == 0);  // it was seen before anything was sent
  CHECK(logged(given("ACCESS_LOG"), "/text.txt?idle", 3).back().number == 1);
}

TEST_CASE("from http to https a redirect is followed, and not back") {
  const auto client = trusting();
  check_text(get(*client, "http://127.0.0.1:" + given("PLAIN_PORT") + "/away"));
  const auto down = get(*client, url("TLS_PORT", "/down"));
  REQUIRE_FALSE(down.has_value());
  CHECK(down.error().tag == "insecure_redirect");
  CHECK(down.error().error_class == ErrorClass::provider);
}

TEST_CASE("through a proxy: http by it, https in a tunnel with the service's own certificate") {
  const std::string proxy = "http://127.0.0.1:" + given("PROXY_PORT");
  ClientOptions options;
  options.proxy.http_url = options.proxy.https_url = proxy;
  const auto client = trusting(options);
  check_text(get(*client, "http://127.0.0.1:" + given("PLAIN_PORT") + "/text.txt"));
  for (int i = 0; i < 3; ++i) check_text(get(*client, url("TLS_PORT", "/text.txt?tunnel")));
  CHECK(client->stats().handshakes == 1);
  CHECK(logged(given("ACCESS_LOG"), "/text.txt?tunnel", 3).back().number == 3);
  client->close_idle();
  check_text(get(*client, url("TLS_PORT", "/text.txt?tunnel")));
  CHECK(client->stats().resumed == 1);

  std::ifstream log(given("PROXY_LOG"));
  const std::string seen(std::istreambuf_iterator<char>(log), {});
  CHECK(seen.find("CONNECT 127.0.0.1:" + given("TLS_PORT")) != std::string::npos);
  CHECK(seen.find("tunnel") == std::string::npos);  // what is asked in it, it does not see

  CHECK(get(*client, url("WRONG_PORT")).error().tag == "certificate_invalid");
  const auto nowhere = get(*client, "https://127.0.0.1:1/");
  CHECK(nowhere.error().tag == "proxy_failed");
}

TEST_CASE("a proxy that wants a password") {
  const std::string at = "127.0.0.1:" + given("PASSWORD_PROXY_PORT");
  ClientOptions options;
  options.proxy.https_url = "http://ada:hush@" + at;
  check_text(get(*trusting(options), url("TLS_PORT")));
  for (const std::string& without : {"http://" + at, "http://ada:wrong@" + at}) {
    options.proxy.https_url = without;
    const auto client = trusting(options);
    const Error error = refused(*client, url("TLS_PORT"));
    CHECK(error.tag == "proxy_failed");
    CHECK(error.error_class == ErrorClass::config);
    CHECK(error.message.find("wrong") == std::string::npos);
  }
  options.proxy.no_proxy = "127.0.0.0/8";
  check_text(get(*trusting(options), url("TLS_PORT")));
}
