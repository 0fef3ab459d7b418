// SPDX-License-Identifier: Apache-2.0
// Texts for messages, and bytes as text.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "host/base/crypto.hpp"
#include "host/base/encoding.hpp"
#include "host/base/random.hpp"
#include "host/base/text.hpp"

using namespace tento::host;

TEST_CASE("lists are joined") {
  CHECK(join(std::vector<std::string>{}).empty());
  CHECK(join(std::vector<std::string>{"a"}) == "a");
  CHECK(join(std::vector<std::string>{"a", "", "c"}) == "a, , c");
  CHECK(join(std::vector<int>{1, 2}, "|", [](int n) { return std::to_string(n); }) == "1|2");
}

TEST_CASE("a plain text has no control of any kind and reads in the direction it was written") {
  CHECK(plain("a\nb\x7f") == "a\\x0ab\\x7f");
  CHECK(plain("\xc2\x80\xc2\x9f\xc2\xa0") == "\\u0080\\u009f\xc2\xa0");
  CHECK(plain("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf") == "\xe2\x80\xa7\\u2028\\u202e\xe2\x80\xaf");
  CHECK(plain("\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa") == "\xe2\x81\xa5\\u2066\\u2069\xe2\x81\xaa");
  // Arabic with its own marks of direction is left alone.
  CHECK(plain("\xd8\xb3\xe2\x80\x8f") == "\xd8\xb3\xe2\x80\x8f");
  CHECK(plain("\xe2\x80") == "??");
  CHECK(control_at_front("\xc2") == 0);
}

TEST_CASE("letters of ASCII alone become lower case") {
  CHECK(lower("ABCxyz-09 \xc3\x84") == "abcxyz-09 \xc3\x84");
}

TEST_CASE("bytes as hexadecimal, Base64 and percent-encoded text") {
  CHECK(hex(std::string_view("\x00\xff\x1a", 3)) == "00ff1a");
  CHECK(base64("\xfb\xff") == "+/8=");
  CHECK(base64url("\xfb\xff") == "-_8");
  CHECK(from_base64url("-_8") == "\xfb\xff");
  CHECK(from_base64url("+/8=") == "\xfb\xff");
  CHECK(from_base64url("a").empty());
  CHECK(percent_encode("a-b._~/ \xc3\xa9") == "a-b._~%2F%20%C3%A9");
}

TEST_CASE("digests are those of FIPS 180-4") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("").size() == 32);
  CHECK(same_text("abc", "abc"));
  CHECK_FALSE(same_text("abc", "abd"));
  CHECK_FALSE(same_text("abc", "ab"));
}

TEST_CASE("a random identifier says its version and variant (RFC 9562)") {
  const auto id = random_uuid();
  CHECK((id.bytes[6] >> 4) == 4);
  CHECK((id.bytes[8] >> 6) == 2);
  CHECK(random_text(32).size() == 43);
  CHECK(random_text() != random_text());
}
