// SPDX-License-Identifier: Apache-2.0
// From a link to a grant, and everything on the way that must not be believed.
#include "host/accounts/flows.hpp"
#include "host/base/encoding.hpp"

#include "tests/unit/accounts/oauth_world.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::string_view base = "http://127.0.0.1:7700";

std::map<std::string, std::string> query_of(const std::string& url) {
  return Service::form_of_body(std::string_view(url).substr(url.find('?') + 1));
}

struct FlowWorld : OAuthWorld {
  AuthorizationRequest request;
  std::string id_token_claims;              // empty = no id token
  std::map<std::string, std::string> sent;  // with the authorization request

  FlowWorld() {
    request.owner = owner.id;
    request.provider = "demo";
    request.integration = "Main";
    service->answer = [this](const AskedOf& asked) -> Said {
      if (asked.url == "https://api.a.example/me") return {200, R"({"sub":"u-1","email":"me@a.example"})"};
      if (asked.url != "https://a.example/token") return {404, ""};
      if (asked.form.at("code") != "c0de") return {400, R"({"error":"invalid_grant"})"};
      if (code_challenge(asked.form.at("code_verifier")) != sent["code_challenge"])
        return {400, R"({"error":"invalid_grant"})"};
      std::string body = R"({"access_token":"A","refresh_token":"R","token_type":"Bearer","expires_in":3600)";
      if (!id_token_claims.empty()) body += R"(,"id_token":"e30.)" + base64url(id_token_claims) + R"(.sig")";
      return {200, body + "}"};
    };
    id_token_claims = "";
  }
  AuthorizationRedirect redirect(const PendingAuthorization& flow) {
    auto redirect = accounts->flows().redirect(query_of(flow.link).at("ticket"));
    if (!redirect) FAIL(redirect.error().message);
    sent = query_of(redirect->authorize_url);
    id_token_claims = R"({"aud":"client one","nonce":")" + sent["nonce"] + R"(","sub":"u-1"})";
    return *redirect;
  }
  AuthorizationRedirect begin() {
    auto flow = accounts->flows().begin_code(request, base);
    if (!flow) FAIL(flow.error().message);
    return redirect(*flow);
  }
  AuthorizationResponse response(const AuthorizationRedirect& redirect) {
    AuthorizationResponse out;
    out.has_state = true;
    out.state = query_of(redirect.authorize_url).at("state");
    out.code = "c0de";
    out.cookie = [redirect](std::string_view name) {
      return name == redirect.cookie_name ? redirect.cookie : std::string();
    };
    return out;
  }
  std::string tag_of(const AuthorizationResponse& response) {
    auto end = accounts->flows().complete_code(response);
    if (end) return "connected";
    return end.error().error.tag;
  }
};

}  // namespace

TEST_CASE("a link leads to the service with PKCE, and what comes back becomes a grant") {
  FlowWorld w;
  w.request.label = "mine";
  w.request.settings_json = R"({"a":1})";
  const auto flow = w.accounts->flows().begin_code(w.request, base);
  REQUIRE(flow);
  CHECK(flow->link.starts_with("http://127.0.0.1:7700/oauth/start?ticket="));
  CHECK(flow->expires_us == start_us + 600 * second);
  const auto redirect = w.redirect(*flow);
  CHECK(redirect.authorize_url.starts_with("https://a.example/authorize?lang=en&"));
  CHECK(w.sent["response_type"] == "code");
  CHECK(w.sent["client_id"] == "client one");
  CHECK(w.sent["redirect_uri"] == "http://127.0.0.1:7700/oauth/callback");
  CHECK(w.sent["code_challenge_method"] == "S256");
  CHECK(w.sent["code_challenge"].size() == 43);
  CHECK(w.sent["scope"] == "openid read:things write:things");
  CHECK(w.sent["access_type"] == "offline");
  CHECK(w.sent["n"] == "3");
  CHECK(w.sent["b"] == "true");
  CHECK(w.sent["state"].size() == 43);
  CHECK(w.sent["nonce"].size() == 22);
  const auto end = w.accounts->flows().complete_code(w.response(redirect));
  if (!end) FAIL(end.error().error.message);
  CHECK(end->tokens.access.text() == "A");
  CHECK(end->tokens.refresh.text() == "R");
  CHECK(end->lifetime_us == 3600 * second);
  CHECK(end->identity.id == "u-1");
  CHECK(end->identity.label == "me@a.example");
  CHECK(end->request.label == "mine");
  CHECK(end->request.settings_json == R"({"a":1})");
  CHECK(end->request.owner == w.owner.id);
  CHECK(w.accounts->flows().open_devices()->empty());
  CHECK(w.store->authorizations().all()->empty());
}

TEST_CASE("nothing of a flow is guessable or used twice, and none of it lies in the store") {
  FlowWorld w;
  const auto one = w.accounts->flows().begin_code(w.request, base),
             two = w.accounts->flows().begin_code(w.request, base);
  REQUIRE(one);
  REQUIRE(two);
  CHECK(one->link != two->link);
  const auto first = w.redirect(*one);
  const auto sent = w.sent;
  const auto second_departure = w.redirect(*two);
  CHECK(sent.at("state") != w.sent["state"]);
  CHECK(sent.at("code_challenge") != w.sent["code_challenge"]);
  CHECK(first.cookie != second_departure.cookie);
  CHECK(first.cookie_name != second_departure.cookie_name);
  // The link was followed.
  const auto again = w.accounts->flows().redirect(query_of(one->link).at("ticket"));
  REQUIRE_FALSE(again);
  CHECK(again.error().tag == "oauth_link_invalid");
  const auto kept = w.store->authorizations().all();
  REQUIRE(kept);
  for (const auto& record : *kept) {
    CHECK(record.sealed.bytes.find(w.sent["state"]) == std::string::npos);
    CHECK(record.state_hash != w.sent["state"]);
  }
  CHECK(w.tag_of(w.response(second_departure)) == "connected");
  CHECK(w.tag_of(w.response(second_departure)) == "oauth_state_unknown");
}

TEST_CASE("a flow survives the host's restart") {
  FlowWorld w;
  const auto flow = w.accounts->flows().begin_code(w.request, base);
  REQUIRE(flow);
  w.restart();
  const auto redirect = w.redirect(*flow);
  w.restart();
  CHECK(w.tag_of(w.response(redirect)) == "connected");
}

TEST_CASE("states that are none") {
  FlowWorld w;
  const auto redirect = w.begin();
  auto bad = w.response(redirect);
  bad.has_state = false;
  bad.state.clear();
  CHECK(w.tag_of(bad) == "oauth_state_missing");
  bad.has_state = true;
  CHECK(w.tag_of(bad) == "oauth_state_missing");
  bad.state = "x";
  CHECK(w.tag_of(bad) == "oauth_state_unknown");
  bad.state = std::string(5000, 'x');
  CHECK(w.tag_of(bad) == "oauth_state_missing");
  // None of it used the real one up.
  CHECK(w.tag_of(w.response(redirect)) == "connected");
}

TEST_CASE("a flow is over after ten minutes, and when the clock was set back before it began") {
  FlowWorld w;
  auto redirect = w.begin();
  w.now += 601 * second;
  CHECK(w.tag_of(w.response(redirect)) == "oauth_state_unknown");
  redirect = w.begin();
  w.now += 365 * 86400 * second;
  CHECK(w.tag_of(w.response(redirect)) == "oauth_state_unknown");
  redirect = w.begin();
  w.now -= 365 * 86400 * second;
  CHECK(w.tag_of(w.response(redirect)) == "oauth_state_unknown");
  const auto flow = w.accounts->flows().begin_code(w.request, base);
  REQUIRE(flow);
  w.now += 601 * second;
  const auto late = w.accounts->flows().redirect(query_of(flow->link).at("ticket"));
  REQUIRE_FALSE(late);
  CHECK(late.error().tag == "oauth_link_invalid");
}

TEST_CASE("another browser than the one that followed the link connects nothing") {
  FlowWorld w;
  auto redirect = w.begin();
  auto bad = w.response(redirect);
  bad.cookie = [](std::string_view) { return std::string(); };
  CHECK(w.tag_of(bad) == "oauth_other_browser");
  CHECK(w.tag_of(w.response(redirect)) == "oauth_state_unknown");  // it is over
  redirect = w.begin();
  bad = w.response(redirect);
  const auto other = w.begin();
  bad.cookie = [other](std::string_view) { return other.cookie; };
  CHECK(w.tag_of(bad) == "oauth_other_browser");
  // A state whose link nobody followed.
  const auto flow = w.accounts->flows().begin_code(w.request, base);
  REQUIRE(flow);
  CHECK(w.service->calls == 0);
}

TEST_CASE("iss is who was asked (RFC 9207)") {
  FlowWorld w;
  auto good = w.response(w.begin());
  good.iss = "https://a.example";
  CHECK(w.tag_of(good) == "connected");
  auto bad = w.response(w.begin());
  bad.iss = "https://evil.example";
  CHECK(w.tag_of(bad) == "oauth_wrong_issuer");
  w.auth.issuer = str("https://issuer.example");
  good = w.response(w.begin());
  good.iss = "https://issuer.example";
  CHECK(w.tag_of(good) == "connected");
  for (const char* iss : {"https://issuer.example/", "https://a.example", "https://issuer.example.evil.example"}) {
    CAPTURE(iss);
    bad = w.response(w.begin());
    bad.iss = iss;
    CHECK(w.tag_of(bad) == "oauth_wrong_issuer");
  }
}

TEST_CASE("what the service sends in place of a code") {
  FlowWorld w;
  auto denied = w.response(w.begin());
  denied.error = "access_denied";
  denied.error_description = "no\nthanks";
  denied.code.clear();
  auto end = w.accounts->flows().complete_code(denied);
  REQUIRE_FALSE(end);
  CHECK(end.error().error.tag == "oauth_denied");
  CHECK(end.error().error.message.find('\n') == std::string::npos);
  CHECK(end.error().request.provider == "demo");
  CHECK(w.tag_of(denied) == "oauth_state_unknown");
  auto odd = w.response(w.begin());
  odd.error = "server_error";
  CHECK(w.tag_of(odd) == "oauth_refused");
  odd = w.response(w.begin());
  odd.code.clear();
  CHECK(w.tag_of(odd) == "oauth_code_missing");
  odd = w.response(w.begin());
  odd.code = "used";
  CHECK(w.tag_of(odd) == "oauth_code_refused");
}

TEST_CASE("an id token is of this sign-in and for this client") {
  FlowWorld w;
  const auto redirect = w.begin();
  w.id_token_claims = R"({"aud":"client one","nonce":"another","sub":"u-1"})";
  CHECK(w.tag_of(w.response(redirect)) == "oauth_bad_id_token");
  auto next = w.begin();
  w.id_token_claims = R"({"aud":["x","client two"],"nonce":")" + w.sent["nonce"] + R"("})";
  CHECK(w.tag_of(w.response(next)) == "oauth_bad_id_token");
  next = w.begin();
  w.id_token_claims = "no JSON";
  CHECK(w.tag_of(w.response(next)) == "oauth_bad_id_token");
  next = w.begin();
  w.id_token_claims = R"({"aud":["x","client one"],"nonce":")" + w.sent["nonce"] + R"(","sub":"from the token"})";
  const auto end = w.accounts->flows().complete_code(w.response(next));
  REQUIRE(end);
  CHECK(end->identity.id == "from the token");
  CHECK(end->identity.label == "me@a.example");
}

TEST_CASE("paths that lead back are this server's own") {
  for (const char* good : {"/", "/accounts", "/a?b=c#d"}) CHECK(is_own_path(good));
  for (const char* bad : {"", "x", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/a b",
                          "/\t/evil.example", "/a\\b", "javascript:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_own_path(bad));
  }
  FlowWorld w;
  w.request.return_to = "//evil.example";
  const auto flow = w.accounts->flows().begin_code(w.request, base);
  REQUIRE_FALSE(flow);
  CHECK(flow.error().tag == "usage");
}

TEST_CASE("groups of scopes: all, some with the required ones, none that is not there") {
  FlowWorld w;
  CHECK(*scopes_of(w.auth, {}) == "openid read:things write:things");
  CHECK(*scopes_of(w.auth, {"read"}) == "openid read:things");
  CHECK(*scopes_of(w.auth, {"write"}) == "openid read:things write:things");  // `read` is required
  w.auth.scope_separator = str(",");
  CHECK(*scopes_of(w.auth, {"write", "read"}) == "openid,read:things,write:things");
  const auto none = scopes_of(w.auth, {"admin"});
  REQUIRE_FALSE(none);
  CHECK(none.error().message.find("read, write") != std::string::npos);
}

TEST_CASE("a device flow asks as slowly as it is told, until somebody has decided") {
  FlowWorld w;
  int asked = 0;
  w.service->answer = [&](const AskedOf& of) -> Said {
    if (of.url == "https://a.example/device")
      return {200, R"({"device_code":"D","user_code":"WXYZ","verification_uri":"https://a.example/go","interval":1})"};
    if (of.url == "https://api.a.example/me") return {200, R"({"sub":"u-1"})"};
    CHECK(of.form.at("grant_type") == "urn:ietf:params:oauth:grant-type:device_code");
    CHECK(of.form.at("device_code") == "D");
    if (++asked == 1) return {400, R"({"error":"authorization_pending"})"};
    return {200, R"({"access_token":"A","token_type":"bearer"})"};
  };
  const auto flow = w.accounts->flows().begin_device(w.request);
  REQUIRE(flow);
  CHECK(flow->user_code == "WXYZ");
  CHECK(flow->verification_uri == "https://a.example/go");
  CHECK(w.accounts->flows().open_devices()->size() == 1);
  w.restart();  // and the next host goes on
  const auto end = w.accounts->flows().await_device(flow->id, {});
  if (!end) FAIL(end.error().error.message);
  CHECK(asked == 2);
  CHECK(end->tokens.access.text() == "A");
  CHECK(end->identity.id == "u-1");
  const auto again = w.accounts->flows().await_device(flow->id, {});
  REQUIRE_FALSE(again);
  CHECK(again.error().error.tag == "oauth_state_unknown");
}

TEST_CASE("a device flow that is denied, too old, or not to be had") {
  FlowWorld w;
  Said answer{400, R"({"error":"access_denied"})"};
  w.service->answer = [&](const AskedOf& of) -> Said {
    if (of.url == "https://a.example/device")
      return {
          200,
          R"({"device_code":"D","user_code":"W","verification_uri":"https://a.example/go","interval":1,"expires_in":60})"};
    return answer;
  };
  const auto tag = [&] {
    const auto flow = w.accounts->flows().begin_device(w.request);
    REQUIRE(flow);
    const auto end = w.accounts->flows().await_device(flow->id, {});
    REQUIRE_FALSE(end);
    return end.error().error.tag;
  };
  CHECK(tag() == "oauth_denied");
  answer.body = R"({"error":"expired_token"})";
  CHECK(tag() == "expired_token");
  const auto flow = w.accounts->flows().begin_device(w.request);
  REQUIRE(flow);
  w.now += 61 * second;
  CHECK(w.accounts->flows().await_device(flow->id, {}).error().error.tag == "expired_token");
  w.auth.grants = TENTO_GRANT_CODE;
  const auto none = w.accounts->flows().begin_device(w.request);
  REQUIRE_FALSE(none);
  CHECK(none.error().tag == "usage");
  w.auth.grants = TENTO_GRANT_DEVICE;
  CHECK(w.accounts->flows().begin_code(w.request, base).error().tag == "usage");
}
