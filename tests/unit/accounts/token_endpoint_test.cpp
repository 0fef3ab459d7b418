// SPDX-License-Identifier: Apache-2.0
// What token endpoints answer, and what of it is believed.
#include "host/accounts/token_endpoint.hpp"
#include "host/base/encoding.hpp"
#include "host/base/random.hpp"

#include "tests/unit/accounts/oauth_world.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct Asking : OAuthWorld {
  OAuthClient client() {
    auto found = accounts->clients().of("demo", auth, {});
    REQUIRE(found);
    return std::move(*found);
  }
  Result<Granted> ask(const Said& said, const FormParams& params = {{"grant_type", "refresh_token"}}) {
    service->answer = [said](const AskedOf&) { return said; };
    return ask_token(accounts->clients().http(), client(), auth, params, {});
  }
  Error error_of(const Said& said) {
    const auto got = ask(said);
    REQUIRE_FALSE(got);
    return got.error();
  }
};

}  // namespace

TEST_CASE("tokens survive packing, and a pasted token is an access token alone") {
  const OAuthTokens both{Secret(std::string("a\nb")), Secret(std::string("r"))};
  const auto back = unpacked(packed(both));
  REQUIRE(back);
  CHECK(back->access.text() == "a\nb");
  CHECK(back->refresh.text() == "r");
  const auto pasted = unpacked(Secret(std::string("ghp_pasted")));
  REQUIRE(pasted);
  CHECK(pasted->access.text() == "ghp_pasted");
  CHECK(pasted->refresh.text().empty());
  const std::string whole = packed(both).text();
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    const auto broken = unpacked(Secret(whole.substr(0, cut)));
    REQUIRE_FALSE(broken);
    CHECK(broken.error().tag == "credential_damaged");
  }
  CHECK_FALSE(unpacked(Secret(whole + "x")));
}

TEST_CASE("base64url goes both ways, and S256 is as RFC 7636 appendix B has it") {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd"})
    CHECK(from_base64url(base64url(text)) == text);
  CHECK(base64url("\xfb\xff") == "-_8");
  CHECK(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  CHECK(from_base64url("a").empty());
  CHECK(from_base64url("a b!").empty());
  CHECK(random_text() != random_text());
  CHECK(random_text().size() == 43);
}

TEST_CASE("a good answer is read whatever way the service writes its numbers") {
  Asking w;
  auto got = w.ask({200, R"({"access_token":"A","token_type":"bearer","expires_in":"3600","scope":"x y"})"});
  REQUIRE(got);
  CHECK(got->tokens.access.text() == "A");
  CHECK(got->tokens.refresh.text().empty());
  CHECK(got->lifetime_s == 3600);
  CHECK(got->scope == "x y");
  got = w.ask({200, R"({"access_token":"A","expires_in":59.9})"});
  REQUIRE(got);
  CHECK(got->lifetime_s == 59);
  for (const char* odd : {"null", "-5", "0", "\"soon\"", "1e300", "{}"}) {
    CAPTURE(odd);
    got = w.ask({200, R"({"access_token":"A","expires_in":)" + std::string(odd) + "}"});
    REQUIRE(got);
    CHECK_FALSE(got->lifetime_s);
  }
}

TEST_CASE("an answer that is none says what it is, and shows nothing of it") {
  Asking w;
  const auto error = [&](const Said& said) {
    const auto e = w.error_of(said);
    CHECK(e.error_class == ErrorClass::provider);
    CHECK(e.tag == "bad_token_answer");
    CHECK(e.message.find("the token endpoint of demo") == 0);
    CHECK(e.message.find("s3cret") == std::string::npos);
    return e.message;
  };
  CHECK(error({200, "<html>s3cret</html>", "text/html; charset=utf-8"}).find("text/html") != std::string::npos);
  CHECK(error({200, ""}).find("without a body") != std::string::npos);
  CHECK(error({200, "[]"}).find("not a JSON object") != std::string::npos);
  CHECK(error({200, R"({"token_type":"bearer"})"}).find("no access_token") != std::string::npos);
  CHECK(error({200, R"({"access_token":"","token_type":"bearer"})"}).find("no access_token") != std::string::npos);
  CHECK(error({200, R"({"access_token":"s3cret","token_type":"mac"})"}).find("type mac") != std::string::npos);
  CHECK(error({200, R"({"access_token":"s3cret\r\nX: y"})"}).find("characters") != std::string::npos);
  CHECK(error({200, R"({"access_token":")" + std::string(17 << 10, 's') + R"("})"}).find("16 KiB") !=
        std::string::npos);
  CHECK(error({302, "{}"}).find("302") != std::string::npos);
  const auto huge = w.error_of({200, std::string(300 << 10, ' ')});
  CHECK(huge.tag == "body_too_large");
}

TEST_CASE("an error of the service is an error whatever its status, and of whom it is") {
  Asking w;
  auto e = w.error_of({200, R"({"error":"bad_refresh_token","error_description":"gone\nfor good"})"});
  CHECK(e.tag == "invalid_grant");
  CHECK(e.error_class == ErrorClass::auth);
  CHECK(e.message.find('\n') == std::string::npos);
  CHECK(w.error_of({400, R"({"error":"invalid_grant"})"}).tag == "invalid_grant");
  e = w.error_of({401, R"({"error":"invalid_client"})"});
  CHECK(e.tag == "invalid_client");
  CHECK(e.error_class == ErrorClass::config);
  CHECK(w.error_of({400, R"({"error":"unauthorized_client"})"}).error_class == ErrorClass::config);
  CHECK(w.error_of({503, "<html>"}).error_class == ErrorClass::transient);
  CHECK(w.error_of({500, R"({"error":"invalid_grant"})"}).error_class == ErrorClass::transient);
  CHECK(w.error_of({400, R"({"error":"temporarily_unavailable"})"}).error_class == ErrorClass::transient);
  e = w.error_of({429, "{}", "application/json", {{"Retry-After", "7"}}});
  CHECK(e.error_class == ErrorClass::rate_limit);
  CHECK(e.retry_after_ms == 7000);
}

TEST_CASE("the client authenticates as the provider's data says") {
  Asking w;
  const Said fine{200, R"({"access_token":"A"})"};
  REQUIRE(w.ask(fine, {{"code", "a&b=c"}}));
  auto seen = w.service->asked.back();
  CHECK(seen.form["client_id"] == "client one");
  CHECK(seen.form["client_secret"] == "c1ient&s3cret");
  CHECK(seen.form["code"] == "a&b=c");
  CHECK(http::find_header(seen.headers, "Accept") == "application/json");
  CHECK_FALSE(http::find_header(seen.headers, "Authorization"));
  w.auth.token_auth = TENTO_TOKEN_AUTH_BASIC;
  REQUIRE(w.ask(fine));
  seen = w.service->asked.back();
  // RFC 6749 section 2.3.1: `client%20one:c1ient%26s3cret` in base64.
  CHECK(http::find_header(seen.headers, "Authorization") == "Basic Y2xpZW50JTIwb25lOmMxaWVudCUyNnMzY3JldA==");
  CHECK_FALSE(seen.form.contains("client_secret"));
  w.auth.token_auth = TENTO_TOKEN_AUTH_NONE;
  REQUIRE(w.ask(fine));
  seen = w.service->asked.back();
  CHECK(seen.form["client_id"] == "client one");
  CHECK_FALSE(seen.form.contains("client_secret"));
}

TEST_CASE("endpoints: the operator's word, another origin's place, discovery, and what none of them may be") {
  Asking w;
  w.endpoints["demo"].instead["https://a.example"] = "http://127.0.0.1:9/x/";
  w.settings["demo"].revoke_url = "https://elsewhere.example/revoke";
  w.restart();
  auto at = w.client().at;
  CHECK(at.token == "http://127.0.0.1:9/x/token");
  CHECK(at.authorize == "http://127.0.0.1:9/x/authorize?lang=en");
  CHECK(at.revoke == "https://elsewhere.example/revoke");
  CHECK(at.userinfo == "https://api.a.example/me");
  w.settings["demo"].token_url = "http://other.example/token";
  w.restart();
  auto got = w.accounts->clients().of("demo", w.auth, {});
  REQUIRE_FALSE(got);
  CHECK(got.error().tag == "insecure_endpoint");
  w.settings["demo"] = {};
  w.restart();
  got = w.accounts->clients().of("demo", w.auth, {});
  REQUIRE_FALSE(got);
  CHECK(got.error().tag == "no_oauth_client");
  CHECK(got.error().remedy.find("[providers.demo]") != std::string::npos);
}

TEST_CASE("discovery: the document is the issuer's own, or there is none") {
  Asking w;
  w.auth.issuer = str("https://issuer.example/tenant");
  w.auth.token_url = w.auth.authorize_url = w.auth.revoke_url = w.auth.device_url = {};
  const auto document = [](const std::string& issuer) {
    return R"({"issuer":")" + issuer +
           R"(","authorization_endpoint":"https://issuer.example/a","token_endpoint":"https://issuer.example/t",)"
           R"("authorization_response_iss_parameter_supported":true})";
  };
  w.service->answer = [&](const AskedOf& asked) -> Said {
    if (asked.url == "https://issuer.example/.well-known/oauth-authorization-server/tenant")
      return {200, document("https://issuer.example/tenant")};
    return {404, ""};
  };
  w.restart();
  auto at = w.client().at;
  CHECK(at.token == "https://issuer.example/t");
  CHECK(at.iss_promised);
  CHECK(at.issuer == "https://issuer.example/tenant");
  const int once = w.service->calls;
  CHECK(w.client().at.authorize == "https://issuer.example/a");
  CHECK(w.service->calls == once);
  w.now += 3601 * second;
  CHECK(w.client().at.authorize == "https://issuer.example/a");
  CHECK(w.service->calls > once);
  // OpenID Connect keeps it behind the path.
  w.service->answer = [&](const AskedOf& asked) -> Said {
    if (asked.url == "https://issuer.example/tenant/.well-known/openid-configuration")
      return {200, document("https://issuer.example/tenant")};
    return {404, ""};
  };
  w.restart();
  CHECK(w.client().at.token == "https://issuer.example/t");
  const auto refused = [&](const Said& said) {
    w.service->answer = [said](const AskedOf&) { return said; };
    w.restart();
    const auto got = w.accounts->clients().of("demo", w.auth, {});
    REQUIRE_FALSE(got);
    return got.error().tag;
  };
  CHECK(refused({200, document("https://evil.example/tenant")}) == "bad_discovery");
  CHECK(refused({200, "<html>", "text/html"}) == "bad_discovery");
  CHECK(refused({404, ""}) == "bad_discovery");
  CHECK(refused({302, "", "text/html", {{"Location", "https://evil.example/x"}}}) == "bad_discovery");
  CHECK(refused({200, R"({"issuer":"https://issuer.example/tenant","token_endpoint":"http://evil.example/t"})"}) ==
        "insecure_endpoint");
  CHECK(refused({200, R"({"issuer":"https://issuer.example/tenant"})"}) == "bad_discovery");
  CHECK(refused({503, ""}).empty());
}

TEST_CASE("revocation takes the refresh token along, and what is unknown is as good as revoked") {
  Asking w;
  const OAuthTokens both{Secret(std::string("A")), Secret(std::string("R"))};
  const auto done = [&](const Said& said) {
    w.service->answer = [said](const AskedOf&) { return said; };
    return revoke(w.accounts->clients().http(), w.client(), both, {});
  };
  CHECK(done({200, ""}));
  CHECK(w.service->asked.back().form["token"] == "R");
  CHECK(w.service->asked.back().form["token_type_hint"] == "refresh_token");
  CHECK(done({400, R"({"error":"invalid_token"})"}));
  CHECK_FALSE(done({400, R"({"error":"unsupported_token_type"})"}));
  const auto later = done({503, ""});
  REQUIRE_FALSE(later);
  CHECK(later.error().error_class == ErrorClass::transient);
}
