// SPDX-License-Identifier: Apache-2.0
// Tokens in and out, and what they open.
#include "host/access/access.hpp"

#include <doctest/doctest.h>

#include <set>

#include "host/access/key_prefix.hpp"
#include "host/access/token_text.hpp"
#include "tests/unit/store/fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct World : StoreFixture {
  Access access{*store, [this] { return now; }};

  // Its text.
  std::string make(const std::string& id, std::vector<std::string> scopes, std::int64_t expires_us = INT64_MAX,
                   std::vector<std::string> prefixes = {}) {
    const auto text = new_token();
    TokenRecord token;
    token.id = id;
    token.owner = owner.id;
    token.name = "name of " + id;
    token.hash = token_hash(text);
    token.scopes = std::move(scopes);
    token.prefixes = std::move(prefixes);
    token.expires_us = expires_us;
    must(store->tokens().add(token));
    return text;
  }
  std::string tag(std::string_view token) {
    const auto got = access.authenticate(token);
    if (got) return "ok";
    CHECK(got.error().code == ErrorCode::auth_required);
    CHECK(got.error().error_class == ErrorClass::auth);
    // What may be a secret is in no error.
    CHECK((token.empty() || got.error().message.find(token) == std::string::npos));
    return got.error().tag;
  }
};

}  // namespace

TEST_CASE("a token is 256 random bits behind a prefix, and its hash the known one") {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const auto text = new_token();
    CHECK(text.size() == 53);
    CHECK(looks_like_token(text));
    CHECK(seen.insert(text).second);
  }
  for (const char* text : {"", "tento_pat_", "tento_pat_short", "Tento_pat_0123456789012345678901234567890123456789012",
                           "tento_pat_012345678901234567890123456789012345678901+"})
    CHECK_FALSE(looks_like_token(text));
  CHECK_FALSE(looks_like_token(new_token() + "A"));
  // SHA-256 of `abc`, as FIPS 180-4 has it.
  const auto hash = token_hash("abc");
  REQUIRE(hash.size() == 32);
  CHECK(static_cast<unsigned char>(hash[0]) == 0xba);
  CHECK(static_cast<unsigned char>(hash[31]) == 0xad);
  CHECK(new_token_id().size() == 11);
}

TEST_CASE("a token opens what it was made for") {
  World w;
  const auto reader = w.make("t1", {"read"}, INT64_MAX, {":~x:a"});
  const auto who = must(w.access.authenticate(reader));
  CHECK(who->owner.id == w.owner.id);
  CHECK(who->owner.name == w.owner.name);
  CHECK(who->token == "t1");
  CHECK(who->name == "name of t1");
  CHECK(allows(*who, Scope::read));
  CHECK_FALSE(allows(*who, Scope::write));
  CHECK_FALSE(allows(*who, Scope::sync));
  CHECK_FALSE(allows(*who, Scope::admin));
  CHECK(allows_key(*who, ":~x:a:things"));
  CHECK_FALSE(allows_key(*who, ":~x:ab:things"));
  const auto admin = must(w.access.authenticate(w.make("t2", {"admin"})));
  for (const auto scope : all_scopes) CHECK(allows(*admin, scope));
  CHECK(allows_key(*admin, ":~anything"));
  const auto error = missing_scope(*who, Scope::write, "`row post`");
  CHECK(error.code == ErrorCode::forbidden);
  CHECK(error.message.find("t1") != std::string::npos);
  // Who comes without a token is who runs the host.
  CHECK(allows(Principal{}, Scope::admin));
}

TEST_CASE("none, unknown, expired and revoked tokens are told apart, and open nothing") {
  World w;
  CHECK(w.tag("") == "no_token");
  CHECK(w.tag("hunter2") == "bad_token");
  CHECK(w.tag(new_token()) == "bad_token");
  const auto brief = w.make("t1", {"read"}, w.now + 10);
  CHECK(w.tag(brief) == "ok");
  w.now += 10;
  CHECK(w.tag(brief) == "token_expired");
  const auto text = w.make("t2", {"read"});
  const auto who = must(w.access.authenticate(text));
  CHECK(w.access.still_holds(*who));
  must(w.store->tokens().revoke(w.owner.id, "t2"));
  CHECK(w.tag(text) == "token_revoked");  // though it was remembered
  CHECK(w.access.still_holds(*who).error().tag == "token_revoked");
  // One character off.
  auto other = w.make("t3", {"read"});
  other.back() = other.back() == 'A' ? 'E' : 'A';
  CHECK(w.tag(other) == "bad_token");
}

TEST_CASE("a token ends with its user") {
  World w;
  const auto bob = must(w.store->users().add("bob", "UTC"));
  const auto text = new_token();
  must(w.store->tokens().add({"tb", bob.id, "b", token_hash(text), {"read"}, {}}));
  CHECK(must(w.access.authenticate(text))->owner.name == "bob");
  must(w.store->users().remove(bob.id));
  CHECK(w.tag(text) == "bad_token");
}

TEST_CASE("use is noted at most once a minute") {
  World w;
  const auto text = w.make("t1", {"read"});
  const auto used = [&w] { return must(w.store->tokens().list(w.owner.id)).at(0).last_used_us; };
  const auto start = w.now;
  must(w.access.authenticate(text));
  CHECK(used() == 0);
  must(w.access.note_uses());
  CHECK(used() == start);
  w.now += 59'000'000;
  must(w.access.authenticate(text));
  must(w.access.note_uses());
  CHECK(used() == start);
  w.now += 1'000'000;
  must(w.access.authenticate(text));
  must(w.access.note_uses());
  CHECK(used() == w.now);
}

TEST_CASE("prefixes cover whole segments, however they are spelled") {
  CHECK(must(canonical_prefix(":~x:a%41")) == ":~x:aA");
  CHECK(must(canonical_prefix(":~x:a%3ab")) == ":~x:a%3Ab");
  CHECK(covers(":~x", ":~x"));
  CHECK(covers(":~x", ":~x:a:b"));
  CHECK(covers(":~x:a", ":~x:a:b"));
  CHECK_FALSE(covers(":~x:a", ":~x:ab"));
  CHECK_FALSE(covers(":~x:a:b", ":~x:a"));
  CHECK_FALSE(covers(":~x:a", ":~x:a%3Ab"));
  for (const char* text : {"", "x", "~x", ":", ":~x:", ":~x::a", ":~x:%", ":~x:.."}) {
    CAPTURE(text);
    CHECK_FALSE(canonical_prefix(text));
  }
}
