// SPDX-License-Identifier: Apache-2.0
// A host around one provider that asks for things by HTTP, over a sender that a test scripts and a clock it moves.
#pragma once

#include <algorithm>
#include <deque>

#include "host/egress/service.hpp"
#include "tests/unit/support/scripted.hpp"

namespace tento::host::testing {

// One hop as the wire saw it.
struct Wire {
  std::string method, url;
  http::Headers headers;  // the request's, then the secret ones
  std::string secret_query, body;
  std::uint64_t max_body = 0;
  bool follow = true;
  [[nodiscard]] std::string header(std::string_view name) const {
    const auto found = http::find_header(headers, name);
    return found ? std::string(*found) : std::string("-");
  }
};

struct Answer {
  std::uint32_t status = 200;
  http::Headers headers;
  std::string body = "hello";
  std::string redirect;  // to which URL; then the next answer comes from there
  bool no_body = false;
  std::optional<Error> error;
};

inline Answer of_status(std::uint32_t code, http::Headers headers = {}) {
  Answer answer;
  answer.status = code;
  answer.headers = std::move(headers);
  return answer;
}

class FakeSender final : public HttpSender {
 public:
  std::deque<Answer> answers;  // {} once there are no more
  std::function<void(const http::SendOptions&)> during;
  std::function<void(const http::SendOptions&)> reading;
  std::vector<Wire> wire;
  std::atomic<int> open_bodies{0};

  Result<http::Response> send(const http::Request& request, const http::SendOptions& options) override {
    std::string url = request.url;
    for (bool redirected = false;; redirected = true) {
      const std::string origin = split_url(url).value().origin;
      http::Hop hop{.origin = origin, .url = url, .redirected = redirected};
      if (options.on_hop) TENTO_TRY(options.on_hop(hop));
      Wire seen{request.method,          url, request.headers, hop.secret_query, request.body, request.max_body,
                request.follow_redirects};
      for (auto& header : hop.secret_headers) seen.headers.push_back(header);
      wire.push_back(std::move(seen));
      if (during) during(options);
      if (options.stopped && options.stopped()) return stopped();
      Answer answer;
      if (!answers.empty()) {
        answer = std::move(answers.front());
        answers.pop_front();
      }
      if (answer.error) return fail(*answer.error);
      if (!answer.redirect.empty() && request.follow_redirects) {
        url = answer.redirect;
        continue;
      }
      http::Response response;
      response.status = answer.status;
      response.headers = answer.headers;
      response.final_url = url;
      if (!answer.no_body) response.body = std::make_unique<Body>(*this, options, answer.body);
      return response;
    }
  }

 private:
  class Body final : public http::Body {
   public:
    Body(FakeSender& sender, http::SendOptions options, std::string bytes)
        : sender_(sender), options_(std::move(options)), memory_(std::move(bytes)) {
      ++sender_.open_bodies;
    }
    ~Body() override { --sender_.open_bodies; }
    Result<Chunk> read(std::span<char> buffer) override {
      if (sender_.reading) sender_.reading(options_);
      if (options_.stopped && options_.stopped()) return stopped();
      return memory_.read(buffer);
    }

   private:
    FakeSender& sender_;
    http::SendOptions options_;
    http::MemoryBody memory_;
  };
};

// A clock that stands still until somebody waits.
struct FakeTime {
  std::atomic<std::int64_t> now_ms{1'000'000};
  std::vector<std::int64_t> waits;  // how long, each
  std::function<void()> meanwhile;
  HttpTime seam() {
    HttpTime time;
    time.steady_ms = [this] { return now_ms.load(); };
    time.unix_ms = [this] { return 1'507'636'800'000 + now_ms.load(); };
    time.wait_until = [this](std::int64_t until, const std::function<bool()>& stopped) {
      waits.push_back(until - now_ms);
      if (meanwhile) meanwhile();
      if (!stopped()) now_ms = std::max(now_ms.load(), until);
    };
    return time;
  }
};

// What a provider got for one request.
struct Got {
  tento_status status = TENTO_FAILED;
  Error error;
  std::uint32_t http_status = 0;
  http::Headers headers;
  std::string final_url, body;
};

inline Dep<tento_http> http_of(const tento_call* call) {
  return dep<tento_http>(call, TENTO_IFACE_ID_tento_http);
}

// A request of a provider; edit what it should have beside method and URL.
struct Ask {
  std::vector<tento_header> headers;
  tento_http_request abi{};
  explicit Ask(std::string_view url, std::string_view method = "GET") {
    abi.struct_size = sizeof abi;
    abi.method = str(method);
    abi.url = str(url);
  }
  Ask& with(std::string_view name, std::string_view value) {
    headers.push_back({str(name), str(value)});
    abi.headers = headers.data();
    abi.header_count = headers.size();
    return *this;
  }
  Ask& flags(std::uint32_t bits) {
    abi.flags = bits;
    return *this;
  }
};

inline Got get(const tento_call* call, const Ask& ask) {
  Got got;
  const auto http = http_of(call);
  tento_http_response answer{};
  answer.struct_size = sizeof answer;
  tento_error err;
  got.status = http->send(http.self, call, &ask.abi, &answer, &err);
  if (got.status == TENTO_FAILED) got.error = Error::from_abi(err);
  if (got.status != TENTO_OK) return got;
  got.http_status = answer.status;
  for (std::uint64_t i = 0; i < answer.header_count; ++i) {
    got.headers.push_back({std::string(view(answer.headers[i].name)), std::string(view(answer.headers[i].value))});
  }
  got.final_url = view(answer.final_url);
  while (answer.body != 0) {
    char buffer[3];
    std::uint64_t size = 0;
    std::uint32_t end = 0;
    got.status = http->read(http.self, call, answer.body, buffer, sizeof buffer, &size, &end, &err);
    if (got.status == TENTO_FAILED) got.error = Error::from_abi(err);
    if (got.status != TENTO_OK) break;
    got.body.append(buffer, size);
    if (end != 0) break;
  }
  return got;
}

inline const std::string item_url = "https://api.a.example/x";  // of the first origin of HttpHost
inline constexpr const char* test_secret = "s3cret-of-me-0815";

struct HttpHost {
  std::shared_ptr<FakeSender> sender = std::make_shared<FakeSender>();
  FakeTime time;
  std::vector<tento_str> origins{str("https://api.a.example"), str("https://files.a.example")};
  std::deque<tento_limit> limits;
  std::vector<const tento_limit*> limit_list;
  HttpSettings settings;
  std::atomic<int> made{0};
  FakeIntegration* integration = nullptr;  // of the host's one provider
  HostOfOne host;

  explicit HttpHost(tento_inject inject = TENTO_INJECT_BEARER, const char* name = "", const char* prefix = "",
                    std::deque<tento_limit> declared = {})
      : limits(std::move(declared)), host("UTC", [&](FakeIntegration& main) {
          integration = &main;
          main.auth.how = inject == TENTO_INJECT_BASIC ? TENTO_AUTH_BASIC : TENTO_AUTH_TOKEN;
          main.auth.inject = inject;
          main.auth.inject_name = str(name);
          main.auth.inject_prefix = str(prefix);
          main.auth.expired_tag = str("demo_expired");
          main.auth.origins = origins.data();
          main.auth.origin_count = origins.size();
          for (const tento_limit& limit : limits) limit_list.push_back(&limit);
          main.abi.limits = limit_list.data();
          main.abi.limit_count = limit_list.size();
        }) {
    set_secret(test_secret);
    restart();
  }
  void restart(DispatcherOptions options = {}) {
    settings.make_sender = [this]() -> Result<std::shared_ptr<HttpSender>> {
      ++made;
      return sender;
    };
    settings.time = time.seam();
    options.http = std::make_shared<HttpService>(settings);
    host.restart(std::move(options));
  }
  void set_secret(const std::string& secret, const std::string& auth_id = "me") {
    auto account = **host.store->accounts().find(host.owner.id, "demo", auth_id);
    REQUIRE(host.store->accounts().put(account, secret));
  }
  AccountRecord account(const std::string& auth_id = "me") {
    return **host.store->accounts().find(host.owner.id, "demo", auth_id);
  }
  // Runs `body` as the sync of a row; a copy of it, since a call may be given up.
  Result<SyncOutcome> in_call(const std::function<void(const tento_call*)>& body, const CallOptions& options = {},
                              const std::string& key = ":~demo:me:items") {
    host.slots.sync = [body](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error*) {
      body(ctx->at->call);
      return slot_ok;
    };
    return host.dispatcher->sync(host.target(key), "viewport", {}, options);
  }
  // One request in a call of its own.
  Got once(const Ask& ask, const std::string& key = ":~demo:me:items") {
    Got got;
    REQUIRE(in_call([&](const tento_call* call) { got = get(call, ask); }, {}, key));
    return got;
  }
  // Whether the log has the text anywhere.
  bool logged(const std::string& part) { return host.logged(part); }
};

inline tento_limit limit(const char* name, std::uint64_t capacity, std::uint64_t window_ms,
                         tento_limit_scope scope = TENTO_LIMIT_APP, const char* prefix = "", std::uint32_t flags = 0) {
  return {sizeof(tento_limit), scope, str(name), str(prefix), capacity, window_ms, flags, 0};
}

}  // namespace tento::host::testing
