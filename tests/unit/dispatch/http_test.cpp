// SPDX-License-Identifier: Apache-2.0
// tento.http/1 as a provider uses it: what is sent, with what credential, where it may go, and what a 401 does.
#include "tests/unit/support/fake_sender.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

const std::string items_url = "https://api.a.example/items?page=1";

Answer moved(const std::string& to) {
  Answer answer;
  answer.status = 302;
  answer.redirect = to;
  return answer;
}

}  // namespace

TEST_CASE("a request goes out as asked, and its answer comes back whole") {
  HttpHost h;
  h.sender->answers.push_back(of_status(418, {{"ETag", "\"x\""}, {"Link", "<https://api.a.example/2>; rel=\"next\""}}));
  Ask ask(items_url, "POST");
  ask.with("Accept", "application/json").abi.body = str("{\"a\":1}");
  ask.abi.max_body = 77;
  const Got got = h.once(ask);
  CHECK(got.status == TENTO_OK);
  CHECK(got.http_status == 418);
  CHECK(got.body == "hello");
  CHECK(got.final_url == items_url);
  CHECK(got.headers == http::Headers{{"ETag", "\"x\""}, {"Link", "<https://api.a.example/2>; rel=\"next\""}});
  REQUIRE(h.sender->wire.size() == 1);
  const Wire& wire = h.sender->wire[0];
  CHECK(wire.method == "POST");
  CHECK(wire.url == items_url);
  CHECK(wire.body == "{\"a\":1}");
  CHECK(wire.max_body == 77);
  CHECK(wire.header("accept") == "application/json");
  CHECK(h.sender->open_bodies == 0);
}

TEST_CASE("a body is given whole, with room to read ahead, until it is closed") {
  HttpHost h;
  Answer large;
  large.body = std::string(300'000, 'x') + "end";
  Answer empty;
  empty.body = "";
  h.sender->answers = {large, empty, {}, {}};
  REQUIRE(h.in_call([&](const tento_call* call) {
    const auto http = http_of(call);
    tento_error err;
    const auto send = [&] {
      tento_http_response answer{};
      answer.struct_size = sizeof answer;
      const Ask ask(items_url);
      REQUIRE(http->send(http.self, call, &ask.abi, &answer, &err) == TENTO_OK);
      return answer.body;
    };
    const std::uint64_t first = send();
    tento_str whole{};
    REQUIRE(http->view(http.self, call, first, &whole, &err) == TENTO_OK);
    CHECK(view(whole) == large.body);
    for (std::size_t i = 0; i < TENTO_PADDING; ++i) CHECK(whole.data[whole.size + i] == '\0');
    CHECK(h.sender->open_bodies == 0);  // the connection is free
    tento_str again{};
    REQUIRE(http->view(http.self, call, first, &again, &err) == TENTO_OK);
    CHECK(again.data == whole.data);
    // `read` gives it from the first byte on.
    std::string read(large.body.size() + 1, '\0');
    std::uint64_t got = 0;
    std::uint32_t end = 0;
    REQUIRE(http->read(http.self, call, first, read.data(), 3, &got, &end, &err) == TENTO_OK);
    CHECK(got == 3);
    CHECK(end == 0);
    REQUIRE(http->read(http.self, call, first, read.data() + 3, read.size() - 3, &got, &end, &err) == TENTO_OK);
    CHECK(got == large.body.size() - 3);
    CHECK(end == 1);
    CHECK(read.substr(0, large.body.size()) == large.body);

    const std::uint64_t second = send();
    REQUIRE(http->view(http.self, call, second, &whole, &err) == TENTO_OK);
    CHECK(whole.size == 0);
    CHECK(whole.data[TENTO_PADDING - 1] == '\0');
    CHECK(http->close(http.self, call, second) == TENTO_OK);
    CHECK(http->view(http.self, call, second, &whole, &err) == TENTO_FAILED);
    CHECK(Error::from_abi(err).message == "this call has no open body 2");

    const std::uint64_t third = send();
    char some[2];
    REQUIRE(http->read(http.self, call, third, some, sizeof some, &got, &end, &err) == TENTO_OK);
    CHECK(http->view(http.self, call, third, &whole, &err) == TENTO_FAILED);
    CHECK(Error::from_abi(err).code == ErrorCode::invalid_argument);
    CHECK(Error::from_abi(err).message ==
          "a part of the body 3 was read already: ask for the whole before the first read");
    CHECK(http->view(http.self, call, send(), nullptr, &err) == TENTO_FAILED);
    CHECK(http->view(http.self, call, 99, &whole, nullptr) == TENTO_FAILED);
  }));
}

TEST_CASE("the client is made when the first request needs it, and once") {
  HttpHost h;
  REQUIRE(h.in_call([](const tento_call*) {}));
  CHECK(h.made == 0);
  CHECK(h.once(Ask("nonsense")).status == TENTO_FAILED);
  CHECK(h.made == 0);
  h.once(Ask(items_url));
  h.once(Ask(items_url));
  CHECK(h.made == 1);
}

TEST_CASE("the account's credential is injected in the form that the integration declares") {
  struct Form {
    tento_inject inject;
    const char *name, *prefix, *secret, *header, *value, *query;
  };
  for (const Form& form :
       {Form{TENTO_INJECT_BEARER, "", "", test_secret, "Authorization", "Bearer s3cret-of-me-0815", ""},
        Form{TENTO_INJECT_HEADER, "X-Key", "k=", test_secret, "X-Key", "k=s3cret-of-me-0815", ""},
        Form{TENTO_INJECT_BASIC, "", "", "Aladdin:open sesame", "Authorization",
             "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ""},
        Form{TENTO_INJECT_QUERY, "key", "", "a b&c", "Authorization", "-", "key=a%20b%26c"},
        Form{TENTO_INJECT_NONE, "", "", test_secret, "Authorization", "-", ""}}) {
    CAPTURE(form.inject);
    HttpHost h(form.inject, form.name, form.prefix);
    h.set_secret(form.secret);
    CHECK(h.once(Ask(items_url)).status == TENTO_OK);
    REQUIRE(h.sender->wire.size() == 1);
    CHECK(h.sender->wire[0].header(form.header) == form.value);
    CHECK(h.sender->wire[0].secret_query == form.query);
    h.once(Ask(items_url).flags(TENTO_HTTP_NO_AUTH));
    REQUIRE(h.sender->wire.size() == 2);
    CHECK(h.sender->wire[1].header(form.header) == "-");
    CHECK(h.sender->wire[1].secret_query.empty());
    CHECK_FALSE(h.logged("sesame"));
    CHECK_FALSE(h.logged(test_secret));
  }
}

TEST_CASE("each account has its own credential") {
  HttpHost h;
  h.host.connect("you");
  h.set_secret("of-you-4711", "you");
  h.once(Ask(items_url));
  h.once(Ask(items_url), ":~demo:you:items");
  CHECK(h.sender->wire[0].header("Authorization") == std::string("Bearer ") + test_secret);
  CHECK(h.sender->wire[1].header("Authorization") == "Bearer of-you-4711");
}

TEST_CASE("with the credential a provider reaches its listed origins alone; without it, any") {
  HttpHost h;
  for (const char* url : {"https://evil.example/", "http://api.a.example/", "https://api.a.example:444/",
                          "https://api.a.example.evil.example/"}) {
    CAPTURE(url);
    const Got got = h.once(Ask(url));
    CHECK(got.status == TENTO_FAILED);
    CHECK(got.error.code == ErrorCode::forbidden);
    CHECK(got.error.message.find("is not one of the origins that its integration `Main` lists") != std::string::npos);
  }
  CHECK(h.sender->wire.empty());
  CHECK(h.logged("demo: forbidden: may not send to https://evil.example"));
  CHECK(h.once(Ask("https://cdn.example/file").flags(TENTO_HTTP_NO_AUTH)).status == TENTO_OK);
  CHECK(h.sender->wire[0].header("Authorization") == "-");
}

TEST_CASE("two accounts on two servers of one service: each credential goes to its own server, and to no other") {
  HttpHost h;
  tento_setting server{};
  server.struct_size = sizeof server;
  server.type = TENTO_SETTING_URL;
  server.flags = TENTO_SETTING_ORIGIN;
  server.name = str("server");
  const tento_setting* settings = &server;
  h.integration->auth.settings = &settings;
  h.integration->auth.setting_count = 1;
  h.integration->auth.origin_count = 0;  // nothing but what an account says
  const auto set = [&](const std::string& auth_id, const std::string& secret, const std::string& url) {
    auto account = h.account(auth_id);
    account.settings_json = url.empty() ? "{}" : "{\"server\":\"" + url + "\"}";
    REQUIRE(h.host.store->accounts().put(account, secret));
  };
  h.host.connect("you");
  set("me", test_secret, "https://Git.A.example:443/forge/");
  set("you", "of-you-4711", "http://127.0.0.1:3000");
  const std::string yours = ":~demo:you:items";

  CHECK(h.once(Ask("https://git.a.example/forge/api")).status == TENTO_OK);
  CHECK(h.once(Ask("http://127.0.0.1:3000/api"), yours).status == TENTO_OK);
  REQUIRE(h.sender->wire.size() == 2);
  CHECK(h.sender->wire[0].header("Authorization") == std::string("Bearer ") + test_secret);
  CHECK(h.sender->wire[1].header("Authorization") == "Bearer of-you-4711");

  // Neither goes to the other's server, nor to a like of its own.
  for (const char* url : {"http://127.0.0.1:3000/api", "http://git.a.example/", "https://git.a.example:8443/",
                          "https://git.a.example.evil.example/"}) {
    CAPTURE(url);
    const Got got = h.once(Ask(url));
    CHECK(got.status == TENTO_FAILED);
    CHECK(got.error.code == ErrorCode::forbidden);
    CHECK(got.error.message.find("nor of a server in the account's settings") != std::string::npos);
  }
  CHECK(h.once(Ask("https://git.a.example/forge/api"), yours).error.code == ErrorCode::forbidden);
  CHECK(h.sender->wire.size() == 2);
  // A redirect to the other's server leaves the credential behind.
  h.sender->answers = {moved("http://127.0.0.1:3000/api"), {}};
  CHECK(h.once(Ask("https://git.a.example/forge/api")).status == TENTO_OK);
  CHECK(h.sender->wire.back().url == "http://127.0.0.1:3000/api");
  CHECK(h.sender->wire.back().header("Authorization") == "-");

  // What was stored with an address that no credential may go to is refused whatever is asked.
  for (const char* url : {"http://git.a.example", "https://joe:pw@git.a.example", "nonsense"}) {
    CAPTURE(url);
    set("me", test_secret, url);
    const std::size_t before = h.sender->wire.size();
    const Got got = h.once(Ask("https://git.a.example/"));
    CHECK(got.status == TENTO_FAILED);
    CHECK(got.error.error_class == ErrorClass::config);
    CHECK(got.error.message.find("the account's setting `server`: ") != std::string::npos);
    CHECK(got.error.message.find("pw") == std::string::npos);
    CHECK(h.sender->wire.size() == before);
  }
  // Without one, the credential goes nowhere.
  set("me", test_secret, "");
  const Got nowhere = h.once(Ask("https://git.a.example/"));
  CHECK((nowhere.status == TENTO_FAILED || h.sender->wire.back().header("Authorization") == "-"));
}

TEST_CASE("a redirect takes the credential along to listed origins, and never elsewhere") {
  HttpHost h;
  h.sender->answers = {moved("https://files.a.example/1"), moved("https://evil.example/2"), of_status(200)};
  const Got got = h.once(Ask(items_url));
  CHECK(got.status == TENTO_OK);
  CHECK(got.final_url == "https://evil.example/2");
  REQUIRE(h.sender->wire.size() == 3);
  CHECK(h.sender->wire[1].header("Authorization") == std::string("Bearer ") + test_secret);
  CHECK(h.sender->wire[2].header("Authorization") == "-");
  // A 401 of somebody else says nothing about the account.
  h.sender->answers = {moved("https://evil.example/2"), of_status(401)};
  CHECK(h.once(Ask(items_url)).http_status == 401);
  CHECK(h.account().state == TENTO_ACCOUNT_ACTIVE);
  h.sender->answers = {moved("https://files.a.example/1")};
  CHECK(h.once(Ask(items_url).flags(TENTO_HTTP_NO_REDIRECT)).http_status == 302);
  CHECK(h.sender->wire.size() == 6);
}

TEST_CASE("in no form does a credential leave the listed origins") {
  struct Form {
    tento_inject inject;
    const char *name, *secret, *sent;
  };
  for (const Form& form : {Form{TENTO_INJECT_BEARER, "", test_secret, test_secret},
                           Form{TENTO_INJECT_HEADER, "X-Key", test_secret, test_secret},
                           Form{TENTO_INJECT_BASIC, "", "Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
                           Form{TENTO_INJECT_QUERY, "key", test_secret, test_secret}}) {
    CAPTURE(form.inject);
    HttpHost h(form.inject, form.name);
    h.set_secret(form.secret);
    h.sender->answers = {moved("https://files.a.example/1"), moved("https://files.a.example:444/2"),
                         moved("https://api.a.example.evil.example/3"), moved("https://files.a.example/4"),
                         moved("https://evil.example/5")};
    CHECK(h.once(Ask(items_url)).final_url == "https://evil.example/5");
    REQUIRE(h.sender->wire.size() == 6);
    for (const Wire& wire : h.sender->wire) {
      CAPTURE(wire.url);
      const std::string origin = split_url(wire.url).value().origin;
      std::string all = wire.url + "\n" + wire.secret_query + "\n" + wire.body;
      for (const auto& header : wire.headers) all += "\n" + header.name + ": " + header.value;
      const bool listed = origin == "https://api.a.example" || origin == "https://files.a.example";
      if (!listed) CHECK(all.find(form.sent) == std::string::npos);
      if (&wire == &h.sender->wire[0]) CHECK(all.find(form.sent) != std::string::npos);
    }
  }
}

TEST_CASE("what a service repeats of a credential does not come back to the provider") {
  HttpHost h(TENTO_INJECT_QUERY, "key");
  h.sender->answers = {
      moved(std::string("https://api.a.example/b?key=") + test_secret + "&page=2"),
      of_status(200, {{"Link", std::string("<https://api.a.example/c?page=3&key=") + test_secret + ">; rel=next"},
                      {"X-Echo", std::string("key was ") + test_secret}})};
  Got got = h.once(Ask(items_url));
  CHECK(got.final_url == "https://api.a.example/b?page=2");
  // It is not sent twice either.
  CHECK(h.sender->wire.at(0).secret_query == std::string("key=") + test_secret);
  CHECK(h.sender->wire.at(1).secret_query.empty());
  CHECK(got.headers ==
        http::Headers{{"Link", "<https://api.a.example/c?page=3>; rel=next"}, {"X-Echo", "key was ***"}});
  // Nor does it follow when a service hands it to somebody else.
  h.sender->wire.clear();
  h.sender->answers = {moved(std::string("https://evil.example/?k=") + test_secret)};
  got = h.once(Ask(items_url));
  CHECK(got.error.tag == "redirects_credential");
  CHECK(got.error.message.find(test_secret) == std::string::npos);
  CHECK(h.sender->wire.size() == 1);
  h.sender->answers = {moved("https://other.example/?key=another")};
  CHECK(h.once(Ask(items_url)).status == TENTO_OK);
  Answer broken;
  broken.error =
      fail(ErrorCode::io, ErrorClass::transient, std::string("failed at ?key=") + test_secret, "connect_failed")
          .value();
  h.sender->answers = {broken};
  got = h.once(Ask(items_url));
  CHECK(got.error.message == "failed at ");
  CHECK(got.error.tag == "connect_failed");
  CHECK(got.error.error_class == ErrorClass::transient);
}

TEST_CASE("a provisional account uses what is staged, and is not marked") {
  HttpHost h;
  h.sender->answers = {of_status(401)};
  h.host.slots.check_account = [&](tento_client*, const tento_integration_ctx* ctx, const tento_text_sink* id,
                                   auto...) {
    const Got got = get(ctx->call, Ask(items_url));
    CHECK(got.http_status == 401);
    return id->put(id, str("me"));
  };
  const auto route = h.host.target().match.route;
  AccountRecord account = h.account();
  CHECK(h.host.dispatcher->check_account(*route, h.host.owner, account, "staged-9", {}).value().auth_id == "me");
  CHECK(h.sender->wire.at(0).header("Authorization") == "Bearer staged-9");
  CHECK(h.account().state == TENTO_ACCOUNT_ACTIVE);
}

TEST_CASE("a 401 without a refresh goes to the provider, and the account needs to be connected again") {
  HttpHost h;
  h.sender->answers = {of_status(401)};
  const Got got = h.once(Ask(items_url));
  CHECK(got.status == TENTO_OK);
  CHECK(got.http_status == 401);
  CHECK(got.body == "hello");
  CHECK(h.sender->wire.size() == 1);
  CHECK(h.account().state == TENTO_ACCOUNT_NEEDS_REAUTH);
  CHECK(h.logged("the service refused the credential of `me`"));
  const Got next = h.once(Ask(items_url));
  CHECK(next.status == TENTO_FAILED);
  CHECK(next.error.code == ErrorCode::auth_required);
  CHECK(next.error.error_class == ErrorClass::auth);
  CHECK(next.error.tag == "demo_expired");
  CHECK(h.sender->wire.size() == 1);
  // What needs no credential still works.
  CHECK(h.once(Ask(items_url).flags(TENTO_HTTP_NO_AUTH)).status == TENTO_OK);
}

TEST_CASE("a 401 is refreshed once and tried once more") {
  HttpHost h;
  int refreshed = 0;
  std::uint64_t current = h.account().generation;
  DispatcherOptions options;
  const auto renew = [&](const AccountRecord& account, std::uint64_t generation) -> Result<bool> {
    CHECK(account.auth_id == "me");
    CHECK(generation == current);
    AccountRecord next = h.account();
    ++next.generation;
    CHECK(h.host.store->accounts().put(next, "fresh-" + std::to_string(++refreshed)));
    current = h.account().generation;
    return true;
  };
  options.credentials = std::make_shared<ClearCredentials>(*h.host.store, renew);
  h.restart(std::move(options));
  h.sender->answers = {of_status(401), of_status(200)};
  Ask ask(items_url, "POST");
  ask.abi.body = str("{}");
  CHECK(h.once(ask).http_status == 200);
  REQUIRE(h.sender->wire.size() == 2);
  CHECK(h.sender->wire[0].header("Authorization") == std::string("Bearer ") + test_secret);
  CHECK(h.sender->wire[1].header("Authorization") == "Bearer fresh-1");
  CHECK(h.sender->wire[1].body == "{}");
  CHECK(h.account().state == TENTO_ACCOUNT_ACTIVE);
  CHECK(h.sender->open_bodies == 0);
  h.sender->answers = {of_status(401), of_status(401)};
  CHECK(h.once(ask).http_status == 401);
  CHECK(refreshed == 2);
  CHECK(h.account().state == TENTO_ACCOUNT_NEEDS_REAUTH);
}

TEST_CASE("a refresh that fails for now is the call's error, without the secret, and never the account's death") {
  HttpHost h;
  DispatcherOptions options;
  options.credentials =
      std::make_shared<ClearCredentials>(*h.host.store, [](const AccountRecord&, std::uint64_t) -> Result<bool> {
        return fail(ErrorCode::io, ErrorClass::transient, std::string("token endpoint is gone, had ") + test_secret);
      });
  h.restart(std::move(options));
  h.sender->answers = {of_status(401)};
  const Got got = h.once(Ask(items_url));
  CHECK(got.status == TENTO_FAILED);
  CHECK(got.error.error_class == ErrorClass::transient);
  CHECK(got.error.message.find("token endpoint is gone, had ***") != std::string::npos);
  CHECK(h.logged("could not be refreshed: token endpoint is gone, had ***"));
  CHECK_FALSE(h.logged(test_secret));
  CHECK(h.account().state == TENTO_ACCOUNT_ACTIVE);
}

TEST_CASE("a refusal of a credential that was replaced meanwhile marks nothing") {
  HttpHost h;
  h.sender->answers = {of_status(401)};
  h.sender->during = [&](const http::SendOptions&) {
    AccountRecord next = h.account();
    ++next.generation;
    CHECK(h.host.store->accounts().put(next, "newer"));
  };
  CHECK(h.once(Ask(items_url)).http_status == 401);
  CHECK(h.account().state == TENTO_ACCOUNT_ACTIVE);
}

TEST_CASE("the operator's endpoint takes the first origin's place, credential and links included") {
  HttpHost h;
  h.settings.providers["demo"].endpoint = "http://127.0.0.1:4100";
  h.restart();
  CHECK(h.once(Ask(items_url)).final_url == "http://127.0.0.1:4100/items?page=1");
  CHECK(h.once(Ask("http://127.0.0.1:4100/items?page=2")).status == TENTO_OK);
  for (const Wire& wire : h.sender->wire) CHECK(wire.header("Authorization") == std::string("Bearer ") + test_secret);
  CHECK(h.sender->wire[0].url == "http://127.0.0.1:4100/items?page=1");
  CHECK(h.once(Ask("https://files.a.example/x")).final_url == "https://files.a.example/x");
  // Whoever stands in for a service does not lead to the real one.
  h.sender->answers = {moved("https://api.a.example/real")};
  const Got got = h.once(Ask(items_url));
  CHECK(got.status == TENTO_FAILED);
  CHECK(got.error.tag == "redirected_past_endpoint");
  CHECK(h.sender->wire.back().url == "http://127.0.0.1:4100/items?page=1");
}

TEST_CASE("no credential goes over plain http to another machine unless the operator says so") {
  HttpHost h;
  h.settings.providers["demo"].endpoint = "http://10.0.0.5:4100";
  h.restart();
  const Got got = h.once(Ask(items_url));
  CHECK(got.status == TENTO_FAILED);
  CHECK(got.error.tag == "insecure_endpoint");
  CHECK(got.error.error_class == ErrorClass::config);
  CHECK(h.sender->wire.empty());
  CHECK(h.once(Ask(items_url).flags(TENTO_HTTP_NO_AUTH)).status == TENTO_OK);
  h.settings.providers["demo"].allow_insecure = true;
  h.restart();
  CHECK(h.once(Ask(items_url)).status == TENTO_OK);
  CHECK(h.sender->wire.back().header("Authorization") == std::string("Bearer ") + test_secret);
  h.settings.providers["demo"].endpoint = "nonsense";
  h.restart();
  CHECK(h.once(Ask(items_url)).error.tag == "bad_endpoint");
}

TEST_CASE("a credential that no request can carry is not sent") {
  HttpHost h;
  h.set_secret("two\r\nlines: x");
  const Got got = h.once(Ask(items_url));
  CHECK(got.error.code == ErrorCode::auth_required);
  CHECK(got.error.message.find("two") == std::string::npos);
  CHECK(h.sender->wire.empty());
}

TEST_CASE("an answer without a body has no handle, and its head is there all the same") {
  HttpHost h;
  Answer none = of_status(304, {{"ETag", "\"x\""}});
  none.no_body = true;
  h.sender->answers = {none};
  const Got got = h.once(Ask(items_url));
  CHECK(got.http_status == 304);
  CHECK(got.body.empty());
  CHECK(got.headers == http::Headers{{"ETag", "\"x\""}});
}
