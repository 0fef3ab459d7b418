// SPDX-License-Identifier: Apache-2.0
// Faults by mountebank: resets, garbage, answers in a sequence, lateness. Its imposters are made through the client.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <tento/http/client.hpp>

#include "access_log.hpp"

using namespace tento;
using namespace tento::http;
using namespace std::chrono_literals;
using tento::test::given;

namespace {

std::unique_ptr<Client> client(ClientOptions options = {}) {
  options.proxy.from_environment = false;
  return std::move(*Client::create(std::move(options)));
}

std::string text_of(Result<Response> response) {
  REQUIRE_MESSAGE(response.has_value(), (response ? "" : response.error().message));
  const auto body = read_all(*response);
  REQUIRE_MESSAGE(body.has_value(), (body ? "" : body.error().message));
  return *body;
}

// A server of mountebank's, gone with this.
class Imposter {
 public:
  // `stub` is one stub's list of responses, as mountebank's documentation of its API has it.
  explicit Imposter(const std::string& responses, const std::string& protocol = "http") {
    Request make;
    make.method = "POST";
    make.url = given("MOUNTEBANK") + "/imposters";
    make.headers = {{"Content-Type", "application/json"}};
    make.body =
        R"({"protocol": ")" + protocol + R"(", "recordRequests": true, "stubs": [{"responses": )" + responses + "}]}";
    const std::string made = text_of(manager_->send(make));
    std::uint64_t port = 0;
    REQUIRE_MESSAGE(parser_.parse(made)["port"].get(port) == simdjson::SUCCESS, made);
    port_ = std::to_string(port);
  }
  Imposter(const Imposter&) = delete;
  Imposter& operator=(const Imposter&) = delete;
  ~Imposter() {
    Request remove;
    remove.method = "DELETE";
    remove.url = given("MOUNTEBANK") + "/imposters/" + port_;
    static_cast<void>(manager_->send(remove));
  }
  [[nodiscard]] Request get() const {
    Request request;
    request.url = "http://127.0.0.1:" + port_ + "/path?secret=hush";
    return request;
  }
  // How many requests came to it.
  std::uint64_t asked() {
    Request look;
    look.url = given("MOUNTEBANK") + "/imposters/" + port_;
    std::uint64_t count = 0;
    REQUIRE(parser_.parse(text_of(manager_->send(look)))["numberOfRequests"].get(count) == simdjson::SUCCESS);
    return count;
  }

 private:
  std::unique_ptr<Client> manager_ = client();
  simdjson::dom::parser parser_;
  std::string port_;
};

void check_named(const Error& error) {
  CHECK(error.message.find("http://127.0.0.1:") != std::string::npos);
  CHECK(error.message.find("hush") == std::string::npos);
}

}  // namespace

TEST_CASE("statuses in a sequence are answers, not errors") {
  Imposter imposter(R"([{"is": {"statusCode": 503, "body": "later"}}, {"is": {"statusCode": 503}},
                        {"is": {"statusCode": 429, "headers": {"Retry-After": "7"}}}, {"is": {"body": "at last"}}])");
  const auto http = client();
  CHECK(text_of(http->send(imposter.get())) == "later");
  CHECK(http->send(imposter.get())->status == 503);
  const auto limited = http->send(imposter.get());
  CHECK(limited->status == 429);
  CHECK(find_header(limited->headers, "retry-after") == "7");
  CHECK(text_of(http->send(imposter.get())) == "at last");
  CHECK(imposter.asked() == 4);
  CHECK(http->stats().retries == 0);
}

TEST_CASE("a connection that is reset") {
  Imposter imposter(R"([{"fault": "CONNECTION_RESET_BY_PEER"}])");
  const auto lost = client()->send(imposter.get());
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().tag == "connection_lost");
  CHECK(lost.error().error_class == ErrorClass::transient);
  check_named(lost.error());
  CHECK(imposter.asked() == 1);
}

TEST_CASE("a kept connection that is reset is replaced, where that is safe") {
  const std::string then_reset = R"([{"is": {"headers": {"Connection": "keep-alive"}, "body": "one"}},
                                     {"fault": "CONNECTION_RESET_BY_PEER"}, {"is": {"body": "two"}}])";
  Imposter imposter(then_reset);
  const auto http = client();
  CHECK(text_of(http->send(imposter.get())) == "one");
  CHECK(text_of(http->send(imposter.get())) == "two");
  CHECK(http->stats().retries == 1);
  CHECK(http->stats().connections == 2);
  CHECK(imposter.asked() == 3);

  Imposter again(then_reset);
  CHECK(text_of(http->send(again.get())) == "one");
  Request post = again.get();
  post.method = "POST";
  post.body = "once";
  const auto lost = http->send(post);
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().tag == "connection_lost");
  CHECK(again.asked() == 2);
}

TEST_CASE("garbage instead of an answer") {
  Imposter imposter(R"([{"fault": "RANDOM_DATA_THEN_CLOSE"}])");
  const auto http = client();
  for (int i = 0; i < 20; ++i) {
    const auto garbage = http->send(imposter.get());
    REQUIRE_FALSE(garbage.has_value());
    CHECK(garbage.error().tag == "bad_response");
    CHECK(garbage.error().error_class == ErrorClass::provider);
    check_named(garbage.error());
  }
}

TEST_CASE("an answer that comes too late for the step, the deadline or the one who asked") {
  Imposter imposter(R"([{"is": {"body": "too late"}, "behaviors": [{"wait": 600000}]}])");
  const auto hasty = client({.head_timeout = 50ms})->send(imposter.get());
  CHECK(hasty.error().tag == "timeout");
  check_named(hasty.error());
  SendOptions late;
  late.deadline = std::chrono::steady_clock::now() + 100ms;
  CHECK(client()->send(imposter.get(), late).error().tag == "deadline");
  int asked = 0;
  SendOptions stop;
  stop.stopped = [&asked] { return ++asked > 4; };
  CHECK(client()->send(imposter.get(), stop).error().stopped);
  Imposter slow(R"([{"is": {"body": "late"}, "behaviors": [{"wait": 300}]}])");
  CHECK(text_of(client()->send(slow.get())) == "late");
}

TEST_CASE("a server of another protocol") {
  Imposter imposter(R"([{"is": {"data": "220 mail ready\r\n"}}])", "tcp");
  const auto other = client()->send(imposter.get());
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().tag == "bad_response");
  check_named(other.error());
}
